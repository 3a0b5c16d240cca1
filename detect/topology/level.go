package topology

import (
	"cmp"
	"net/netip"
)

// statement says that a node had a role at one moment of a span.
type statement struct {
	role Role
	of   netip.AddrPort
	span
	own   bool // by the node itself
	proof Proof
}

// span is a stretch of time within which something happened: from when it was
// asked for to when it was seen.
type span struct{ from, to int64 }

// before reports whether what happened within s did so before what happened
// within o.
func (s span) before(o span) bool { return s.to < o.from }

// contradicts reports whether a node cannot be both at a time.
func contradicts(r Role, of netip.AddrPort, s Role, sof netip.AddrPort) bool {
	return r != s || of.IsValid() && sof.IsValid() && of != sof
}

// level holds statements about one node. A statement stands one level above the
// highest one that was certainly made before it and contradicts it, else on the
// level of what was made before it. So two statements of a level that contradict
// each other are never ordered in time, the number of levels is the number of
// changes that certainly happened, and none of it depends on the order in which
// unordered statements arrive.
type level struct {
	words   []word
	against []Proof // what others said to the contrary, once it could not prevail
}

// word is what is said on a level: one role, for one primary or for an unknown one.
type word struct {
	role     Role
	of       netip.AddrPort
	own      bool
	strength int8
	first    span  // of the statement that was seen first
	last     span  // of the statement that was asked for last
	until    int64 // when it was last said; by the node itself if own
	proofs   []Proof
}

// maxWords bounds what different things may be said on a level.
const maxWords = 4

// established reports that it was said at two moments that are ordered in time.
func (w *word) established() bool { return w.first.before(w.last) }

// add takes one more statement, and reports whether more changed than times.
func (w *word) add(s *statement) bool {
	changed := false
	if s.own && !w.own {
		w.own, w.until, w.strength, changed = true, s.to, 0, true
	}
	if s.own == w.own {
		w.strength = max(w.strength, strength(s.proof.Kind))
		w.until = max(w.until, s.to)
	}
	if s.to < w.first.to {
		w.first, changed = s.span, true
	}
	if s.from > w.last.from {
		w.last = s.span
	}
	return insertProof(&w.proofs, s.proof) || changed
}

// after reports whether something on the level was said before s, and whether
// something that contradicts it was.
func (l *level) after(s *statement) (after, contrary bool) {
	for i := range l.words {
		if w := &l.words[i]; w.first.before(s.span) {
			after = true
			contrary = contrary || contradicts(w.role, w.of, s.role, s.of)
		}
	}
	return after, contrary
}

// own reports whether the node itself said something on this level.
func (l *level) own() bool {
	for i := range l.words {
		if l.words[i].own {
			return true
		}
	}
	return false
}

// add takes a statement. changed says that more changed than times; ok is false
// if there is no room for it.
func (l *level) add(s *statement) (changed, ok bool) {
	for i := range l.words {
		w := &l.words[i]
		if w.role != s.role || w.of != s.of {
			continue
		}
		if len(l.words) == 1 {
			return w.add(s), true
		}
		role, of := l.verdict()
		changed = w.add(s)
		r, o := l.verdict() // a later statement may tip the scales
		return changed || r != role || o != of, true
	}
	if len(l.words) >= maxWords {
		return false, false
	}
	l.words = append(l.words, word{
		role: s.role, of: s.of, own: s.own, strength: strength(s.proof.Kind),
		first: s.span, last: s.span, until: s.to, proofs: []Proof{s.proof},
	})
	return true, true
}

// verdict returns the role that prevails. What the node says itself goes before
// what others say. Then comes what was said twice, one certainly after the other:
// what is unordered to both spans them both, as a command does that was parked.
// (At most one of two roles can be so: if each were, one of the first two would be
// ordered to one of the last two.) Then comes the stronger kind of evidence.
func (l *level) verdict() (Role, netip.AddrPort) {
	own := l.own()
	var sum [Replica + 1]word
	for i := range l.words {
		w := &l.words[i]
		if w.own != own {
			continue
		}
		s := &sum[w.role]
		if s.role == 0 {
			*s = *w
			continue
		}
		s.strength = max(s.strength, w.strength)
		if w.first.to < s.first.to {
			s.first = w.first
		}
		if w.last.from > s.last.from {
			s.last = w.last
		}
	}
	p, r := &sum[Primary], &sum[Replica]
	if r.role == 0 || p.role != 0 && prevails(p, r) >= 0 {
		return Primary, netip.AddrPort{}
	}
	// The primary's address may come from others if the node did not say it.
	var best *word
	for i := range l.words {
		w := &l.words[i]
		if w.role == Replica && w.of.IsValid() && (best == nil || compareWords(w, best) > 0) {
			best = w
		}
	}
	if best == nil {
		return Replica, netip.AddrPort{}
	}
	return Replica, best.of
}

func compareWords(a, b *word) int {
	if a.own != b.own {
		if a.own {
			return 1
		}
		return -1
	}
	return cmp.Or(prevails(a, b), b.of.Compare(a.of))
}

// prevails compares two words of a level by weight.
func prevails(a, b *word) int {
	if x, y := a.established(), b.established(); x != y {
		if x {
			return 1
		}
		return -1
	}
	return cmp.Compare(a.strength, b.strength)
}
