package live

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// waiter sleeps until the kernel wakes those who wait for a file descriptor. It
// does so by the poller of the Go runtime, for two reasons. That one is
// edge-triggered: samples that the program put without a wake-up do not count as
// ready, while poll(2) would return at once and the reader would spin. And a
// goroutine that waits there costs no thread; with a thread in a system call of
// some milliseconds the runtime's monitor hardly ever rests.
type waiter struct {
	file  *os.File
	conn  syscall.RawConn
	due   func() bool // there is no need to sleep
	look  func(uintptr) bool
	slept bool
}

// newWaiter waits for fd, which it takes over. due is asked before each sleep.
func newWaiter(fd int, name string, due func() bool) (*waiter, error) {
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("make %s non-blocking: %w", name, err)
	}
	w := &waiter{file: os.NewFile(uintptr(fd), name), due: due}
	// This fails if the runtime cannot poll the descriptor.
	if err := w.file.SetReadDeadline(time.Time{}); err != nil {
		_ = w.file.Close()
		return nil, fmt.Errorf("poll %s: %w", name, err)
	}
	conn, err := w.file.SyscallConn()
	if err != nil {
		_ = w.file.Close()
		return nil, fmt.Errorf("poll %s: %w", name, err)
	}
	w.conn = conn
	w.look = func(uintptr) bool {
		if w.slept || w.due() {
			return true
		}
		w.slept = true
		return false
	}
	return w, nil
}

// sleep returns when it was woken, when d is over, or when the waiter is closed,
// and at once if it is due.
func (w *waiter) sleep(d time.Duration) {
	w.slept = false
	if err := w.file.SetReadDeadline(time.Now().Add(d)); err != nil {
		return
	}
	// An error is the deadline or the end; neither matters to who looks next.
	_ = w.conn.Read(w.look)
}

// close ends a sleep, and those to come.
func (w *waiter) close() error { return w.file.Close() }
