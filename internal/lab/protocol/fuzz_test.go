package protocol_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/resp"

	"ricochet/internal/lab/protocol"
)

// FuzzRequests checks that commands do not depend on where the bytes are split, that
// they are the same when they are sent again as clients send them, and what the
// library by itself makes of that.
func FuzzRequests(f *testing.F) {
	for _, tt := range requests {
		addSeed(f, tt.in)
	}
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		whole, err := commands(string(data), len(data)+1)
		split, splitErr := commands(string(data), int(size)+1)
		if !reflect.DeepEqual(whole, split) || err != splitErr {
			t.Fatalf("%q: %q and %v at once, %q and %v in pieces of %d", data, whole, err, split, splitErr, size+1)
		}
		var again []byte
		for _, args := range whole {
			if len(args) == 0 {
				t.Fatalf("%q: an empty command", data)
			}
			again = protocol.AppendCommandBytes(again, args)
		}
		if got, err := commands(string(again), len(again)+1); !reflect.DeepEqual(got, whole) || err != nil {
			t.Fatalf("%q: %q, and sent again %q, %v", data, whole, got, err)
		}
		library := resp.NewReader(bytes.NewReader(again))
		for _, args := range whole {
			v, _, _, err := library.ReadMultiBulk()
			if err != nil || len(v.Array()) != len(args) {
				t.Fatalf("%q: %v, %v to the library, want %q", again, v, err, args)
			}
			for i, a := range v.Array() {
				if !bytes.Equal(a.Bytes(), args[i]) {
					t.Fatalf("%q: %v to the library, want %q", again, v, args)
				}
			}
		}
	})
}

// FuzzReplies checks that values do not depend on where the bytes are split, and
// that a Writer writes what is read as the same values again, which the library reads
// too.
func FuzzReplies(f *testing.F) {
	for _, tt := range replies {
		addSeed(f, tt.in)
	}
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		whole, err := values(string(data), len(data)+1)
		split, splitErr := values(string(data), int(size)+1)
		if !reflect.DeepEqual(whole, split) || err != splitErr {
			t.Fatalf("%q: %v and %v at once, %v and %v in pieces of %d", data, whole, err, split, splitErr, size+1)
		}
		w := protocol.Writer{Version: 3}
		for _, v := range whole {
			write(&w, v)
			if isRESP2(v) {
				checkLibrary(t, v)
			}
		}
		got, err := values(string(w.Bytes()), w.Len()+1)
		if fmt.Sprint(got) != fmt.Sprint(whole) || err != nil {
			t.Fatalf("%q: %v, and written again %v, %v", data, whole, got, err)
		}
	})
}

// addSeed leaves out those that are long to meet a bound: the fuzzer would spend its
// time on them.
func addSeed(f *testing.F, in string) {
	if len(in) < 1000 {
		f.Add([]byte(in), uint8(3))
	}
}

// checkLibrary checks that the library by itself reads a value of RESP2 as we do.
func checkLibrary(t *testing.T, v protocol.Value) {
	t.Helper()
	var w protocol.Writer
	write(&w, v)
	read, n, err := resp.NewReader(bytes.NewReader(w.Bytes())).ReadValue()
	if err != nil || n != w.Len() {
		t.Fatalf("%q: the library reads %d bytes, %v", w.Bytes(), n, err)
	}
	if again, err := read.MarshalRESP(); !bytes.Equal(again, w.Bytes()) || err != nil {
		t.Fatalf("%q: to the library %q, %v", w.Bytes(), again, err)
	}
}

// isRESP2 tells whether RESP2 has all that is in v.
func isRESP2(v protocol.Value) bool {
	return strings.ContainsRune("+-:$*_", rune(v.Kind)) && !slices.ContainsFunc(v.Elems, func(e protocol.Value) bool { return !isRESP2(e) })
}

// write writes a value that was read.
func write(w *protocol.Writer, v protocol.Value) {
	switch v.Kind {
	case protocol.SimpleString:
		w.Raw([]byte("+" + v.Str + "\r\n"))
	case protocol.Error:
		w.Raw([]byte("-" + v.Str + "\r\n"))
	case protocol.Integer:
		w.Int(v.Int)
	case protocol.Bulk:
		w.BulkString(v.Str)
	case protocol.Null:
		w.Null()
	case protocol.Bool:
		w.Bool(v.Int == 1)
	case protocol.Double, protocol.BigNumber:
		w.Raw([]byte(string(rune(v.Kind)) + v.Str + "\r\n"))
	case protocol.BlobError:
		w.Raw(fmt.Appendf(nil, "!%d\r\n%s\r\n", len(v.Str), v.Str))
	case protocol.Verbatim:
		w.Verbatim(v.Format, v.Str)
	case protocol.Array:
		w.Array(len(v.Elems))
	case protocol.Set:
		w.Set(len(v.Elems))
	case protocol.Push:
		w.Push(len(v.Elems))
	case protocol.Map:
		w.Map(len(v.Elems) / 2)
	}
	for _, e := range v.Elems {
		write(w, e)
	}
}
