package bus

import (
	"bytes"
	"slices"
	"testing"

	"ricochet/internal/wiretest/wirebus"
)

// IDs of nodes of the fixtures, by the last digits of their ports.
const (
	id1 = "aaff51924b61ad5c4ed3f797f68846fbdd2fbc51"
	id2 = "59ff150c5d5f1541838cf281c2bc3f11031332af"
	id4 = "27904162a76195ea8310e243e2453babb709d202"
)

func TestRealMessages(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"ping", `ping 279041 :7474@17474 primary 4/4+14 [[0 5460]] host d.example shard c2cd37
  aaff51 127.0.0.1:7471@17471 replica
  59ff15 127.0.0.1:7472@17472 primary,pfail
`},
		{"pong", `pong 279041 :7474@17474 replica of aaff51 1/3+0 [[0 5460]] host d.example shard c2cd37 down
  aaff51 127.0.0.1:7471@17471 primary
  022af6 127.0.0.1:7473@17473 primary
`},
		{"fail", "fail 022af6 :7473@17473 primary 3/4+0 [[10923 16383]] about 59ff15 0 []\n"},
		{"mfstart", "mfstart 279041 :7474@17474 replica of aaff51 1/3+0 [[0 5460]]\n"},
		{"auth-request", "failover-auth-request 279041 :7474@17474 replica of aaff51 1/4+0 [[0 5460]] forced\n"},
		{"light-publish", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p Parser
			var l log
			p.Feed(fixture(t, c.name), &l)
			if got := l.out.String(); got != c.want || l.skipped != 0 {
				t.Errorf("got\n%s%d bytes skipped, want\n%s", got, l.skipped, c.want)
			}
			if p.Held() != 0 || p.Lost() {
				t.Errorf("%d bytes held, lost: %v", p.Held(), p.Lost())
			}
		})
	}
}

// TestBuilder holds the messages that tests are made of to a real one.
func TestBuilder(t *testing.T) {
	want := fixture(t, "ping")
	for i := range 2 {
		clear(want[headerLen+i*gossipLen+idLen:][:8]) // when it was pinged, and answered
	}
	const primary = 0xc00 | wirebus.Primary // with what a node of 8.0 can do
	got := wirebus.Message{
		Type: wirebus.Ping, Clock: 4, Epoch: 4, Offset: 14, Slots: [][2]int{{0, 5460}}, Hostname: "d.example",
		Shard:  string(want[len(want)-idLen:]),
		Sender: wirebus.Node{ID: id4, Port: 7474, BusPort: 17474, Flags: 0x900 | wirebus.Myself | wirebus.Primary},
		Gossip: []wirebus.Node{
			{ID: id1, IP: "127.0.0.1", Port: 7471, BusPort: 17471, Flags: 0xc00 | wirebus.Replica},
			{ID: id2, IP: "127.0.0.1", Port: 7472, BusPort: 17472, Flags: primary | wirebus.PFail},
		},
	}.Bytes()
	if !bytes.Equal(got, want) {
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Fatalf("byte %d is %#x, want %#x; %d bytes, want %d", i, got[i], want[i], len(got), len(want))
			}
		}
		t.Fatalf("%d bytes, want %d", len(got), len(want))
	}
}

func TestMessages(t *testing.T) {
	a := wirebus.Node{ID: "a", Port: 6379, BusPort: 16379, Flags: wirebus.Myself | wirebus.Primary}
	b := wirebus.Node{ID: "b", IP: "fd00::2", Port: 6379, BusPort: 16379, Flags: wirebus.Primary}
	for _, c := range []struct {
		name string
		send wirebus.Message
		edit func(b []byte)
		want string
	}{
		{"slots in pieces", wirebus.Message{Sender: a, Slots: [][2]int{{1, 1}, {8, 15}, {100, 200}, {16383, 16383}}}, nil,
			"ping aaaaaa :6379@16379 primary 0/0+0 [[1 1] [8 15] [100 200] [16383 16383]]\n"},
		{"an address that is announced, and a second port", wirebus.Message{
			Type: wirebus.Meet, Sender: wirebus.Node{ID: "a", IP: "10.0.0.1", Port: 1, BusPort: 2, OtherPort: 3, Flags: wirebus.Primary}}, nil,
			"meet aaaaaa 10.0.0.1:1@2 or :3 primary 0/0+0 []\n"},
		{"gossip about nodes without an address", wirebus.Message{Type: wirebus.Pong, Sender: a, Gossip: []wirebus.Node{
			b, {ID: "c", Flags: wirebus.Replica | wirebus.NoAddress}}}, nil,
			"pong aaaaaa :6379@16379 primary 0/0+0 []\n  bbbbbb fd00::2:6379@16379 primary\n  cccccc :0@0 replica,noaddr\n"},
		{"an update", wirebus.Message{Type: wirebus.Update, Sender: a, About: "b", AboutEpoch: 7, AboutSlots: [][2]int{{0, 16383}}}, nil,
			"update aaaaaa :6379@16379 primary 0/0+0 [] about bbbbbb 7 [[0 16383]]\n"},
		{"a primary that pauses, in a cluster that is down", wirebus.Message{Sender: a, Marks: wirebus.Paused, Down: 1}, nil,
			"ping aaaaaa :6379@16379 primary 0/0+0 [] paused down\n"},
		{"a vote", wirebus.Message{Type: wirebus.AuthAck, Sender: a, Clock: 9}, nil,
			"failover-auth-ack aaaaaa :6379@16379 primary 0/9+0 []\n"},
		{"a published text", wirebus.Message{Type: wirebus.Publish, Sender: a, Channel: "c", Text: "RCmb"}, nil,
			"publish aaaaaa :6379@16379 primary 0/0+0 []\n"},
		{"a module's", wirebus.Message{Type: wirebus.Module, Sender: a}, nil, "module aaaaaa :6379@16379 primary 0/0+0 []\n"},
		{"a light one", wirebus.Message{Type: wirebus.PublishShard | wirebus.Light, Channel: "c", Text: "t"}, nil, ""},

		{"another version", wirebus.Message{Sender: a}, func(b []byte) { b[9] = 2 }, "unread\n"},
		{"a type that there is not", wirebus.Message{Sender: a}, func(b []byte) { b[13] = 11 }, "unread\n"},
		{"a light heartbeat", wirebus.Message{Sender: a}, func(b []byte) { b[12] = 0x80 }, "unread\n"},
		{"more gossip than there is room for", wirebus.Message{Sender: a, Gossip: []wirebus.Node{b}}, func(b []byte) { b[15] = 2 }, "unread\n"},
		{"less gossip than there is room for", wirebus.Message{Sender: a, Gossip: []wirebus.Node{b}}, func(b []byte) { b[15] = 0 }, "unread\n"},
		{"a sender without an ID", wirebus.Message{Sender: wirebus.Node{Port: 1}}, nil, "unread\n"},
		{"an ID in capitals", wirebus.Message{Sender: wirebus.Node{ID: "A"}}, nil, "unread\n"},
		{"a primary's ID that is none", wirebus.Message{Sender: a, ReplicaOf: "x"}, nil, "unread\n"},
		{"primary and replica at once", wirebus.Message{Sender: wirebus.Node{ID: "a", Flags: wirebus.Primary | wirebus.Replica}}, nil, "unread\n"},
		{"an address with a line feed", wirebus.Message{Sender: wirebus.Node{ID: "a", IP: "10.0\n"}}, nil, "unread\n"},
		{"an address without an end", wirebus.Message{Sender: a}, func(b []byte) { copy(b[atIP:], bytes.Repeat([]byte{'1'}, ipLen)) }, "unread\n"},
		{"gossip with an escape", wirebus.Message{Sender: a, Gossip: []wirebus.Node{{ID: "b", IP: "\x1b[2J"}}}, nil, "unread\n"},
		{"gossip without an ID", wirebus.Message{Sender: a, Gossip: []wirebus.Node{{IP: "10.0.0.1"}}}, nil, "unread\n"},
		{"a hostname with a space", wirebus.Message{Sender: a, Hostname: "a b"}, nil, "unread\n"},
		{"a shard that is none", wirebus.Message{Sender: a, Shard: "?"}, nil, "unread\n"},
		{"an extension of length 0", wirebus.Message{Sender: a, Shard: "d"}, func(b []byte) { b[headerLen+3] = 0 }, "unread\n"},
		{"an extension that is too long", wirebus.Message{Sender: a, Shard: "d"}, func(b []byte) { b[headerLen+2] = 1 }, "unread\n"},
		{"extensions that are not flagged", wirebus.Message{Sender: a, Shard: "d"}, func(b []byte) { b[atMarks] = 0 }, "unread\n"},
		{"an extension that is not known", wirebus.Message{Sender: a, Shard: "d"}, func(b []byte) { b[headerLen+5] = 77 },
			"ping aaaaaa :6379@16379 primary 0/0+0 []\n"},
		{"a failed node without an ID", wirebus.Message{Type: wirebus.Fail, Sender: a, About: "-"}, nil, "unread\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p Parser
			var l log
			data := c.send.Bytes()
			if c.edit != nil {
				c.edit(data)
			}
			// The next message is read whatever was wrong with this one.
			next := wirebus.Message{Type: wirebus.ManualStart, Sender: b, Marks: wirebus.Forced}.Bytes()
			p.Feed(slices.Concat(data, next), &l)
			want := c.want + "mfstart bbbbbb fd00::2:6379@16379 primary 0/0+0 [] forced\n"
			if got := l.out.String(); got != want || l.skipped != 0 {
				t.Errorf("got\n%s%d bytes skipped, want\n%s", got, l.skipped, want)
			}
		})
	}
}

func TestSlots(t *testing.T) {
	s := make(Slots, slotsLen)
	for i := range s {
		s[i] = 0x55
	}
	r := s.Ranges()
	if len(r) != NumSlots/2 || r[0] != [2]uint16{0, 0} || r[len(r)-1] != [2]uint16{16382, 16382} {
		t.Errorf("%d ranges, %v to %v", len(r), r[0], r[len(r)-1])
	}
	if clear(s); s.Ranges() != nil {
		t.Error("ranges in an empty set")
	}
}
