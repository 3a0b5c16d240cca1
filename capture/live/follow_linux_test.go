package live

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"ricochet/capture"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// until polls for something.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// known reports what a source knows of an interface.
func known(s *Source, name string, gone bool) func() bool {
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, l := range s.links.byIndex {
			if l.name == name && l.gone == gone {
				return true
			}
		}
		return false
	}
}

// ping is a frame whose port is watched, with a number in it.
func ping(number int) []byte {
	return ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 0, 0, tcpSegment(40001, 6379, fmt.Sprintf("ping %d", number))))
}

// seen lists the packets by the names of their interfaces and their numbers.
func seen(t testing.TB, s *Source, packets []capture.Packet) []string {
	t.Helper()
	stats, err := s.Stats()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, p := range packets {
		all = append(all, stats[p.Origin].Name+" "+string(dissect(t, p).payload))
	}
	return all
}

func TestInterfacesComeAndGo(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		for _, c := range []struct {
			name   string
			chosen []string
			want   []string
		}{
			{"all", nil, []string{"there ping 0", "new ping 1", "new ping 2", "raw ping 3", "new ping 4", "renamed ping 5"}},
			{"chosen", []string{"new", "lo"}, []string{"new ping 1", "new ping 2", "new ping 4"}},
		} {
			t.Run(c.name, func(t *testing.T) {
				n := newNamespace(t)
				there, first := n.plug(t, "there", unix.IFF_TAP), n.plug(t, "new", unix.IFF_TAP)
				s := n.open(t, Options{Mechanism: mechanism, Ports: only6379(), Interfaces: c.chosen})
				write := func(to interface{ Write([]byte) (int, error) }, frame []byte) {
					t.Helper()
					if _, err := to.Write(frame); err != nil {
						t.Fatal(err)
					}
				}
				write(there, ping(0))
				write(first, ping(1))
				if err := first.Close(); err != nil {
					t.Fatal(err)
				}
				until(t, "the interface has gone", known(s, "new", true))
				second := n.plug(t, "new", unix.IFF_TAP)
				until(t, "the interface is back", known(s, "new", false))
				write(second, ping(2))
				raw := n.plug(t, "raw", unix.IFF_TUN)
				until(t, "the TUN interface is there", known(s, "raw", false))
				write(raw, ping(3)[ethernetLen:])
				write(second, ping(4))
				packets := pending(t, s)
				got := seen(t, s, packets)
				n.do(t, func() error { return rename("new", "renamed") })
				until(t, "the interface is renamed", known(s, "renamed", false))
				write(second, ping(5))

				last := rest(t, s)
				packets, got = append(packets, last...), append(got, seen(t, s, last)...)
				if !slices.Equal(got, c.want) {
					t.Errorf("%q, want %q", got, c.want)
				}
				wantHealth(t, s, len(packets))
				stats, err := s.Stats()
				if err != nil {
					t.Fatal(err)
				}
				for _, st := range stats {
					if st.Name == "new" && st.Packets != 3 {
						t.Errorf("%d packets of %s, want 3", st.Packets, st.Name)
					}
				}
				for i, name := range c.chosen {
					if stats[i].Name != name {
						t.Errorf("entry %d is %s, want %s", i, stats[i].Name, name)
					}
				}
			})
		}
	})
}

// rename gives an interface of the namespace of the calling thread another name.
func rename(from, to string) error {
	link, err := netlink.LinkByName(from)
	if err != nil {
		return err
	}
	if err := netlink.LinkSetDown(link); err != nil {
		return err
	}
	if err := netlink.LinkSetName(link, to); err != nil {
		return err
	}
	return netlink.LinkSetUp(link)
}

// TestNewsBreakOff lets interfaces change while nobody listens.
func TestNewsBreakOff(t *testing.T) {
	n := newNamespace(t)
	gone := n.plug(t, "gone", unix.IFF_TAP)
	s := n.open(t, Options{Mechanism: MechanismPacket, Ports: only6379()})
	s.follower.close()
	s.follower = nil
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	n.plug(t, "come", unix.IFF_TUN)
	n.do(t, s.relist)
	if !known(s, "gone", true)() || !known(s, "come", false)() {
		t.Error("the list of interfaces was not taken over")
	}
}

func TestFollowerSubscribesAnew(t *testing.T) {
	broken := &subscription{news: make(chan netlink.LinkUpdate), done: make(chan struct{})}
	close(broken.news)
	relisted := make(chan struct{}, 1)
	f := follow(broken, func(linkState) error { return nil }, func() error {
		relisted <- struct{}{}
		return nil
	})
	select {
	case <-relisted:
	case <-time.After(patience):
		t.Error("the interfaces were not listed again")
	}
	f.close()
}

func TestNoSuchInterface(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		n := newNamespace(t)
		n.plug(t, "eth7", unix.IFF_TAP)
		n.do(t, func() error {
			s, err := Open(Options{Mechanism: mechanism, Interfaces: []string{"lo", "eth8"}})
			if err == nil {
				return s.Close()
			}
			if !strings.Contains(err.Error(), `no interface "eth8": there are eth7, lo`) {
				t.Errorf("error %v", err)
			}
			return nil
		})
	})
}

func TestNotPromiscuous(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		n := newNamespace(t)
		n.plug(t, "tap0", unix.IFF_TAP)
		s := n.open(t, Options{Mechanism: mechanism, Interfaces: []string{"tap0"}})
		n.do(t, func() error {
			links, err := netlink.LinkList()
			for _, l := range links {
				if a := l.Attrs(); a.Promisc != 0 || a.RawFlags&unix.IFF_PROMISC != 0 {
					t.Errorf("%s is promiscuous", a.Name)
				}
			}
			return err
		})
		rest(t, s)
	})
}
