package live

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"ricochet/capture"
)

func only6379() []PortRange { return []PortRange{{6379, 6379}} }

func TestLoopback(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		for _, host := range []string{"127.0.0.1", "::1"} {
			t.Run(host, func(t *testing.T) {
				n := newNamespace(t)
				l := n.listen(t, net.JoinHostPort(host, "6379"))
				go echo(l)
				unwatched := n.listen(t, net.JoinHostPort(host, "6380"))
				go echo(unwatched)
				before := time.Now()
				s := n.open(t, Options{Mechanism: mechanism, Ports: only6379()})
				exchange(t, n.dial(t, unwatched.Addr().String()), messages())
				exchange(t, n.dial(t, l.Addr().String()), messages())
				packets := rest(t, s)
				after := time.Now()

				wantBothWays(t, packets, messages())
				wantHealth(t, s, len(packets))
				wantTimes(t, packets, before, after)
				stats, err := s.Stats()
				if err != nil || len(stats) != 1 || stats[0].Name != "lo" || stats[0].Format != mechanism || stats[0].Packets != int64(len(packets)) {
					t.Errorf("stats %+v, %v", stats, err)
				}
				if s.Mechanism() != mechanism || s.Warning() != "" {
					t.Errorf("mechanism %s, warning %q", s.Mechanism(), s.Warning())
				}
			})
		}
	})
}

// wantTimes checks that times are those of the test, and in the order of the
// packets as far as one processor captured them.
func wantTimes(t testing.TB, packets []capture.Packet, before, after time.Time) {
	t.Helper()
	const slack = 5 * time.Millisecond // of the clocks, should NTP be at work
	for _, p := range packets {
		if at := time.Unix(0, p.Time); at.Before(before.Add(-slack)) || at.After(after.Add(slack)) {
			t.Fatalf("packet %d is of %v, the test ran from %v to %v", p.Number, at, before, after)
		}
	}
}

// TestVeth watches one end of a cable between two hosts.
func TestVeth(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		server, client := newNamespace(t), newNamespace(t)
		server.do(t, func() error {
			if err := cable("near", "far"); err != nil {
				return err
			}
			far, err := netlink.LinkByName("far")
			if err != nil {
				return err
			}
			if err := netlink.LinkSetNsPid(far, client.tid); err != nil {
				return err
			}
			return up("near", "10.9.0.1/24", "fd09::1/64")
		})
		client.do(t, func() error { return up("far", "10.9.0.2/24", "fd09::2/64") })
		for _, host := range []string{"10.9.0.1", "fd09::1"} {
			t.Run(host, func(t *testing.T) {
				l := server.listen(t, net.JoinHostPort(host, "6379"))
				go echo(l)
				for _, at := range []*namespace{server, client} {
					s := at.open(t, Options{Mechanism: mechanism, Ports: only6379()})
					exchange(t, client.dial(t, l.Addr().String()), messages())
					packets := rest(t, s)
					wantBothWays(t, packets, messages())
					wantHealth(t, s, len(packets))
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				}
			})
		}
	})
}

// cable makes a pair of interfaces in the namespace of the calling thread.
func cable(a, b string) error {
	return netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: a}, PeerName: b})
}

// TestDevices plays frames of every kind to a TAP and a TUN interface.
func TestDevices(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		for _, tunnels := range []bool{false, true} {
			n := newNamespace(t)
			tap := n.plug(t, "tap0", unix.IFF_TAP)
			tun := n.plug(t, "tun0", unix.IFF_TUN)
			s := n.open(t, Options{Mechanism: mechanism, Ports: only6379(), Tunnels: tunnels})
			var want []sample
			var unparsed int64
			for _, c := range samples() {
				device := tap
				if c.raw {
					device = tun
				}
				if _, err := device.Write(c.frame); err != nil {
					// A TUN device takes nothing but IP.
					if c.raw && c.want == unclear && errors.Is(err, unix.EINVAL) {
						continue
					}
					t.Fatalf("%s: %v", c.name, err)
				}
				c.frame = untagged(c)
				j := judge{ports: port6379(), tunnels: tunnels}
				switch j.frame(c.frame, c.raw) {
				case wanted:
					want = append(want, c)
				case unclear:
					if mechanism == MechanismEBPF || c.raw || !malformed(c.frame) {
						unparsed++
					}
				}
			}
			got := rest(t, s)
			for i, p := range got[:min(len(got), len(want))] {
				link := capture.LinkEthernet
				if want[i].raw {
					link = capture.LinkRaw
				}
				if !bytes.Equal(p.Data, want[i].frame) || p.Link != link || p.Len != len(p.Data) {
					t.Fatalf("%s: %x of link type %d, want %x of %d", want[i].name, p.Data, p.Link, want[i].frame, link)
				}
			}
			if len(got) != len(want) {
				t.Errorf("tunnels %v: %d frames, want %d", tunnels, len(got), len(want))
			}
			if h, err := s.Health(); err != nil || h.Unparsed != unparsed || h.Matched != int64(len(want)) {
				t.Errorf("tunnels %v: %+v, %v, want %d unparsed and %d matched", tunnels, h, err, unparsed, len(want))
			}
		}
	})
}

// untagged is a frame as packet sockets see it when it comes in: the kernel takes
// off the outermost tag of 802.1Q and 802.1ad.
func untagged(c sample) []byte {
	kind := uint16(c.frame[12])<<8 | uint16(c.frame[13])
	if c.raw || kind != etherVLAN && kind != etherQinQ {
		return c.frame
	}
	return append(bytes.Clone(c.frame[:12]), c.frame[16:]...)
}

// TestMechanismsAgree plays damaged frames to both mechanisms at once.
func TestMechanismsAgree(t *testing.T) {
	n := newNamespace(t)
	tap := n.plug(t, "tap0", unix.IFF_TAP)
	var sources []*Source
	for _, m := range []string{MechanismEBPF, MechanismPacket} {
		sources = append(sources, n.open(t, Options{Mechanism: m, Tunnels: true, Ports: []PortRange{{6379, 6379}, {7000, 9000}, {26379, 26379}}}))
	}
	random := newRandom(t)
	written := 0
	var a, b []capture.Packet
	for i := range 3000 {
		if i%100 == 0 {
			a, b = append(a, pending(t, sources[0])...), append(b, pending(t, sources[1])...)
		}
		c := samples()[random.IntN(len(samples()))]
		if c.raw {
			continue
		}
		frame := bytes.Clone(c.frame)
		for range random.IntN(4) {
			frame[12+random.IntN(len(frame)-12)] = byte(random.IntN(256))
		}
		frame = frame[:max(ethernetLen+1, len(frame)-random.IntN(4)*random.IntN(20))]
		if _, err := tap.Write(frame); err != nil {
			t.Fatal(err)
		}
		written++
	}
	a, b = append(a, rest(t, sources[0])...), append(b, rest(t, sources[1])...)
	if len(a) < written/10 {
		t.Errorf("only %d of %d frames are wanted", len(a), written)
	}
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			t.Fatalf("only AF_PACKET has %x", b[i].Data)
		case i >= len(b):
			t.Fatalf("only eBPF has %x", a[i].Data)
		case !bytes.Equal(a[i].Data, b[i].Data) || a[i].Link != b[i].Link:
			t.Fatalf("packet %d is\n%x with eBPF,\n%x with AF_PACKET", i, a[i].Data, b[i].Data)
		}
	}
}

func TestSnaplen(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		n := newNamespace(t)
		tap := n.plug(t, "tap0", unix.IFF_TAP)
		s := n.open(t, Options{Mechanism: mechanism, Snaplen: 70})
		for _, payload := range []int{0, 16, 17, 9000} {
			frame := ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 0, 0, tcpSegment(1, 2, string(make([]byte, payload)))))
			if _, err := tap.Write(frame); err != nil {
				t.Fatal(err)
			}
		}
		var truncated int64
		for i, p := range rest(t, s) {
			whole := ethernetLen + ipv4Len + tcpLen + []int{0, 16, 17, 9000}[i]
			if p.Len != whole || len(p.Data) != min(whole, 70) {
				t.Errorf("%d bytes of %d, want 70 of %d", len(p.Data), p.Len, whole)
			}
			if p.Len > len(p.Data) {
				truncated++
			}
		}
		if stats, err := s.Stats(); err != nil || len(stats) != 1 || stats[0].Truncated != truncated || truncated != 2 {
			t.Errorf("stats %+v, %v: %d truncated", stats, err, truncated)
		}
	})
}

// TestLongValues sends values of which eBPF leaves out most: the packets tile the
// stream nevertheless, and everything but the values is there.
func TestLongValues(t *testing.T) {
	n := newNamespace(t)
	l := n.listen(t, "127.0.0.1:6379")
	go echo(l)
	s := n.open(t, Options{Mechanism: MechanismEBPF, Ports: only6379()})
	const value = 16 << 10
	var sent []string
	for i := range 20 {
		sent = append(sent, fmt.Sprintf("*3\r\n$3\r\nSET\r\n$6\r\nkey:%02d\r\n$%d\r\n%s\r\n", i, value, strings.Repeat("v", value)))
	}
	exchange(t, n.dial(t, l.Addr().String()), sent)
	packets := rest(t, s)

	// What a hole may hold, and nothing else, is there before the first packet.
	want := strings.Join(sent, "")
	holes := strings.Map(func(r rune) rune {
		if strings.ContainsRune("v\r\n", r) {
			return r
		}
		return '?'
	}, want)
	kept, text, start := 0, map[uint16][]byte{}, map[uint16]uint32{}
	for _, p := range packets {
		kept += len(p.Data)
		g := dissect(t, p)
		if g.syn {
			start[g.from], text[g.from] = g.seq+1, []byte(holes)
			continue
		}
		if len(g.payload) > 0 {
			copy(text[g.from][g.seq-start[g.from]:], g.payload)
		}
	}
	if len(text) != 2 {
		t.Fatalf("%d streams, want 2", len(text))
	}
	for port, b := range text {
		if string(b) != want {
			t.Errorf("something else than values is missing from port %d", port)
		}
	}
	if kept > len(want)/4 {
		t.Errorf("%d bytes were kept of twice %d", kept, len(want))
	}
	if h, err := s.Health(); err != nil || h.Dropped != 0 || h.Matched > int64(len(packets)) {
		t.Errorf("%+v, %v after %d packets", h, err, len(packets))
	}
}
