package topology

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// reply is a reply of a node, between the times of its command and of itself.
type reply struct {
	from, to int
	what     string
}

// TestUnorderedEvidenceChangesNothing makes replies of a node with random spans,
// then moves their times so that what was certainly before what stays so, and
// nothing else does. The roles must be the same.
func TestUnorderedEvidenceChangesNothing(t *testing.T) {
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 1))
		replies := randomReplies(r)
		want := rolesOf(t, replies)
		for range 4 {
			moved := reorder(r, replies)
			if got := rolesOf(t, moved); got != want {
				t.Fatalf("seed %d:\n%v\ngives %s\n%v\ngives %s", seed, replies, want, moved, got)
			}
		}
	}
}

// randomReplies are those of a node that changes its role now and then, with
// mistakes among them, and some that take very long.
func randomReplies(r *rand.Rand) []reply {
	words := []string{"write A", "redirect A B", "redirect A C", "err A READONLY", "says A hello self primary", "says A role self replica of=B"}
	var out []reply
	now, what := 0, words[r.IntN(len(words))]
	for range 3 + r.IntN(30) {
		now += 1 + r.IntN(20)
		if r.IntN(6) == 0 {
			what = words[r.IntN(len(words))]
		}
		said := what
		if r.IntN(12) == 0 {
			said = words[r.IntN(len(words))]
		}
		long := 1 + r.IntN(30)
		if r.IntN(10) == 0 {
			long += 60
		}
		out = append(out, reply{now, now + long, said})
	}
	return out
}

// reorder moves the ends of spans about among each other wherever no other span
// begins between them, and likewise the beginnings.
func reorder(r *rand.Rand, in []reply) []reply {
	type end struct {
		of, at int
		last   bool
	}
	var ends []end
	for i, x := range in {
		ends = append(ends, end{i, x.from, false}, end{i, x.to, true})
	}
	slices.SortFunc(ends, func(a, b end) int {
		if a.at == b.at && a.last != b.last { // not before it: beginnings first
			if b.last {
				return -1
			}
			return 1
		}
		return a.at - b.at
	})
	for i := 0; i < len(ends); {
		j := i
		for j < len(ends) && ends[j].last == ends[i].last {
			j++
		}
		run := ends[i:j]
		r.Shuffle(len(run), func(a, b int) { run[a], run[b] = run[b], run[a] })
		i = j
	}
	out := slices.Clone(in)
	for at, e := range ends {
		if e.last {
			out[e.of].to = at + 1
		} else {
			out[e.of].from = at + 1
		}
	}
	return out
}

// rolesOf plays replies in the order in which they are seen.
func rolesOf(t *testing.T, replies []reply) string {
	sorted := slices.Clone(replies)
	slices.SortStableFunc(sorted, func(a, b reply) int { return a.to - b.to })
	m := New()
	play(t, m, "0ms speaks A")
	for _, x := range sorted {
		play(t, m, fmt.Sprintf("%d-%dms %s", x.from, x.to, x.what))
	}
	var b strings.Builder
	for _, i := range m.Find(node("A")).Roles {
		fmt.Fprintf(&b, "%s of %s; ", i.Role, nameOf(i.Of))
	}
	if m.Forgotten != 0 {
		t.Errorf("%d forgotten", m.Forgotten)
	}
	return b.String()
}
