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
	relay(t, taps, delay)
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

// relay hands what comes from one file to all others, after a delay and in order,
// until the test ends.
func relay(t testing.TB, taps []*os.File, delay time.Duration) {
	t.Helper()
	done := make(chan struct{})
	ports := make([]chan timed, len(taps))
	for i := range ports {
		ports[i] = make(chan timed, relayQueue)
	}
	var working sync.WaitGroup
	for i, tap := range taps {
		working.Go(func() { receive(t, tap, i, ports, delay, done) })
		working.Go(func() { deliver(t, tap, ports[i], done) })
	}
	t.Cleanup(func() {
		close(done)
		for _, tap := range taps {
			tap.Close() // ends a pending Read
		}
		working.Wait()
	})
}

// receive reads frames from a port and queues them at the others.
func receive(t testing.TB, tap *os.File, port int, ports []chan timed, delay time.Duration, done <-chan struct{}) {
	b := make([]byte, maxFrame)
	for {
		n, err := tap.Read(b)
		if err != nil {
			if !errors.Is(err, os.ErrClosed) {
				t.Errorf("read from port %d: %v", port, err)
			}
			return
		}
		f := timed{time.Now().Add(delay), append([]byte(nil), b[:n]...)}
		for i, to := range ports {
			if i == port {
				continue
			}
			select {
			case to <- f:
			case <-done:
				return
			}
		}
	}
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
