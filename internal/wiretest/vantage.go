package wiretest

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"ricochet/capture"
)

// transit is how long a packet takes from the vantage point at its sender to
// that at its receiver, in nanoseconds.
const transit = 100 * int64(time.Microsecond)

// Addr returns the address of a name that the script declared or used.
func (c *Capture) Addr(name string) (netip.AddrPort, error) {
	at, ok := c.names[name]
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("the script has no %q", name)
	}
	return at, nil
}

// SeenAt returns what captures on these hosts hold, one capture a host in the
// order given: a packet is in it if the host sent or received it, and twice if
// both ends are among them. It takes frames as Parse makes them.
func (c *Capture) SeenAt(hosts ...string) (*Capture, error) {
	out := &Capture{names: c.names}
	points := make([]netip.Addr, len(hosts))
	last := make([]int64, len(hosts)) // what a point saw last: it sees packets in their order
	for i, h := range hosts {
		at, err := c.Addr(h)
		if err != nil {
			return nil, err
		}
		points[i] = at.Addr()
	}
	for _, p := range c.Packets {
		src, dst := ends(&p)
		for i, point := range points {
			if point != src && point != dst {
				continue
			}
			q := p
			q.Origin = i
			if point != src {
				q.Time += transit
			}
			q.Time = max(q.Time, last[i])
			last[i] = q.Time
			out.Packets = append(out.Packets, q)
		}
	}
	slices.SortStableFunc(out.Packets, byTime)
	renumber(out.Packets)
	return out, nil
}

// Without returns the capture without what these hosts sent and received, as
// when they talked over an interface that was not captured.
func (c *Capture) Without(hosts ...string) (*Capture, error) {
	out := &Capture{names: c.names}
	var gone []netip.Addr
	for _, h := range hosts {
		at, err := c.Addr(h)
		if err != nil {
			return nil, err
		}
		gone = append(gone, at.Addr())
	}
	for _, p := range c.Packets {
		src, dst := ends(&p)
		if !slices.Contains(gone, src) && !slices.Contains(gone, dst) {
			out.Packets = append(out.Packets, p)
		}
	}
	renumber(out.Packets)
	return out, nil
}

// ends returns the addresses of an Ethernet frame without tags.
func ends(p *capture.Packet) (src, dst netip.Addr) {
	ip := p.Data[ethernetLen:]
	if binary.BigEndian.Uint16(p.Data[12:]) == etherIPv4 {
		return netip.AddrFrom4([4]byte(ip[12:16])), netip.AddrFrom4([4]byte(ip[16:20]))
	}
	return netip.AddrFrom16([16]byte(ip[8:24])), netip.AddrFrom16([16]byte(ip[24:40]))
}

// InOrder returns the capture in order of time, so that a script can tell the
// story of one connection after that of another. Packets of the same time keep
// their order.
func (c *Capture) InOrder() *Capture {
	out := &Capture{Packets: slices.Clone(c.Packets), names: c.names}
	slices.SortStableFunc(out.Packets, byTime)
	renumber(out.Packets)
	return out
}

func byTime(a, b capture.Packet) int { return cmp.Compare(a.Time, b.Time) }

// Hosts returns the names of the script in their order, one of each IP address.
func (c *Capture) Hosts() []string {
	var out []string
	seen := map[netip.Addr]bool{}
	for _, name := range slices.Sorted(maps.Keys(c.names)) {
		if at := c.names[name].Addr(); !seen[at] {
			seen[at] = true
			out = append(out, name)
		}
	}
	return out
}
