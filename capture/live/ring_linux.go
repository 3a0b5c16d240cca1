package live

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The header of a sample, from enum and struct bpf_ringbuf_hdr of the kernel:
// the length and two flags, and four bytes that are the kernel's own.
const (
	sampleHeader  = 8
	sampleBusy    = 1 << 31 // BPF_RINGBUF_BUSY_BIT: still being written
	sampleDiscard = 1 << 30 // BPF_RINGBUF_DISCARD_BIT: not to be read
	sampleAlign   = 8
)

// freeAfter is how much is read before the kernel is told that it may use it
// again, at most. Each time costs the kernel a miss of its cache.
const freeAfter = 64 << 10

// errRing is reported when the ring buffer is not what the kernel makes of it.
var errRing = errors.New("ring buffer is damaged")

// ring reads a BPF ring buffer in place, kernel/bpf/ringbuf.c. The reader of
// package ringbuf copies each sample, spins while one is being written, and can
// wait only until there is one: the point here is to let some gather. It is not
// for concurrent use.
//
// The kernel maps a page with the position up to which user space has read, one
// with the position up to which samples have been put, and the data twice in a
// row, so that a sample which goes past the end of it is in one piece.
type ring struct {
	consumerPage []byte
	producerPage []byte // and the data
	data         []byte
	mask         uintptr
	read         uintptr // position after the samples that were read
	freed        uintptr // position that the kernel was told
	quantum      uintptr
}

// newRing maps the ring buffer of a map with size bytes of data.
func newRing(fd, size int) (*ring, error) {
	if size <= 0 || size&(size-1) != 0 {
		return nil, fmt.Errorf("map ring buffer: %d bytes are no power of two", size)
	}
	page := os.Getpagesize()
	consumer, err := unix.Mmap(fd, 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map ring buffer: %w", err)
	}
	// The kernel refuses to let user space write to these.
	producer, err := unix.Mmap(fd, int64(page), page+2*size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("map ring buffer: %w", err), unix.Munmap(consumer))
	}
	r := &ring{consumerPage: consumer, producerPage: producer, data: producer[page:], mask: uintptr(size - 1)}
	r.quantum = min(freeAfter, uintptr(size)/8)
	r.read = atomic.LoadUintptr(position(consumer))
	r.freed = r.read
	return r, nil
}

// position is the number at the start of a page, an unsigned long of the kernel.
func position(page []byte) *uintptr { return (*uintptr)(unsafe.Pointer(unsafe.SliceData(page))) }

// next returns the next sample, valid until the following next, or nil if there
// is none.
func (r *ring) next() ([]byte, error) {
	if r.read-r.freed >= r.quantum {
		r.free()
	}
	for {
		left := atomic.LoadUintptr(position(r.producerPage)) - r.read
		if left == 0 {
			r.free()
			return nil, nil
		}
		at := r.read & r.mask
		if left < sampleHeader || left > r.mask+1 {
			return nil, errRing
		}
		// Atomically, so that what the kernel wrote before it cleared the busy
		// bit is seen.
		head := atomic.LoadUint32((*uint32)(unsafe.Pointer(&r.data[at])))
		if head&sampleBusy != 0 {
			return nil, nil
		}
		length := uintptr(head &^ (sampleBusy | sampleDiscard))
		whole := (sampleHeader + length + sampleAlign - 1) &^ (sampleAlign - 1)
		if whole > left {
			return nil, errRing
		}
		r.read += whole
		if head&sampleDiscard == 0 {
			return r.data[at+sampleHeader : at+sampleHeader+length : at+sampleHeader+length], nil
		}
	}
}

// free lets the kernel have the place of all samples that were read.
func (r *ring) free() {
	if r.freed != r.read {
		r.freed = r.read
		atomic.StoreUintptr(position(r.consumerPage), r.read)
	}
}

// used returns how many bytes the kernel may not use yet.
func (r *ring) used() int {
	return int(atomic.LoadUintptr(position(r.producerPage)) - r.freed)
}

// drained reports whether all samples were read, those being written included.
func (r *ring) drained() bool {
	return atomic.LoadUintptr(position(r.producerPage)) == r.read
}

// close unmaps the ring buffer. Samples are not valid any more.
func (r *ring) close() error {
	return errors.Join(unix.Munmap(r.consumerPage), unix.Munmap(r.producerPage))
}
