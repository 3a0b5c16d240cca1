package tape_test

import (
	"bytes"
	"io"
	"testing"

	"ricochet/capture"
	"ricochet/capture/pcapfile"
	"ricochet/decode/frame"
	"ricochet/internal/lab/tape"
	"ricochet/internal/lab/world"
)

// record runs f with a tape and returns the file.
func record(t testing.TB, f func(*tape.Tape)) []byte {
	t.Helper()
	var b bytes.Buffer
	tp, err := tape.New(&b, tape.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f(tp)
	if err := tp.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// segments writes these and returns the file.
func segments(t testing.TB, all ...world.Segment) []byte {
	t.Helper()
	return record(t, func(tp *tape.Tape) {
		for i := range all {
			tp.Segment(&all[i])
		}
	})
}

// seen is a frame as the analyzer sees it.
type seen struct {
	frame.Segment
	time int64
	raw  []byte
}

// read reads a file as the analyzer does.
func read(t testing.TB, file []byte) (all []seen) {
	t.Helper()
	src, err := pcapfile.Open([]string{"-"}, pcapfile.Options{Stdin: bytes.NewReader(file)})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var dec frame.Decoder
	var p capture.Packet
	for {
		err := src.Next(&p)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		s := seen{time: p.Time, raw: bytes.Clone(p.Data)}
		if v := dec.Decode(p.Link, s.raw, p.Len, p.Time, &s.Segment); v != frame.TCP {
			t.Fatalf("frame %d is %v", p.Number, v)
		}
		all = append(all, s)
	}
	if stats, err := src.Stats(); err != nil || stats[0].Damage != "" {
		t.Fatalf("%+v, %v", stats, err)
	}
	return all
}
