package topology

import (
	"net/netip"
	"slices"
)

const (
	// staleAfter is for how long, in nanoseconds, what a node said of itself stands
	// against what others say of it. Views of others lag behind by up to a cluster's
	// node timeout (15 s) or some rounds of a Sentinel (10 s).
	staleAfter = 30_000_000_000
	// maxVoices bounds the speakers remembered of one node.
	maxVoices = 8
)

// voice is the last word of one speaker about a node.
type voice struct {
	by   netip.AddrPort
	role Role
	of   netip.AddrPort
}

// hear takes what another node said of n. It gives n a role if n has said nothing
// of its own lately; else it is noted with the role in force. Speakers that
// contradict each other do not make the role go to and fro: it changes when one of
// them changes its mind, or speaks of a later epoch.
func (m *Map) hear(n *Node, s statement, by netip.AddrPort, epoch uint64) {
	s.own, s.proof.Hearsay = false, true
	news := n.listen(voice{by: by, role: s.role, of: s.of})
	if epoch > n.epoch {
		news = news || n.epoch != 0
		n.epoch = epoch
	}
	if s.role == Primary && (news || s.proof.Kind == KindSwitch) {
		m.promoted(n) // the end of its link was missed
	}
	l := n.top()
	if l == nil {
		m.place(n, &s)
		m.show(n)
		return
	}
	role, of := l.verdict()
	if !contradicts(role, of, s.role, s.of) {
		if l.join(&s) {
			m.show(n)
		}
		return
	}
	if l.own() && s.from < l.until()+staleAfter || !l.own() && !news && s.proof.Kind != KindSwitch {
		if !l.heard(&s) && insertProof(&l.against, s.proof) {
			m.show(n)
		}
		return
	}
	if m.place(n, &s) {
		m.show(n)
	}
}

// heard reports whether the level has a word of s for what it says.
func (l *level) heard(s *statement) bool {
	for i := range l.words {
		if w := &l.words[i]; w.role == s.role && w.of == s.of && slices.ContainsFunc(w.proofs, func(p Proof) bool { return p == s.proof }) {
			return true
		}
	}
	return false
}

// join adds what others say in agreement with the level. When the node itself
// spoke, that says neither when its role began nor for how long it lasted.
func (l *level) join(s *statement) bool {
	own := l.own()
	for i := range l.words {
		w := &l.words[i]
		if w.role != s.role || s.of.IsValid() && w.of != s.of {
			continue
		}
		if own && w.own {
			return insertProof(&w.proofs, s.proof)
		}
		changed := insertProof(&w.proofs, s.proof)
		if !own && s.to > w.until { // the end that is shown
			w.until, changed = s.to, true
		}
		return changed
	}
	if len(l.words) < maxWords {
		l.add(s)
		return true
	}
	return false
}

// listen remembers the speaker's word, and reports whether it said otherwise before.
func (n *Node) listen(v voice) (news bool) {
	for i := range n.voices {
		if o := &n.voices[i]; o.by == v.by {
			news = contradicts(o.role, o.of, v.role, v.of)
			*o = v
			return news
		}
	}
	if len(n.voices) < maxVoices {
		n.voices = append(n.voices, v)
	}
	return false
}
