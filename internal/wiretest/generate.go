package wiretest

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"

	"ricochet/capture"
)

const (
	loadClients  = 50
	loadHosts    = 5
	loadBatch    = 8       // most commands that the server reads before it replies
	loadPipeline = 16      // commands a packet of Pipelined
	loadKeys     = 1000000 // different keys
	smallValue   = 64      // bytes
	largeValue   = 16384   // bytes
	ethernetMSS  = 1448    // payload of 1500 bytes less headers and timestamps
)

// generator makes the traffic of one capture.
type generator struct {
	out   *recorder
	rng   *rand.Rand
	now   int64 // time of the latest packet
	value []byte
	depth int // commands sent at once on a connection
	mss   int // largest payload of a packet, in bytes

	request []byte
	replies [loadBatch][]byte // of the connections that wait
	frame   []byte            // scratch: one packet
}

// Generate writes a pcap file with so many commands and their replies. The
// bytes depend on k and commands alone. It streams: memory use does not grow
// with the number of commands.
func Generate(w io.Writer, k Kind, commands int) error {
	if k.String() == "invalid" {
		return fmt.Errorf("generate capture: invalid kind %d", k)
	}
	g := &generator{
		out:   newRecorder(w, k == Tangled),
		rng:   rand.New(rand.NewPCG(1, uint64(k))),
		now:   BaseTime,
		value: []byte(filler(smallValue)),
		depth: 1,
		mss:   maxSegment,
	}
	switch k {
	case Pipelined:
		g.depth = loadPipeline
	case Large:
		g.value, g.mss = []byte(filler(largeValue)), ethernetMSS
	}
	g.out.start(capture.LinkEthernet)
	if k == Connections {
		g.connections(commands)
	} else {
		g.load(commands)
	}
	if err := g.out.finish(); err != nil {
		return fmt.Errorf("generate capture: %w", err)
	}
	return nil
}

// load has the clients send commands on connections that stay open. The server
// reads from a few connections at a time and then answers them.
func (g *generator) load(commands int) {
	flows := make([]flow, loadClients)
	for i := range flows {
		f := &flows[i]
		from := netip.AddrFrom4([4]byte{10, 0, 1, byte(1 + i%loadHosts)})
		f.reset(netip.AddrPortFrom(from, uint16(ephemeralPort+i)), loadServer(), g.rng.Uint32())
		g.open(f)
	}
	for left := commands; left > 0; {
		first, ready := g.rng.IntN(loadClients), 1+g.rng.IntN(loadBatch)
		waiting := 0
		for ; waiting < ready && left > 0; waiting++ {
			n := min(g.depth, left)
			left -= n
			g.replies[waiting] = g.commands(n, g.replies[waiting][:0])
			g.send(&flows[(first+waiting)%loadClients], client, g.request)
		}
		for i, reply := range g.replies[:waiting] {
			g.send(&flows[(first+i)%loadClients], server, reply)
		}
	}
	for i := range flows {
		g.close(&flows[i])
	}
}

// connections has a new connection made for each command. A client's address
// serves for 64 of them.
func (g *generator) connections(commands int) {
	var f flow
	for n := range commands {
		host := n / 64
		from := netip.AddrFrom4([4]byte{10, byte(64 + host>>16&63), byte(host >> 8), byte(host)})
		f.reset(netip.AddrPortFrom(from, uint16(32768+n%28000)), loadServer(), g.rng.Uint32())
		g.open(&f)
		g.replies[0] = g.commands(1, g.replies[0][:0])
		g.send(&f, client, g.request)
		g.send(&f, server, g.replies[0])
		g.close(&f)
	}
}

// commands sets request to n commands and appends the replies to reply.
func (g *generator) commands(n int, reply []byte) []byte {
	g.request = g.request[:0]
	for range n {
		key := g.rng.IntN(loadKeys)
		if g.rng.IntN(2) == 0 {
			g.request = appendKey(append(g.request, "*2\r\n$3\r\nGET\r\n"...), key)
			reply = g.appendValue(reply)
		} else {
			g.request = appendKey(append(g.request, "*3\r\n$3\r\nSET\r\n"...), key)
			g.request = g.appendValue(g.request)
			reply = append(reply, "+OK\r\n"...)
		}
	}
	return reply
}

func (g *generator) appendValue(b []byte) []byte {
	return append(append(appendSize(b, '$', len(g.value)), g.value...), "\r\n"...)
}

// appendKey appends key:%012d as a bulk string.
func appendKey(b []byte, n int) []byte {
	b = append(b, "$16\r\nkey:000000000000\r\n"...)
	for i := len(b) - 3; n > 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

func (g *generator) open(f *flow) {
	g.packet(f, client, flagSYN, nil)
	g.packet(f, server, flagSYN|flagACK, nil)
	g.packet(f, client, flagACK, nil)
}

func (g *generator) close(f *flow) {
	g.packet(f, client, flagFIN|flagACK, nil)
	g.packet(f, server, flagFIN|flagACK, nil)
	g.packet(f, client, flagACK, nil)
}

func (g *generator) send(f *flow, from int, payload []byte) {
	for len(payload) > 0 {
		n := min(len(payload), g.mss)
		g.packet(f, from, flagPSH|flagACK, payload[:n])
		payload = payload[n:]
	}
}

// packet writes one packet, one to five microseconds after the one before it.
func (g *generator) packet(f *flow, from int, flags uint8, payload []byte) {
	g.now += 1000 + int64(g.rng.IntN(4000))
	g.frame = f.appendPacket(g.frame[:0], from, flags, g.now, payload)
	g.out.packet(g.now, g.frame)
}

func loadServer() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 1}), servicePort)
}
