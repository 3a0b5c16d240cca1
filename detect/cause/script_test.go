package cause

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ricochet/detect"
	"ricochet/detect/chain"
	"ricochet/detect/failover"
	"ricochet/detect/topology"
)

// A script is evidence in words, one piece a line; it goes through the chain tracker,
// the topology and the failovers as in an analysis. Nodes are A, B, ... at
// 10.0.0.1:6379 and on, clients' hosts c1, c2, ... at 10.1.0.1 and on.
//
//	conn c1.a A [capa|asking...]       connection a of host c1 to A is there from the start
//	0ms open c1.a A [capa]             it is opened: asked for, accepted, found to speak RESP
//	0ms opening|refused c1.a A         it is asked for, or refused
//	1-2ms c1.a k1 ok|redirect|moved|ask|err [B|WORD] [write] [asking] [slot=7]
//	                                   the command k1 is sent and answered
//	1ms c1.a k1 [write]                it is sent and not answered
//	0ms speaks A                       A is found to speak RESP
//	3ms sync A B PSYNC|REPLCONF [failover]     A asks B to replicate from it
//	3-4ms answer A B CONTINUE|... [failover]   and B answers
//	5ms closed|lost A B                that link ends; something of it was not captured
//	1-2ms order A VERB [of=B|noone] [to=B] [abort]
//	1-2ms says A SOURCE entry; entry   A says who is what: self, a node or host:port, then
//	                                   primary replica of=B ofid= id= as=host:port slots= epoch= version= failover= mode=
//
// The target of a redirect that is no node stands as it is.
type script struct {
	t      testing.TB
	pieces []detect.Evidence
	conns  map[string]*conn

	nodes     *topology.Map
	failovers *failover.Tracker
	chains    *chain.Tracker
	readonly  *chain.Readonly
	findings  chain.Findings
	facts     Facts
}

// conn is a connection of a client. Its busy stretches are worked out while it plays.
type conn struct {
	*detect.Conn
	ordinal, answered uint64
	since             int64
	busy              [2]detect.Span
}

const scriptStart = 1_000_000_000_000 // so that 0 stays "never"

func newScript(t testing.TB, text string) *script {
	s := &script{t: t, conns: map[string]*conn{}}
	line := int64(0)
	for l := range strings.Lines(text) {
		l, _, _ = strings.Cut(l, "#")
		if f := strings.Fields(l); len(f) > 0 {
			line++
			s.line(f, line)
		}
	}
	slices.SortStableFunc(s.pieces, func(a, b detect.Evidence) int { return cmp.Compare(a.At, b.At) })
	return s
}

// play gives the evidence to new detectors.
func (s *script) play() {
	s.nodes, s.readonly = topology.New(), chain.NewReadonly(0)
	s.findings = chain.Findings{}
	s.failovers = failover.New(failover.Options{Nodes: s.nodes})
	s.nodes.Changed = s.failovers.RoleChanged
	s.facts = Facts{Nodes: s.nodes, Failovers: s.failovers}
	s.chains = chain.New(chain.Options{
		Done: func(c *chain.Chain) { s.findings.Add(c) },
		Learnt: func(name string, at netip.AddrPort, when int64) {
			s.nodes.Learn(name, at, topology.Proof{Place: detect.Place{At: when}, Kind: "redirect", Text: "commands redirected to " + name + " arrived at " + at.String()})
		},
	})
	byID := map[uint64]*conn{}
	for _, c := range s.conns {
		c.answered, c.since, c.busy = 0, 0, [2]detect.Span{}
		byID[c.ID] = c
	}
	last := int64(0)
	for i := range s.pieces {
		e := s.pieces[i]
		e.Rank = uint64(i + 1)
		if c := byID[e.Conn.ID]; c != nil {
			c.occupy(&e)
		}
		s.nodes.Add(&e)
		s.failovers.Add(&e)
		s.chains.Add(&e)
		if e.Reply == detect.Failed {
			s.readonly.Add(&e)
		}
		last = e.At
	}
	s.chains.Flush()
	s.failovers.Flush(last)
}

// occupy works out in which stretches something was outstanding before a command.
func (c *conn) occupy(e *detect.Evidence) {
	switch {
	case e.Kind == detect.Sent:
		e.Busy = c.busy
		if c.since != 0 {
			e.Busy = [2]detect.Span{{From: c.since, To: e.At}, c.busy[0]}
		} else {
			c.since = e.At
		}
	case e.Kind == detect.Replied && c.since != 0:
		c.busy = [2]detect.Span{{From: c.since, To: e.At}, c.busy[0]}
		c.since = 0
	}
}

func node(name string) netip.AddrPort {
	if len(name) != 1 || name[0] < 'A' || name[0] > 'Z' {
		a, _ := netip.ParseAddrPort(name)
		return a
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, name[0] - 'A' + 1}), 6379)
}

func (s *script) ms(word string) int64 {
	s.t.Helper()
	ms, err := strconv.ParseFloat(strings.TrimSuffix(word, "ms"), 64)
	if err != nil {
		s.t.Fatalf("%q: no time", word)
	}
	return scriptStart + int64(math.Round(ms*1e6))
}

func (s *script) number(word string) int64 {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// options takes what is said beside the words of a line.
func options(words []string) map[string]string {
	out := map[string]string{}
	for _, w := range words {
		k, v, _ := strings.Cut(w, "=")
		out[k] = v
	}
	return out
}

func (s *script) conn(name, to string, opened int64, capa bool) *conn {
	host, _, ok := strings.Cut(name, ".")
	if !ok {
		s.t.Fatalf("%q: a connection is called c1.a", name)
	}
	id := uint64(len(s.conns) + 1)
	c := &conn{Conn: &detect.Conn{
		ID: id, Opened: opened, Server: node(to),
		Client: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, 0, byte(s.number(host[1:]))}), uint16(40000+id)),
	}}
	if capa {
		c.Capa = detect.CapaYes
	}
	s.conns[name] = c
	return c
}

func (s *script) add(e detect.Evidence) { s.pieces = append(s.pieces, e) }

func (s *script) line(f []string, n int64) {
	s.t.Helper()
	place := detect.Place{At: scriptStart, Packet: n}
	if f[0] == "conn" {
		c := s.conn(f[1], f[2], 0, slices.Contains(f, "capa"))
		s.add(detect.Evidence{Place: place, Kind: detect.Speaks, Slot: -1, Conn: c.Conn})
		return
	}
	from, to, both := strings.Cut(f[0], "-")
	since := int64(0)
	if both {
		since = s.ms(from)
	} else {
		to = from
	}
	place.At = s.ms(to)
	e := detect.Evidence{Place: place, Since: since, Slot: -1}
	switch f[1] {
	case "open", "opening", "refused":
		s.opens(e, f)
	case "speaks":
		e.Kind, e.Conn = detect.Speaks, &detect.Conn{ID: 1 << 20, Server: node(f[2])}
		s.add(e)
	case "sync", "answer", "closed", "lost":
		s.synced(&e, f)
		s.add(e)
	case "order":
		s.ordered(&e, f)
		s.add(e)
	case "says":
		e.Kind, e.Detail = detect.Claimed, &detect.Detail{Claims: s.claims(f[3], f[4:])}
		e.Conn = &detect.Conn{ID: 1 << 21, Server: node(f[2])}
		s.add(e)
	default:
		s.command(e, f, both)
	}
}

func (s *script) opens(e detect.Evidence, f []string) {
	c := s.conns[f[2]]
	if c == nil || f[1] != "refused" {
		c = s.conn(f[2], f[3], e.At, slices.Contains(f, "capa"))
	}
	e.Conn = c.Conn
	kinds := map[string][]detect.Kind{"open": {detect.Opening, detect.Accepted, detect.Speaks}, "opening": {detect.Opening}, "refused": {detect.Opening, detect.Refused}}
	for _, k := range kinds[f[1]] {
		e.Kind = k
		s.add(e)
	}
}

// command sends a command, and answers it.
func (s *script) command(e detect.Evidence, f []string, answered bool) {
	c := s.conns[f[1]]
	if c == nil {
		s.t.Fatalf("%q: no such connection", f)
	}
	o := options(f[3:])
	_, write := o["write"]
	_, asking := o["asking"]
	c.ordinal++
	fingerprint := uint64(14695981039346656037)
	for _, b := range []byte(f[2]) {
		fingerprint = (fingerprint ^ uint64(b)) * 1099511628211
	}
	sent := e
	sent.Kind, sent.Conn, sent.Ordinal, sent.Command, sent.Write, sent.Asking = detect.Sent, c.Conn, c.ordinal, fingerprint, write, asking
	if answered {
		sent.At = e.Since
	}
	sent.Since = 0
	s.add(sent)
	if !answered {
		return
	}
	e.Kind, e.Conn, e.Ordinal, e.Command, e.Write, e.Asking, e.Keyed = detect.Replied, c.Conn, c.ordinal, fingerprint, write, asking, true
	if len(f) > 4 {
		e.Detail = &detect.Detail{Text: f[2], Target: f[4]}
		if n := node(f[4]); n.IsValid() {
			e.Detail.Target = n.String()
		}
	}
	switch f[3] {
	case "ok":
		e.Reply, e.Detail = detect.Served, nil
	case "err":
		e.Reply, e.Detail.Word, e.Detail.Target = detect.Failed, f[4], ""
	case "redirect":
		e.Reply = detect.Redirect
		e.Detail.Line = "REDIRECT " + e.Detail.Target
	case "moved", "ask":
		e.Reply, e.Slot = map[string]detect.Reply{"moved": detect.Moved, "ask": detect.Ask}[f[3]], 5
		if v, ok := o["slot"]; ok {
			e.Slot = int16(s.number(v))
		}
		e.Detail.Line = e.Reply.String() + " " + strconv.Itoa(int(e.Slot)) + " " + e.Detail.Target
	default:
		s.t.Fatalf("%q: no such reply", f)
	}
	s.add(e)
}

// linkOf is the connection over which one node replicates from another.
func linkOf(a, b netip.AddrPort) *detect.Conn {
	x, y := a.Addr().As16(), b.Addr().As16()
	return &detect.Conn{ID: 1<<22 | uint64(x[15])<<8 | uint64(y[15]), Client: netip.AddrPortFrom(a.Addr(), 40001), Server: b}
}

func (s *script) synced(e *detect.Evidence, f []string) {
	a, b := node(f[2]), node(f[3])
	e.Conn, e.Detail = linkOf(a, b), &detect.Detail{Peer: a}
	switch f[1] {
	case "closed":
		e.Kind = detect.Closed
		return
	case "lost":
		e.Kind = detect.Blind
		return
	}
	e.Kind = detect.Synced
	y := &detect.Sync{Request: f[4], Offset: -1, Port: a.Port(), ReplID: strings.Repeat("a", 40), Failover: slices.Contains(f, "failover")}
	if f[1] == "answer" {
		y.Request, y.Answer, y.Line = "PSYNC", f[4], f[4]
	}
	e.Detail.Sync = y
}

func (s *script) ordered(e *detect.Evidence, f []string) {
	o := options(f[4:])
	_, noOne := o["noone"]
	_, abort := o["abort"]
	x := &detect.Order{Verb: strings.ReplaceAll(f[3], "-", " "), Slot: -1, NoOne: noOne, Abort: abort, Answer: "OK", Line: "OK"}
	x.Text = x.Verb
	for _, k := range []string{"of", "to"} {
		if to := node(o[k]); to.IsValid() {
			x.Host, x.Port = to.Addr().String(), to.Port()
			x.Text += " " + x.Host + " " + strconv.Itoa(int(x.Port))
		}
	}
	e.Kind, e.Detail = detect.Ordered, &detect.Detail{Order: x}
	e.Conn = &detect.Conn{ID: 1 << 23, Client: netip.MustParseAddrPort("10.1.0.99:40000"), Server: node(f[2])}
}

func (s *script) claims(source string, words []string) []detect.Claim {
	var out []detect.Claim
	for entry := range strings.SplitSeq(strings.Join(words, " "), ";") {
		f := strings.Fields(entry)
		c := detect.Claim{Source: source, Self: f[0] == "self"}
		if a := node(f[0]); a.IsValid() {
			c.Host, c.Port = a.Addr().String(), a.Port()
		}
		for _, w := range f[1:] {
			k, v, _ := strings.Cut(w, "=")
			switch k {
			case "primary", "replica":
				c.Role = k
			case "of":
				c.PrimaryHost, c.PrimaryPort = node(v).Addr().String(), node(v).Port()
			case "ofid":
				c.PrimaryID = v
			case "id":
				c.ID = v
			case "as":
				c.Host, c.Port = netip.MustParseAddrPort(v).Addr().String(), netip.MustParseAddrPort(v).Port()
			case "slots":
				lo, hi, _ := strings.Cut(v, "-")
				c.Slots = [][2]uint16{{uint16(s.number(lo)), uint16(s.number(hi))}}
			case "epoch":
				c.Epoch = uint64(s.number(v))
			case "version":
				c.Version = v
			case "failover":
				c.Failover = v
			case "mode":
				c.Mode = v
			default:
				s.t.Fatalf("%q: nothing that is said of a node", k)
			}
		}
		out = append(out, c)
	}
	return out
}
