package failover

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"ricochet/detect"
	"ricochet/detect/topology"
)

// A script is evidence in words, one piece a line. Nodes are A, B, ... at
// 10.0.0.1:6379 and on; clients are c1, c2, ... at 10.1.0.1 and on. A time is when
// something was seen; 2-5ms is a reply seen at 5 ms to a command seen at 2 ms, and
// -5ms one to a command that was not seen.
//
//	0ms speaks A
//	0ms accepted A c1 2ms              a connection is accepted, 2 ms after it was asked for
//	1-2ms write|read A c1              A carries out what c1 sent
//	1-2ms err A READONLY c1            or refuses it; the word of an error
//	1-2ms redirect|moved|ask A B c1
//	3ms sync A B PSYNC|REPLCONF|ACK [failover] [opened=2ms]   A asks B to replicate from it
//	3-4ms answer A B CONTINUE|NOMASTERLINK|... [failover]     and B answers
//	5ms closed|lost A B                that link ends; something of it was not captured
//	1-2ms order A FAILOVER [to=B] [timeout=100] [force] [abort]
//	1-2ms order A REPLICAOF of=B|noone [answer=QUEUED] [by=S] [slave]
//	1-2ms order B CLUSTER-FAILOVER, order A CLIENT-PAUSE
//	1-2ms says A SOURCE entry; entry   A says who is what
//	1ms tells S A SOURCE entry; entry  S says so to A as its client
//	1ms bus B A TYPE entry; entry      B says so on a bus connection that it opened to A
//	9ms advance                        time passes without evidence
//	skew 0ms 5ms                       how far the clock of each capture may be off
//
// A client's command may be followed by capa or plain (whether it announced that it
// follows REDIRECT; else that is not known), readonly (it sent READONLY), keyed,
// blocking and of=write (what was refused was a write). Anything may be followed by in=1 and sentin=1, the capture in
// which it and its command were seen. An entry is as in the scripts of topology:
// self, or a node or host:port, then what is said of it: primary, replica, sentinel,
// of=B ofid= id= epoch= slots=0-5 flags= group= version= software= mode= failover=.
type script struct {
	t       testing.TB
	skew    []int64
	pieces  []piece
	tracker *Tracker
	nodes   *topology.Map
	told    []told
}

// piece is a piece of evidence, or a time to which the tracker advances.
type piece struct {
	e       detect.Evidence
	advance bool
}

// told is what Options.Changed was told.
type told struct {
	ep    *Episode
	state State
	at    int64
}

// scriptStart is when scripts begin, so that no time of theirs is 0, which is unknown.
const scriptStart = 1_000_000_000_000

// parse reads a script. What it gives can be played more than once.
func parse(t testing.TB, text string) *script {
	t.Helper()
	s := &script{t: t}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "skew":
			for _, w := range f[1:] {
				s.skew = append(s.skew, s.duration(w))
			}
		default:
			s.pieces = append(s.pieces, s.piece(f))
		}
	}
	return s
}

// play gives the evidence to a new Map and Tracker.
func (s *script) play() *Tracker {
	return s.playPieces(s.pieces)
}

func (s *script) playPieces(pieces []piece) *Tracker {
	s.told = nil
	s.nodes = topology.New()
	t := New(Options{Nodes: s.nodes, Skew: s.skew, Changed: func(ep *Episode, st State, at int64) {
		s.told = append(s.told, told{ep, st, at})
	}})
	s.nodes.Changed = t.RoleChanged
	var last int64
	for i := range pieces {
		p := pieces[i] // detectors may keep nothing of it
		last = p.e.At
		if p.advance {
			t.Advance(p.e.At)
			continue
		}
		s.nodes.Add(&p.e)
		t.Add(&p.e)
	}
	t.Flush(last)
	s.tracker = t
	return t
}

func node(name string) netip.AddrPort {
	if len(name) != 1 || name[0] < 'A' || name[0] > 'Z' {
		a, _ := netip.ParseAddrPort(name)
		return a
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, name[0] - 'A' + 1}), 6379)
}

func nameOf(a netip.AddrPort) string {
	if !a.IsValid() {
		return "?"
	}
	if a.Addr().Is4() && a.Port() == 6379 {
		if b := a.Addr().As4(); b[0] == 10 && b[1] == 0 && b[2] == 0 && b[3] > 0 && b[3] < 27 {
			return string(rune('A' + b[3] - 1))
		}
	}
	return a.String()
}

func (s *script) duration(word string) int64 {
	s.t.Helper()
	ms, err := strconv.ParseFloat(strings.TrimSuffix(word, "ms"), 64)
	if err != nil {
		s.t.Fatalf("%q: no time", word)
	}
	return int64(math.Round(ms * 1e6))
}

// when reads 5ms, 2-5ms or -5ms.
func (s *script) when(word string) (since, at int64) {
	from, to, both := strings.Cut(strings.TrimSuffix(word, "ms"), "-")
	if !both {
		return 0, scriptStart + s.duration(from)
	}
	at = scriptStart + s.duration(to)
	if from != "" {
		since = scriptStart + s.duration(from)
	}
	return since, at
}

// options takes the words that have the form of options off the end of a line.
func options(words []string) (rest []string, out map[string]string) {
	out = map[string]string{}
	for _, w := range words {
		k, v, has := strings.Cut(w, "=")
		switch {
		case has:
			out[k] = v
		case w == "keyed" || w == "readonly" || w == "capa" || w == "plain" || w == "blocking" || w == "failover" || w == "force" || w == "abort" || w == "noone" || w == "slave" || w == "unpaired":
			out[w] = ""
		default:
			rest = append(rest, w)
		}
	}
	return rest, out
}

func (s *script) number(word string) int64 {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// connID makes the ID of a connection from the addresses of its ends.
func connID(a, b netip.AddrPort, class uint64) uint64 {
	x, y := a.Addr().As16(), b.Addr().As16()
	return class<<32 | uint64(x[15])<<16 | uint64(y[15])<<1 | uint64(x[13]&1)
}

func (s *script) piece(f []string) piece {
	s.t.Helper()
	if len(f) < 2 {
		s.t.Fatalf("%q: want a time and a verb", f)
	}
	since, at := s.when(f[0])
	e := detect.Evidence{Place: detect.Place{At: at, Packet: int64(len(s.pieces) + 1)}, Since: since, Slot: -1}
	verb, f := f[1], f[2:]
	switch verb {
	case "advance":
		return piece{e: e, advance: true}
	case "says", "tells", "bus":
		s.claimed(&e, verb, f)
		return piece{e: e}
	}
	words, o := options(f)
	switch verb {
	case "sync", "answer", "closed", "lost":
		s.synced(&e, verb, words, o)
	case "order":
		s.ordered(&e, words, o)
	default:
		s.client(&e, verb, words, o)
	}
	if v, ok := o["in"]; ok {
		e.Capture, e.SentIn = int32(s.number(v)), int32(s.number(v))
	}
	if v, ok := o["sentin"]; ok {
		e.SentIn = int32(s.number(v))
	}
	return piece{e: e}
}

// client is what a client of a node sees.
func (s *script) client(e *detect.Evidence, verb string, f []string, o map[string]string) {
	server := node(f[0])
	e.Conn = &detect.Conn{ID: 1, Server: server, Client: netip.MustParseAddrPort("10.1.0.1:40000")}
	if c := f[len(f)-1]; len(c) > 1 && c[0] == 'c' || len(c) > 1 && verb == "accepted" {
		if verb == "accepted" {
			c = f[1]
		}
		host := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, 0, byte(s.number(c[1:]))}), 40000)
		e.Conn.Client, e.Conn.ID = host, connID(host, server, 1)
	}
	if _, ok := o["capa"]; ok {
		e.Conn.Capa = detect.CapaYes
	} else if _, ok := o["plain"]; ok {
		e.Conn.Capa = detect.CapaNo
	}
	_, e.Conn.ReadOnly = o["readonly"]
	_, e.Blocking = o["blocking"]
	_, e.Keyed = o["keyed"]
	e.Kind, e.Ordinal, e.Write = detect.Replied, 1, o["of"] == "write"
	switch verb {
	case "speaks":
		e.Kind = detect.Speaks
	case "accepted":
		e.Kind = detect.Accepted
		e.Conn.Opened = e.At - s.duration(f[2])
	case "read", "write":
		e.Reply, e.Write = detect.Served, verb == "write"
	case "err":
		e.Reply, e.Detail = detect.Failed, &detect.Detail{Word: f[1]}
	case "redirect", "moved", "ask":
		e.Reply = map[string]detect.Reply{"redirect": detect.Redirect, "moved": detect.Moved, "ask": detect.Ask}[verb]
		e.Detail = &detect.Detail{Target: f[1]}
		if n := node(f[1]); n.IsValid() {
			e.Detail.Target = n.String()
		}
		e.Detail.Line = e.Reply.String() + " " + e.Detail.Target
		if verb != "redirect" {
			e.Slot = 5
			e.Detail.Line = e.Reply.String() + " 5 " + e.Detail.Target
		}
	default:
		s.t.Fatalf("%s: no such verb", verb)
	}
	if _, ok := o["unpaired"]; ok {
		e.Ordinal, e.Since, e.Write = 0, 0, false
	}
}

func (s *script) synced(e *detect.Evidence, verb string, f []string, o map[string]string) {
	a, b := node(f[0]), node(f[1])
	e.Conn = &detect.Conn{ID: connID(a, b, 2), Client: netip.AddrPortFrom(a.Addr(), 40001), Server: b}
	if v, ok := o["conn"]; ok {
		e.Conn.ID += uint64(s.number(v)) << 40
	}
	if v, ok := o["opened"]; ok {
		e.Conn.Opened = scriptStart + s.duration(v)
	}
	e.Detail = &detect.Detail{Peer: a}
	switch verb {
	case "closed", "lost":
		e.Kind = map[string]detect.Kind{"closed": detect.Closed, "lost": detect.Blind}[verb]
		return
	}
	e.Kind = detect.Synced
	y := &detect.Sync{Request: f[2], Offset: -1, Port: a.Port(), ReplID: strings.Repeat("a", 40)}
	if verb == "answer" {
		y.Request, y.Answer, y.Line = "PSYNC", f[2], f[2]
	}
	_, y.Failover = o["failover"]
	e.Detail.Sync = y
}

func (s *script) ordered(e *detect.Evidence, f []string, o map[string]string) {
	server := node(f[0])
	host := netip.MustParseAddrPort("10.1.0.99:40000")
	if by := node(o["by"]); by.IsValid() {
		host = netip.AddrPortFrom(by.Addr(), 40000)
	}
	e.Conn = &detect.Conn{ID: connID(host, server, 3), Client: host, Server: server, Name: o["name"]}
	e.Kind = detect.Ordered
	x := &detect.Order{Verb: strings.ReplaceAll(f[1], "-", " "), Slot: -1, Answer: "OK"}
	x.Text = x.Verb
	if v, ok := o["timeout"]; ok {
		x.Timeout = s.number(v)
		x.Text += " TIMEOUT " + v
	}
	_, x.Force = o["force"]
	_, x.Abort = o["abort"]
	_, x.NoOne = o["noone"]
	if v, ok := o["answer"]; ok {
		x.Answer = v
	}
	if _, ok := o["slave"]; ok {
		x.Text = "SLAVEOF ..."
	}
	for _, k := range []string{"to", "of"} {
		if to := node(o[k]); to.IsValid() {
			x.Host, x.Port = to.Addr().String(), to.Port()
		}
	}
	x.Line = x.Answer
	e.Detail = &detect.Detail{Order: x}
}
