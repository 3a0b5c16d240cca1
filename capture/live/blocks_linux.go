package live

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Sizes of the blocks of a ring, in bytes. A frame does not go past the end of
// its block: the largest of 64 KiB and its headers must fit, and what is wasted
// when one does not fit any more should be little. On the other hand there
// should be many blocks: each is handed over after packetTimeout, however little
// is in it, so that many times that long the reader may be away.
const (
	minBlock  = 128 << 10
	maxBlock  = 256 << 10
	minBlocks = 4
	// maxPacketRing bounds the ring: one the kernel can still map at once.
	maxPacketRing = 1 << 30
	// frameSlot is what the kernel wants to be told although version 3 of the
	// ring has no slots; it must divide a block.
	frameSlot = 2048
)

// errBlocks is reported when the ring is not what the kernel makes of it.
var errBlocks = errors.New("packet ring is damaged")

// blocks reads a ring of TPACKET_V3 in place: blocks that the kernel fills with
// frames and hands over when they are full, or after a timeout, see
// Documentation/networking/packet_mmap.rst of the kernel. It is not for
// concurrent use.
type blocks struct {
	memory []byte
	size   int // of a block
	count  int
	at     int // the block to read
	left   int // frames of it that were not read
	offset int // where the next one is in it
	held   bool
}

// blockShape chooses the size of blocks and their number for a ring of about so
// many bytes.
func blockShape(bytes int) (size, count int) {
	bytes = min(bytes, maxPacketRing)
	for size = minBlock; size < maxBlock && 64*size < bytes; size *= 2 {
	}
	return size, max(minBlocks, (bytes+size-1)/size)
}

// newBlocks makes the ring of a packet socket and maps it.
func newBlocks(socket, bytes int) (*blocks, error) {
	if err := unix.SetsockoptInt(socket, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return nil, fmt.Errorf("choose TPACKET_V3: %w", err)
	}
	size, count := blockShape(bytes)
	err := unix.SetsockoptTpacketReq3(socket, unix.SOL_PACKET, unix.PACKET_RX_RING, &unix.TpacketReq3{
		Block_size:     uint32(size),
		Block_nr:       uint32(count),
		Frame_size:     frameSlot,
		Frame_nr:       uint32(size / frameSlot * count),
		Retire_blk_tov: uint32(packetTimeout.Milliseconds()),
	})
	if err != nil {
		return nil, fmt.Errorf("make packet ring: %w", err)
	}
	memory, err := unix.Mmap(socket, 0, size*count, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map packet ring: %w", err)
	}
	return &blocks{memory: memory, size: size, count: count}, nil
}

// block returns the memory of a block and its header, tpacket_hdr_v1, which comes
// after two numbers of 32 bits.
func (b *blocks) block(i int) ([]byte, *unix.TpacketHdrV1) {
	memory := b.memory[i*b.size : (i+1)*b.size : (i+1)*b.size]
	return memory, (*unix.TpacketHdrV1)(unsafe.Pointer(&memory[8]))
}

// ready reports whether the kernel has handed over a block. Reading its status
// makes what the kernel wrote before visible.
func (b *blocks) ready(i int) bool {
	_, header := b.block(i)
	return atomic.LoadUint32(&header.Block_status)&unix.TP_STATUS_USER != 0
}

// next reads the next frame, valid until the following next. At the end of each
// block it returns false, and the block back to the kernel; more says whether
// there is another one.
func (b *blocks) next(f *frame) (ok, more bool, err error) {
	if b.left == 0 {
		b.handBack()
		if !b.ready(b.at) {
			return false, false, nil
		}
		memory, header := b.block(b.at)
		b.held, b.left, b.offset = true, int(header.Num_pkts), int(header.Offset_to_first_pkt)
		if b.left == 0 {
			return false, true, nil
		}
		if b.offset >= len(memory) {
			return false, false, errBlocks
		}
	}
	memory, _ := b.block(b.at)
	if b.offset < 0 || b.offset+unix.SizeofTpacket3Hdr+unix.SizeofSockaddrLinklayer > len(memory) {
		return false, false, errBlocks
	}
	header := (*unix.Tpacket3Hdr)(unsafe.Pointer(&memory[b.offset]))
	// struct sockaddr_ll follows, aligned to TPACKET_ALIGNMENT, as the header is.
	from := (*unix.RawSockaddrLinklayer)(unsafe.Pointer(&memory[b.offset+unix.SizeofTpacket3Hdr]))
	start := b.offset + int(header.Mac)
	end := start + int(header.Snaplen)
	if end < start || end > len(memory) {
		return false, false, errBlocks
	}
	// Only the last frame of a block has no next one.
	if b.left > 1 && header.Next_offset < unix.SizeofTpacket3Hdr {
		return false, false, errBlocks
	}
	*f = frame{
		time:     int64(header.Sec)*1e9 + int64(header.Nsec),
		index:    int(from.Ifindex),
		hardware: int(from.Hatype),
		wire:     int(header.Len),
		data:     memory[start:end:end],
	}
	b.left--
	b.offset += int(header.Next_offset)
	return true, true, nil
}

// handBack gives a block that was read back to the kernel.
func (b *blocks) handBack() {
	if !b.held {
		return
	}
	_, header := b.block(b.at)
	atomic.StoreUint32(&header.Block_status, unix.TP_STATUS_KERNEL)
	b.held = false
	b.at = (b.at + 1) % b.count
}

// used returns how many bytes the kernel has handed over, in whole blocks.
func (b *blocks) used() int {
	n := 0
	for i := range b.count {
		if b.ready(i) {
			n++
		}
	}
	return n * b.size
}

// close unmaps the ring. Frames are not valid any more.
func (b *blocks) close() error { return unix.Munmap(b.memory) }
