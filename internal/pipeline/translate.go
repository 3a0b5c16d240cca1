package pipeline

import (
	"net/netip"

	"ricochet/decode"
	"ricochet/detect"
)

// translator turns what the decoder finds into evidence and passes it on.
type translator struct {
	emit func(*detect.Evidence)
	e    detect.Evidence // reused
}

var _ decode.Handler = (*translator)(nil)

// conn returns the detectors' form of a connection's facts, made once.
func (t *translator) conn(c *decode.Conn) *detect.Conn {
	if d, ok := c.Shadow.(*detect.Conn); ok {
		return d
	}
	d := &detect.Conn{
		ID: c.ID, Client: c.Client, Server: c.Server, Opened: c.Opened,
		Name: c.Name, Who: detect.WhoIs(c.Name), Library: c.Library, User: c.User, Proto: c.Proto, Capa: detect.Capability(c.Capa), ReadOnly: c.ReadOnly,
	}
	c.Shadow = d
	return d
}

func place(m decode.Mark) detect.Place {
	return detect.Place{At: m.Time, Packet: m.Packet, Capture: m.Capture}
}

// Command implements decode.Handler.
func (t *translator) Command(x *decode.Exchange) {
	t.e = detect.Evidence{
		Place: place(x.Sent), Kind: detect.Sent, Asking: x.Asking, Write: x.Write, Slot: -1,
		Conn: t.conn(x.Conn), Ordinal: x.Ordinal, Command: x.Fingerprint, Transaction: x.Transaction,
		Busy: [2]detect.Span{detect.Span(x.Busy[0]), detect.Span(x.Busy[1])},
	}
	t.emit(&t.e)
}

// Reply implements decode.Handler.
func (t *translator) Reply(x *decode.Exchange) {
	t.e = detect.Evidence{
		Place: place(x.Got), Kind: detect.Replied, Reply: replyOf(x.Status), Asking: x.Asking,
		Write: x.Write && !x.InMulti, Slot: x.Slot, Conn: t.conn(x.Conn), Ordinal: x.Ordinal,
		Command: x.Fingerprint, Transaction: x.Transaction, Since: x.Sent.Time, SentIn: x.Sent.Capture, Control: x.Control, Keyed: x.Keyed,
	}
	if x.Status != decode.OK || x.Got.Time-x.Sent.Time > slow {
		t.e.Blocking = blocking(x.Name)
	}
	if x.Status != decode.OK {
		t.e.Detail = &detect.Detail{Text: x.Text, Target: x.Target, Line: x.Line, Word: x.Word}
	}
	t.emit(&t.e)
}

// slow is how long a reply may take, in nanoseconds, before it matters whether its
// command waits on purpose.
const slow = 5_000_000

// blocking reports whether a command may wait, on purpose, for what others do.
// XREAD and XREADGROUP do so with BLOCK only, which is not told here.
func blocking(name string) bool {
	switch name {
	case "BLPOP", "BRPOP", "BLMOVE", "BLMPOP", "BRPOPLPUSH", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "XREAD", "XREADGROUP", "WAIT", "WAITAOF":
		return true
	}
	return false
}

func replyOf(s decode.Status) detect.Reply {
	switch s {
	case decode.Redirect:
		return detect.Redirect
	case decode.Moved:
		return detect.Moved
	case decode.Ask:
		return detect.Ask
	case decode.Error:
		return detect.Failed
	}
	return detect.Served
}

// Event implements decode.Handler.
func (t *translator) Event(c *decode.Conn, ev decode.Event, m decode.Mark) {
	t.e = detect.Evidence{Place: place(m), Slot: -1, Conn: t.conn(c)}
	switch ev {
	case decode.Opening:
		t.e.Kind = detect.Opening
	case decode.Accepted:
		t.e.Kind = detect.Accepted
	case decode.Refused:
		t.e.Kind = detect.Refused
	case decode.Closed:
		t.e.Kind = detect.Closed
	case decode.Lost:
		t.e.Kind = detect.Blind
	case decode.Behind:
		t.e.Kind = detect.Behind
	case decode.Caught:
		t.e.Kind = detect.Caught
	case decode.Speaks:
		t.e.Kind = detect.Speaks
	default:
		return
	}
	t.emit(&t.e)
}

// Told implements decode.Handler.
func (t *translator) Told(x *decode.Told) {
	d := &detect.Detail{Bus: x.Bus, FromClient: x.FromClient}
	t.e = detect.Evidence{Place: place(x.Got), Slot: -1, Conn: t.conn(x.Conn), Since: x.Asked.Time, SentIn: x.Asked.Capture, Detail: d}
	switch {
	case x.Order != nil:
		t.e.Kind = detect.Ordered
		o := detect.Order(*x.Order)
		d.Order = &o
	case x.Sync != nil:
		t.e.Kind = detect.Synced
		s := detect.Sync(*x.Sync)
		d.Sync = &s
		if s.Port != 0 {
			d.Peer = netip.AddrPortFrom(x.Conn.Client.Addr(), s.Port)
		}
	default:
		t.e.Kind = detect.Claimed
		d.Claims = make([]detect.Claim, len(x.Nodes))
		for i := range x.Nodes {
			d.Claims[i] = detect.Claim(x.Nodes[i])
		}
	}
	t.emit(&t.e)
}
