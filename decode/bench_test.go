package decode_test

import (
	"testing"

	"ricochet/decode"
)

// steady returns a function that shows one command and its reply, one packet
// each, by turns a GET and a SET. It allocates nothing itself.
func steady(h decode.Handler) func() {
	w := newWire(decode.NewTable(decode.Options{}, h), 1).open()
	commands := [2][]byte{[]byte(array("GET", "key:000000001")), []byte(array("SET", "key:000000001", "value-of-some-bytes"))}
	replies := [2][]byte{[]byte("$19\r\nvalue-of-some-bytes\r\n"), []byte("+OK\r\n")}
	n := 0
	return func() {
		w.send(client, ackPush, commands[n&1])
		w.send(server, ackPush, replies[n&1])
		n++
	}
}

func TestSteadyExchangesAllocateNothing(t *testing.T) {
	exchange := steady(discard{})
	for range 100 {
		exchange()
	}
	if n := testing.AllocsPerRun(1000, exchange); n != 0 {
		t.Errorf("%v allocations for an exchange", n)
	}
}

func TestPipelinesAllocateNothing(t *testing.T) {
	w := newWire(decode.NewTable(decode.Options{}, discard{}), 1).open()
	var commands, replies []byte
	for range 100 {
		commands = append(commands, array("GET", "key:000000001")...)
		replies = append(replies, "$5\r\nvalue\r\n"...)
	}
	batch := func() {
		w.send(client, ackPush, commands)
		w.send(server, ackPush, replies)
	}
	for range 10 {
		batch()
	}
	if n := testing.AllocsPerRun(100, batch); n != 0 {
		t.Errorf("%v allocations for a batch", n)
	}
}

func TestTransactionsAllocateNothing(t *testing.T) {
	w := newWire(decode.NewTable(decode.Options{}, discard{}), 1).open()
	commands := []byte(array("MULTI") + array("SET", "a", "1") + array("GET", "b") + array("EXEC"))
	replies := []byte("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n$1\r\n2\r\n")
	batch := func() {
		w.send(client, ackPush, commands)
		w.send(server, ackPush, replies)
	}
	batch()
	if n := testing.AllocsPerRun(100, batch); n != 0 {
		t.Errorf("%v allocations for a transaction", n)
	}
}

// BenchmarkExchange takes two packets an operation.
func BenchmarkExchange(b *testing.B) {
	exchange := steady(discard{})
	b.ReportAllocs()
	for b.Loop() {
		exchange()
	}
}

// BenchmarkManyConnections takes two packets an operation, of 1,000 connections
// in turn, so that hardly anything is in the processor's caches.
func BenchmarkManyConnections(b *testing.B) {
	table := decode.NewTable(decode.Options{}, discard{})
	wires := make([]*wire, 1000)
	for i := range wires {
		wires[i] = newWire(table, i).open()
	}
	command, reply := []byte(array("GET", "key:000000001")), []byte("$5\r\nvalue\r\n")
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		w := wires[n%len(wires)]
		w.send(client, ackPush, command)
		w.send(server, ackPush, reply)
		n++
	}
}

// BenchmarkPipeline takes two packets and 100 exchanges an operation.
func BenchmarkPipeline(b *testing.B) {
	w := newWire(decode.NewTable(decode.Options{}, discard{}), 1).open()
	var commands, replies []byte
	for range 100 {
		commands = append(commands, array("GET", "key:000000001")...)
		replies = append(replies, "$5\r\nvalue\r\n"...)
	}
	b.ReportAllocs()
	for b.Loop() {
		w.send(client, ackPush, commands)
		w.send(server, ackPush, replies)
	}
}

// TestMessagesAllocateNothing has a subscriber hear what is none of Sentinels.
func TestMessagesAllocateNothing(t *testing.T) {
	w := newWire(decode.NewTable(decode.Options{}, discard{}), 1).open()
	w.say(client, array("SUBSCRIBE", "news"))
	w.say(server, "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n")
	message := []byte(array("message", "news", "value-of-some-bytes"))
	batch := func() { w.send(server, ackPush, message) }
	batch()
	if n := testing.AllocsPerRun(100, batch); n != 0 {
		t.Errorf("%v allocations for a message", n)
	}
}
