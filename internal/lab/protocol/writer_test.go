package protocol_test

import (
	"math"
	"testing"

	"ricochet/internal/lab/protocol"
)

func TestWriter(t *testing.T) {
	tests := []struct {
		name       string
		write      func(w *protocol.Writer)
		two, three string
	}{
		{"OK", (*protocol.Writer).OK, "+OK\r\n", "+OK\r\n"},
		{"integer", func(w *protocol.Writer) { w.Int(math.MinInt64) }, ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"},
		{"error", func(w *protocol.Writer) { w.Error("ERR x") }, "-ERR x\r\n", "-ERR x\r\n"},
		{"error with control characters", func(w *protocol.Writer) { w.Error("ERR a\r\nb\v\t'x' \r\n") }, "-ERR a  b\v\t'x' \r\n", "-ERR a  b\v\t'x' \r\n"},
		{"simple string of two lines", func(w *protocol.Writer) { w.Simple("a\nb") }, "+a b\r\n", "+a b\r\n"},
		{"bulk", func(w *protocol.Writer) { w.Bulk([]byte("a\r\nb")) }, "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n"},
		{"no bytes are an empty bulk", func(w *protocol.Writer) { w.Bulk(nil); w.BulkString("") }, "$0\r\n\r\n$0\r\n\r\n", "$0\r\n\r\n$0\r\n\r\n"},
		{"null", (*protocol.Writer).Null, "$-1\r\n", "_\r\n"},
		{"null array", (*protocol.Writer).NullArray, "*-1\r\n", "_\r\n"},
		{"array", func(w *protocol.Writer) { w.Array(2); w.Int(1); w.Array(0) }, "*2\r\n:1\r\n*0\r\n", "*2\r\n:1\r\n*0\r\n"},
		{"map", func(w *protocol.Writer) { w.Map(1); w.Int(1); w.Int(2) }, "*2\r\n:1\r\n:2\r\n", "%1\r\n:1\r\n:2\r\n"},
		{"set", func(w *protocol.Writer) { w.Set(1); w.Int(1) }, "*1\r\n:1\r\n", "~1\r\n:1\r\n"},
		{"push", func(w *protocol.Writer) { w.Push(1); w.Int(1) }, "*1\r\n:1\r\n", ">1\r\n:1\r\n"},
		{"truth", func(w *protocol.Writer) { w.Bool(true); w.Bool(false) }, ":1\r\n:0\r\n", "#t\r\n#f\r\n"},
		{"double", func(w *protocol.Writer) { w.Double(1.5) }, "$3\r\n1.5\r\n", ",1.5\r\n"},
		{"double that is no number", func(w *protocol.Writer) { w.Double(math.Inf(1)); w.Double(math.Inf(-1)); w.Double(math.NaN()) },
			"$3\r\ninf\r\n$4\r\n-inf\r\n$3\r\nnan\r\n", ",inf\r\n,-inf\r\n,nan\r\n"},
		{"verbatim", func(w *protocol.Writer) { w.Verbatim("txt", "a\r\n") }, "$3\r\na\r\n\r\n", "=7\r\ntxt:a\r\n\r\n"},
		{"raw", func(w *protocol.Writer) { w.Raw([]byte("x")) }, "x", "x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for version, want := range []string{tt.two, tt.two, tt.two, tt.three} {
				w := protocol.Writer{Version: version}
				if tt.write(&w); string(w.Bytes()) != want || w.Len() != len(want) {
					t.Errorf("version %d: %q, want %q", version, w.Bytes(), want)
				}
				if w.Reset(); w.Len() != 0 {
					t.Errorf("version %d: %d bytes after Reset", version, w.Len())
				}
			}
		})
	}
}

func TestAppendCommand(t *testing.T) {
	got := string(protocol.AppendCommand([]byte("x"), "SET", "k", ""))
	if want := "x*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if b := string(protocol.AppendCommandBytes([]byte("x"), [][]byte{[]byte("SET"), []byte("k"), nil})); b != got {
		t.Errorf("of bytes %q, of strings %q", b, got)
	}
}
