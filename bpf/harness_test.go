//go:build linux

package bpf

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/ringbuf"
	"github.com/cilium/ebpf/rlimit"

	"ricochet/internal/testenv"
)

// load loads the program for a test that needs root.
func load(t testing.TB, o Options) *Tap {
	t.Helper()
	testenv.RequireRoot(t)
	if err := rlimit.RemoveMemlock(); err != nil {
		t.Fatal(err)
	}
	tap, err := Load(o)
	if err != nil {
		var refused *ebpf.VerifierError
		if errors.As(err, &refused) {
			t.Fatalf("%+v", refused)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tap.Close(); err != nil {
			t.Error(err)
		}
	})
	return tap
}

// run has the program look at a frame, as one that came in on the interface of
// index 1. The program is to let nothing through. The kernel takes no frame here
// that is much longer than 3 kB.
func run(t testing.TB, tap *Tap, frame []byte) {
	t.Helper()
	// The kernel takes away an Ethernet header before a socket filter sees the
	// data, and adds none for one that is to see it.
	data := append(make([]byte, 14, 14+len(frame)), frame...)
	data[12], data[13] = 0xff, 0xff
	switch got, err := tap.objects.Tap.Run(&ebpf.RunOptions{Data: data}); {
	case err != nil:
		t.Fatal(err)
	case got != 0:
		t.Fatalf("the program lets %d bytes through", got)
	}
}

// reader reads the records that have been put so far.
type reader struct{ ring *ringbuf.Reader }

func newReader(t testing.TB, tap *Tap) reader {
	t.Helper()
	ring, err := ringbuf.NewReader(tap.Ring())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ring.Close() })
	ring.SetDeadline(time.Unix(1, 0))
	return reader{ring}
}

// records returns copies of all that waits.
func (r reader) records(t testing.TB) (all []Record) {
	t.Helper()
	for {
		sample, err := r.ring.Read()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		var record Record
		if err := record.Unmarshal(sample.RawSample); err != nil {
			t.Fatal(err)
		}
		record.Data, record.Spans = bytes.Clone(record.Data), slices.Clone(record.Spans)
		all = append(all, record)
	}
}

func counters(t testing.TB, tap *Tap) Counters {
	t.Helper()
	c, err := tap.Counters()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
