package conform

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The lab's servers write with internal/lab/protocol. What they wrote is read here by
// other code, so that a fault of that package shows.

// maxReply bounds the strings and the arrays of a reply.
const maxReply = 1 << 20

// reply is a message of a server: kind is its first byte, '$' for a string, '_' for
// RESP3's null.
type reply struct {
	kind  byte
	text  string  // of + - : $ = , # (
	null  bool    // of $ and *: RESP2's nulls
	items []reply // of * ~ > and %: key, value, key, value
}

func readReply(in *bufio.Reader) (reply, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return reply{}, err
	}
	line, ok := strings.CutSuffix(line, "\r\n")
	if !ok || line == "" {
		return reply{}, fmt.Errorf("no reply begins with the line %q", line)
	}
	r := reply{kind: line[0], text: line[1:]}
	switch r.kind {
	case '+', '-', ':', ',', '#', '(', '_':
		return r, nil
	case '$', '=', '*', '~', '>', '%':
	default:
		return reply{}, fmt.Errorf("no reply begins with %q", line)
	}
	n, err := strconv.Atoi(r.text)
	if err != nil || n > maxReply {
		return reply{}, fmt.Errorf("length of %q", line)
	}
	if r.text = ""; n < 0 {
		r.null = true
		return r, nil
	}
	if r.kind == '$' || r.kind == '=' {
		r.text, err = readString(in, n)
		return r, err
	}
	if r.kind == '%' {
		n *= 2
	}
	for range n {
		item, err := readReply(in)
		if err != nil {
			return reply{}, err
		}
		r.items = append(r.items, item)
	}
	return r, nil
}

func readString(in io.Reader, n int) (string, error) {
	b := make([]byte, n+len("\r\n"))
	if _, err := io.ReadFull(in, b); err != nil {
		return "", err
	}
	if !strings.HasSuffix(string(b), "\r\n") {
		return "", fmt.Errorf("string of %d bytes ends with %q", n, b[n:])
	}
	return string(b[:n]), nil
}

// String writes a reply so that replies of different types look different: strings in
// quotes, null strings and arrays of RESP2 as $nil and *nil, RESP3's null as _, pushes
// and sets with > and ~ in front, maps in braces.
func (r reply) String() string {
	switch r.kind {
	case '$', '=':
		if r.null {
			return "$nil"
		}
		if r.kind == '=' {
			return "=" + strconv.Quote(r.text)
		}
		return strconv.Quote(r.text)
	case '*':
		if r.null {
			return "*nil"
		}
		return "[" + joinReplies(r.items) + "]"
	case '~', '>':
		return string(r.kind) + "[" + joinReplies(r.items) + "]"
	case '%':
		var pairs []string
		for i := 0; i+1 < len(r.items); i += 2 {
			pairs = append(pairs, r.items[i].String()+" => "+r.items[i+1].String())
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	}
	return string(r.kind) + r.text
}

func joinReplies(items []reply) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = item.String()
	}
	return strings.Join(texts, " ")
}
