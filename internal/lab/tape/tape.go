package tape

import (
	"io"
	"net/netip"

	"github.com/google/gopacket/layers"

	"ricochet/internal/lab/world"
	"ricochet/internal/pcapng"
)

// maxFlows bounds the connections that are remembered, which are those that have not
// ended. Of more than that nothing is written.
const maxFlows = 1 << 16

// Options says what the file tells of itself. What is empty has a default.
type Options struct {
	Application string // what wrote the file
	Interface   string // name of the interface
	Description string // of the interface
}

// Stats says what became of the segments.
type Stats struct {
	Frames int64 // written, or to be written with the next Flush
	// Skipped counts segments that no frame stands for: of connections beyond the
	// bound, of those whose beginning was not seen, and all after an error.
	Skipped int64
}

// Tape is a world.Tape that writes a pcapng file. Like a world it is not for concurrent
// use. The first error of writing ends it: it stays in Err, and what was written until
// then is a readable file but for its last packet.
type Tape struct {
	out    *pcapng.Writer
	packet pcapng.Packet
	flows  map[int]*flow
	frames framer
	stats  Stats
}

var _ world.Tape = (*Tape)(nil)

// New begins a file. It does not close w.
func New(w io.Writer, o Options) (*Tape, error) {
	out, err := pcapng.NewWriter(w, pcapng.Section{Application: either(o.Application, "ricochet lab")})
	if err != nil {
		return nil, err
	}
	id, err := out.Interface(pcapng.Interface{
		Link:        uint16(layers.LinkTypeEthernet),
		Name:        either(o.Interface, "lo"),
		Description: either(o.Description, "ricochet lab: frames made by the ends of the connections"),
	})
	if err != nil {
		return nil, err
	}
	t := &Tape{out: out, flows: map[int]*flow{}, packet: pcapng.Packet{Interface: id}}
	t.frames.init()
	return t, nil
}

// Segment implements world.Tape. A segment with more bytes than fit into a frame
// becomes several.
func (t *Tape) Segment(s *world.Segment) {
	f := t.flow(s)
	if f == nil || t.out.Err() != nil {
		t.stats.Skipped++
		return
	}
	from, to := f.ends(s.FromServer)
	t.packet.Time = s.At.UnixNano()
	h := header{
		src: s.Flow.Client, dst: s.Flow.Server,
		syn: s.SYN, rst: s.RST,
		ack:  s.FromServer || !s.SYN,
		acks: to.first + 1 + uint32(s.Heard), // sequence numbers count modulo 2^32
	}
	if s.FromServer {
		h.src, h.dst = h.dst, h.src
	}
	if s.HeardFIN {
		h.acks++
	}
	data := s.Data
	for {
		n := min(len(data), maxPayload(h.src, h.dst))
		h.id = from.nextID()
		h.push = n > 0 && n == len(data)
		h.fin = s.FIN && n == len(data)
		h.seq = from.seq(s)
		if !t.write(&h, data[:n]) {
			return
		}
		from.sent += uint64(n)
		if data = data[n:]; len(data) == 0 {
			break
		}
	}
	from.heardFIN = from.heardFIN || s.HeardFIN
	from.began = from.began || s.SYN
	from.finished = from.finished || s.FIN
	if s.RST || from.heardFIN && to.heardFIN {
		delete(t.flows, s.Flow.ID)
	}
}

// write writes a frame, and reports whether that went well.
func (t *Tape) write(h *header, data []byte) bool {
	t.packet.Data = t.frames.frame(h, data)
	if t.out.Packet(&t.packet) != nil {
		t.stats.Skipped++
		return false
	}
	t.stats.Frames++
	return true
}

// flow finds the connection of a segment, which begins with a SYN of the client. It
// returns nil if that was not seen.
func (t *Tape) flow(s *world.Segment) *flow {
	f := t.flows[s.Flow.ID]
	if f == nil && s.SYN && !s.FromServer && len(t.flows) < maxFlows {
		f = newFlow(s.Flow.ID)
		t.flows[s.Flow.ID] = f
	}
	return f
}

// Stats says what became of the segments so far.
func (t *Tape) Stats() Stats { return t.stats }

// Flush writes what waits. It has to be called in the end.
func (t *Tape) Flush() error { return t.out.Flush() }

// Err is the error that ended the tape, or nil.
func (t *Tape) Err() error { return t.out.Err() }

func either(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// maxPayload is how many bytes of TCP fit into an IP packet.
func maxPayload(a, b netip.AddrPort) int {
	if isIPv4(a, b) {
		return mss4
	}
	return mss6
}
