//go:build linux

package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// dialTimeout is how long a connection within a test's networks may take.
const dialTimeout = 5 * time.Second

// namespace is a network namespace with a thread of its own. It has no name: it
// is gone once that thread, its processes and its sockets are.
type namespace struct {
	name string // for messages
	id   netns.NsHandle
	link *netlink.Handle
	work chan func()
	done chan struct{}
}

// newNamespace makes a namespace in which only the loopback interface is up. It
// lasts as long as the test.
func newNamespace(t testing.TB, name string) *namespace {
	t.Helper()
	n := &namespace{name: name, work: make(chan func()), done: make(chan struct{})}
	made := make(chan error)
	go n.serve(made)
	if err := <-made; err != nil {
		<-n.done
		t.Fatalf("make namespace %s: %v", name, err)
	}
	t.Cleanup(func() {
		close(n.work)
		<-n.done
		n.link.Close()
		if err := n.id.Close(); err != nil {
			t.Errorf("close namespace %s: %v", name, err)
		}
	})
	var err error
	if n.link, err = netlink.NewHandleAt(n.id); err != nil {
		t.Fatalf("open netlink in %s: %v", name, err)
	}
	n.up(t, "lo")
	return n
}

// serve runs what do asks for, on a thread that ends with it: a thread that was
// moved to another namespace is of no use for anything else.
func (n *namespace) serve(made chan<- error) {
	defer close(n.done)
	runtime.LockOSThread()
	var err error
	n.id, err = netns.New()
	made <- err
	if err != nil {
		return
	}
	for f := range n.work {
		f()
	}
}

// do calls f on the thread of the namespace: the sockets that f opens and the
// processes that it starts belong there. Those processes are told when the thread
// ends, so that they can end with it.
func (n *namespace) do(f func() error) error {
	result := make(chan error)
	n.work <- func() { result <- f() }
	return <-result
}

// dial connects to a server from within the namespace.
func (n *namespace) dial(to netip.AddrPort) (net.Conn, error) {
	return n.dialFor(to, dialTimeout)
}

// dialFor connects to a server from within the namespace, on a thread that ends
// then: what waits for one connection keeps nobody else from his.
func (n *namespace) dialFor(to netip.AddrPort, limit time.Duration) (net.Conn, error) {
	var c net.Conn
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if err = netns.Set(n.id); err == nil {
			c, err = net.DialTimeout("tcp", to.String(), limit)
		}
	}()
	<-done
	return c, err
}

// up switches an interface on.
func (n *namespace) up(t testing.TB, name string) {
	t.Helper()
	l := n.interfaceNamed(t, name)
	if err := n.link.LinkSetUp(l); err != nil {
		t.Fatalf("set %s up in %s: %v", name, n.name, err)
	}
}

func (n *namespace) interfaceNamed(t testing.TB, name string) netlink.Link {
	t.Helper()
	l, err := n.link.LinkByName(name)
	if err != nil {
		t.Fatalf("find %s in %s: %v", name, n.name, err)
	}
	return l
}

// address gives an interface an address, usable at once, and switches it on.
func (n *namespace) address(t testing.TB, name string, p netip.Prefix) {
	t.Helper()
	a := &netlink.Addr{IPNet: &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}}
	if p.Addr().Is6() {
		a.Flags = syscall.IFA_F_NODAD // usable without a wait
	}
	if err := n.link.AddrAdd(n.interfaceNamed(t, name), a); err != nil {
		t.Fatalf("add %v to %s in %s: %v", p, name, n.name, err)
	}
	n.up(t, name)
}

// freePort is a port at which nobody in the namespace listens.
func (n *namespace) freePort(t testing.TB) uint16 {
	t.Helper()
	var port uint16
	err := n.do(func() error {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		port = l.Addr().(*net.TCPAddr).AddrPort().Port()
		return l.Close()
	})
	if err != nil {
		t.Fatal(fmt.Errorf("find a free port: %w", err))
	}
	return port
}
