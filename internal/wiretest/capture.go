package wiretest

import (
	"io"
	"os"
	"sync/atomic"

	"ricochet/capture"
)

// Capture is what a script yields.
type Capture struct {
	// Packets are Ethernet frames in the order of their events, unless As made
	// something else of them. Data belongs to the capture and is valid for good;
	// packets that repeat each other share it.
	Packets []capture.Packet

	names names // of the script that it comes from
}

// As returns the same traffic in another encapsulation. It leaves c alone.
func (c *Capture) As(e Encap) *Capture {
	return &Capture{Packets: Encapsulate(c.Packets, e), names: c.names}
}

// Source returns a source of the capture's packets.
func (c *Capture) Source(name string) capture.Source { return NewSource(name, c.Packets) }

// WritePcap writes the capture as a pcap file; see the function WritePcap.
func (c *Capture) WritePcap(w io.Writer, nanos bool) error { return WritePcap(w, c.Packets, nanos) }

// spoilt is what memorySource overwrites a packet with once it is no longer
// valid, so that whoever kept a slice of it is found out.
const spoilt = 0xDB

type memorySource struct {
	packets []capture.Packet
	buf     []byte
	stats   capture.Stats
	closed  atomic.Bool
}

var _ capture.Source = (*memorySource)(nil)

// NewSource returns a source that yields packets from memory, with the Origin
// and Number that they have. It hands out each packet in one and the same
// buffer and overwrites that at the next call of Next.
func NewSource(name string, packets []capture.Packet) capture.Source {
	return &memorySource{packets: packets, stats: capture.Stats{Name: name, Format: "memory"}}
}

func (s *memorySource) Next(p *capture.Packet) error {
	if s.closed.Load() {
		return os.ErrClosed
	}
	for i := range s.buf {
		s.buf[i] = spoilt
	}
	if len(s.packets) == 0 {
		return io.EOF
	}
	*p = s.packets[0]
	s.packets = s.packets[1:]
	s.buf = append(s.buf[:0], p.Data...)
	p.Data = s.buf
	s.count(p)
	return nil
}

func (s *memorySource) count(p *capture.Packet) {
	st, link := &s.stats, linkName(p.Link)
	if st.Packets == 0 {
		st.First, st.Last, st.Link = p.Time, p.Time, link
	}
	if st.Link != link {
		st.Link = "mixed"
	}
	st.First, st.Last = min(st.First, p.Time), max(st.Last, p.Time)
	st.Packets++
	st.Bytes += int64(len(p.Data))
	if len(p.Data) < p.Len {
		st.Truncated++
	}
}

func (s *memorySource) Stats() ([]capture.Stats, error) { return []capture.Stats{s.stats}, nil }

func (s *memorySource) Close() error {
	s.closed.Store(true)
	return nil
}

// linkName returns the name of the link types that this package makes.
func linkName(t capture.LinkType) string {
	switch t {
	case capture.LinkEthernet:
		return "ethernet"
	case capture.LinkRaw:
		return "raw"
	case capture.LinkNull:
		return "null"
	case capture.LinkLinuxSLL:
		return "linux_sll"
	case capture.LinkLinuxSLL2:
		return "linux_sll2"
	}
	return "other"
}
