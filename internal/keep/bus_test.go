package keep_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ricochet/capture"
	"ricochet/internal/keep"
	"ricochet/internal/wiretest"
	"ricochet/internal/wiretest/wirebus"
)

// onBus is the start of a script whose node A listens on the cluster bus.
const onBus = "host A 10.0.0.1:16379\nhost B 10.0.0.2:6379\n"

var (
	busNodeB = wirebus.Node{ID: "b", Port: 6379, BusPort: 16379, Flags: wirebus.Replica | wirebus.Myself}
	busNodeC = wirebus.Node{ID: "c", IP: "10.0.0.3", Port: 6379, BusPort: 16379, Flags: wirebus.Primary}
)

// heartbeat is a message with gossip and extensions.
func heartbeat() wirebus.Message {
	return wirebus.Message{
		Type: wirebus.Ping, Sender: busNodeB, ReplicaOf: "a", Epoch: 3, Clock: 4, Offset: 5, Slots: [][2]int{{0, 99}},
		Gossip: []wirebus.Node{busNodeC}, Hostname: "b.example", Shard: "e",
	}
}

// published is a message that carries what a client said.
func published(kind uint16, text string) []byte {
	return wirebus.Message{Type: kind, Sender: busNodeB, Channel: "c", Text: text}.Bytes()
}

// module is a message of a module.
func module(text string) []byte {
	m := wirebus.Message{Type: wirebus.Publish, Sender: busNodeB, Channel: "0123456789", Text: text}.Bytes()
	binary.BigEndian.PutUint16(m[12:], wirebus.Module)
	return m
}

// changed returns a message with bytes at a place overwritten.
func changed(m []byte, at int, with string) []byte {
	m = slices.Clone(m)
	copy(m[at:], with)
	return m
}

// hiddenFrom returns what is seen of a message of which nothing is from a place on.
func hiddenFrom(m []byte, at int) []byte {
	return append(slices.Clone(m[:at]), bytes.Repeat([]byte{'x'}, len(m)-at)...)
}

// TestBus holds what is seen of messages of the cluster bus.
func TestBus(t *testing.T) {
	const header = 2256
	ping := heartbeat().Bytes()
	fail := wirebus.Message{Type: wirebus.Fail, Sender: busNodeB, About: "c"}.Bytes()
	update := wirebus.Message{Type: wirebus.Update, Sender: busNodeB, About: "c", AboutEpoch: 7, AboutSlots: [][2]int{{1, 2}}}.Bytes()
	vote := wirebus.Message{Type: wirebus.AuthRequest, Sender: busNodeB, Marks: wirebus.Forced}.Bytes()
	for _, c := range []struct {
		name       string
		send, want []byte
	}{
		{"a heartbeat", ping, ping},
		{"a failure", fail, fail},
		{"an update", update, update},
		{"a request for votes", vote, vote},
		{"what a client published", published(wirebus.Publish, secret), hiddenFrom(published(wirebus.Publish, secret), header)},
		{"what one published in a shard", published(wirebus.PublishShard, secret), hiddenFrom(published(wirebus.PublishShard, secret), header)},
		{"the same with a short header", published(wirebus.Publish|wirebus.Light, secret), hiddenFrom(published(wirebus.Publish|wirebus.Light, secret), 16)},
		{"what a module said", module(secret), hiddenFrom(module(secret), header)},
		{"a long publication", published(wirebus.Publish, strings.Repeat(secret, 5000)), hiddenFrom(published(wirebus.Publish, strings.Repeat(secret, 5000)), header)},
		{"a version that nobody knows", changed(ping, 8, "\x00\x02"+secret), hiddenFrom(ping, 8)},
		{"a type that nobody knows", changed(ping, 12, "\x00\x7f"), hiddenFrom(ping, 8)},
		{"a name that is none", changed(ping, 40, secret), hiddenFrom(ping, 16)},
		{"gossip that is none", changed(ping, header, secret), hiddenFrom(ping, 16)},
	} {
		t.Run(c.name, func(t *testing.T) {
			send := slices.Concat(ping, c.send, fail)
			want := slices.Concat(ping, c.want, fail)
			for _, mss := range []int{60000, 1448, 61} {
				packets := script(t, fmt.Sprintf("%smss %d\nopen B.x>A\nB.x>A %q\n", onBus, mss, send))
				written, _, _ := kept(t, keep.Options{}, packets)
				if got, _ := streams(written); got != string(want) {
					i := 0
					for i < len(got) && i < len(want) && got[i] == want[i] {
						i++
					}
					t.Errorf("segments of %d bytes: %d bytes became %d; they differ at %d of the message", mss, len(want), len(got), i-len(ping))
				}
				sameTold(t, keep.Options{}, packets)
			}
		})
	}
}

// TestBusJoined holds that a connection of the bus that is joined within a message
// tells what it does live.
func TestBusJoined(t *testing.T) {
	ping := heartbeat().Bytes()
	fail := wirebus.Message{Type: wirebus.Fail, Sender: busNodeB, About: "c"}.Bytes()
	for _, from := range []int{0, 3, 17, 2255, len(ping) - 1} {
		for _, mss := range []int{60000, 1448} {
			packets := script(t, fmt.Sprintf("%smss %d\njoin B.x>A\nB.x>A %q\nB.x>A %q\n", onBus, mss, ping[from:], slices.Concat(fail, ping)))
			if n := sameTold(t, keep.Options{}, packets); n == 0 {
				t.Errorf("from byte %d, segments of %d bytes: nothing is told", from, mss)
			}
		}
	}
}

// TestBusIsBounded has more messages begun than there is room for.
func TestBusIsBounded(t *testing.T) {
	part := heartbeat().Bytes()[:2000]
	text := onBus
	n := keep.MaxBus/2000 + 100
	for i := range n {
		text += fmt.Sprintf("open B.x%d>A\nB.x%[1]d>A %q\n", i, part)
	}
	packets := script(t, text)
	var file memory
	w, err := keep.CreateOn(keep.Options{}, &file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range packets {
		if err := w.Packet(&packets[i]); err != nil {
			t.Fatal(err)
		}
		if w.Bus() > keep.MaxBus {
			t.Fatalf("%d bytes are held", w.Bus())
		}
	}
	if s := w.Stats(); s.Opaque == 0 {
		t.Errorf("%d messages were begun, and none given up: %+v", n, s)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestBusAllocatesNothing writes heartbeats that come in segments.
func TestBusAllocatesNothing(t *testing.T) {
	text := onBus + "mss 1448\nopen B.x>A\n"
	for i := range 250 {
		text += fmt.Sprintf("%dms B.x>A %q\nack A>B.x\n", i, heartbeat().Bytes())
	}
	packets := script(t, text)
	var file memory
	file.Grow(16 << 20)
	w, err := keep.CreateOn(keep.Options{}, &file)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	next := func() {
		if err := w.Packet(&packets[i]); err != nil {
			t.Fatal(err)
		}
		i++
	}
	for i < 100 {
		next()
	}
	if n := testing.AllocsPerRun(600, next); n > 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// FuzzBus has two nodes send messages, some of which make no sense and some of
// which carry a secret, as the input says; in segments of what size, lost, late,
// twice, cut or joined. What is written tells what they do, and the secret is not
// seen.
func FuzzBus(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, uint16(1448), byte(0), uint16(1))
	f.Add([]byte{0, 0x84, 2, 0x85, 7, 0x89, 0, 10}, uint16(100), byte(16), uint16(2))
	f.Add([]byte{6, 5, 4, 0x83, 0x80, 0, 12, 13, 0}, uint16(5), byte(7), uint16(77))
	f.Add([]byte{9, 0, 9, 0, 11, 0}, uint16(700), byte(25), uint16(40))
	f.Fuzz(func(t *testing.T, choices []byte, mss uint16, damage byte, seed uint16) {
		if len(choices) > 24 {
			return
		}
		ping := heartbeat().Bytes()
		said := [][]byte{
			ping, published(wirebus.Publish, secret),
			wirebus.Message{Type: wirebus.Fail, Sender: busNodeB, About: "c"}.Bytes(),
			wirebus.Message{Type: wirebus.Update, Sender: busNodeB, About: "c", AboutEpoch: 7}.Bytes(),
			published(wirebus.PublishShard, strings.Repeat(secret, 200)), published(wirebus.Publish|wirebus.Light, secret), module(secret),
			published(wirebus.Publish, string(ping)+secret), // no secret, but for the end of it
			changed(ping, 4, "\x00\x00\x00\x09"), changed(ping, 40, secret), changed(ping, 12, "\x00\x7f"), []byte("RCmbRCmb\x00" + secret),
			[]byte("RC\x00"), []byte(secret), ping[:1000],
			wirebus.Message{Type: wirebus.Pong, Sender: busNodeC, Slots: [][2]int{{5, 9}}}.Bytes(),
		}
		text := fmt.Sprintf("%smss %d\n%s B.x>A\n", onBus, max(mss%2000, 7), []string{"open", "join"}[damage>>4&1])
		for i, c := range choices {
			direction := "B.x>A"
			if c&0x80 != 0 {
				direction = "A>B.x"
			}
			verb := ""
			if i%5 == int(damage>>5) {
				verb = "lose "
			}
			text += fmt.Sprintf("%dms %s%s %q\n", i, verb, direction, said[int(c&0x7f)%len(said)])
		}
		packets := script(t, text)
		if damage&1 != 0 {
			packets = wiretest.Drop(packets, 10, uint64(seed))
		}
		if damage&2 != 0 {
			packets = wiretest.Shuffle(packets, 40, uint64(seed))
		}
		if damage&4 != 0 {
			packets = wiretest.Duplicate(packets, 30, uint64(seed))
		}
		if damage&8 != 0 {
			packets = wiretest.Snap(packets, 54+int(seed%200))
		}
		sameTold(t, keep.Options{}, packets)
		noSecretSeen(t, packets, text)
	})
}

// noSecretSeen holds that nothing is seen of the secrets in packets.
func noSecretSeen(t *testing.T, packets []capture.Packet, text string) {
	t.Helper()
	written, file, _ := kept(t, keep.Options{}, packets)
	if n := revealed(t, packets, written); n > chance {
		t.Errorf("%d bytes of a secret are seen in:\n%.2000s", n, text)
	}
	if bytes.Contains(file, []byte(secret)) {
		t.Errorf("a secret is seen in:\n%.2000s", text)
	}
}
