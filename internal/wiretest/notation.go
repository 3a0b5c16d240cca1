package wiretest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	maxFiller = 16 << 20 // bytes of one <N>
	maxNested = 128      // aggregates within each other
)

// encoder turns the notation of the package comment into RESP.
type encoder struct {
	rest  string // what is still to be read
	names names
}

// encode returns the bytes of all items, at least one.
func encode(items string, n names) ([]byte, error) {
	e := &encoder{rest: items, names: n}
	var out []byte
	for {
		var err error
		if out, err = e.item(out); err != nil {
			return nil, err
		}
		if len(out) > maxFiller {
			return nil, fmt.Errorf("payload exceeds %d bytes", maxFiller)
		}
		if e.blanks(); e.rest == "" {
			break
		}
		if !e.atBar() {
			return nil, fmt.Errorf("unexpected %q: items are separated by \" | \"", e.rest)
		}
		e.rest = e.rest[1:]
	}
	if len(out) == 0 {
		return nil, errors.New("no payload")
	}
	return out, nil
}

// item appends one item: a command or a value.
func (e *encoder) item(out []byte) ([]byte, error) {
	e.blanks()
	if strings.HasPrefix(e.rest, "*") && !strings.HasPrefix(e.rest, "*[") {
		e.rest = e.rest[1:]
		return e.command(out)
	}
	return e.value(out, 0)
}

// command appends the words up to the end of the item as an array of bulk
// strings.
func (e *encoder) command(out []byte) ([]byte, error) {
	var words []byte
	count := 0
	for e.blanks(); e.rest != "" && !e.atBar(); e.blanks() {
		word, err := e.word(0)
		if err != nil {
			return nil, err
		}
		words = appendBulk(words, '$', word)
		count++
	}
	if count == 0 {
		return nil, errors.New("empty command")
	}
	return append(appendSize(out, '*', count), words...), nil
}

// value appends one value; depth is the number of aggregates around it.
func (e *encoder) value(out []byte, depth int) ([]byte, error) {
	if e.rest == "" {
		return nil, errors.New("missing value")
	}
	if kind := e.rest[0]; len(e.rest) > 1 && e.rest[1] == '[' && strings.IndexByte("*~>%|", kind) >= 0 {
		e.rest = e.rest[2:]
		return e.aggregate(out, kind, depth+1)
	}
	kind := e.rest[0]
	switch kind {
	case '"':
		raw, err := e.word(depth)
		return append(out, raw...), err
	case '+', '-', '!':
		e.rest = e.rest[1:]
		text, err := e.text(depth)
		if err != nil {
			return nil, err
		}
		if kind == '!' {
			return appendBulk(out, kind, text), nil
		}
		return append(append(append(out, kind), text...), "\r\n"...), nil
	case '$', '=', ':', ',', '(', '#', '_':
		e.rest = e.rest[1:]
		word, err := e.word(depth)
		if err != nil {
			return nil, err
		}
		if kind == '$' || kind == '=' {
			return appendBulk(out, kind, word), nil
		}
		return append(append(append(out, kind), word...), "\r\n"...), nil
	}
	word, err := e.word(depth)
	if err == nil && word == "nil" {
		return append(out, "$-1\r\n"...), nil
	}
	return nil, fmt.Errorf("no value begins like %q", word)
}

// aggregate appends the values up to the closing bracket and the size before
// them. Maps and attributes count pairs.
func (e *encoder) aggregate(out []byte, kind byte, depth int) ([]byte, error) {
	if depth > maxNested {
		return nil, fmt.Errorf("more than %d aggregates within each other", maxNested)
	}
	var body []byte
	count := 0
	for e.blanks(); !strings.HasPrefix(e.rest, "]"); e.blanks() {
		if e.rest == "" {
			return nil, errors.New("missing ]")
		}
		var err error
		if body, err = e.value(body, depth); err != nil {
			return nil, err
		}
		count++
	}
	e.rest = e.rest[1:]
	if kind == '%' || kind == '|' {
		if count%2 != 0 {
			return nil, fmt.Errorf("%c[ ] wants pairs", kind)
		}
		count /= 2
	}
	return append(appendSize(out, kind, count), body...), nil
}

// text reads a word within an aggregate, else all up to the end of the item,
// and fills in the addresses.
func (e *encoder) text(depth int) (string, error) {
	var text string
	if depth > 0 || strings.HasPrefix(e.rest, `"`) {
		word, err := e.word(depth)
		if err != nil {
			return "", err
		}
		text = word
	} else {
		end := len(e.rest)
		if i := strings.Index(e.rest, " | "); i >= 0 {
			end = i
		}
		text, e.rest = strings.TrimRight(e.rest[:end], " \t"), e.rest[end:]
	}
	return e.fillIn(text)
}

// fillIn replaces every {NAME} by the address of NAME.
func (e *encoder) fillIn(text string) (string, error) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		name, after, closed := strings.Cut(rest, "}")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		if !closed {
			return "", errors.New("missing }")
		}
		filled, ok, err := repeated(name)
		if !ok && err == nil {
			filled, err = e.names.announced(name)
		}
		if err != nil {
			return "", err
		}
		b.WriteString(filled)
		text = after
	}
}

// word reads a Go string, <N>, or the bytes up to a blank; within an aggregate
// the closing bracket ends it too.
func (e *encoder) word(depth int) (string, error) {
	if strings.HasPrefix(e.rest, `"`) {
		quoted, err := strconv.QuotedPrefix(e.rest)
		if err != nil {
			return "", fmt.Errorf("read string %.20q: %w", e.rest, err)
		}
		e.rest = e.rest[len(quoted):]
		return strconv.Unquote(quoted)
	}
	ends := " \t"
	if depth > 0 {
		ends = " \t]"
	}
	end := strings.IndexAny(e.rest, ends)
	if end < 0 {
		end = len(e.rest)
	}
	word := e.rest[:end]
	e.rest = e.rest[end:]
	if len(word) > 2 && word[0] == '<' && word[len(word)-1] == '>' {
		if text, ok, err := repeated(word[1 : len(word)-1]); ok {
			return text, err
		}
		n, err := strconv.Atoi(word[1 : len(word)-1])
		if err != nil || n < 0 || n > maxFiller {
			return "", fmt.Errorf("filler %s: want 0 to %d bytes", word, maxFiller)
		}
		return filler(n), nil
	}
	return word, nil
}

func (e *encoder) blanks() { e.rest = strings.TrimLeft(e.rest, " \t") }

// atBar reports whether a bar that separates items comes next; one before a
// bracket begins an attribute.
func (e *encoder) atBar() bool {
	return strings.HasPrefix(e.rest, "|") && (len(e.rest) == 1 || blank(e.rest[1]))
}

// repeated returns what "40*a" stands for: so many times the text. It reports
// whether the text is of that form.
func repeated(text string) (string, bool, error) {
	count, what, ok := strings.Cut(text, "*")
	if !ok {
		return "", false, nil
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > maxFiller || n*len(what) > maxFiller {
		return "", true, fmt.Errorf("%s: want up to %d bytes", text, maxFiller)
	}
	return strings.Repeat(what, n), true, nil
}

// filler returns n bytes of the alphabet over and over.
func filler(n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz"
	return strings.Repeat(alphabet, n/len(alphabet)+1)[:n]
}

// appendSize appends a type byte, a number and CRLF.
func appendSize(out []byte, kind byte, n int) []byte {
	return append(strconv.AppendInt(append(out, kind), int64(n), 10), "\r\n"...)
}

// appendBulk appends a length-prefixed string of the given type.
func appendBulk(out []byte, kind byte, text string) []byte {
	return append(append(appendSize(out, kind, len(text)), text...), "\r\n"...)
}
