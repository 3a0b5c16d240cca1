package decode

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"ricochet/decode/frame"
	"ricochet/decode/view"
)

// counter is a Handler that counts.
type counter struct{ commands, replies, closed, lost int }

func (h *counter) Command(*Exchange) { h.commands++ }
func (h *counter) Reply(*Exchange)   { h.replies++ }
func (h *counter) Event(_ *Conn, e Event, _ Mark) {
	switch e {
	case Closed:
		h.closed++
	case Lost:
		h.lost++
	}
}

func (*counter) Told(*Told) {}

// peer is a connection from the n-th client to port 6379 of one server.
type peer struct {
	t    *Table
	n    int
	next [2]uint32
	at   int64
}

func (p *peer) end(side int) frame.Endpoint {
	e := frame.Endpoint{Addr: [16]byte{12: 10, 13: byte(p.n >> 16), 14: byte(p.n >> 8), 15: byte(p.n)}, Port: 40000}
	if side == 1 {
		e = frame.Endpoint{Addr: [16]byte{12: 11}, Port: 6379}
	}
	return e
}

func (p *peer) send(side int, flags frame.Flags, text string) {
	seg := frame.Segment{
		Src: p.end(side), Dst: p.end(1 - side), Seq: p.next[side], Ack: p.next[1-side], Flags: flags | frame.ACK,
		Payload: []byte(text), Len: len(text),
	}
	if flags&frame.SYN != 0 && side == 0 {
		seg.Flags, seg.Ack = flags, 0
	}
	p.at++
	p.t.Segment(&seg, Mark{Time: p.at, Packet: p.at}, uint64(p.at))
	p.next[side] += uint32(len(text))
	if flags&(frame.SYN|frame.FIN) != 0 {
		p.next[side]++
	}
}

func opened(t *Table, n int, at int64) *peer {
	p := &peer{t: t, n: n, at: at, next: [2]uint32{1000, 5000}}
	p.send(0, frame.SYN, "")
	p.send(1, frame.SYN, "")
	return p
}

const ping = "*1\r\n$4\r\nPING\r\n"

func TestMoreCommandsThanMayWait(t *testing.T) {
	for _, c := range []struct {
		name     string
		answered bool
		limit    int
	}{
		{"on a connection that answered before", true, MaxPending},
		{"on one that never did", false, maxOneSided},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h counter
			table := NewTable(Options{}, &h)
			p := opened(table, 1, 0)
			if c.answered {
				p.send(0, 0, ping)
				p.send(1, 0, "+PONG\r\n")
			}
			for range c.limit {
				p.send(0, 0, ping)
			}
			if g := table.Stats().Blind[CausePipeline]; g.Count != 0 || h.lost != 0 {
				t.Fatalf("at the bound: %+v, %d losses", g, h.lost)
			}
			p.send(0, 0, ping)
			if g := table.Stats().Blind[CausePipeline]; g.Count != int64(c.limit) || h.lost != 1 {
				t.Errorf("over the bound: %+v, %d losses, want %d and 1", g, h.lost, c.limit)
			}
			if table.slots != 0 {
				t.Errorf("%d slots are still taken", table.slots)
			}
		})
	}
}

func TestManyConnectionsWithCommandsThatWait(t *testing.T) {
	table := NewTable(Options{}, &counter{})
	batch := strings.Repeat(ping, maxOneSided)
	for n := range 512 {
		opened(table, n, 0).send(0, 0, batch)
	}
	// Each gets few slots even if none is left.
	if limit := int64(maxSlots + 512*2*fewSlots + 2*maxOneSided); table.slots > limit {
		t.Errorf("%d slots are taken, want at most %d", table.slots, limit)
	}
	if table.Stats().Blind[CausePipeline].Count == 0 {
		t.Error("what was given up was not counted")
	}
	table.Flush()
	if table.slots != 0 {
		t.Errorf("%d slots are taken after Flush", table.slots)
	}
}

func TestLargeTransaction(t *testing.T) {
	var h counter
	table := NewTable(Options{}, &h)
	p := opened(table, 1, 0)
	p.send(0, 0, "*1\r\n$5\r\nMULTI\r\n")
	p.send(1, 0, "+OK\r\n")
	p.send(0, 0, strings.Repeat(ping, maxQueued+3)+"*1\r\n$4\r\nEXEC\r\n")
	if g := table.Stats().Blind[CausePipeline]; g.Count != 3 {
		t.Errorf("%+v, want 3 commands over the bound", g)
	}
	p.send(1, 0, strings.Repeat("+QUEUED\r\n", maxQueued+3)+fmt.Sprintf("*%d\r\n", maxQueued+3)+
		strings.Repeat("-MOVED 5 h:1\r\n", maxQueued+3))
	if n := table.Stats().Redirects[1]; n != maxQueued+3 {
		t.Errorf("%d redirects, want %d", n, maxQueued+3)
	}
}

// TestTransactionsWithoutAPause has the next transaction under way before the
// last one is answered, so that the queue never runs empty.
func TestTransactionsWithoutAPause(t *testing.T) {
	table := NewTable(Options{}, &counter{})
	p := opened(table, 1, 0)
	const batch = "*1\r\n$5\r\nMULTI\r\n" + ping + ping + "*1\r\n$4\r\nEXEC\r\n"
	p.send(0, 0, batch)
	for range 2 * maxQueued {
		p.send(0, 0, batch)
		p.send(1, 0, "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+PONG\r\n-MOVED 5 h:1\r\n")
	}
	s := table.Stats()
	if g := s.Blind[CausePipeline]; g.Count != 0 || s.Redirects[1] != 2*maxQueued {
		t.Errorf("%+v, %d redirects; want none over the bound, and %d", g, s.Redirects[1], 2*maxQueued)
	}
}

func TestManyErrorWords(t *testing.T) {
	table := NewTable(Options{}, &counter{})
	p := opened(table, 1, 0)
	for i := range maxErrorWords + 50 {
		p.send(0, 0, ping)
		p.send(1, 0, fmt.Sprintf("-W%d x\r\n", i))
	}
	s := table.Stats()
	if len(s.Errors) > maxErrorWords+1 || s.Errors[otherWord] != 50 {
		t.Errorf("%d words, %d others; want at most %d, and 50", len(s.Errors), s.Errors[otherWord], maxErrorWords+1)
	}
	if len(table.words) > maxErrorWords {
		t.Errorf("%d words are kept, want at most %d", len(table.words), maxErrorWords)
	}
}

func TestRepliesThatWaitForACommandThatNeverComes(t *testing.T) {
	table := NewTable(Options{}, &counter{})
	p := opened(table, 1, 0)
	p.send(0, 0, ping)
	p.send(1, 0, "+PONG\r\n")
	p.next[0] += uint32(len(ping)) // a command that is not captured
	for range maxEarly + 5 {
		p.send(1, 0, "+PONG\r\n")
	}
	if n := len(table.last.early); n > maxEarly {
		t.Errorf("%d runs of bytes are held, want at most %d", n, maxEarly)
	}
	if n := table.Stats().Blind[CauseUnpaired].Count; n == 0 {
		t.Error("no reply was given up")
	}
	table.Flush()
	if s := table.Stats(); s.Replies != maxEarly+6 || table.budget.Held != 0 {
		t.Errorf("%d replies, %d bytes held; want %d and 0", s.Replies, table.budget.Held, maxEarly+6)
	}
}

func TestTheQuietestConnectionMakesRoom(t *testing.T) {
	const second = 1_000_000_000
	var h counter
	table := NewTable(Options{}, &h)
	var first [3]*peer
	for n := range MaxConns {
		p := opened(table, n, int64(n)*1000)
		p.send(0, 0, ping)
		if n < len(first) {
			first[n] = p
		}
	}
	if h.closed != 0 || len(table.conns) != MaxConns {
		t.Fatalf("%d connections, %d closed", len(table.conns), h.closed)
	}
	first[0].at = 10 * second
	first[0].send(1, 0, "+PONG\r\n") // no longer the one that is quiet for longest
	opened(table, MaxConns, 11*second)
	opened(table, MaxConns+1, 12*second)
	if g := table.Stats().Blind[CauseConnections]; g.Count != 2 || h.closed != 2 || len(table.conns) != MaxConns {
		t.Errorf("%+v, %d closed, %d left; want 2, 2, %d", g, h.closed, len(table.conns), MaxConns)
	}
	for n, want := range [3]bool{true, false, false} {
		key, _ := keyOf(&frame.Segment{Src: first[n].end(0), Dst: first[n].end(1)})
		if _, ok := table.conns[key]; ok != want {
			t.Errorf("connection %d is there: %v, want %v", n, ok, want)
		}
	}
}

func TestSyntaxErrorsEndAConnection(t *testing.T) {
	table := NewTable(Options{}, &counter{})
	p := opened(table, 1, 0)
	p.send(0, 0, ping)
	p.send(1, 0, "+PONG\r\n")
	for range maxErrors + 10 {
		p.send(0, 0, ping)
		p.send(1, 0, "?no RESP\r\n+PONG\r\n")
	}
	s := table.Stats()
	if n := s.Blind[CauseSyntax].Count; n > maxErrors || n == 0 {
		t.Errorf("%d syntax errors were counted, want 1 to %d", n, maxErrors)
	}
}

// TestMemoryOfAMillionConnections asks for connections, of which a quarter is
// used and leaves a command unanswered.
func TestMemoryOfAMillionConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	table := NewTable(Options{}, &counter{})
	for n := range 1_000_000 {
		p := &peer{t: table, n: n, at: int64(n) * 1000}
		p.send(0, frame.SYN, "")
		if n%4 == 0 {
			p.send(0, 0, ping)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if used := int64(after.HeapAlloc) - int64(before.HeapAlloc); used > 40<<20 {
		t.Errorf("the table takes %d MiB, want at most 40", used>>20)
	} else {
		t.Logf("the table takes %d MiB", used>>20)
	}
	if n := table.Stats().Blind[CauseConnections].Count; n < 1_000_000-MaxConns {
		t.Errorf("%d connections were counted as given up", n)
	}
	runtime.KeepAlive(table)
}

// TestManyRepliesThatAreHeardAtOnce begins a long answer on each connection, and
// ends it on none.
func TestManyRepliesThatAreHeardAtOnce(t *testing.T) {
	table := NewTable(Options{}, &counter{})
	answer := "*100000\r\n" + strings.Repeat("*1\r\n$200\r\n"+strings.Repeat("x", 200)+"\r\n", 500)
	for n := range 500 {
		p := opened(table, n, 0)
		p.send(0, 0, "*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n")
		p.send(1, 0, answer)
	}
	if limit := int64(maxViews + 2*(view.MaxBytes+24*view.MaxElements)); table.views.held > limit {
		t.Errorf("%d bytes are held, want at most %d", table.views.held, limit)
	}
	if table.Stats().Blind[CauseViews].Count == 0 {
		t.Error("what was not heard was not counted")
	}
	table.Flush()
	if table.views.held != 0 {
		t.Errorf("%d bytes are held after Flush", table.views.held)
	}
}

// TestOrdersOfAnyLength has arguments that are too many or too long to be kept.
func TestOrdersOfAnyLength(t *testing.T) {
	table := NewTable(Options{}, &counter{})
	p := opened(table, 1, 0)
	long := strings.Repeat("h", 5000)
	for _, words := range [][]string{
		{"REPLICAOF", long, "6379"}, {"CLUSTER", "SETSLOT", "5", "NODE", long}, {"CLIENT", "PAUSE", long},
		append([]string{"FAILOVER"}, strings.Fields(strings.Repeat("ABORT ", 100))...),
	} {
		before := table.Stats().Blind[CauseViews].Count
		text := fmt.Sprintf("*%d\r\n", len(words))
		for _, w := range words {
			text += fmt.Sprintf("$%d\r\n%s\r\n", len(w), w)
		}
		p.send(0, 0, text)
		p.send(1, 0, "+OK\r\n")
		if n := table.Stats().Blind[CauseViews].Count; n != before+1 {
			t.Errorf("%.20q: %d were counted, want 1", words, n-before)
		}
	}
	if n := cap(table.last.s.cmd.argbuf); n > 2*maxArgBytes {
		t.Errorf("%d bytes are kept of arguments, want at most %d", n, 2*maxArgBytes)
	}
}
