package live

import (
	"fmt"
	"net"
	"runtime"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"ricochet/internal/testenv"
)

// namespace is a network namespace for a test, with a thread that is in it. The
// kernel removes it, and the interfaces in it, when the last socket and thread
// of it have gone.
type namespace struct {
	tid   int
	calls chan func()
	done  chan struct{}
}

// newNamespace makes a namespace of which only the loopback interface is up.
func newNamespace(t testing.TB) *namespace {
	t.Helper()
	testenv.RequireRoot(t)
	n := &namespace{calls: make(chan func()), done: make(chan struct{})}
	ready := make(chan error)
	go func() {
		defer close(n.done)
		// The thread is never unlocked, so it ends with this goroutine.
		runtime.LockOSThread()
		n.tid = unix.Gettid()
		err := unix.Unshare(unix.CLONE_NEWNET)
		ready <- err
		if err != nil {
			return
		}
		for call := range n.calls {
			call()
		}
	}()
	if err := <-ready; err != nil {
		t.Fatalf("make a network namespace: %v", err)
	}
	t.Cleanup(func() {
		close(n.calls)
		<-n.done
	})
	n.do(t, func() error { return up("lo") })
	return n
}

// do calls f in the namespace. Sockets that f opens belong to it for good.
func (n *namespace) do(t testing.TB, f func() error) {
	t.Helper()
	result := make(chan error)
	n.calls <- func() { result <- f() }
	if err := <-result; err != nil {
		t.Fatal(err)
	}
}

// open calls Open in the namespace.
func (n *namespace) open(t testing.TB, o Options) *Source {
	t.Helper()
	var s *Source
	n.do(t, func() (err error) {
		s, err = Open(o)
		return err
	})
	t.Cleanup(func() { s.Close() })
	return s
}

// up switches on an interface of the namespace of the calling thread, and gives
// it addresses.
func up(name string, addresses ...string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("find %s: %w", name, err)
	}
	for _, a := range addresses {
		address, err := netlink.ParseAddr(a)
		if err != nil {
			return err
		}
		if address.IP.To4() == nil {
			address.Flags = unix.IFA_F_NODAD // there is nobody else to ask
		}
		if err := netlink.AddrAdd(link, address); err != nil {
			return fmt.Errorf("add %s to %s: %w", a, name, err)
		}
	}
	return netlink.LinkSetUp(link)
}

// listen listens on an address in the namespace.
func (n *namespace) listen(t testing.TB, address string) net.Listener {
	t.Helper()
	var l net.Listener
	n.do(t, func() (err error) {
		l, err = net.Listen("tcp", address)
		return err
	})
	t.Cleanup(func() { l.Close() })
	return l
}

// dial connects to an address from the namespace.
func (n *namespace) dial(t testing.TB, address string) net.Conn {
	t.Helper()
	var c net.Conn
	n.do(t, func() (err error) {
		c, err = net.Dial("tcp", address)
		return err
	})
	t.Cleanup(func() { c.Close() })
	return c
}
