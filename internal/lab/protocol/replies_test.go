package protocol_test

import (
	"reflect"
	"strings"
	"testing"

	"ricochet/internal/lab/protocol"
)

var replies = []struct {
	name, in string
	values   []string
	err      bool
}{
	{"simple string, error, integer", "+OK\r\n-ERR x\r\n:-12\r\n", []string{"+OK", "-ERR x", ":-12"}, false},
	{"bulk strings", "$3\r\na\r\n\r\n$0\r\n\r\n", []string{`$"a\r\n"`, "$"}, false},
	{"CR and LF within a line", "+a\rb\nc\r\r\n", []string{`+"a\rb\nc\r"`}, false},
	{"three nulls", "$-1\r\n*-1\r\n_\r\n", []string{"(nil)", "(nil)", "(nil)"}, false},
	{"array with nulls, arrays and errors", "*4\r\n$-1\r\n*0\r\n*1\r\n:1\r\n-ERR x\r\n", []string{"[(nil), [], [:1], -ERR x]"}, false},
	{"map", "%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n*0\r\n", []string{"{$a: :1, $b: []}"}, false},
	{"set and push", "~1\r\n+a\r\n>2\r\n+b\r\n:1\r\n", []string{"~[+a]", ">[+b, :1]"}, false},
	{"scalars of RESP3", "#t\r\n#f\r\n,1.5\r\n,-inf\r\n(123456789012345678901234567890\r\n", []string{"#t", "#f", ",1.5", ",-inf", "(123456789012345678901234567890"}, false},
	{"texts of RESP3", "=7\r\ntxt:a b\r\n!5\r\nERR x\r\n", []string{"=txt:a b", "!ERR x"}, false},
	{"array of all sorts", "*5\r\n+a\r\n:1\r\n$-1\r\n*-1\r\n_\r\n", []string{"[+a, :1, (nil), (nil), (nil)]"}, false},
	{"attribute before a value and within one", "|1\r\n+k\r\n+v\r\n*2\r\n|1\r\n+k\r\n|0\r\n+v\r\n:1\r\n:2\r\n+OK\r\n", []string{"[:1, :2]", "+OK"}, false},
	{"attribute without a value", "|1\r\n+k\r\n+v\r\n", nil, false},
	{"array without its end", "*2\r\n:1\r\n", nil, false},
	{"string without its end", "$3\r\nabc\r", nil, false},
	{"integer that is none", "+OK\r\n:x\r\n", []string{"+OK"}, true},
	{"integer over 64 bits", ":9223372036854775808\r\n", nil, true},
	{"integer that is none, in RESP3", "%1\r\n+a\r\n:\r\n", nil, true},
	{"no type", "\r\n", nil, true},
	{"unknown type", "hello\r\n", nil, true},
	{"negative length", "$-2\r\n", nil, true},
	{"negative number of elements", "*-2\r\n", nil, true},
	{"null map", "%-1\r\n", nil, true},
	{"null verbatim", "=-1\r\n", nil, true},
	{"verbatim without a format", "=3\r\nabc\r\n", nil, true},
	{"streamed string", "$?\r\n", nil, true},
	{"length with a plus sign", "*+1\r\n:1\r\n", nil, true},
	{"length with a zero before it", "$01\r\na\r\n", nil, true},
	{"too long a string", "$536870913\r\n", nil, true},
	{"too many elements", "*1048577\r\n", nil, true},
	{"too long a line", "+" + strings.Repeat("a", 1<<16+1), nil, true},
	{"line of 64 KiB", "+" + strings.Repeat("a", 1<<16-1) + "\r\n", []string{"+" + strings.Repeat("a", 1<<16-1)}, false},
	{"string that does not end with CR LF", "$1\r\nabc\r\n", nil, true},
	{"truth that is none", "#x\r\n", nil, true},
	{"null with a text", "_x\r\n", nil, true},
	{"double that is none", ",x\r\n", nil, true},
	{"big number that is none", "(12a\r\n", nil, true},
	{"big number with two signs", "(--1\r\n", nil, true},
	{"arrays 32 deep", strings.Repeat("*1\r\n", 32) + ":1\r\n", []string{strings.Repeat("[", 32) + ":1" + strings.Repeat("]", 32)}, false},
	{"arrays 33 deep", strings.Repeat("*1\r\n", 33) + ":1\r\n", nil, true},
	{"many attributes", strings.Repeat("|0\r\n", 100_000) + ":1\r\n", []string{":1"}, false},
}

func TestReplies(t *testing.T) {
	for _, tt := range replies {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{len(tt.in), 1, 7} {
				got, err := values(tt.in, size)
				if (err != nil) != tt.err {
					t.Errorf("in pieces of %d: error %v", size, err)
				}
				var texts []string
				for _, v := range got {
					texts = append(texts, v.String())
				}
				if !reflect.DeepEqual(texts, tt.values) {
					t.Errorf("in pieces of %d: %.200q, want %.200q", size, texts, tt.values)
				}
			}
		})
	}
}

func TestValueHoldsBothTextAndNumber(t *testing.T) {
	got, _ := values("%3\r\n:7\r\n#t\r\n#f\r\n=5\r\nmkd:x\r\n!1\r\nE\r\n-E\r\n:+7\r\n", 100)
	seven := protocol.Value{Kind: protocol.Integer, Str: "7", Int: 7}
	want := []protocol.Value{{Kind: protocol.Map, Elems: []protocol.Value{
		seven, {Kind: protocol.Bool, Int: 1},
		{Kind: protocol.Bool}, {Kind: protocol.Verbatim, Str: "x", Format: "mkd"},
		{Kind: protocol.BlobError, Str: "E"}, {Kind: protocol.Error, Str: "E"},
	}}, seven}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !got[0].Elems[4].IsError() || !got[0].Elems[5].IsError() || got[0].IsError() {
		t.Error("errors are not told from others")
	}
}

// A replica reads replies, then a line that promises an RDB, then its bytes, and
// hands what follows to another parser.
func TestReplicationLink(t *testing.T) {
	in := "+PONG\r\n+FULLRESYNC 0123 14\r\n\n$5\r\nRDB\r\n*1\r\n$4\r\nPING\r\n"
	for _, size := range []int{len(in), 1} {
		var r protocol.Replies
		var got []string
		steps := []func() (string, bool){
			func() (string, bool) { v, ok, _ := r.Next(); return v.String(), ok },
			r.Line, r.Line, r.Line,
			func() (string, bool) { raw, ok := r.Take(5); return string(raw), ok },
		}
		for i := 0; i < len(in); i += size {
			r.Feed([]byte(in[i : i+size]))
			for len(got) < len(steps) {
				s, ok := steps[len(got)]()
				if !ok {
					break
				}
				got = append(got, s)
			}
		}
		if want := []string{"+PONG", "+FULLRESYNC 0123 14", "", "$5", "RDB\r\n"}; !reflect.DeepEqual(got, want) {
			t.Errorf("in pieces of %d: %q, want %q", size, got, want)
		}
		if rest := string(r.Rest()); rest != "*1\r\n$4\r\nPING\r\n" || r.Buffered() != 0 || r.Err() != nil {
			t.Errorf("in pieces of %d: rest %q, %d buffered, error %v", size, rest, r.Buffered(), r.Err())
		}
	}
}

func TestLineIsBounded(t *testing.T) {
	var r protocol.Replies
	for range 1<<16 + 1 {
		if _, ok := r.Line(); ok || r.Err() != nil {
			t.Fatalf("ok %v, error %v before the bound", ok, r.Err())
		}
		r.Feed([]byte("a"))
	}
	if _, ok := r.Line(); ok || r.Err() == nil {
		t.Errorf("ok %v, error %v", ok, r.Err())
	}
}

// values feeds in, in pieces of a size, and returns all that is found.
func values(in string, size int) (all []protocol.Value, err error) {
	var r protocol.Replies
	for len(in) > 0 && err == nil {
		n := min(size, len(in))
		r.Feed([]byte(in[:n]))
		in = in[n:]
		for {
			var v protocol.Value
			var ok bool
			if v, ok, err = r.Next(); !ok {
				break
			}
			all = append(all, v)
		}
	}
	return all, err
}
