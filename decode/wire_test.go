package decode_test

import (
	"fmt"
	"strings"

	"ricochet/decode"
	"ricochet/decode/frame"
)

// wire is a connection whose segments are given to a Table without any packet.
type wire struct {
	table *decode.Table
	end   [2]frame.Endpoint // of the client and of the server
	next  [2]uint32         // sequence numbers
	now   int64
	rank  uint64
	seg   frame.Segment
}

const (
	client = 0
	server = 1
)

// newWire returns a connection from a port of the n-th host to port 6379.
func newWire(t *decode.Table, n int) *wire {
	w := &wire{table: t, now: 1_767_323_045_000_000_000, next: [2]uint32{1000, 2000}}
	w.end[client] = frame.Endpoint{Addr: [16]byte{10: 0xff, 11: 0xff, 12: 10, 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}, Port: 40000}
	w.end[server] = frame.Endpoint{Addr: [16]byte{10: 0xff, 11: 0xff, 12: 10, 13: 255, 15: 1}, Port: 6379}
	return w
}

// open shows the handshake.
func (w *wire) open() *wire {
	w.send(client, frame.SYN, nil)
	w.next[client]++
	w.send(server, frame.SYN|frame.ACK, nil)
	w.next[server]++
	return w
}

// send shows one segment of a side and a millisecond passing.
func (w *wire) send(from int, flags frame.Flags, data []byte) {
	w.seg = frame.Segment{
		Src: w.end[from], Dst: w.end[1-from], Seq: w.next[from], Flags: flags, Payload: data, Len: len(data),
	}
	if flags&frame.ACK != 0 {
		w.seg.Ack = w.next[1-from]
	}
	w.now += 1_000_000
	w.rank++
	w.table.Segment(&w.seg, decode.Mark{Time: w.now, Packet: int64(w.rank)}, w.rank)
	w.next[from] += uint32(len(data))
}

const ackPush = frame.ACK | frame.PSH

func (w *wire) say(from int, text string) { w.send(from, ackPush, []byte(text)) }

// array writes a command as clients do.
func array(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

// last is a Handler that keeps the last of everything, and counts.
type last struct {
	command, reply   decode.Exchange
	commands, events int
	replies          int
}

func (h *last) Command(x *decode.Exchange)                          { h.command = *x; h.commands++ }
func (h *last) Reply(x *decode.Exchange)                            { h.reply = *x; h.replies++ }
func (h *last) Event(c *decode.Conn, e decode.Event, m decode.Mark) { h.events++ }

func (*last) Told(*decode.Told) {}

// discard is a Handler that does nothing.
type discard struct{}

func (discard) Command(*decode.Exchange)                      {}
func (discard) Reply(*decode.Exchange)                        {}
func (discard) Event(*decode.Conn, decode.Event, decode.Mark) {}

func (discard) Told(*decode.Told) {}
