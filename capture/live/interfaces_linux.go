package live

import (
	"fmt"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	// linkNews bounds the news of interfaces that wait for the follower; the
	// socket they come from holds more.
	linkNews = 64
	// linkBuffer is how much that socket holds: thousands of interfaces may be
	// made or removed at once. The kernel may grant less.
	linkBuffer = 1 << 20
	// relinkAfter is how long to wait before news are asked for again when they
	// broke off, because there were too many of them.
	relinkAfter = time.Second
)

// resolveLink asks for the interface of an index, in the network namespace of
// the socket.
func resolveLink(socket, index int) (linkState, bool) {
	request, err := unix.NewIfreq("-") // the index is what counts
	if err != nil {
		return linkState{}, false
	}
	request.SetUint32(uint32(index))
	if err := unix.IoctlIfreq(socket, unix.SIOCGIFNAME, request); err != nil {
		return linkState{}, false
	}
	name := request.Name()
	hardware, err := hardwareOf(socket, name)
	return linkState{index: index, name: name, hardware: hardware}, err == nil
}

// hardwareOf returns the ARPHRD_ type of an interface: it is in the place of the
// address family of its hardware address, netdevice(7).
func hardwareOf(socket int, name string) (int, error) {
	request, err := unix.NewIfreq(name)
	if err != nil {
		return 0, err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCGIFHWADDR, request); err != nil {
		return 0, err
	}
	return int(request.Uint16()), nil
}

// follower hears of interfaces that come, go or change.
type follower struct {
	done  chan struct{}
	ended chan struct{}
}

// subscription is one stream of news; it is closed when it breaks off.
type subscription struct {
	news chan netlink.LinkUpdate
	done chan struct{}
}

// subscribe asks for news of interfaces. It needs no capability.
func subscribe() (*subscription, error) {
	s := &subscription{news: make(chan netlink.LinkUpdate, linkNews), done: make(chan struct{})}
	err := netlink.LinkSubscribeWithOptions(s.news, s.done, netlink.LinkSubscribeOptions{ReceiveBufferSize: linkBuffer})
	if err != nil {
		return nil, fmt.Errorf("subscribe to interface changes: %w", err)
	}
	return s, nil
}

// end makes sure that nobody sends any more.
func (s *subscription) end() {
	close(s.done)
	for range s.news {
	}
}

// follow hands news to apply, one by one, until close. When they break off it
// subscribes anew and calls relist, as some may have been missed.
func follow(first *subscription, apply func(linkState) error, relist func() error) *follower {
	f := &follower{done: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		for s := first; s != nil; s = f.resume(relist) {
			f.hear(s, apply)
			s.end()
		}
	}()
	return f
}

// hear passes on news until they break off, or until close.
func (f *follower) hear(s *subscription, apply func(linkState) error) {
	for {
		select {
		case <-f.done:
			return
		case n, ok := <-s.news:
			if !ok {
				return
			}
			a := n.Attrs()
			// That an interface cannot be captured from shows in its absence
			// from Stats; there is nobody here to tell it to.
			_ = apply(linkState{
				index:    a.Index,
				name:     a.Name,
				hardware: int(n.IfInfomsg.Type),
				gone:     n.Header.Type == unix.RTM_DELLINK,
			})
		}
	}
}

// resume subscribes again, however long that takes. It returns nil after close.
func (f *follower) resume(relist func() error) *subscription {
	for {
		select {
		case <-f.done:
			return nil
		case <-time.After(relinkAfter):
		}
		s, err := subscribe()
		if err != nil {
			continue
		}
		if relist() == nil {
			return s
		}
		s.end()
	}
}

// close ends the follower and waits for its end.
func (f *follower) close() {
	if f == nil {
		return
	}
	close(f.done)
	<-f.ended
}
