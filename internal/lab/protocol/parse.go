package protocol

import (
	"bytes"
	"strconv"

	"github.com/tidwall/resp"
)

// parse parses the value at the front of b, which is whole by scan and so nests no
// deeper than maxDepth.
func (r *Replies) parse(b []byte) (v Value, rest []byte, err error) {
	if !r.scan.foreign {
		return r.parseRESP2(b, len(b))
	}
	for Kind(b[0]) == attribute { // there may be any number of them
		if _, b, err = r.parseWhole(b); err != nil {
			return v, nil, err
		}
	}
	return r.parseWhole(b)
}

// parseWhole parses the value, or the attribute, at the front of b.
func (r *Replies) parseWhole(b []byte) (v Value, rest []byte, err error) {
	end := bytes.Index(b, []byte("\r\n"))
	text, rest := string(b[1:end]), b[end+2:]
	v = Value{Kind: Kind(b[0]), Str: text}
	switch v.Kind {
	case SimpleString, Error, Integer:
		return r.parseRESP2(b, end+2)
	case Bulk:
		if text == "-1" {
			return r.parseRESP2(b, end+2)
		}
		n, _ := strconv.Atoi(text)
		return r.parseRESP2(b, end+2+n+2)
	case BlobError, Verbatim:
		n, _ := strconv.Atoi(text)
		v.Str = string(rest[:n])
		return v, rest[n+2:], v.finish()
	case Array, Set, Push, Map, attribute:
		n, _ := strconv.Atoi(text)
		return r.parseElements(v.Kind, n, rest)
	}
	return v, rest, v.finish()
}

// parseElements parses the n elements, or pairs of them, at the front of b.
func (r *Replies) parseElements(kind Kind, n int, b []byte) (v Value, rest []byte, err error) {
	v.Kind = kind
	if n < 0 {
		v.Kind = Null
	}
	if kind == Map || kind == attribute {
		n *= 2
	}
	for range n {
		var e Value
		if e, b, err = r.parse(b); err != nil {
			return v, b, err
		}
		v.Elems = append(v.Elems, e)
	}
	return v, b, nil
}

// finish checks and completes a scalar of RESP3, the text of which is known.
func (v *Value) finish() error {
	switch v.Kind {
	case Null:
		return check(v.Str == "")
	case Bool:
		ok := v.Str == "t" || v.Str == "f"
		if v.Str == "t" {
			v.Int = 1
		}
		v.Str = ""
		return check(ok)
	case Double:
		_, err := strconv.ParseFloat(v.Str, 64)
		return check(err == nil)
	case BigNumber:
		digits := bytes.TrimLeft([]byte(v.Str), "+-")
		ok := len(digits) > 0 && len(v.Str)-len(digits) <= 1 && len(bytes.Trim(digits, "0123456789")) == 0
		return check(ok)
	case Verbatim:
		if len(v.Str) < 4 || v.Str[3] != ':' {
			return errValue
		}
		v.Format, v.Str = v.Str[:3], v.Str[4:]
	}
	return nil
}

func check(ok bool) error {
	if !ok {
		return errValue
	}
	return nil
}

// parseRESP2 parses the first n bytes of b, which are a value of RESP2.
func (r *Replies) parseRESP2(b []byte, n int) (v Value, rest []byte, err error) {
	got, err := r.library.read(b[:n])
	if err != nil {
		return Value{}, nil, err
	}
	return fromLibrary(got), b[n:], nil
}

// fromLibrary converts a value. Nulls have no kind of their own in the library.
func fromLibrary(from resp.Value) Value {
	v := Value{Kind: Kind(from.Type())}
	switch {
	case from.IsNull():
		v.Kind = Null
	case v.Kind == Array:
		if elements := from.Array(); len(elements) > 0 {
			v.Elems = make([]Value, len(elements))
			for i, e := range elements {
				v.Elems[i] = fromLibrary(e)
			}
		}
	case v.Kind == Integer:
		v.Int = int64(from.Integer())
		v.Str = strconv.FormatInt(v.Int, 10)
	default:
		v.Str = from.String()
	}
	return v
}
