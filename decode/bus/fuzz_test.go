package bus

import (
	"slices"
	"testing"
)

// FuzzParser checks that how a stream is cut into chunks makes no difference, that
// the bounds are kept, that what is handed out needs no escaping, and that a good
// message that follows is found.
func FuzzParser(f *testing.F) {
	for _, name := range []string{"ping", "pong", "fail", "mfstart", "auth-request", "light-publish"} {
		f.Add(fixture(f, name), uint16(0), int32(0), uint8(7))
	}
	f.Add(slices.Concat(ping, start, said), uint16(2300), int32(100), uint8(0))
	f.Add(slices.Concat(ping[700:], start, ping), uint16(0), int32(-1), uint8(100))
	f.Add([]byte("RCRCmRCmbRCmb\x00\x00\x08\xd0\x00\x01RCmb"), uint16(3), int32(-1), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, at uint16, gap int32, step uint8) {
		cut := min(int(at), len(data))
		parse := func(size int) (calls string, skipped int, lost bool) {
			var p Parser
			l := &auditor{t: t}
			feed := func(b []byte) {
				for chunk := range slices.Chunk(slices.Clone(b), size) {
					p.Feed(chunk, l)
					clear(chunk)
					if p.Held() > 2*MaxKept {
						t.Fatalf("%d bytes are held", p.Held())
					}
				}
			}
			feed(data[:cut])
			p.Gap(int64(gap), l)
			feed(data[cut:])
			return l.out.String(), l.skipped, p.Lost()
		}
		want, skipped, lost := parse(1 << 20)
		if skipped > len(data) {
			t.Errorf("%d bytes of %d were skipped", skipped, len(data))
		}
		got, again, still := parse(int(step) + 1)
		if got != want || again != skipped || still != lost {
			t.Errorf("by %d bytes\n%s%d skipped, lost %v; in one\n%s%d skipped, lost %v", step+1, got, again, still, want, skipped, lost)
		}

		var p Parser
		l := &auditor{t: t}
		p.Feed(data, l)
		p.Gap(-1, l)
		l.out.Reset()
		p.Feed(slices.Concat([]byte("?"), ping), l)
		if l.out.String() != pingSeen {
			t.Errorf("after a gap: got\n%s", l.out.String())
		}
	})
}

// auditor is a Handler that checks what it is given.
type auditor struct {
	log
	t *testing.T
}

func (a *auditor) Message(m *Message) {
	if m.Type == 0 || m.Type >= types || m.Type.String() == "invalid" {
		a.t.Errorf("type %d", m.Type)
	}
	if m.Sender == (ID{}) || len(m.Slots) != slotsLen || m.Gossips() > MaxKept/gossipLen {
		a.t.Errorf("%d slots, %d entries, sender %s", len(m.Slots)*8, m.Gossips(), m.Sender)
	}
	if (m.Type == Fail || m.Type == Update) != (m.About != ID{}) && !m.Cut {
		a.t.Errorf("%v about %q", m.Type, m.About)
	}
	for i := range m.Gossips() {
		g := m.Gossip(i)
		if g.ID == (ID{}) {
			a.t.Error("gossip about nobody")
		}
		a.printable(g.IP)
	}
	a.printable(m.IP)
	a.printable(m.Hostname)
	a.log.Message(m)
}

func (a *auditor) printable(text []byte) {
	if len(text) > maxHostname {
		a.t.Errorf("%d bytes", len(text))
	}
	for _, c := range text {
		if c <= ' ' || c >= 0x7f || c == '\\' {
			a.t.Errorf("%q", text)
		}
	}
}
