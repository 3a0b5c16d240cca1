package wiretest

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/resp"
)

func TestEncode(t *testing.T) {
	tests := []struct{ name, items, want string }{
		{"command", "*GET key:1", "*2\r\n$3\r\nGET\r\n$5\r\nkey:1\r\n"},
		{"pipeline", "*PING | *GET k", "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"},
		{"quoted arguments", `*SET "a | b" "\x00\r\n" ""`, "*4\r\n$3\r\nSET\r\n$5\r\na | b\r\n$3\r\n\x00\r\n\r\n$0\r\n\r\n"},
		{"filler", "*SET k <30>", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$30\r\nabcdefghijklmnopqrstuvwxyzabcd\r\n"},
		{"simple string", "+OK", "+OK\r\n"},
		{"error with spaces", "-ERR some text | +OK", "-ERR some text\r\n+OK\r\n"},
		{"redirect to a name", "-REDIRECT {B}", "-REDIRECT 10.0.0.2:6379\r\n"},
		{"redirect to IPv6 has no brackets", "-MOVED 5 {six}", "-MOVED 5 fd00::6:7000\r\n"},
		{"redirect to an empty host", "-MOVED 5 :6379", "-MOVED 5 :6379\r\n"},
		{"names in keys are no addresses", "*GET {B}", "*2\r\n$3\r\nGET\r\n$3\r\n{B}\r\n"},
		{"scalars", ":3 | :-1 | ,1.5 | (123 | #t | _ | nil", ":3\r\n:-1\r\n,1.5\r\n(123\r\n#t\r\n_\r\n$-1\r\n"},
		{"bulk strings", `$hello | $"a b" | $""`, "$5\r\nhello\r\n$3\r\na b\r\n$0\r\n\r\n"},
		{"verbatim string and bulk error", "=txt:hi | !ERR no {B}", "=6\r\ntxt:hi\r\n!20\r\nERR no 10.0.0.2:6379\r\n"},
		{"array", "*[$a :1 +QUEUED nil]", "*4\r\n$1\r\na\r\n:1\r\n+QUEUED\r\n$-1\r\n"},
		{"empty array", "*[]", "*0\r\n"},
		{"error in an array", `*[+OK -"REDIRECT {B}"]`, "*2\r\n+OK\r\n-REDIRECT 10.0.0.2:6379\r\n"},
		{"nested", "*[*[:0 :5 *[$a :1]] ~[ #f ]]", "*2\r\n*3\r\n:0\r\n:5\r\n*2\r\n$1\r\na\r\n:1\r\n~1\r\n#f\r\n"},
		{"maps count pairs", "%[$a :1 $b :2]", "%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2\r\n"},
		{"attribute before a value", "|[$ttl :9] | $v", "|1\r\n$3\r\nttl\r\n:9\r\n$1\r\nv\r\n"},
		{"push", ">[$message $ch $hi]", ">3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$2\r\nhi\r\n"},
		{"raw bytes", `"PING\r\n" | "\xff"`, "PING\r\n\xff"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := newNames()
			if err := n.declare("six [fd00::6]:7000"); err != nil {
				t.Fatal(err)
			}
			got, err := encode(test.items, n)
			if err != nil || string(got) != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestEncodeErrors(t *testing.T) {
	tests := []struct{ name, items, want string }{
		{"nothing", "", "missing value"},
		{"nothing after a bar", "+OK | ", "missing value"},
		{"empty raw bytes", `""`, "no payload"},
		{"empty command", "*", "empty command"},
		{"no such value", "hello", "no value begins like"},
		{"two values without a bar", "$a $b", "separated by"},
		{"open aggregate", "*[$a", "missing ]"},
		{"command within an array", "*[*GET]", "no value begins like"},
		{"odd map", "%[$a]", "wants pairs"},
		{"open string", `$"a`, "read string"},
		{"unknown name", "-REDIRECT {nowhere}", "unknown name"},
		{"open brace", "-REDIRECT {B", "missing }"},
		{"too much filler", "$<16777217>", "filler"},
		{"too much data", "$<16777216>", "payload exceeds"},
		{"too deep", strings.Repeat("*[", maxNested+1), "aggregates within each other"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, err := encode(test.items, newNames())
			if err == nil || out != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, %v, want an error with %q", out, err, test.want)
			}
		})
	}
}

// TestCommandsMatchAnotherWriter holds commands against a writer that others
// made.
func TestCommandsMatchAnotherWriter(t *testing.T) {
	for _, words := range [][]string{{"PING"}, {"SET", "key:1", "v"}, {"EVAL", "return\r\n1", "0"}, {"SET", "", "\x00\xff"}} {
		var want bytes.Buffer
		values := make([]resp.Value, len(words))
		notation := "*"
		for i, w := range words {
			values[i] = resp.StringValue(w)
			notation += " " + strconv.Quote(w)
		}
		if err := resp.NewWriter(&want).WriteArray(values); err != nil {
			t.Fatal(err)
		}
		got, err := encode(notation, newNames())
		if err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%q: got %q, %v, want %q", words, got, err, want.Bytes())
		}
	}
}
