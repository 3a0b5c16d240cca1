package decode_test

import (
	"fmt"
	"testing"

	"ricochet/decode"
	"ricochet/decode/frame"
	"ricochet/decode/stream"
)

// FuzzTable turns arbitrary bytes into segments of a few connections: each step
// is an operation and its argument, see (*steps).run. What the Handler is given
// must hold together, whatever was lost, doubled or made up, and the same bytes
// must give the same calls.
func FuzzTable(f *testing.F) {
	for _, seed := range [][]byte{
		{0x00, 0, 0x02, 0, 0x03, 0, 0x02, 1, 0x03, 1},                                      // open, exchanges
		{0x00, 0, 0x02, 5, 0x02, 6, 0x02, 7, 0x03, 2, 0x03, 4, 0x03, 4, 0x03, 9},           // a transaction
		{0x00, 0, 0x02, 8, 0x03, 5, 0x03, 6, 0x02, 9, 0x03, 7, 0x03, 0},                    // subscriptions
		{0x02, 0, 0x03, 0, 0x04, 0, 0x02, 1, 0x03, 1, 0x05, 0, 0x02, 0},                    // joined, losses
		{0x00, 0, 0x06, 0, 0x02, 0, 0x07, 0, 0x03, 1, 0x08, 10, 0x09, 10, 0x0b, 0},         // swapped, cut, reset
		{0x00, 0, 0x02, 10, 0x03, 0, 0x02, 11, 0x03, 3, 0x02, 0, 0x03, 0},                  // a link refused
		{0x00, 0, 0x02, 12, 0x02, 13, 0x03, 1, 0x0a, 0, 0x0c, 0, 0x00, 0, 0x02, 0},         // closed, opened again
		{0x00, 0, 0x02, 16, 0x02, 17, 0x02, 20, 0x03, 16, 0x03, 17, 0x03, 0},               // questions and an order
		{0x00, 0, 0x02, 25, 0x03, 23, 0x03, 24, 0x02, 23, 0x02, 22, 0x03, 26, 0x03, 25},    // Sentinels
		{0x00, 0, 0x02, 28, 0x02, 26, 0x03, 22, 0x03, 29, 0x03, 30, 0x02, 14},              // a link
		{0x00, 0, 0x02, 26, 0x03, 21, 0x02, 16, 0x03, 27, 0x03, 28, 0x02, 17, 0x03, 31},    // a link refused, halves
		{0x0d, 9, '*', '1', '\r', '\n', '$', '4', '\r', '\n', 'P', 0x0e, 3, '+', 'O', 'K'}, // raw bytes
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first, again := &auditor{t: t}, &auditor{t: t}
		a, b := run(data, first), run(data, again)
		if x, y := first.out.String(), again.out.String(); x != y || a != b {
			t.Errorf("the same segments gave\n%s%s\nand\n%s%s", x, a, y, b)
		}
	})
}

// run plays the steps in data and returns the counters.
func run(data []byte, h *auditor) string {
	h.transcript = newTranscript()
	h.sent, h.replied = map[uint64]uint64{}, map[[2]uint64]bool{}
	table := decode.NewTable(decode.Options{}, h)
	s := &steps{}
	for i := range s.wires {
		s.wires[i] = newWire(table, i)
		s.wires[i].rank = uint64(i) << 32 // no two connections have the same ID
	}
	s.wires[1].end[server].Port = 7777 // where RESP is not expected
	s.wires[2].next = [2]uint32{1<<32 - 20, 1<<32 - 30}
	for len(data) >= 2 {
		data = s.step(data)
	}
	table.Flush()
	if bytes, slots := table.Held(); bytes != 0 || slots != 0 {
		h.t.Errorf("%d bytes and %d slots are held after Flush", bytes, slots)
	}
	stats := table.Stats()
	h.check(stats)
	h.stats(stats)
	return fmt.Sprintf("%+v", *stats)
}

// said is what the sides say, by the argument of a step.
var said = [2][32]string{
	client: {
		array("GET", "a"), array("SET", "a", "1"), array("HELLO", "3", "AUTH", "u", "p", "SETNAME", "n"), "PING\r\n", "SET a \"\r\n",
		array("MULTI"), array("SET", "b", "2"), array("EXEC"), array("SUBSCRIBE", "a", "b"), array("UNSUBSCRIBE"),
		array("REPLCONF", "listening-port", "7"), array("PSYNC", "?", "-1"), array("CLIENT", "REPLY", "SKIP"),
		array("CLIENT", "REPLY", "OFF"), array("REPLCONF", "ACK", "1"), array("RESET"),
		array("ROLE"), array("INFO"), array("CLUSTER", "NODES"), array("CLUSTER", "SLOTS"), array("FAILOVER", "TIMEOUT", "5"),
		array("SLAVEOF", "NO", "ONE"), array("HELLO", "3"), array("PUBLISH", "__sentinel__:hello", hello), array("SENTINEL", "MASTERS"),
		array("PSUBSCRIBE", "*"), array("PSYNC", oneID, "5", "FAILOVER"), array("SYNC"), array("REPLCONF", "ip-address", "h", "version", "8"),
		array("CLIENT", "PAUSE", "5"), array("SENTINEL", "FAILOVER", "m"), array("CLUSTER", "SETSLOT", "5", "NODE", oneID),
	},
	server: {
		"+OK\r\n", "-MOVED 5 10.0.0.2:6379\r\n", "+QUEUED\r\n", "-ERR no\r\n", "$3\r\nabc\r\n",
		"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nm\r\n",
		"*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n", ">2\r\n+a\r\n+b\r\n", "*2\r\n-MOVED 5 h:1\r\n-ASK 6 :2\r\n",
		"-REDIRECT h:1\r\n", "|1\r\n+a\r\n+b\r\n+OK\r\n", "*-1\r\n", "*2\r\n*2\r\n:1\r\n:2\r\n%1\r\n+a\r\n_\r\n",
		array("SET", "a", "1"), "+1339518083.107412 [0 x] \"keys\"\r\n",
		"*3\r\n$6\r\nmaster\r\n:5\r\n*0\r\n", bulkOf("# Replication\r\nrole:slave\r\nmaster_host:h\r\nmaster_port:6379\r\n"),
		bulkOf(oneID + " :6379@16379 myself,master - 0 0 1 connected 0-99\n"), "*1\r\n*3\r\n:0\r\n:99\r\n" + array("h", "6379", otherID),
		"+CONTINUE " + oneID + "\r\n", "-NOMASTERLINK no\r\n", "\n", array("pmessage", "*", "+sdown", "master m h 1"),
		array("message", "__sentinel__:hello", hello), ">3\r\n+message\r\n+switch-master\r\n+m h 1 i 2\r\n", "%1\r\n+mode\r\n+cluster\r\n",
		"*3\r\n$6\r\nmaster\r\n", ":5\r\n*0\r\n", "+FULLRESYNC ", "abc 5\r\n", "$20\r\n# Replication\r\nrole:",
	},
}

// steps turns bytes into segments.
type steps struct{ wires [3]*wire }

// step carries out one operation: the low half of the first byte says what, the
// high half on which connection. The second byte is its argument.
func (s *steps) step(data []byte) []byte {
	op, arg := data[0]&15, data[1]
	w := s.wires[int(data[0]>>4)%len(s.wires)]
	data = data[2:]
	text := func(side int) []byte { return []byte(said[side][arg&31]) }
	switch op {
	case 0:
		w.open()
	case 1:
		w.now += int64(arg) * 1_000_000_000
	case 2, 3:
		w.send(int(op-2), ackPush, text(int(op-2)))
	case 4, 5: // lost
		w.next[op-4] += uint32(len(text(int(op - 4))))
	case 6: // the reply overtakes its command
		at := w.next[client]
		w.next[client] += uint32(len(text(client)))
		end := w.next[client]
		w.send(server, ackPush, text(server))
		w.next[client] = at
		w.send(client, ackPush, text(client))
		w.next[client] = end
	case 7: // the same once more
		w.seg.Payload = w.seg.Payload[:len(w.seg.Payload):len(w.seg.Payload)]
		if w.seg.Src.Port != 0 {
			w.table.Segment(&w.seg, decode.Mark{Time: w.now, Packet: int64(w.rank)}, w.rank)
		}
	case 8, 9: // cut by the capture
		side := int(op - 8)
		whole := text(side)
		n := min(len(whole), int(arg>>4))
		at := w.next[side]
		w.seg = frame.Segment{
			Src: w.end[side], Dst: w.end[1-side], Seq: at, Ack: w.next[1-side], Flags: ackPush, Payload: whole[:n], Len: len(whole),
		}
		w.rank++
		w.table.Segment(&w.seg, decode.Mark{Time: w.now, Packet: int64(w.rank)}, w.rank)
		w.next[side] += uint32(len(whole))
	case 10:
		w.send(int(arg&1), frame.FIN|frame.ACK, nil)
		w.next[arg&1]++
	case 11:
		w.send(int(arg&1), frame.RST, nil)
	case 12: // elsewhere in the sequence space
		w.next[arg&1] += uint32(arg) << (arg >> 3)
	case 13, 14: // raw bytes
		n := min(int(arg), len(data))
		w.send(int(op-13), ackPush, data[:n])
		data = data[n:]
	case 15: // any flags
		w.send(int(arg&1), frame.Flags(arg>>1), text(int(arg&1)))
	}
	return data
}

// auditor is a Handler that checks what it is given, and writes it down.
type auditor struct {
	*transcript
	t        *testing.T
	sent     map[uint64]uint64  // by connection, the ordinal of the last command
	replied  map[[2]uint64]bool // by connection and ordinal
	commands int
	replies  int
}

func (h *auditor) Command(x *decode.Exchange) {
	h.whole(x)
	h.commands++
	if x.Ordinal <= h.sent[x.Conn.ID] {
		h.t.Errorf("command %d after %d", x.Ordinal, h.sent[x.Conn.ID])
	}
	h.sent[x.Conn.ID] = x.Ordinal
	h.transcript.Command(x)
}

func (h *auditor) Reply(x *decode.Exchange) {
	h.whole(x)
	h.replies++
	if x.Status < decode.OK || x.Status > decode.Ask {
		h.t.Errorf("status %d", x.Status)
	}
	if x.Status.IsRedirect() != (x.Target != "") || x.Status.IsRedirect() != (x.Line != "") {
		h.t.Errorf("status %d with the target %q of %q", x.Status, x.Target, x.Line)
	}
	if (x.Status == decode.OK) != (x.Word == "") {
		h.t.Errorf("status %d with the word %q", x.Status, x.Word)
	}
	if x.Ordinal > 0 {
		inside := x.InMulti && x.Status.IsRedirect() // may be an element of EXEC's array
		at := [2]uint64{x.Conn.ID, x.Ordinal}
		if h.replied[at] && !inside {
			h.t.Errorf("a second reply to command %d", x.Ordinal)
		}
		h.replied[at] = h.replied[at] || !inside
		if x.Ordinal > h.sent[x.Conn.ID] {
			h.t.Errorf("a reply to command %d after %d commands", x.Ordinal, h.sent[x.Conn.ID])
		}
	}
	h.transcript.Reply(x)
}

func (h *auditor) whole(x *decode.Exchange) {
	if x.Conn == nil {
		h.t.Fatal("an exchange without a connection")
	}
	if len(x.Text) > 5*decode.MaxText || len(x.Line) > 4*decode.MaxLine+3 {
		h.t.Errorf("a text of %d bytes, a line of %d", len(x.Text), len(x.Line))
	}
	for _, s := range []string{x.Text, x.Line, x.Target, x.Word, x.Conn.Name, x.Conn.User, x.Conn.Library} {
		for i := range len(s) {
			if s[i] < ' ' || s[i] > '~' {
				h.t.Errorf("%q is not escaped", s)
			}
		}
	}
}

func (h *auditor) Event(c *decode.Conn, e decode.Event, m stream.Mark) {
	if c == nil || e < decode.Opening || e > decode.Replicates {
		h.t.Fatalf("event %d of connection %v", e, c)
	}
	h.transcript.Event(c, e, m)
}

// Told checks that exactly one thing was said, and that all texts are escaped.
func (h *auditor) Told(x *decode.Told) {
	if x.Conn == nil || (x.Order != nil) == (x.Sync != nil) && (x.Order != nil || len(x.Nodes) == 0) {
		h.t.Fatalf("told %+v", x)
	}
	text := describeTold(x)
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			h.t.Errorf("%q is not escaped", text)
			break
		}
	}
	h.transcript.Told(x)
}

// check holds the counters against what was handed out.
func (h *auditor) check(s *decode.Stats) {
	if s.Commands > int64(h.commands) || s.Paired > s.Commands || s.BothDirections > s.Connections {
		h.t.Errorf("%d of %d commands counted, %d paired; %d of %d connections seen both ways",
			s.Commands, h.commands, s.Paired, s.BothDirections, s.Connections)
	}
	for _, n := range []int64{s.Connections, s.Other, s.Replication, s.Commands, s.Paired, s.Replies, s.Pushes} {
		if n < 0 {
			h.t.Errorf("a counter is negative: %+v", *s)
		}
	}
}
