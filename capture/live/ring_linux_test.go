package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync/atomic"
	"testing"
)

// fakeRing is a ring buffer as the kernel writes one. Unlike there, the second
// mapping of the data is a copy, kept equal by put.
type fakeRing struct {
	*ring
	produced uintptr
}

func newFakeRing(size int) *fakeRing {
	page := os.Getpagesize()
	producer := make([]byte, page+2*size)
	return &fakeRing{ring: &ring{
		consumerPage: make([]byte, page), producerPage: producer, data: producer[page:],
		mask: uintptr(size - 1), quantum: uintptr(size) / 8,
	}}
}

// put appends a sample with flags in its header, if there is room.
func (f *fakeRing) put(sample []byte, flags uint32) bool {
	size := int(f.mask + 1)
	whole := (sampleHeader + len(sample) + sampleAlign - 1) / sampleAlign * sampleAlign
	consumed := *position(f.consumerPage)
	if int(f.produced-consumed)+whole > size {
		return false
	}
	at := int(f.produced & f.mask)
	f.write(at, binary.NativeEndian.AppendUint32(nil, uint32(len(sample))|flags))
	f.write(at+sampleHeader, sample)
	f.produced += uintptr(whole)
	atomic.StoreUintptr(position(f.producerPage), f.produced)
	return true
}

func (f *fakeRing) write(at int, b []byte) {
	size := int(f.mask + 1)
	for i, c := range b {
		f.data[(at+i)%size], f.data[(at+i)%size+size] = c, c
	}
}

func TestRingYieldsSamplesInOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	f := newFakeRing(4096)
	var want [][]byte
	put, got := 0, 0
	for put < 5000 {
		if random.IntN(2) == 0 {
			sample := slices.Repeat([]byte{byte(put)}, random.IntN(900))
			flags := uint32(0)
			if random.IntN(5) == 0 {
				flags = sampleDiscard
			}
			if f.put(sample, flags) {
				put++
				if flags == 0 {
					want = append(want, sample)
				}
			}
			continue
		}
		sample, err := f.next()
		if err != nil {
			t.Fatal(err)
		}
		if sample == nil {
			if got < len(want) || !f.drained() {
				t.Fatalf("nothing after %d samples of %d", got, len(want))
			}
			continue
		}
		if !slices.Equal(sample, want[got]) {
			t.Fatalf("sample %d is %x, want %x", got, sample, want[got])
		}
		got++
	}
	if got < 1000 {
		t.Errorf("only %d samples were read", got)
	}
}

func TestRingWaitsForSampleBeingWritten(t *testing.T) {
	f := newFakeRing(4096)
	f.put([]byte("one"), sampleBusy)
	f.put([]byte("two"), 0)
	if sample, err := f.next(); sample != nil || err != nil || f.drained() {
		t.Fatalf("%q, %v, drained %v", sample, err, f.drained())
	}
	f.write(0, []byte{3, 0, 0, 0})
	for _, want := range []string{"one", "two", ""} {
		if sample, err := f.next(); string(sample) != want || err != nil {
			t.Fatalf("%q, %v, want %q", sample, err, want)
		}
	}
}

func TestRingKeepsTheSampleInUse(t *testing.T) {
	f := newFakeRing(4096)
	sample := slices.Repeat([]byte{1}, 1000)
	for f.put(sample, 0) {
	}
	first, _ := f.next()
	if f.put(sample, 0) {
		t.Fatal("the kernel has the place of a sample that is in use")
	}
	if got := f.used(); got < 4000 {
		t.Errorf("%d bytes are used", got)
	}
	if _, err := f.next(); err != nil || !f.put(sample, 0) || first[0] != 1 {
		t.Fatal("the kernel has no place for a sample after one was read")
	}
}

func TestRingDamage(t *testing.T) {
	for _, c := range []struct {
		name     string
		head     uint32
		produced uintptr
	}{
		{"a sample longer than the ring", 1 << 20, 64},
		{"a sample longer than what was put", 100, 64},
		{"half a header", 0, 4},
		{"more than fits", 8, 1 << 30},
		{"a position behind", 8, ^uintptr(0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakeRing(4096)
			f.write(0, binary.NativeEndian.AppendUint32(nil, c.head))
			*position(f.producerPage) = c.produced
			if sample, err := f.next(); !errors.Is(err, errRing) {
				t.Errorf("%d bytes, %v", len(sample), err)
			}
		})
	}
}

func TestRingAllocatesNothing(t *testing.T) {
	f := newFakeRing(1 << 16)
	sample := make([]byte, 200)
	if n := testing.AllocsPerRun(1000, func() {
		at := int(f.produced & f.mask)
		binary.NativeEndian.PutUint32(f.data[at:], uint32(len(sample)))
		f.produced += sampleHeader + uintptr(len(sample))
		*position(f.producerPage) = f.produced
		if b, err := f.next(); len(b) != len(sample) || err != nil {
			t.Fatal(len(b), err)
		}
	}); n > 0 {
		t.Errorf("%v allocations a sample", n)
	}
}

// FuzzRing reads whatever memory: each sample lies within it, and reading ends.
func FuzzRing(f *testing.F) {
	f.Add([]byte{3, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c', 0, 0, 0, 0, 0}, uint64(0), uint64(16))
	f.Add([]byte{3, 0, 0, 0x40}, uint64(4088), uint64(4104))
	f.Add([]byte{0xff, 0xff, 0xff, 0x7f}, uint64(8), uint64(4096))
	f.Fuzz(func(t *testing.T, memory []byte, consumed, produced uint64) {
		r := newFakeRing(4096)
		r.write(0, memory[:min(len(memory), 4096)])
		r.read, r.freed = uintptr(consumed)&^7, uintptr(consumed)&^7
		start := r.read
		*position(r.producerPage) = uintptr(produced)
		for range 4096/sampleHeader + 1 {
			sample, err := r.next()
			if sample == nil || err != nil {
				return
			}
			if len(sample) > 4096 || r.read-start > uintptr(produced)-start {
				t.Fatalf("%d bytes, read up to %d of %d", len(sample), r.read, produced)
			}
		}
		t.Fatal("reading does not end")
	})
}

func BenchmarkRing(b *testing.B) {
	for _, size := range []int{100, 1500} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			f := newFakeRing(1 << 20)
			b.ReportAllocs()
			for b.Loop() {
				at := int(f.produced & f.mask)
				binary.NativeEndian.PutUint32(f.data[at:], uint32(size))
				f.produced += uintptr(sampleHeader+size+7) &^ 7
				*position(f.producerPage) = f.produced
				if s, err := f.next(); len(s) != size || err != nil {
					b.Fatal(len(s), err)
				}
			}
		})
	}
}
