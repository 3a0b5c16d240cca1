package topology

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"ricochet/detect"
)

// play gives evidence to a map, one piece a line, and returns the answers to the
// questions. Nodes are A, B, ... at 10.0.0.1:6379 and on, what is no node stands as
// it is; a time is when something was seen, or 2-5ms for a reply to a command that
// was seen 3 ms earlier, or -5ms for one to a command that was not seen.
//
//	0ms speaks|opening|refused A
//	0ms write A [unpaired]            A accepts a write
//	0ms read A                        A serves a read
//	0ms redirect|moved|ask A B [slot] A names B
//	0ms err A READONLY
//	0ms sync A B PSYNC|REPLCONF|ACK [failover] [replid= host= version=]   A asks B to replicate from it
//	0ms sync ? B PSYNC                somebody does, without saying where it listens
//	0ms answer A B CONTINUE|... [failover] [replid= newid= line=]         and B answers
//	0ms closed A B                    the link between them ends
//	0ms says A SOURCE entry; entry    A says who is what
//	0ms tells A B SOURCE entry; ...   A says so to B as its client
//	0ms bus A B TYPE entry; ...       A says so on a bus connection that it opened to B
//	0ms order A REPLICAOF of=B|noone, FAILOVER, CLUSTER-SETSLOT slot= id= state= [answer=]
//	0ms learn name:1 A                a command redirected to name:1 arrives at A
//	? owners 5, group A B, resolve host port A, at A 5ms
//
// An entry is self, or a node or host:port, or - for no address, then what is said of it:
// primary, replica, sentinel, of=B ofid= id= as=host:port (of self) name= epoch= slots=0-5,7
// flags= group= version= software= mode= replid= replid2= shard= migrating= importing=.
func play(t testing.TB, m *Map, script string) (answers string) {
	t.Helper()
	for line := range strings.Lines(script) {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "?":
			answers += answer(t, m, f[1:])
		case len(f) > 3 && f[1] == "learn":
			e := evidence(t, []string{f[0], "speaks", f[3]})
			m.Learn(f[2], node(f[3]), Proof{Place: e.Place})
		default:
			e := evidence(t, f)
			m.Add(&e)
		}
	}
	return answers
}

func node(name string) netip.AddrPort {
	if len(name) != 1 || name == "?" || name == "-" {
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
		if b := a.Addr().As4(); b[0] == 10 && b[2] == 0 && b[3] > 0 && b[3] < 27 {
			return string(rune('A' + b[3] - 1))
		}
	}
	return a.String()
}

// when reads 5ms, 2-5ms or -5ms.
func when(t testing.TB, word string) (since, at int64) {
	from, to, both := strings.Cut(strings.TrimSuffix(word, "ms"), "-")
	if !both {
		to = from
	}
	at, err := strconv.ParseInt(to, 10, 64)
	if err != nil {
		t.Fatalf("%q: no time", word)
	}
	if from == "" {
		return 0, at * 1e6
	}
	since, err = strconv.ParseInt(from, 10, 64)
	if err != nil {
		t.Fatalf("%q: no time", word)
	}
	return max(since*1e6, 1), at * 1e6 // 0 is unknown
}

func evidence(t testing.TB, f []string) detect.Evidence {
	if len(f) < 3 {
		t.Fatalf("%q: want a time, a verb and a node", f)
	}
	since, at := when(t, f[0])
	client := netip.MustParseAddrPort("10.1.0.1:40000")
	e := detect.Evidence{
		Place: detect.Place{At: at, Packet: at / 1e6}, Kind: detect.Replied, Ordinal: 1, Command: 1, Slot: -1, Since: since,
		Conn:   &detect.Conn{ID: 1, Client: client, Server: node(f[2])},
		Detail: &detect.Detail{},
	}
	switch f[1] {
	case "speaks":
		e.Kind = detect.Speaks
	case "opening":
		e.Kind = detect.Opening
	case "refused":
		e.Kind = detect.Refused
	case "read", "write":
		e.Reply, e.Write = detect.Served, f[1] == "write"
		if len(f) > 3 {
			e.Ordinal = 0
		}
	case "err":
		e.Reply, e.Detail.Word = detect.Failed, f[3]
	case "sync", "answer", "closed":
		sync(t, &e, f)
	case "says":
		e.Kind, e.Detail.Claims = detect.Claimed, claims(t, f[3], f[4:])
	case "tells", "bus":
		e.Kind, e.Detail.FromClient = detect.Claimed, true
		a, b := node(f[2]), node(f[3])
		e.Conn.Client, e.Conn.Server = netip.AddrPortFrom(a.Addr(), 40000), b
		if f[1] == "bus" {
			e.Conn.Server = netip.AddrPortFrom(b.Addr(), b.Port()+10000)
			e.Detail.Bus, e.Since = f[4], 0
			e.Detail.Claims = claims(t, "cluster-bus", f[5:])
			e.Detail.Claims[0].Port = a.Port()
			for i := range e.Detail.Claims[1:] {
				if e.Detail.Bus == "ping" {
					e.Detail.Claims[1+i].Source = "cluster-gossip"
				}
			}
			break
		}
		e.Detail.Claims = claims(t, f[4], f[5:])
	case "order":
		e.Kind = detect.Ordered
		o := detect.Order{Verb: strings.ReplaceAll(f[3], "-", " "), Slot: -1, Answer: "OK", Text: strings.Join(f[3:], " ")}
		for k, v := range options(f[4:]) {
			switch k {
			case "noone":
				o.NoOne = true
			case "of":
				o.Host, o.Port = node(v).Addr().String(), node(v).Port()
			case "slot":
				o.Slot = int16(number(t, v))
			case "id":
				o.ID = v
			case "state":
				o.State = v
			case "answer":
				o.Answer = v
			default:
				t.Fatalf("%q: no such option", k)
			}
		}
		e.Detail.Order = &o
	default:
		e.Reply = map[string]detect.Reply{"redirect": detect.Redirect, "moved": detect.Moved, "ask": detect.Ask}[f[1]]
		if e.Reply == 0 {
			t.Fatalf("%q: no such verb", f)
		}
		e.Detail.Target = f[3]
		if n := node(f[3]); n.IsValid() && len(f[3]) == 1 {
			e.Detail.Target = n.String()
		}
		e.Detail.Line = e.Reply.String() + " " + e.Detail.Target
		if len(f) > 4 {
			e.Slot = int16(number(t, f[4]))
		}
	}
	return e
}

func sync(t testing.TB, e *detect.Evidence, f []string) {
	a, b := node(f[2]), node(f[3])
	e.Conn = &detect.Conn{ID: 1000, Client: netip.MustParseAddrPort("10.9.9.9:40000"), Server: b}
	if a.IsValid() {
		ip := a.Addr().As16()
		e.Conn.Client = netip.AddrPortFrom(a.Addr(), 40000)
		e.Conn.ID += uint64(ip[15]) * 100
		e.Detail.Peer = a
	}
	ip := b.Addr().As16()
	e.Conn.ID += uint64(ip[15])
	if f[1] == "closed" {
		e.Kind = detect.Closed
		return
	}
	e.Kind = detect.Synced
	y := detect.Sync{Request: f[4], Offset: -1, Port: e.Detail.Peer.Port()}
	if f[1] == "answer" {
		y.Request, y.Answer, y.Line = "PSYNC", f[4], f[4]
	} else {
		e.Since = 0
	}
	for k, v := range options(f[5:]) {
		switch k {
		case "failover":
			y.Failover = true
		case "replid":
			y.ReplID = id(v)
		case "newid":
			y.NewID = id(v)
		case "host":
			y.Host = v
		case "version":
			y.Version = v
		case "line":
			y.Line = strings.ReplaceAll(v, "_", " ")
		default:
			t.Fatalf("%q: no such option", k)
		}
	}
	e.Detail.Sync = &y
}

// id makes an ID of 40 letters of a short one.
func id(s string) string { return strings.Repeat(s, 40/len(s)) }

func options(words []string) map[string]string {
	out := map[string]string{}
	for _, w := range words {
		k, v, _ := strings.Cut(w, "=")
		out[k] = v
	}
	return out
}

func number(t testing.TB, s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// describe writes the nodes as the fixtures have them. Of a proof it gives the kind
// and the packet.
func describe(m *Map) string {
	var b strings.Builder
	proofs := func(list []Proof) {
		for _, p := range list {
			fmt.Fprintf(&b, " %s@%d", p.Kind, p.Packet)
		}
	}
	for _, n := range m.Nodes() {
		fmt.Fprintf(&b, "%s %s", nameOf(n.Addr), n.Mode)
		for _, s := range []string{n.Software, n.Version, n.ID, n.RunID} {
			if s != "" {
				b.WriteString(" " + s)
			}
		}
		if !n.Seen {
			b.WriteString(" (not seen)")
		}
		b.WriteByte('\n')
		for _, a := range n.Aliases {
			fmt.Fprintf(&b, "  alias %s by %s@%d\n", a.Name, a.How.Kind, a.How.Packet)
		}
		for _, i := range n.Roles {
			fmt.Fprintf(&b, "  %s", i.Role)
			if i.Of.IsValid() {
				fmt.Fprintf(&b, " of %s", nameOf(i.Of))
			}
			fmt.Fprintf(&b, " from %d to %d by", i.Since/1e6, i.Until/1e6)
			proofs(i.Proofs)
			if len(i.Against) > 0 {
				b.WriteString(", against")
				proofs(i.Against)
			}
			b.WriteByte('\n')
		}
	}
	for _, a := range m.Unseen() {
		fmt.Fprintf(&b, "unseen %s\n", nameOf(a))
	}
	if m.Forgotten != 0 {
		fmt.Fprintf(&b, "forgotten %d\n", m.Forgotten)
	}
	return b.String()
}
