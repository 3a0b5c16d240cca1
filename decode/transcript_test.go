package decode_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"ricochet/capture"
	"ricochet/decode"
	"ricochet/decode/frame"
	"ricochet/internal/wiretest"
)

// transcript is a Handler that writes down what it is given, a line a call:
//
//	PACKET CLIENT>SERVER command ORDINAL NAME same as F, what is particular
//	PACKET CLIENT>SERVER reply ORDINAL NAME STATUS, what is particular
//	PACKET CLIENT>SERVER EVENT
//	PACKET CLIENT>SERVER told, and what, see describeTold
//
// Commands of the same fingerprint have the same letter. The facts of a
// connection are written when they change.
type transcript struct {
	out     strings.Builder
	letters map[uint64]string
	facts   map[uint64]string
}

func newTranscript() *transcript {
	return &transcript{letters: map[uint64]string{}, facts: map[uint64]string{}}
}

// hosts shortens the addresses that scripts give to names.
var hosts = strings.NewReplacer(
	"10.0.0.11:40", "c1:40", "10.0.0.12:40", "c2:40", "10.0.0.1:6379", "A", "10.0.0.2:6379", "B",
)

func (t *transcript) line(m decode.Mark, c *decode.Conn, format string, args ...any) {
	conn := hosts.Replace(c.Client.String() + ">" + c.Server.String())
	if facts := factsOf(c); t.facts[c.ID] != facts {
		t.facts[c.ID] = facts
		fmt.Fprintf(&t.out, "     %s is%s\n", conn, facts)
	}
	packet := "-"
	if m.Packet != 0 {
		packet = fmt.Sprint(m.Packet)
	}
	fmt.Fprintf(&t.out, "%4s %s %s\n", packet, conn, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

func factsOf(c *decode.Conn) string {
	var b strings.Builder
	say := func(on bool, format string, arg any) {
		if on {
			fmt.Fprintf(&b, " "+format, arg)
		}
	}
	say(c.Proto != 2, "resp%d", c.Proto)
	say(c.Opened == 0, "%s", "joined")
	say(c.Name != "", "name=%s", c.Name)
	say(c.Library != "", "library=%q", c.Library)
	say(c.User != "", "user=%s", c.User)
	say(c.Capa == decode.CapaYes, "%s", "capable")
	say(c.ReadOnly, "%s", "read-only")
	say(c.Replica, "%s", "a-replica")
	say(c.ListeningPort != 0, "serving-at-%d", c.ListeningPort)
	if b.Len() == 0 {
		return " plain"
	}
	return b.String()
}

// letter names a fingerprint: a, b, ... z, then a1 and so on.
func (t *transcript) letter(f uint64) string {
	if f == 0 {
		return "?"
	}
	if t.letters[f] == "" {
		n := len(t.letters)
		t.letters[f] = string(rune('a' + n%26))
		if n >= 26 {
			t.letters[f] += fmt.Sprint(n / 26)
		}
	}
	return t.letters[f]
}

func flags(x *decode.Exchange) string {
	s := ""
	if x.Write {
		s += " write"
	}
	if x.Asking {
		s += " asking"
	}
	if x.InMulti {
		s += " in-multi"
	}
	return s
}

func (t *transcript) Command(x *decode.Exchange) {
	name := x.Name
	if name == "" {
		name = "?"
	}
	t.line(x.Sent, x.Conn, "command %d %s %s%s", x.Ordinal, name, t.letter(x.Fingerprint), flags(x))
}

func (t *transcript) Reply(x *decode.Exchange) {
	if x.Ordinal == 0 {
		t.line(x.Got, x.Conn, "reply without its command: %s", describe(x))
		return
	}
	t.line(x.Got, x.Conn, "reply %d %s %s%s", x.Ordinal, t.letter(x.Fingerprint), describe(x), flags(x))
}

func describe(x *decode.Exchange) string {
	switch x.Status {
	case decode.OK:
		return "ok"
	case decode.Error:
		return fmt.Sprintf("error %s to %q", x.Word, x.Text)
	}
	s := fmt.Sprintf("%s to %q: %s", map[decode.Status]string{
		decode.Redirect: "redirect", decode.Moved: "moved", decode.Ask: "ask",
	}[x.Status], x.Text, x.Target)
	if x.Slot >= 0 {
		s += fmt.Sprintf(" slot %d", x.Slot)
	}
	return s
}

func (t *transcript) Event(c *decode.Conn, e decode.Event, m decode.Mark) {
	t.line(m, c, "%s", []string{
		"", "opening", "accepted", "refused", "closed", "lost", "behind", "caught", "speaks", "replicates",
	}[e])
}

func (t *transcript) Told(x *decode.Told) { t.line(x.Got, x.Conn, "%s", describeTold(x)) }

// stats writes the counters that are not 0.
func (t *transcript) stats(s *decode.Stats) {
	t.out.WriteByte('=')
	for _, c := range []struct {
		name string
		n    int64
	}{
		{"connections", s.Connections}, {"both", s.BothDirections}, {"tls", s.TLS}, {"unparsed", s.Unparsed},
		{"other-tls", s.OtherTLS}, {"other", s.Other}, {"bus", s.Bus}, {"replication", s.Replication},
		{"capable", s.Capa}, {"commands", s.Commands}, {"paired", s.Paired}, {"replies", s.Replies},
		{"pushes", s.Pushes}, {"redirect", s.Redirects[0]}, {"moved", s.Redirects[1]}, {"ask", s.Redirects[2]},
		{"duplicates", s.Duplicates},
	} {
		if c.n != 0 {
			fmt.Fprintf(&t.out, " %s=%d", c.name, c.n)
		}
	}
	for _, w := range slices.Sorted(maps.Keys(s.Errors)) {
		fmt.Fprintf(&t.out, " %s=%d", w, s.Errors[w])
	}
	t.out.WriteByte('\n')
	for c, g := range s.Blind {
		if g.Count != 0 || g.Bytes != 0 {
			fmt.Fprintf(&t.out, "= blind: %v: %d, %d bytes\n", decode.Cause(c), g.Count, g.Bytes)
		}
	}
}

// play runs the packets of a script through a Table.
func play(tb testing.TB, script string, h decode.Handler) *decode.Stats {
	tb.Helper()
	c, err := wiretest.Parse(script)
	if err != nil {
		tb.Fatal(err)
	}
	return feed(tb, c.Packets, h)
}

func feed(tb testing.TB, packets []capture.Packet, h decode.Handler) *decode.Stats {
	tb.Helper()
	var dec frame.Decoder
	var seg frame.Segment
	table := decode.NewTable(decode.Options{}, h)
	for i, p := range packets {
		data := slices.Clone(p.Data)
		if v := dec.Decode(p.Link, data, p.Len, p.Time, &seg); v != frame.TCP {
			tb.Fatalf("packet %d: %v", i+1, v)
		}
		table.Segment(&seg, decode.Mark{Time: p.Time, Packet: int64(i + 1)}, uint64(i))
		clear(data) // whoever kept a slice of it is found out
	}
	table.Flush()
	return table.Stats()
}
