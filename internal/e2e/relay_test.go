//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
)

const (
	// maxFrame is the longest frame of a TAP device without offloads: 1500 bytes
	// and an Ethernet header, with room for a VLAN tag.
	maxFrame = 1518
	// relayQueue bounds the frames on their way to a port. A port that is full
	// stops the others until it has room, as the queue of a device would.
	relayQueue = 4096
)

// delayed is a stage whose hosts hang on a relay that hands each frame to all
// other hosts after a delay. It is watched from the host of the clients, where
// the frames between the servers come by too.
func delayed(t testing.TB, servers int, delay time.Duration) *stage {
	t.Helper()
	s := &stage{}
	var taps []*os.File
	for i := range servers + 1 {
		n := newNamespace(t, fmt.Sprintf("host%d", i))
		taps = append(taps, n.tap(t, "tap0"))
		n.address(t, "tap0", ipv4.host(i))
		addr := ipv4.host(i).Addr()
		if i < servers {
			s.servers = append(s.servers, place{n, addrPort(addr, serverPort)})
		} else {
			s.clients, s.watcher = []*namespace{n}, n
		}
	}
	(&relay{taps: taps, delay: delay}).start(t)
	return s
}

// tap adds a TAP device. Frames that the host sends are read from its file, and
// frames written to the file reach the host.
func (n *namespace) tap(t testing.TB, name string) *os.File {
	t.Helper()
	dev := &netlink.Tuntap{LinkAttrs: attrs(name), Mode: netlink.TUNTAP_MODE_TAP,
		Flags: netlink.TUNTAP_NO_PI, Queues: 1, NonPersist: true}
	if err := n.do(func() error { return netlink.LinkAdd(dev) }); err != nil {
		t.Fatalf("add TAP device in %s: %v", n.name, err)
	}
	return dev.Fds[0]
}

// timed is a frame and when it is due.
type timed struct {
	due   time.Time
	frame []byte
}

// relay hands what comes from one file to others, after a delay and in order.
type relay struct {
	taps  []*os.File
	delay time.Duration
	// ports says which file leads to which Ethernet address. Then a frame goes to
	// its receiver alone, and one for nobody is lost. Without it all get all.
	ports map[[6]byte]int

	queues []chan timed
	done   chan struct{}
}

// start runs the relay until the test ends.
func (r *relay) start(t testing.TB) {
	t.Helper()
	r.done = make(chan struct{})
	for range r.taps {
		r.queues = append(r.queues, make(chan timed, relayQueue))
	}
	var working sync.WaitGroup
	for i, tap := range r.taps {
		working.Go(func() { r.receive(t, i) })
		working.Go(func() { deliver(t, tap, r.queues[i], r.done) })
	}
	t.Cleanup(func() {
		close(r.done)
		for _, tap := range r.taps {
			tap.Close() // ends a pending Read
		}
		working.Wait()
	})
}

// receive reads frames from a file and queues them for the others.
func (r *relay) receive(t testing.TB, from int) {
	b := make([]byte, maxFrame)
	for {
		n, err := r.taps[from].Read(b)
		if err != nil {
			if !errors.Is(err, os.ErrClosed) {
				t.Errorf("read from port %d: %v", from, err)
			}
			return
		}
		f := timed{time.Now().Add(r.delay), append([]byte(nil), b[:n]...)}
		for i, to := range r.queues {
			if i == from || !r.leads(f.frame, i) {
				continue
			}
			select {
			case to <- f:
			case <-r.done:
				return
			}
		}
	}
}

// leads reports whether a frame has to go to a port.
func (r *relay) leads(frame []byte, port int) bool {
	const group = 1 // bit of the first byte of an address of several receivers
	if r.ports == nil || frame[0]&group != 0 {
		return true
	}
	to, known := r.ports[[6]byte(frame[:6])]
	return known && to == port
}

// deliver writes frames to a port when they are due.
func deliver(t testing.TB, tap *os.File, queue <-chan timed, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case f := <-queue:
			select {
			case <-done:
				return
			case <-time.After(time.Until(f.due)):
			}
			if _, err := tap.Write(f.frame); err != nil {
				if !errors.Is(err, os.ErrClosed) {
					t.Errorf("write to a port: %v", err)
				}
				return
			}
		}
	}
}
