package live

import (
	"time"

	"ricochet/capture"
)

// engine is a mechanism of capturing. The Source calls its methods one at a
// time, except for wait, which may run beside any other but read.
type engine interface {
	// read takes the next packet that waits. What f.data points to is valid
	// until the next call of read.
	read(f *frame) (result, error)
	// quiet returns the time up to which all that was captured has been read,
	// in nanoseconds since the Unix epoch, and whether there is such a time now.
	quiet() (int64, bool)
	// wait sleeps until packets are likely to wait, for d at most, and at once
	// no more after close.
	wait(d time.Duration)
	// link tells what is known of an interface: that it is there, has another
	// name or type, or that it has gone.
	link(l linkState) error
	// resolve asks the kernel for an interface of which nothing is known yet.
	resolve(index int) (linkState, bool)
	// health counts from the start.
	health() (capture.Health, error)
	// stop ends the capture. What was captured can still be read.
	stop() error
	// close gives back all but the memory that packets lie in, and unblocks wait.
	close() error
	// release gives back that memory.
	release() error
}

// result is what an engine found.
type result int

const (
	found  result = iota + 1 // a packet
	passed                   // packets that do not matter; there may be more
	empty                    // nothing
)

// frame is a packet as an engine sees it.
type frame struct {
	time     int64 // nanoseconds since the Unix epoch
	index    int   // of the interface
	hardware int   // ARPHRD_ type of the interface, or unknownHardware
	wire     int   // length on the wire, in bytes
	data     []byte
}
