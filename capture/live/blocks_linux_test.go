package live

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fakeBlocks is a packet ring as the kernel fills one.
func fakeBlocks(count int) *blocks {
	return &blocks{memory: make([]byte, count*minBlock), size: minBlock, count: count}
}

const fakeStart = 48 // of the first frame in a block, BLK_PLUS_PRIV

// fill puts frames into a block and hands it over.
func (b *blocks) fill(i int, frames ...string) {
	memory, header := b.block(i)
	header.Num_pkts, header.Offset_to_first_pkt = uint32(len(frames)), fakeStart
	at := fakeStart
	for n, f := range frames {
		mac := unix.SizeofTpacket3Hdr + unix.SizeofSockaddrLinklayer
		next := (mac + len(f) + 15) / 16 * 16
		*(*unix.Tpacket3Hdr)(unsafe.Pointer(&memory[at])) = unix.Tpacket3Hdr{
			Next_offset: uint32(next), Sec: 7, Nsec: uint32(n), Snaplen: uint32(len(f)), Len: 1000, Mac: uint16(mac),
		}
		*(*unix.RawSockaddrLinklayer)(unsafe.Pointer(&memory[at+unix.SizeofTpacket3Hdr])) = unix.RawSockaddrLinklayer{Ifindex: 5, Hatype: hardwareNone}
		copy(memory[at+mac:], f)
		at += next
	}
	header.Block_status = unix.TP_STATUS_USER
}

// drain reads until there is no more.
func (b *blocks) drain(t *testing.T) (got []string) {
	t.Helper()
	for {
		var f frame
		ok, more, err := b.next(&f)
		switch {
		case err != nil:
			t.Fatal(err)
		case ok:
			got = append(got, string(f.data))
		case !more:
			return got
		}
	}
}

func TestBlocks(t *testing.T) {
	b := fakeBlocks(3)
	for round := range 5 {
		if len(b.drain(t)) > 0 {
			t.Fatal("a packet before there is one")
		}
		b.fill((3*round)%3, "a", "bc", "")
		b.fill((3*round + 1) % 3)
		b.fill((3*round+2)%3, "def")
		if b.used() != 3*minBlock {
			t.Errorf("%d bytes are used", b.used())
		}
		if got, want := fmt.Sprintf("%q", b.drain(t)), `["a" "bc" "" "def"]`; got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		if b.used() != 0 {
			t.Errorf("%d bytes are used when all was read", b.used())
		}
	}
}

func TestBlocksFrame(t *testing.T) {
	b := fakeBlocks(1)
	b.fill(0, "x", "abc")
	var f frame
	for range 2 {
		if ok, _, err := b.next(&f); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if f.time != 7e9+1 || f.index != 5 || f.hardware != hardwareNone || f.wire != 1000 || string(f.data) != "abc" {
		t.Errorf("%+v", f)
	}
	if b.ready(0); !b.held {
		t.Error("the block is handed back while its last frame is in use")
	}
}

func TestBlocksDamage(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*unix.TpacketHdrV1, *unix.Tpacket3Hdr)
	}{
		{"the first frame is outside", func(b *unix.TpacketHdrV1, _ *unix.Tpacket3Hdr) { b.Offset_to_first_pkt = minBlock }},
		{"the first frame is at the very end", func(b *unix.TpacketHdrV1, _ *unix.Tpacket3Hdr) { b.Offset_to_first_pkt = minBlock - 16 }},
		{"more frames than there are", func(b *unix.TpacketHdrV1, _ *unix.Tpacket3Hdr) { b.Num_pkts = 1 << 31 }},
		{"the next frame is outside", func(_ *unix.TpacketHdrV1, f *unix.Tpacket3Hdr) { f.Next_offset = 1 << 31 }},
		{"the data is too long", func(_ *unix.TpacketHdrV1, f *unix.Tpacket3Hdr) { f.Snaplen = minBlock }},
		{"the data is much too long", func(_ *unix.TpacketHdrV1, f *unix.Tpacket3Hdr) { f.Snaplen = 1<<32 - 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := fakeBlocks(1)
			b.fill(0, "a", "b")
			memory, header := b.block(0)
			c.spoil(header, (*unix.Tpacket3Hdr)(unsafe.Pointer(&memory[fakeStart])))
			var err error
			for n := 0; err == nil; n++ {
				if n > minBlock/16 {
					t.Fatal("reading does not end")
				}
				_, _, err = b.next(new(frame))
			}
			if !errors.Is(err, errBlocks) {
				t.Errorf("error %v, want %v", err, errBlocks)
			}
		})
	}
}

func TestBlockShape(t *testing.T) {
	for _, bytes := range []int{1, minBlock, 1 << 20, 10<<20 + 1, packetRing, math.MaxInt32} {
		size, count := blockShape(bytes)
		if size < minBlock || size > maxBlock || size&(size-1) != 0 || count < minBlocks {
			t.Errorf("%d bytes: %d blocks of %d", bytes, count, size)
		}
		if total := size * count; total < min(bytes, maxPacketRing) || total >= max(bytes+size, minBlocks*size+1) {
			t.Errorf("%d bytes: %d", bytes, total)
		}
	}
}

func TestBlocksAllocateNothing(t *testing.T) {
	b := fakeBlocks(2)
	var f frame
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		b.fill(i, "a")
		i = 1 - i
		for range 2 {
			if _, _, err := b.next(&f); err != nil {
				t.Fatal(err)
			}
		}
	}); n > 0 {
		t.Errorf("%v allocations a packet", n)
	}
}
