//go:build linux

package bpf

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// randomBatch returns elements that are sent at once, and which parts of them are
// bodies of long values without their heads, line breaks included.
func randomBatch(random *rand.Rand) (batch string, bodies []stretch) {
	var b strings.Builder
	sizes := []int{0, 3, 100, 1000, long - 1, long, long + 66, 5000, 16384, 100000, 300000}
	lines := []string{"+OK\r\n", ":42\r\n", "$-1\r\n", "_\r\n", "PING\r\n", "+" + strings.Repeat("x", 100) + "\r\n"}
	for range 1 + random.IntN(12) {
		kind := random.IntN(12)
		if kind == 0 {
			b.WriteString(lines[random.IntN(len(lines))])
			continue
		}
		if kind > 4 {
			b.WriteString(set)
		}
		size := sizes[random.IntN(len(sizes))]
		fmt.Fprintf(&b, "$%d\r\n", size)
		if size >= long {
			bodies = append(bodies, stretch{b.Len() + valueHead, b.Len() + size + 2})
		}
		b.WriteString(strings.Repeat("x", size) + "\r\n")
	}
	return b.String(), bodies
}

// segmentSize is how long the next segment is: what cards, offloading and small
// writes make of a stream.
func segmentSize(random *rand.Rand, mss int) int {
	if random.IntN(4) == 0 {
		return 1 + random.IntN(mss)
	}
	return mss
}

// Wherever a stream is cut into segments, and whatever comes twice, late or not
// at all, what is left out of it lies within long values.
func TestNothingElseIsLeftOut(t *testing.T) {
	l := newLoopback(t, Options{RingBytes: 64 << 20})
	for i, mss := range []int{1448, 1448, 4096, 16000, 65000, 65000} {
		t.Run(fmt.Sprintf("%d of %d", i, mss), func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(i), uint64(mss)))
			s := newSender(l, random.Uint32())
			s.segment.from += i
			start, long, out := 0, 0, 0
			for range 40 {
				batch, bodies := randomBatch(random)
				for _, b := range bodies {
					long += b.to - b.from
				}
				for at := 0; at < len(batch); {
					n := min(segmentSize(random, mss), len(batch)-at)
					from := at
					switch random.IntN(50) {
					case 0: // again
						from = max(0, at-random.IntN(2*mss))
					case 1: // lost
						at += n
						continue
					default:
						at += n
					}
					for _, h := range s.send(t, start+from, batch[from:from+n]) {
						h = stretch{h.from - start, h.to - start}
						if !within(h, bodies) {
							t.Fatalf("left out %v of segment %d to %d: %.20q ... %.20q", h, from, from+n, batch[max(0, h.from-20):], batch[h.to:])
						}
						out += h.to - h.from
					}
				}
				start += len(batch)
			}
			if out < long/3 {
				t.Errorf("left out %d of %d bytes that may be: the test tests little", out, long)
			}
		})
	}
}

func within(h stretch, bodies []stretch) bool {
	for _, b := range bodies {
		if b.from <= h.from && h.to <= b.to {
			return true
		}
	}
	return false
}
