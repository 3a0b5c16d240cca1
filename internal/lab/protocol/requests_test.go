package protocol_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"ricochet/internal/lab/protocol"
)

// requests are what clients may send and what the server makes of it. Each was
// checked with valkey-server 8.0.1, and is again by TestServerAgrees.
var requests = []struct {
	name, in string
	commands []string // arguments joined by "|"
	err      string
}{
	{"array of bulk strings", "*2\r\n$3\r\nGET\r\n$5\r\nkey:1\r\n", []string{"GET|key:1"}, ""},
	{"pipeline of both forms", "*1\r\n$4\r\nPING\r\nECHO a\r\n*1\r\n$4\r\nPING\r\n", []string{"PING", "ECHO|a", "PING"}, ""},
	{"CR and LF within a string", "*2\r\n$4\r\nECHO\r\n$3\r\n\r\nb\r\n", []string{"ECHO|\r\nb"}, ""},
	{"empty string", "*1\r\n$0\r\n\r\nPING\r\n", []string{"", "PING"}, ""},
	{"no argument, a negative number of them", "*0\r\n*-1\r\n*-5\r\n\r\n  \r\n\tPING\r\n", []string{"PING"}, ""},
	{"unterminated", "*2\r\n$4\r\nECHO\r\n$3\r\nab", nil, ""},
	{"error before the end of its line", "*2\r\nx", nil, ""},
	{"other bytes after the string", "*1\r\n$4\r\nPINGxxPING\r\n", []string{"PING", "PING"}, ""},
	{"other bytes after CR", "*1\rX$4\rYPINGZZ", []string{"PING"}, ""},
	{"LF alone after lengths", "*1\n$4\nPING\n", nil, ""},
	{"no length", "*\r\n", nil, "invalid multibulk length"},
	{"no number of strings", "*x\r\n", nil, "invalid multibulk length"},
	{"number of strings with a plus sign", "*+1\r\n$4\r\nPING\r\n", nil, "invalid multibulk length"},
	{"number of strings with a zero before it", "*01\r\n", nil, "invalid multibulk length"},
	{"number of strings beyond 32 bits", "*2147483648\r\n", nil, "invalid multibulk length"},
	{"number of strings beyond 64 bits", "*99999999999999999999\r\n", nil, "invalid multibulk length"},
	{"command, then an error", "PING\r\n*x\r\nPING\r\n", []string{"PING"}, "invalid multibulk length"},
	{"other byte than a dollar sign", "*1\r\nx\r\n", nil, "expected '$', got 'x'"},
	{"nothing for a dollar sign", "*1\r\n\r\n", nil, "expected '$', got ' '"},
	{"byte beyond ASCII for a dollar sign", "*1\r\n\xff\r\n", nil, "expected '$', got '\xff'"},
	{"no length of a string", "*1\r\n$x\r\n", nil, "invalid bulk length"},
	{"null for a string", "*1\r\n$-1\r\n", nil, "invalid bulk length"},
	{"negative zero", "*1\r\n$-0\r\n", nil, "invalid bulk length"},
	{"string over 512 MiB", "*1\r\n$536870913\r\n", nil, "invalid bulk length"},
	{"string of 512 MiB, so far", "*1\r\n$536870912\r\nab", nil, ""},
	{"endless number of strings", "*" + strings.Repeat("1", 1<<16), nil, "too big mbulk count string"},
	{"endless length", "*1\r\n$" + strings.Repeat("1", 1<<16), nil, "too big bulk count string"},
	{"endless line", strings.Repeat("A", 1<<16+1), nil, "too big inline request"},
	{"long line", "ECHO " + strings.Repeat("A", 1<<16-6) + "\n", []string{"ECHO|" + strings.Repeat("A", 1<<16-6)}, ""},
	{"line ends with LF", "PING\n", []string{"PING"}, ""},
	{"line ends with two CR", "PING\r\r\n", []string{"PING"}, ""},
	{"blanks around words", " PING \t x  \r\n", []string{"PING|x"}, ""},
	{"vertical tab and form feed are no blanks within", "ECHO a\vb\fc\r\n", []string{"ECHO|a\vb\fc"}, ""},
	{"CR is a blank", "MGET a\rb\r\n", []string{"MGET|a|b"}, ""},
	{"NUL hides the end of the line", "ECHO a\x00b\r\nPING\r\n", nil, ""},
	{"NUL hides the end of a length", "*1\x00\r\n$4\r\nPING\r\n", nil, ""},
	{"double quotes", "ECHO \"a b\"\r\n", []string{"ECHO|a b"}, ""},
	{"escapes", `ECHO "a\x41\n\t\"\r\b\a\q\xzz\x4"` + "\r\n", []string{"ECHO|aA\n\t\"\r\b\aqxzzx4"}, ""},
	{"escapes without quotes", "ECHO \\x41\\n\r\n", []string{`ECHO|\x41\n`}, ""},
	{"single quotes", `ECHO 'a "b\'c\n'` + "\r\n", []string{`ECHO|a "b'c\n`}, ""},
	{"empty words", "MGET \"\" ''\r\n\"\"\r\n", []string{"MGET||", ""}, ""},
	{"quotes begin within a word", "ECHO a\"b c\"\r\n", []string{"ECHO|ab c"}, ""},
	{"quotes end within a word", "ECHO \"ab\"c\r\n", nil, "unbalanced quotes in request"},
	{"quotes within a word", "ECHO a\"b\"c\r\n", nil, "unbalanced quotes in request"},
	{"open double quotes", "ECHO \"ab\r\n", nil, "unbalanced quotes in request"},
	{"open single quotes", "ECHO 'ab\r\n", nil, "unbalanced quotes in request"},
	{"escape ends the line", "ECHO \"ab\\\r\n", nil, "unbalanced quotes in request"},
	{"bytes beyond ASCII", "ECHO \x85\xff\r\n", []string{"ECHO|\x85\xff"}, ""},
	{"reply for a command", "+x\r\n$4\r\n", []string{"+x", "$4"}, ""},
}

func TestRequests(t *testing.T) {
	for _, tt := range requests {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{len(tt.in), 1, 7} {
				got, err := commands(tt.in, size)
				if want := tt.err; want != "" && (err == nil || err.Error() != "Protocol error: "+want) || want == "" && err != nil {
					t.Errorf("in pieces of %d: error %v, want %q", size, err, want)
				}
				if !reflect.DeepEqual(joined(got), tt.commands) {
					t.Errorf("in pieces of %d: %q, want %q", size, joined(got), tt.commands)
				}
			}
		})
	}
}

// What the server takes and we do not.
func TestRequestsBound(t *testing.T) {
	if _, err := commands("*1048577\r\n", 100); err == nil {
		t.Error("array of 1 MiB and one elements: no error")
	}
	if _, err := commands("*1048576\r\n$1\r\n", 100); err != nil {
		t.Errorf("array of 1 MiB elements: %v", err)
	}
}

func TestRequestsEndWithTheirError(t *testing.T) {
	var r protocol.Requests
	r.Feed([]byte("*x\r\nPING\r\n"))
	for range 2 {
		if _, ok, err := r.Next(); ok || err == nil {
			t.Fatalf("ok %v, error %v, want an error each time", ok, err)
		}
		r.Feed([]byte("PING\r\n"))
	}
}

func TestArgumentsStay(t *testing.T) {
	var r protocol.Requests
	in := []byte("*2\r\n$4\r\nECHO\r\n$1\r\na\r\n")
	r.Feed(in)
	array, _, _ := r.Next()
	r.Feed([]byte("ECHO a\r\n"))
	inline, _, _ := r.Next()
	clear(in)
	for range 100 {
		r.Feed([]byte("*2\r\n$4\r\nXXXX\r\n$1\r\nX\r\nXXXX X\r\n"))
		r.Next()
		r.Next()
	}
	for _, args := range [][][]byte{array, inline} {
		if got := joined([][][]byte{args}); got[0] != "ECHO|a" {
			t.Errorf("arguments became %q", got)
		}
	}
}

func TestBufferedCountsWhatIsLeft(t *testing.T) {
	var r protocol.Requests
	r.Feed([]byte("*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPI"))
	r.Next()
	if r.Buffered() != 10 {
		t.Errorf("%d bytes wait, want 10", r.Buffered())
	}
}

// Time and memory go with what arrived, not with what was announced, however small
// the pieces.
func TestRequestsOfManySmallPieces(t *testing.T) {
	var r protocol.Requests
	feed := func(s string) {
		for i := range len(s) {
			r.Feed([]byte(s[i : i+1]))
			r.Next()
		}
	}
	feed("*100000\r\n")
	for range 99_999 {
		feed("$1\r\na\r\n")
	}
	r.Feed([]byte("$1\r\na\r\n"))
	if args, ok, err := r.Next(); !ok || len(args) != 100_000 {
		t.Errorf("%d arguments, ok %v, error %v", len(args), ok, err)
	}
}

// commands feeds in, in pieces of a size, and returns all that is found.
func commands(in string, size int) (all [][][]byte, err error) {
	var r protocol.Requests
	for len(in) > 0 && err == nil {
		n := min(size, len(in))
		r.Feed([]byte(in[:n]))
		in = in[n:]
		var more [][][]byte
		more, err = drain(&r)
		all = append(all, more...)
	}
	return all, err
}

func drain(r *protocol.Requests) (all [][][]byte, err error) {
	for {
		args, ok, err := r.Next()
		if !ok {
			return all, err
		}
		all = append(all, args)
	}
}

func joined(commands [][][]byte) (all []string) {
	for _, args := range commands {
		all = append(all, string(bytes.Join(args, []byte("|"))))
	}
	return all
}
