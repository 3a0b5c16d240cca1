package wiretest

import (
	"math/rand/v2"
	"time"

	"ricochet/capture"
)

// The functions of this file return a spoilt copy of a capture and leave the
// capture alone; the packets' Data is shared. Packets are numbered anew where
// their places change. A percentage is of 100, and the same seed gives the same
// damage.

// Snap keeps the first n bytes of each packet, as a snap length of n does.
func Snap(packets []capture.Packet, n int) []capture.Packet {
	out := clone(packets)
	for i := range out {
		kept := min(n, len(out[i].Data))
		out[i].Data = out[i].Data[:kept:kept]
	}
	return out
}

// Drop loses packets.
func Drop(packets []capture.Packet, percent float64, seed uint64) []capture.Packet {
	var out []capture.Packet
	hit := chance(percent, seed)
	for _, p := range packets {
		if !hit() {
			out = append(out, p)
		}
	}
	renumber(out)
	return out
}

// Shuffle lets neighbours change places; each place keeps its time. A packet
// may be carried along over several places.
func Shuffle(packets []capture.Packet, percent float64, seed uint64) []capture.Packet {
	out := clone(packets)
	hit := chance(percent, seed)
	for i := range max(len(out)-1, 0) {
		if hit() {
			swapKeepingTimes(out, i)
		}
	}
	renumber(out)
	return out
}

// Duplicate puts a copy right behind a packet, a microsecond later, as two
// mirror ports do.
func Duplicate(packets []capture.Packet, percent float64, seed uint64) []capture.Packet {
	out := make([]capture.Packet, 0, len(packets))
	hit := chance(percent, seed)
	for _, p := range packets {
		out = append(out, p)
		if hit() {
			p.Time += int64(time.Microsecond)
			out = append(out, p)
		}
	}
	renumber(out)
	return out
}

// Skip leaves out what was captured earlier than after past the first packet,
// so that connections are joined mid-stream.
func Skip(packets []capture.Packet, after time.Duration) []capture.Packet {
	var out []capture.Packet
	for _, p := range packets {
		if p.Time >= packets[0].Time+int64(after) {
			out = append(out, p)
		}
	}
	renumber(out)
	return out
}

// Skew sets the clock of the capture forward, or back if by is negative.
func Skew(packets []capture.Packet, by time.Duration) []capture.Packet {
	out := clone(packets)
	for i := range out {
		out[i].Time += int64(by)
	}
	return out
}

// VXLAN wraps Ethernet frames in VXLAN; see Encapsulate.
func VXLAN(packets []capture.Packet) []capture.Packet { return Encapsulate(packets, InVXLAN) }

// GRE wraps Ethernet frames in GRE; see Encapsulate.
func GRE(packets []capture.Packet) []capture.Packet { return Encapsulate(packets, InGRE) }

// VLAN tags Ethernet frames twice; see Encapsulate.
func VLAN(packets []capture.Packet) []capture.Packet { return Encapsulate(packets, Tagged) }

// Cooked turns Ethernet frames into Linux cooked ones; see Encapsulate.
func Cooked(packets []capture.Packet) []capture.Packet { return Encapsulate(packets, Cooked2) }

func clone(packets []capture.Packet) []capture.Packet {
	return append([]capture.Packet(nil), packets...)
}

// chance returns a function that reports true in so many per cent of its calls.
func chance(percent float64, seed uint64) func() bool {
	rng := rand.New(rand.NewPCG(seed, seed))
	return func() bool { return rng.Float64()*100 < percent }
}

// swapKeepingTimes lets packets i and i+1 change places, but for their times.
func swapKeepingTimes(packets []capture.Packet, i int) {
	a, b := &packets[i], &packets[i+1]
	*a, *b = *b, *a
	a.Time, b.Time = b.Time, a.Time
}

// renumber counts the packets of each capture from 1.
func renumber(packets []capture.Packet) {
	last := map[int]int64{}
	for i := range packets {
		p := &packets[i]
		last[p.Origin]++
		p.Number = last[p.Origin]
	}
}
