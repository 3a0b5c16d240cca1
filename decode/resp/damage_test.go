package resp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// redirects is a Visitor that counts redirect errors, at any depth.
type redirects int

func (r *redirects) Begin(Kind) int { return 64 }
func (r *redirects) End(bool)       {}
func (r *redirects) Token(t *Token) {
	if t.Kind == Error && (bytes.HasPrefix(t.Head, []byte("REDIRECT ")) || bytes.HasPrefix(t.Head, []byte("MOVED "))) {
		*r++
	}
}

// damage is what happens to the segments of a stream on their way into a
// capture file.
type damage struct {
	name string
	drop int // one in this many segments is not captured; 0 for none
	snap int // bytes kept of each segment; 0 for all
	skip int // segments before the capture began
}

// TestRedirectsInDamagedCaptures checks that exactly the redirect lines that
// are still whole in what was captured are found: no more, no less.
func TestRedirectsInDamagedCaptures(t *testing.T) {
	replies := []struct {
		name  string
		write func(*bytes.Buffer, *rand.Rand)
	}{
		{"redirects only", func(w *bytes.Buffer, rng *rand.Rand) {
			fmt.Fprintf(w, "-REDIRECT 10.77.0.%d:6379\r\n", rng.IntN(100))
		}},
		{"mixed", func(w *bytes.Buffer, rng *rand.Rand) {
			switch rng.IntN(5) {
			case 0:
				fmt.Fprintf(w, "-MOVED %d h%d:6379\r\n", rng.IntN(16384), rng.IntN(100))
			case 1:
				w.WriteString("+OK\r\n")
			case 2:
				w.WriteString("$-1\r\n")
			case 3:
				fmt.Fprintf(w, ":%d\r\n", rng.IntN(1000)-500)
			default:
				writeText(w, rng, rng.IntN(100))
			}
		}},
		{"values of some kilobytes", func(w *bytes.Buffer, rng *rand.Rand) {
			if rng.IntN(3) == 0 {
				fmt.Fprintf(w, "-REDIRECT [::1]:%d\r\n", rng.IntN(10000))
				return
			}
			writeText(w, rng, rng.IntN(6000))
		}},
		{"transactions", func(w *bytes.Buffer, rng *rand.Rand) {
			fmt.Fprintf(w, "*3\r\n+OK\r\n-MOVED 1 h:%d\r\n", rng.IntN(100))
			writeText(w, rng, rng.IntN(30))
			w.WriteString("+QUEUED\r\n")
		}},
	}
	damages := []damage{
		{name: "whole"}, {name: "lossy", drop: 5}, {name: "very lossy", drop: 2},
		{name: "snap 30", snap: 30}, {name: "lossy and snap 100", drop: 4, snap: 100}, {name: "beginning missing", skip: 7},
	}
	segmentations := []struct {
		name string
		size func(rng *rand.Rand, message int) int
	}{
		{"a message each", func(_ *rand.Rand, message int) int { return message }},
		{"full segments", func(*rand.Rand, int) int { return 1448 }},
		{"small segments", func(rng *rand.Rand, _ int) int { return 1 + rng.IntN(60) }},
	}
	for _, r := range replies {
		for _, d := range damages {
			for _, s := range segmentations {
				t.Run(r.name+"/"+d.name+"/"+s.name, func(t *testing.T) {
					for seed := range uint64(10) {
						rng := rand.New(rand.NewPCG(seed, 4))
						var stream bytes.Buffer
						var sizes []int
						for range 200 {
							before := stream.Len()
							r.write(&stream, rng)
							sizes = append(sizes, stream.Len()-before)
						}
						var segments [][]byte
						for rest, i := stream.Bytes(), 0; len(rest) > 0; i++ {
							n := min(len(rest), s.size(rng, sizes[min(i, len(sizes)-1)]))
							segments = append(segments, rest[:n])
							rest = rest[n:]
						}
						found, want := transmit(segments, d, rng)
						if found != want {
							t.Errorf("seed %d: %d redirects found, %d lines are whole", seed, found, want)
						}
					}
				})
			}
		}
	}
}

// writeText writes a bulk string of n bytes of text in short lines, that a parser
// that trusts single bytes would find many replies in.
func writeText(w *bytes.Buffer, rng *rand.Rand, n int) {
	fmt.Fprintf(w, "$%d\r\n", n)
	for range n {
		w.WriteByte("abcdefghijklm +-:$*_#1234567890,.\n"[rng.IntN(34)])
	}
	w.WriteString("\r\n")
}

// transmit feeds what is captured of segments to a parser. It returns how many
// redirects were found and how many lines of redirects are whole in it.
func transmit(segments [][]byte, d damage, rng *rand.Rand) (found, want int) {
	var p Parser
	p.Init(Server)
	var v redirects
	var run []byte // captured without a gap
	gap := func(n int64) {
		want += lines(run)
		run = run[:0]
		p.Gap(n, &v)
	}
	missing := int64(0)
	for i, s := range segments {
		if i < d.skip || d.drop > 0 && rng.IntN(d.drop) == 0 {
			missing += int64(len(s))
			continue
		}
		if missing > 0 {
			if i == d.skip {
				missing = -1
			}
			gap(missing)
			missing = 0
		}
		kept := s
		if d.snap > 0 {
			kept = s[:min(len(s), d.snap)]
		}
		p.Boundary()
		feed(&p, &v, kept, len(kept), func(int, *SyntaxError) {})
		run = append(run, kept...)
		missing = int64(len(s) - len(kept))
	}
	gap(-1)
	return int(v), want
}

// lines counts the whole lines in b that are redirects. Those at its start
// count too.
func lines(b []byte) (n int) {
	for line := range bytes.SplitAfterSeq(b, []byte("\n")) {
		if bytes.HasSuffix(line, []byte("\r\n")) && (bytes.HasPrefix(line, []byte("-REDIRECT ")) || bytes.HasPrefix(line, []byte("-MOVED "))) {
			n++
		}
	}
	return n
}
