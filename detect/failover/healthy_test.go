package failover

import (
	"math/rand/v2"
	"testing"
)

const worlds = 300

// TestWholeView: who sees all of it sees what happened.
func TestWholeView(t *testing.T) {
	for seed := range uint64(worlds) {
		w := newWorld(seed, 0)
		s := w.script(t, view{})
		k := s.play()
		s.check(t)
		eps := k.Episodes()
		want := map[end]Outcome{done: Done, timedOut: Aborted, abortedByHand: Aborted, refused: Aborted, hangs: Unfinished}[w.end]
		if broken(k) != "" || len(eps) != 1 || eps[0].Kind != Failover || eps[0].Outcome != want {
			t.Errorf("seed %d, %d, want %s:\n%s", seed, w.end, want, describe(k))
		}
	}
}

// TestJitterChangesNothing: packets that change places by less than the clock of a
// capture is worth change no result.
func TestJitterChangesNothing(t *testing.T) {
	for seed := range uint64(worlds) {
		w := newWorld(seed, 0)
		want := results(w.script(t, view{}).play())
		for _, jitter := range []int64{10, 50, 90} {
			k := w.script(t, view{jitter: jitter}).play()
			if got := results(k); got != want {
				t.Errorf("seed %d, up to %d us late:\n%s%swant:\n%s", seed, jitter, got, describe(k), want)
				return
			}
		}
	}
}

// TestSkewBreaksNothing: clocks that are off by no more than Options.Skew.
func TestSkewBreaksNothing(t *testing.T) {
	for seed := range uint64(worlds) {
		w := newWorld(seed, 0)
		r := rand.New(rand.NewPCG(seed, 11))
		v := view{clocks: make([]int64, 12)}
		skew := make([]int64, 12)
		for i := range skew {
			most := int64(1) << (6 + r.IntN(12))
			skew[i] = most * 1000
			v.clocks[i] = r.Int64N(2*most) - most
		}
		s := w.script(t, v)
		s.skew = skew
		k := s.play()
		s.check(t)
		if b := broken(k); b != "" {
			t.Fatalf("seed %d, %s with %v:\n%s", seed, b, v.clocks, describe(k))
		}
	}
}

// TestPartialViewBreaksNothing: some of the connections are not captured.
func TestPartialViewBreaksNothing(t *testing.T) {
	for seed := range uint64(worlds) {
		w := newWorld(seed, 0)
		r := rand.New(rand.NewPCG(seed, 13))
		gone := map[string]bool{}
		s := w.script(t, view{less: func(x *sight) bool {
			is, known := gone[x.conn]
			if !known {
				is = r.IntN(3) == 0
				gone[x.conn] = is
			}
			return is
		}})
		k := s.play()
		s.check(t)
		if b := broken(k); b != "" {
			t.Fatalf("seed %d, %s without %v:\n%s", seed, b, gone, describe(k))
		}
	}
}

// TestLossBreaksNothing: some pieces are missing.
func TestLossBreaksNothing(t *testing.T) {
	for seed := range uint64(worlds) {
		w := newWorld(seed, 0)
		r := rand.New(rand.NewPCG(seed, 17))
		rate := 1 + r.IntN(30)
		s := w.script(t, view{gaps: true, less: func(*sight) bool { return r.IntN(100) < rate }})
		k := s.play()
		s.check(t)
		if b := broken(k); b != "" {
			t.Fatalf("seed %d, %s, %d %% lost:\n%s", seed, b, rate, describe(k))
		}
	}
}

// TestLateRepliesBreakNothing: replies that were lost and sent again look held back.
func TestLateRepliesBreakNothing(t *testing.T) {
	for seed := range uint64(worlds) {
		w := newWorld(seed, 3)
		s := w.script(t, view{})
		k := s.play()
		s.check(t)
		if b := broken(k); b != "" {
			t.Fatalf("seed %d, %s:\n%s", seed, b, describe(k))
		}
	}
}
