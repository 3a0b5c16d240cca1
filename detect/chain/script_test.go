package chain

import (
	"bufio"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"ricochet/detect"
)

// A script is evidence in words, one piece a line:
//
//	conn c1.a A                   connection a of host c1 to node A is there from the start
//	0ms open c1.a A               it is opened: asked for, accepted, found to speak RESP
//	0ms opening c1.a A            it is asked for, which may be all that happens
//	0ms accepted|refused|speaks|closed|blind|behind|caught c1.a
//	0ms sent c1.a k1 [asking] [write] [unknown]
//	1ms redirect|moved|ask c1.a B [unpaired]   the reply to the oldest command on c1.a without one
//	1ms ok|err c1.a [WORD] [unpaired]
//	2ms tick                      time passes
//	name c1.a app-1               CLIENT SETNAME, for what comes after
//	limit 3                       MaxOpen, for this script
//	live                          what a Live tells is part of the result
//
// Hosts are c1, c2, ...; nodes are A, B, ... A target that is no node stands as
// it is, so that names and empty hosts can be said. Commands with the same name
// have the same fingerprint. What the decoder would have worked out (ordinals,
// ranks, since when and in which stretches a connection was busy) the script
// works out from what is outstanding.
type script struct {
	t        *testing.T
	tracker  *Tracker
	readonly *Readonly
	findings Findings
	finished []*Chain
	live     *Live
	told     liveLog
	showLive bool

	conns    map[string]*scriptConn
	commands map[string]uint64
	names    []string // of commands, by fingerprint
	rank     uint64
	redirects,
	hops int
}

type scriptConn struct {
	*detect.Conn
	ordinal     uint64
	outstanding []detect.Evidence // as sent, oldest first
	since       int64
	busy        [2]detect.Span
}

const scriptStart = 1_000_000_000_000 // so that 0 stays "never"

func newScript(t *testing.T) *script {
	s := &script{t: t, readonly: NewReadonly(0), conns: map[string]*scriptConn{}, commands: map[string]uint64{}, names: []string{""}}
	s.told = liveLog{t: t, forward: true}
	s.live = NewLive(&s.findings, s.readonly, s.told.add)
	s.tracker = New(Options{Bounced: s.live.Bounced, Retracted: s.live.Retracted, Done: func(c *Chain) {
		s.finished = append(s.finished, c)
		s.hops += c.HopCount
		s.live.Done(c)
	}})
	return s
}

func node(name string) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, name[0] - 'A' + 1}), 6379)
}

func isNode(s string) bool { return len(s) == 1 && s[0] >= 'A' && s[0] <= 'Z' }

func nodeName(a netip.AddrPort) string {
	b := a.Addr().As4()
	if a.Port() != 6379 || b[0] != 10 || b[1] != 0 {
		return a.String()
	}
	return string(rune('A' + b[3] - 1))
}

func (s *script) conn(name, to string, opened int64) *scriptConn {
	host, _, ok := strings.Cut(name, ".")
	n, err := strconv.Atoi(strings.TrimPrefix(host, "c"))
	if !ok || err != nil || !isNode(to) {
		s.t.Fatalf("a connection is called c1.a and goes to a node: %q, %q", name, to)
	}
	id := uint64(len(s.conns) + 1)
	c := &scriptConn{Conn: &detect.Conn{
		ID: id, Opened: opened, Server: node(to),
		Client: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, 0, byte(n)}), uint16(40000+id)),
	}}
	s.conns[name] = c
	return c
}

// named is a connection as it is once it has said a name.
func named(c *detect.Conn, name string) *detect.Conn {
	n := *c
	n.Name, n.Who = name, detect.WhoIs(name)
	return &n
}

func (s *script) add(e detect.Evidence) {
	s.rank++
	e.Rank, e.Packet, e.Slot = s.rank, int64(s.rank), -1
	s.tracker.Add(&e)
	s.readonly.Add(&e)
	s.live.Advance(e.At)
}

// run feeds the lines up to the end or to "----".
func (s *script) run(text string) {
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if f := strings.Fields(line); len(f) > 0 {
			s.line(f)
		}
	}
	s.tracker.Flush()
	s.live.Flush(s.tracker.now)
	s.told.check(append(s.findings.All(), s.readonly.Findings()...))
}

func (s *script) line(f []string) {
	switch f[0] {
	case "live":
		s.showLive = true
		return
	case "conn":
		s.add(detect.Evidence{Place: detect.Place{At: scriptStart}, Kind: detect.Speaks, Conn: s.conn(f[1], f[2], 0).Conn})
		return
	case "name":
		s.conns[f[1]].Conn = named(s.conns[f[1]].Conn, f[2])
		return
	case "limit":
		s.tracker.maxOpen, _ = strconv.Atoi(f[1])
		return
	}
	ms, err := strconv.ParseFloat(strings.TrimSuffix(f[0], "ms"), 64)
	if err != nil {
		s.t.Fatalf("%q: a line begins with a time", f)
	}
	at := scriptStart + int64(ms*1e6)
	if f[1] == "tick" {
		if s.conns["c99.tick"] == nil {
			s.conn("c99.tick", "Z", 0)
		}
		s.add(detect.Evidence{Place: detect.Place{At: at}, Kind: detect.Speaks, Conn: s.conns["c99.tick"].Conn})
		return
	}
	c := s.conns[f[2]]
	if f[1] == "open" || f[1] == "opening" {
		c = s.conn(f[2], f[3], at)
	}
	if c == nil {
		s.t.Fatalf("%q: this connection was never opened", f)
	}
	s.event(at, f[1], c, f[3:])
}

func (s *script) event(at int64, verb string, c *scriptConn, args []string) {
	kinds := map[string][]detect.Kind{
		"open": {detect.Opening, detect.Accepted, detect.Speaks}, "opening": {detect.Opening},
		"accepted": {detect.Accepted}, "refused": {detect.Refused}, "speaks": {detect.Speaks}, "closed": {detect.Closed},
		"blind": {detect.Blind}, "behind": {detect.Behind}, "caught": {detect.Caught},
	}
	if kinds[verb] != nil {
		for _, k := range kinds[verb] {
			s.add(detect.Evidence{Place: detect.Place{At: at}, Kind: k, Conn: c.Conn})
		}
		if verb == "closed" || verb == "blind" {
			c.outstanding = nil
		}
		return
	}
	if verb == "sent" {
		s.sent(at, c, args)
		return
	}
	s.reply(at, verb, c, args)
}

func has(args []string, word string) bool {
	for _, a := range args {
		if a == word {
			return true
		}
	}
	return false
}

func (s *script) sent(at int64, c *scriptConn, args []string) {
	id, ok := s.commands[args[0]]
	if !ok {
		id = uint64(len(s.names))
		s.commands[args[0]] = id
		s.names = append(s.names, args[0])
	}
	if has(args, "unknown") {
		id = 0
	}
	c.ordinal++
	e := detect.Evidence{
		Place: detect.Place{At: at}, Kind: detect.Sent, Conn: c.Conn, Ordinal: c.ordinal, Command: id,
		Asking: has(args, "asking"), Write: has(args, "write"), Busy: c.busy,
	}
	if len(c.outstanding) > 0 {
		e.Busy = [2]detect.Span{{From: c.since, To: at}, c.busy[0]}
	} else {
		c.since = at
	}
	c.outstanding = append(c.outstanding, e)
	s.add(e)
}

func (s *script) reply(at int64, verb string, c *scriptConn, args []string) {
	replies := map[string]detect.Reply{
		"redirect": detect.Redirect, "moved": detect.Moved, "ask": detect.Ask, "ok": detect.Served, "err": detect.Failed,
	}
	r := replies[verb]
	if r == 0 {
		s.t.Fatalf("no such verb: %s", verb)
	}
	e := detect.Evidence{Conn: c.Conn}
	if !has(args, "unpaired") {
		if len(c.outstanding) == 0 {
			s.t.Fatalf("%s: nothing is outstanding on the connection", verb)
		}
		sent := c.outstanding[0]
		c.outstanding = c.outstanding[1:]
		e.Ordinal, e.Command, e.Asking, e.Write, e.Since = sent.Ordinal, sent.Command, sent.Asking, sent.Write, sent.At
		if len(c.outstanding) == 0 {
			c.busy = [2]detect.Span{{From: c.since, To: at}, c.busy[0]}
		}
	}
	e.Place, e.Kind, e.Reply = detect.Place{At: at}, detect.Replied, r
	if r.IsRedirect() || r == detect.Failed {
		e.Detail = &detect.Detail{Text: s.names[e.Command]}
	}
	if r.IsRedirect() {
		e.Detail.Target = args[0]
		if isNode(args[0]) {
			e.Detail.Target = node(args[0]).String()
		}
		if e.Command != 0 && e.Ordinal != 0 {
			s.redirects++
		}
	}
	if r == detect.Failed {
		e.Detail.Word = append(args, "ERR")[0]
	}
	s.add(e)
}

// result writes down what was found, and holds it to what is always true.
func (s *script) result() string {
	var b strings.Builder
	clients := map[*Client]string{}
	name := func(c *Client) string {
		c = c.Root()
		if clients[c] == "" {
			clients[c] = string(rune('a' + len(clients)))
		}
		return fmt.Sprintf("c%d/%s", c.Host.As4()[3], clients[c])
	}
	var bounced int64
	for _, c := range s.finished {
		fmt.Fprintf(&b, "%s %s:", name(c.Client), c.Text)
		for _, h := range c.OrderedHops() {
			fmt.Fprintf(&b, " %s@%s", nodeName(h.Node), ms(h.At))
			if h.Asking {
				b.WriteString("(asked)")
			}
		}
		fmt.Fprintf(&b, " %s", c.Outcome)
		if c.Final.IsValid() {
			fmt.Fprintf(&b, " by %s", nodeName(c.Final))
		}
		if c.Bounced() {
			bounced++
		}
		for _, m := range []struct {
			is   bool
			word string
		}{{c.Bounced(), "bounced"}, {c.Returned, "returned"}, {c.Partial, "partial"}, {c.Unreached, "unreached"}, {c.Guessed(), "guessed"}, {c.Evicted, "evicted"}, {c.AtEnd, "at-end"}} {
			if m.is {
				b.WriteString(" " + m.word)
			}
		}
		b.WriteByte('\n')
	}
	var sum int64
	for _, g := range append(s.findings.All(), s.readonly.Findings()...) {
		switch g.Rule {
		case detect.Bounce, detect.SelfRedirect, detect.UnreachableTarget:
			sum += g.Commands
		}
		var cycle []string
		for _, n := range g.Cycle {
			cycle = append(cycle, nodeName(n))
		}
		fmt.Fprintf(&b, "finding %s: %s, %s to %s, cycle %s, clients %d, commands %d, redirects %d, max %d", g.Rule, g.Severity,
			ms(g.First), ms(g.Last), strings.Join(cycle, " "), len(g.Shares()), g.Commands, g.Redirects, g.MaxHops)
		for _, n := range g.Unseen {
			fmt.Fprintf(&b, ", unseen %s", nodeName(n))
		}
		for o := Served; o <= Cut; o++ {
			if g.Outcomes[o] > 0 {
				fmt.Fprintf(&b, ", %s %d", o, g.Outcomes[o])
			}
		}
		b.WriteByte('\n')
	}
	if s.showLive {
		b.WriteString(s.told.text.String())
	}
	if s.tracker.Bounds != (Bounds{}) {
		fmt.Fprintf(&b, "bounds %+v\n", s.tracker.Bounds)
	}
	if sum != bounced {
		s.t.Errorf("the findings sum up to %d commands, %d chains bounced", sum, bounced)
	}
	if s.hops != s.redirects {
		s.t.Errorf("chains have %d hops, %d redirect replies were given", s.hops, s.redirects)
	}
	return b.String()
}

func ms(at int64) string {
	return strconv.FormatFloat(float64(at-scriptStart)/1e6, 'f', -1, 64)
}
