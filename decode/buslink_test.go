package decode_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ricochet/decode"
	"ricochet/decode/frame"
	bus "ricochet/internal/wiretest/wirebus"
)

// The nodes of the tests: b opened the connection to a.
var (
	nodeA = bus.Node{ID: "a", Port: 6379, BusPort: 16379, Flags: bus.Myself | bus.Primary}
	nodeB = bus.Node{ID: "b", Port: 6380, BusPort: 16380, Flags: bus.Myself | bus.Replica}
	nodeC = bus.Node{ID: "c", IP: "10.0.0.3", Port: 6379, BusPort: 16379, Flags: bus.Primary}
)

// heartbeats of the two.
var (
	pongA = bus.Message{Type: bus.Pong, Sender: nodeA, Epoch: 3, Slots: [][2]int{{0, 5460}}, Shard: "e"}
	pingB = bus.Message{Type: bus.Ping, Sender: nodeB, Epoch: 3, Slots: [][2]int{{0, 5460}}, ReplicaOf: "a", Shard: "e"}
)

const (
	pongATold = "server pong: a :6379 bus 16379 primary epoch 3 slots [[0 5460]] shard e\n"
	pingBTold = "client ping: b :6380 bus 16380 replica of a epoch 3 shard e\n"
)

// newBus returns a connection to the bus port of a.
func newBus(h decode.Handler, o decode.Options) *wire {
	w := newWire(decode.NewTable(o, h), 1)
	w.end[server].Port = 16379
	return w
}

// with returns a message with a change.
func with(m bus.Message, change func(*bus.Message)) bus.Message {
	change(&m)
	return m
}

func TestWhatTheBusTells(t *testing.T) {
	for _, c := range []struct {
		name string
		from int
		send []bus.Message
		want string
	}{
		{"a heartbeat, and the same once more", client, []bus.Message{pingB, pingB}, pingBTold},
		{"an offset is no news", client, []bus.Message{pingB, with(pingB, func(m *bus.Message) { m.Offset = 7 })}, pingBTold},
		{"the slots and the epoch of a replica are its primary's", client, []bus.Message{
			pingB, with(pingB, func(m *bus.Message) { m.Slots, m.Epoch = nil, 4 })}, pingBTold},
		{"what a node can do is no news", client, []bus.Message{pingB, with(pingB, func(m *bus.Message) { m.Sender.Flags |= 0xd00 })}, pingBTold},
		{"other slots", server, []bus.Message{pongA, with(pongA, func(m *bus.Message) { m.Slots = [][2]int{{0, 9}, {11, 11}} })},
			pongATold + "server pong: a :6379 bus 16379 primary epoch 3 slots [[0 9] [11 11]] shard e\n"},
		{"another epoch", server, []bus.Message{pongA, with(pongA, func(m *bus.Message) { m.Epoch = 4 })},
			pongATold + "server pong: a :6379 bus 16379 primary epoch 4 slots [[0 5460]] shard e\n"},
		{"another address", server, []bus.Message{pongA, with(pongA, func(m *bus.Message) { m.Sender.IP, m.Hostname = "fd00::1", "a.example" })},
			pongATold + "server pong: a fd00::1:6379 bus 16379 primary epoch 3 slots [[0 5460]] name a.example shard e\n"},
		{"a primary that pauses, and goes on", server, []bus.Message{
			with(pongA, func(m *bus.Message) { m.Marks, m.Offset = bus.Paused, 14 }), pongA},
			"server pong: a :6379 bus 16379 primary epoch 3 offset 14 slots [[0 5460]] flags [paused] shard e\n" + pongATold},
		{"a promotion", client, []bus.Message{pingB, with(pingB, func(m *bus.Message) {
			m.Sender.Flags, m.ReplicaOf, m.Epoch = bus.Primary, "", 4
		})}, pingBTold + "client ping: b :6380 bus 16380 primary epoch 4 slots [[0 5460]] shard e\n"},
		{"gossip, the same, and other", server, []bus.Message{
			with(pongA, func(m *bus.Message) { m.Gossip = []bus.Node{nodeC} }),
			with(pongA, func(m *bus.Message) { m.Gossip = []bus.Node{nodeC} }),
			with(pongA, func(m *bus.Message) {
				m.Gossip = []bus.Node{{ID: "d", Flags: bus.Replica | bus.NoAddress}, {ID: "c", IP: "10.0.0.3", Port: 6379, BusPort: 16379, Flags: bus.Primary | bus.PFail}}
			}),
		}, pongATold + " gossip: c 10.0.0.3:6379 bus 16379 primary\n" + pongATold +
			" gossip: d ?:0 replica flags [noaddr]\n gossip: c 10.0.0.3:6379 bus 16379 primary flags [pfail]\n"},
		{"a manual failover", client, []bus.Message{
			pingB,
			{Type: bus.ManualStart, Sender: nodeB, ReplicaOf: "a", Epoch: 3},
			{Type: bus.AuthRequest, Sender: nodeB, ReplicaOf: "a", Epoch: 3, Clock: 4, Marks: bus.Forced},
			pingB,
		}, pingBTold + "client mfstart: b :6380 bus 16380 replica of a epoch 3\n" +
			"client failover-auth-request: b :6380 bus 16380 replica of a epoch 3 flags [forced]\n" + pingBTold},
		{"a vote, again and again", client, []bus.Message{{Type: bus.AuthAck, Sender: nodeA}, {Type: bus.AuthAck, Sender: nodeA}},
			strings.Repeat("client failover-auth-ack: a :6379 bus 16379 primary\n", 2)},
		{"a node that failed", client, []bus.Message{{Type: bus.Fail, Sender: nodeA, About: "c"}},
			"client fail: a :6379 bus 16379 primary\n bus: c ?:0 flags [fail]\n"},
		{"an update", client, []bus.Message{{Type: bus.Update, Sender: nodeA, About: "c", AboutEpoch: 5, AboutSlots: [][2]int{{1, 2}}}},
			"client update: a :6379 bus 16379 primary\n bus: c ?:0 primary epoch 5 slots [[1 2]]\n"},
		{"a meeting", client, []bus.Message{{Type: bus.Meet, Sender: nodeA}}, "client meet: a :6379 bus 16379 primary\n"},
		{"published texts", client, []bus.Message{
			{Type: bus.Publish, Sender: nodeA, Channel: "c", Text: strings.Repeat("t", 5000)},
			{Type: bus.PublishShard, Sender: nodeA, Channel: "c", Text: "u"},
			{Type: bus.Publish | bus.Light, Channel: "c", Text: "u"},
		}, "client publish: a :6379 bus 16379 primary\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &told{}
			w := newBus(h, decode.Options{}).open()
			for _, m := range c.send {
				w.send(c.from, ackPush, m.Bytes())
			}
			if got := h.take(); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			w.table.Flush()
			s := w.table.Stats()
			if s.Bus != 1 || s.Connections+s.Commands+s.Unparsed+s.Other != 0 || s.Blind != (decode.Blindness{}) {
				t.Errorf("%+v", *s)
			}
		})
	}
}

// TestSidesOfTheBus joins a connection of which the SYN was not seen.
func TestSidesOfTheBus(t *testing.T) {
	for _, c := range []struct {
		name string
		port uint16 // of the side that listens
		from int
		send bus.Message
		want string
	}{
		{"a ping of the client", 16379, client, pingB, pingBTold},
		{"a pong of the client, who was promoted", 16379, client, with(pingB, func(m *bus.Message) { m.Type = bus.Pong }),
			strings.Replace(pingBTold, "ping", "pong", 1)},
		{"a pong of the server", 16379, server, pongA, pongATold},
		{"a ping of the server, who pauses", 16379, server, with(pongA, func(m *bus.Message) { m.Type = bus.Ping }),
			strings.Replace(pongATold, "pong", "ping", 1)},
		{"an update, which only clients send", 777, client, bus.Message{Type: bus.Update, Sender: nodeA, About: "c", AboutEpoch: 1},
			"client update: a :6379 bus 16379 primary\n bus: c ?:0 primary epoch 1\n"},
		{"a port of its own", 777, server, with(pongA, func(m *bus.Message) { m.Sender.BusPort = 777 }),
			strings.Replace(pongATold, "16379", "777", 1)},
	} {
		for _, swapped := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, %v", c.name, swapped), func(t *testing.T) {
				h := &told{}
				w := newBus(h, decode.Options{})
				w.end[server].Port = c.port
				if swapped { // which end comes first in the order of addresses
					w.end[client].Addr, w.end[server].Addr = w.end[server].Addr, w.end[client].Addr
				}
				w.send(c.from, ackPush, c.send.Bytes())
				w.table.Flush()
				if got := h.take(); got != c.want {
					t.Errorf("got\n%swant\n%s", got, c.want)
				}
				if h.conn == nil || h.conn.Server != w.end[server].AddrPort() || h.conn.Client != w.end[client].AddrPort() {
					t.Errorf("%+v", h.conn)
				}
			})
		}
	}
}

// TestBusJoinedInAMessage sees the end of a message first.
func TestBusJoinedInAMessage(t *testing.T) {
	ping := pingB.Bytes()
	long := bus.Message{Type: bus.Publish, Sender: nodeA, Channel: "c", Text: strings.Repeat("RCmb", 3000)}.Bytes()
	for _, c := range []struct {
		name string
		port uint16
		send [][]byte
		want string
	}{
		{"then one in the same segment", 777, [][]byte{slices.Concat(ping[1448:], ping)}, pingBTold},
		{"then one in a segment of its own", 16379, [][]byte{ping[1448:], ping}, pingBTold},
		{"a long one, then another", 16379, [][]byte{long[3000:4400], long[4400:6000], long[6000:], ping}, pingBTold},
		{"and no more than that", 16379, [][]byte{ping[1448:]}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &told{}
			w := newBus(h, decode.Options{})
			w.end[server].Port = c.port
			for _, b := range c.send {
				w.send(client, ackPush, b)
			}
			w.table.Flush()
			if got := h.take(); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			if s := w.table.Stats(); s.Unparsed != 0 || s.Blind != (decode.Blindness{}) {
				t.Errorf("%+v", *s)
			}
		})
	}
}

func TestLossesOnTheBus(t *testing.T) {
	gossip := with(pingB, func(m *bus.Message) { m.Gossip = []bus.Node{nodeC} }).Bytes()
	bad := pingB.Bytes()
	bad[40] = '!'
	for _, c := range []struct {
		name  string
		play  func(w *wire)
		want  string
		cause decode.Cause
		count decode.Gap
	}{
		{"a segment within a header", func(w *wire) { w.next[client] += 200 }, pongATold + pingBTold, decode.CauseLost, decode.Gap{Count: 1, Bytes: 200}},
		{"a message that makes no sense", func(w *wire) { w.send(client, ackPush, bad) }, pongATold + pingBTold, decode.CauseBus, decode.Gap{Count: 1}},
		{"something else", func(w *wire) { w.say(client, "*1\r\n$4\r\nPING\r\n") }, pongATold + pingBTold, decode.CauseSkipped, decode.Gap{Count: 1, Bytes: 14}},
		{"the end of gossip, cut by the capture", func(w *wire) {
			w.seg = frame.Segment{
				Src: w.end[client], Dst: w.end[server], Seq: w.next[client], Ack: w.next[server], Flags: ackPush,
				Payload: gossip[:2300], Len: len(gossip),
			}
			w.table.Segment(&w.seg, decode.Mark{Time: w.now, Packet: 99}, w.rank)
			w.next[client] += uint32(len(gossip))
		}, strings.Replace(pingBTold, " shard e", "", 1) + pongATold + pingBTold, decode.CauseTruncated, decode.Gap{Count: 1, Bytes: int64(len(gossip) - 2300)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &told{}
			w := newBus(h, decode.Options{}).open()
			if c.cause != decode.CauseTruncated {
				w.send(client, ackPush, bus.Message{Type: bus.Publish, Sender: nodeB, ReplicaOf: "a", Epoch: 3}.Bytes())
				h.take()
			}
			c.play(w)
			w.send(server, ackPush, pongA.Bytes())
			w.send(client, ackPush, with(pingB, func(m *bus.Message) { m.Type = bus.Meet }).Bytes())
			w.table.Flush()
			got := strings.ReplaceAll(h.take(), "meet", "ping")
			if got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			g := w.table.Stats().Blind[c.cause]
			if g.First, g.Last = 0, 0; g != c.count {
				t.Errorf("%v: %+v, want %+v", c.cause, g, c.count)
			}
		})
	}
}

func TestBusInSegmentsOfAnySize(t *testing.T) {
	stream := slices.Concat(pingB.Bytes(), bus.Message{Type: bus.Fail, Sender: nodeB, About: "c"}.Bytes(),
		with(pingB, func(m *bus.Message) { m.Gossip = []bus.Node{nodeC} }).Bytes(),
		bus.Message{Type: bus.Update, Sender: nodeB, About: "c", AboutEpoch: 1, AboutSlots: [][2]int{{0, 1}}}.Bytes())
	var want string
	for _, size := range []int{len(stream), 5000, 2256, 1448, 100, 17, 3, 1} {
		const first = 20 // as many bytes tell that it is the bus
		h := &told{}
		w := newBus(h, decode.Options{}).open()
		packet := map[int]int64{} // by offset
		for at := 0; at < len(stream); {
			n := size
			if at == 0 {
				n = max(size, first)
			}
			part := bytes.Clone(stream[at:min(at+n, len(stream))])
			w.send(client, ackPush, part)
			clear(part)
			for i := range part {
				packet[at+i] = int64(w.rank)
			}
			at += n
		}
		got := h.take()
		if want == "" {
			want = got
		}
		if got != want || strings.Count(got, "\n") != 7 {
			t.Errorf("by %d bytes: got\n%swant\n%s", size, got, want)
		}
		var marks []int64
		for i := bytes.Index(stream, []byte("RCmb")); i >= 0 && i < len(stream); {
			marks = append(marks, packet[i])
			next := bytes.Index(stream[i+1:], []byte("RCmb"))
			if next < 0 {
				break
			}
			i += 1 + next
		}
		if !slices.Equal(h.marks, marks) {
			t.Errorf("by %d bytes: in packets %v, want %v", size, h.marks, marks)
		}
	}
}

// TestPortsOfTheBus asks for the servers at port 6379 alone.
func TestPortsOfTheBus(t *testing.T) {
	for _, c := range []struct {
		name string
		port uint16
		say  string
		want decode.Stats
		told string
	}{
		{"the bus of these", 16379, string(pingB.Bytes()), decode.Stats{Bus: 1}, pingBTold},
		{"RESP at that port", 16379, array("GET", "a"), decode.Stats{Other: 1}, ""},
		{"something else there", 16379, strings.Repeat("something else ", 9), decode.Stats{Other: 1}, ""},
		{"TLS there", 16379, "\x16\x03\x01\x00\x05hello", decode.Stats{OtherTLS: 1}, ""},
		{"the bus of others", 16380, string(pingB.Bytes()), decode.Stats{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &told{}
			w := newBus(h, decode.Options{Ports: []decode.PortRange{{From: 6379, To: 6379}}, Only: true}).open()
			w.end[server].Port = c.port
			w.open()
			w.say(client, c.say)
			w.table.Flush()
			s := w.table.Stats()
			s.Duplicates = 0
			if fmt.Sprintf("%+v", *s) != fmt.Sprintf("%+v", c.want) {
				t.Errorf("got %+v, want %+v", *s, c.want)
			}
			if got := h.take(); got != c.told {
				t.Errorf("got\n%swant\n%s", got, c.told)
			}
		})
	}
}

// TestBusInAValue has a client send and get what looks like the bus.
func TestBusInAValue(t *testing.T) {
	for _, joined := range []bool{false, true} {
		h := &told{}
		w := newWire(decode.NewTable(decode.Options{}, h), 1)
		if !joined {
			w.open()
		}
		value := string(pingB.Bytes())
		w.say(client, array("SET", "a", value))
		w.say(server, "+OK\r\n")
		w.say(client, array("GET", "a"))
		w.say(server, fmt.Sprintf("$%d\r\n%s\r\n", len(value), value))
		if got := h.take(); got != "" {
			t.Errorf("joined %v: got\n%s", joined, got)
		}
	}
}

func TestHeartbeatsWithoutNewsAllocateNothing(t *testing.T) {
	h := &told{}
	w := newBus(h, decode.Options{}).open()
	ping := with(pingB, func(m *bus.Message) { m.Gossip = []bus.Node{nodeC, nodeC} }).Bytes()
	w.send(client, ackPush, ping)
	h.take()
	if n := testing.AllocsPerRun(100, func() { w.send(client, ackPush, ping) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if got := h.take(); got != "" {
		t.Errorf("got\n%s", got)
	}
}

func BenchmarkBus(b *testing.B) {
	w := newBus(&told{}, decode.Options{}).open()
	ping := with(pingB, func(m *bus.Message) { m.Gossip = []bus.Node{nodeC, nodeC, nodeC} }).Bytes()
	b.ReportAllocs()
	b.SetBytes(int64(len(ping)))
	for b.Loop() {
		w.send(client, ackPush, ping)
	}
}
