package chain

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"ricochet/detect"
)

// fuzzRun makes evidence of bytes, over few hosts, nodes, connections and
// commands, and returns what came of it in words.
func fuzzRun(t *testing.T, data []byte) string {
	var b strings.Builder
	var findings Findings
	var hops, redirects int
	var bounced int64
	handed := map[*Chain]bool{}
	flushed := false
	readonly := NewReadonly(0)
	told := liveLog{t: t}
	live := NewLive(&findings, readonly, told.add)
	tr := New(Options{Bounced: live.Bounced, Retracted: live.Retracted, Done: func(c *Chain) {
		if handed[c] {
			t.Fatal("a chain is handed out twice")
		}
		if flushed {
			t.Fatal("a chain is handed out after Flush")
		}
		handed[c] = true
		checkChain(t, c)
		hops += c.HopCount
		if c.Bounced() {
			bounced++
		}
		live.Done(c)
		fmt.Fprintf(&b, "%d %d %d %s %v %v %v %v;", c.Client.ID, c.Command, c.HopCount, c.Outcome, c.Returned, c.Partial, c.Cycle(), c.First)
	}})
	tr.maxOpen = 1 << 16
	if len(data) > 0 {
		tr.maxOpen = 1 + int(data[0]%16)
	}
	conns := [32]*detect.Conn{}
	ordinals := [32]uint64{}
	var outstanding [32][]detect.Evidence
	now := int64(1e18)
	rank := uint64(0)
	feed := func(e detect.Evidence) {
		rank++
		e.Rank, e.At, e.Packet = rank, now, int64(rank)
		tr.Add(&e)
		readonly.Add(&e)
		live.Advance(now)
	}
	targets := []string{"10.0.0.1:6379", "10.0.0.2:6379", "10.0.0.3:6379", ":6379", "a.local:6379", "b.local:6379", "?:6379", ""}
	for ; len(data) >= 3; data = data[3:] {
		op, arg, n := data[0]%16, data[1], data[2]%32
		if conns[n] == nil {
			conns[n] = &detect.Conn{
				ID: uint64(n) + 1, Opened: now * int64(arg&1),
				Client: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, 0, n & 1}), 40000+uint16(n)),
				Server: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 1 + n>>1%3}), 6379),
			}
		}
		c := conns[n]
		switch op {
		case 0, 1, 2, 3:
			ordinals[n]++
			e := detect.Evidence{
				Place: detect.Place{At: now}, Kind: detect.Sent, Conn: c, Ordinal: ordinals[n], Command: uint64(arg % 4),
				Asking: arg&32 != 0, Busy: [2]detect.Span{{From: now - int64(arg)<<16, To: now}},
			}
			outstanding[n] = append(outstanding[n], e)
			feed(e)
		case 4, 5, 6, 7, 8, 9:
			e := detect.Evidence{Kind: detect.Replied, Reply: []detect.Reply{detect.Redirect, detect.Redirect, detect.Moved, detect.Ask, detect.Served, detect.Failed}[op-4], Conn: c}
			if q := outstanding[n]; len(q) > 0 && arg < 250 {
				e.Ordinal, e.Command, e.Asking, e.Since = q[0].Ordinal, q[0].Command, q[0].Asking, q[0].At
				outstanding[n] = q[1:]
			}
			if e.Reply != detect.Served {
				e.Detail = &detect.Detail{Target: targets[arg%8], Word: "READONLY"}
			}
			if e.Reply.IsRedirect() && e.Command != 0 {
				redirects++
			}
			feed(e)
		case 10:
			outstanding[n] = nil
			feed(detect.Evidence{Kind: []detect.Kind{detect.Closed, detect.Blind}[arg&1], Conn: c})
			if arg&1 == 0 {
				conns[n] = nil
			}
		case 11, 12:
			feed(detect.Evidence{Kind: []detect.Kind{detect.Opening, detect.Accepted, detect.Refused, detect.Speaks, detect.Behind, detect.Caught, detect.Synced, detect.Opening}[arg%8], Conn: c})
		case 13, 14:
			now += int64(arg) * 1e6
		case 15:
			now += int64(int8(arg)) * 1e8 // clocks step back too
		}
		if tr.open > tr.maxOpen+maxGuesses {
			t.Fatalf("%d chains are open, %d may be", tr.open, tr.maxOpen)
		}
		checkTracker(t, tr)
	}
	tr.Flush()
	flushed = true
	if tr.open != 0 || len(tr.bykey) != 0 || len(tr.flights.by)+len(tr.flights.on)+tr.waits.n+tr.flies.n != 0 {
		t.Fatalf("after Flush %d chains are open, %d families known", tr.open, len(tr.bykey))
	}
	tr.Flush()
	if hops != redirects {
		t.Fatalf("chains have %d hops, %d redirect replies to known commands were given", hops, redirects)
	}
	live.Flush(now)
	told.check(append(findings.All(), readonly.Findings()...))
	b.WriteString(told.text.String())
	var sum int64
	for _, g := range findings.All() {
		if g.Rule != detect.LongChain {
			sum += g.Commands
		}
		fmt.Fprintf(&b, "%s %s %v %d;", g.Rule, g.Severity, g.Cycle, g.Commands)
	}
	if sum != bounced {
		t.Fatalf("findings have %d commands, %d chains bounced", sum, bounced)
	}
	return b.String()
}

func checkChain(t *testing.T, c *Chain) {
	t.Helper()
	ordered := c.OrderedHops()
	switch {
	case c.HopCount < 1 || len(ordered) != min(c.HopCount, MaxHopsHead+MaxHopsTail):
		t.Fatalf("%d hops are kept of %d", len(ordered), c.HopCount)
	case c.Replies[0]+c.Replies[1]+c.Replies[2] != c.HopCount:
		t.Fatalf("%v replies by kind, %d hops", c.Replies, c.HopCount)
	case c.First != ordered[0].At || c.Last != ordered[len(ordered)-1].At:
		t.Fatal("first and last are not those of the hops")
	case c.Outcome == 0:
		t.Fatal("a chain has no outcome")
	case c.Returned && (c.Bounced() || c.Outcome != Served):
		t.Fatal("returned, but it bounced or was not served")
	case c.Bounced() != (len(c.Cycle()) > 0):
		t.Fatalf("bounced is %v and the cycle is %v", c.Bounced(), c.Cycle())
	case c.state != ended || c.family != nil:
		t.Fatal("a finished chain is still held")
	}
}

// checkTracker holds the lists to each other.
func checkTracker(t *testing.T, tr *Tracker) {
	t.Helper()
	open, onConns := 0, 0
	for k, f := range tr.bykey {
		if f.open < 1 {
			t.Fatalf("family %v is empty", k)
		}
		open += f.open
	}
	for _, c := range tr.flights.on {
		for ; c != nil; c = c.after {
			onConns++
		}
	}
	if open != tr.open || tr.waits.n+tr.flies.n != open {
		t.Fatalf("%d chains are open, families have %d, lists %d and %d", tr.open, open, tr.waits.n, tr.flies.n)
	}
	if n := len(tr.flights.by); n != tr.flies.n || n != onConns {
		t.Fatalf("%d commands on their way, %d by name, %d by connection", tr.flies.n, n, onConns)
	}
}

// FuzzTracker holds the tracker to what is true of any evidence, however odd.
func FuzzTracker(f *testing.F) {
	f.Add([]byte{0, 1, 0, 4, 1, 0, 0, 1, 2, 4, 0, 2, 0, 1, 0, 4, 1, 0, 0, 1, 2, 8, 0, 2})
	f.Add([]byte{0, 1, 0, 4, 1, 0, 10, 1, 0, 0, 1, 2, 13, 255, 0, 13, 255, 0})
	f.Add([]byte{15, 0, 0, 0, 1, 0, 0, 1, 0, 4, 1, 0, 4, 1, 0, 0, 1, 2, 0, 1, 2, 10, 0, 2, 11, 2, 2, 0, 1, 0})
	f.Add([]byte{0, 1, 0, 4, 4, 0, 0, 1, 0, 4, 4, 0, 0, 1, 2, 4, 5, 2, 0, 1, 0, 8, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 3000 {
			return
		}
		if a, b := fuzzRun(t, data), fuzzRun(t, data); a != b {
			t.Fatalf("the same evidence, and\n%s\nis not\n%s", a, b)
		}
	})
}
