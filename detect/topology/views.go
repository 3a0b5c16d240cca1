package topology

import (
	"cmp"
	"net/netip"
	"slices"
)

// Bounds of what is remembered of who serves what.
const (
	maxRanges    = 2048    // ranges of slots in the view of one node
	maxAllRanges = 1 << 17 // in all views
	maxShifts    = 64      // slots on the move in the view of one node
	lastSlot     = 16383   // cluster.h, CLUSTER_SLOTS
)

// SlotView is what one node says of one slot.
type SlotView struct {
	By    netip.AddrPort // who says so
	Owner netip.AddrPort // who serves it; invalid if it does not say
	ID    string         // of the owner, if said
	Epoch uint64         // configuration epoch under which it was said, 0 if unknown
	Proof Proof
	// Migrating and Importing say that By gives the slot away or takes it over, To
	// or from Peer if it said that.
	Migrating, Importing bool
	Peer                 netip.AddrPort
	Shift                Proof // of Migrating and Importing
}

// owner is who serves something.
type owner struct {
	addr  netip.AddrPort // as resolved when it was said
	id    string
	epoch uint64
	proof Proof
}

// shift is a slot on the move.
type shift struct {
	slot     uint16
	incoming bool
	to       netip.AddrPort
	id       string
	proof    Proof
}

// stretch is a range of slots, both ends included, and who serves it.
type stretch struct {
	lo, hi uint16
	owner
}

// view is what a node says of the slots: ranges in order, without overlap.
type view struct {
	ranges []stretch
	shifts []shift
}

func valid(slot int16) bool { return slot >= 0 && slot <= lastSlot }

// owns notes the owner of one slot in the view of n.
func (m *Map) owns(n *Node, slot int16, o owner) {
	if valid(slot) {
		m.assign(n, stretch{uint16(slot), uint16(slot), o})
	}
}

// assign puts a range into the view of n in place of what it overlaps.
func (m *Map) assign(n *Node, s stretch) {
	r := n.view.ranges
	i, _ := slices.BinarySearchFunc(r, s.lo, func(x stretch, lo uint16) int { return cmp.Compare(x.hi, lo) })
	j := i
	var around [3]stretch
	put := around[:0]
	for ; j < len(r) && r[j].lo <= s.hi; j++ {
		if x := r[j]; x.lo < s.lo {
			put = append(put, stretch{x.lo, s.lo - 1, x.owner})
		}
	}
	put = append(put, s)
	if j > i && r[j-1].hi > s.hi {
		put = append(put, stretch{s.hi + 1, r[j-1].hi, r[j-1].owner})
	}
	if more := len(put) - (j - i); more > 0 && (len(r)+more > maxRanges || m.ranges+more > maxAllRanges) {
		m.Forgotten++
		return
	}
	m.ranges += len(put) - (j - i)
	n.view.ranges = slices.Replace(r, i, j, put...)
}

// surveys replaces the view of n by a whole one. The ranges are in any order.
func (m *Map) surveys(n *Node, all []stretch) {
	m.ranges -= len(n.view.ranges)
	n.view.ranges = n.view.ranges[:0]
	slices.SortStableFunc(all, func(a, b stretch) int { return cmp.Compare(a.lo, b.lo) })
	for _, s := range all {
		k := len(n.view.ranges)
		if k > 0 {
			s.lo = max(s.lo, n.view.ranges[k-1].hi+1)
		}
		if s.lo > s.hi {
			continue
		}
		if k >= maxRanges || m.ranges+k >= maxAllRanges {
			m.Forgotten++
			break
		}
		n.view.ranges = append(n.view.ranges, s)
	}
	m.ranges += len(n.view.ranges)
}

// drops removes all that o serves from the view of n, which is told anew.
func (m *Map) drops(n *Node, o owner) {
	k := len(n.view.ranges)
	n.view.ranges = slices.DeleteFunc(n.view.ranges, func(s stretch) bool {
		return s.addr == o.addr && o.addr.IsValid() || s.id == o.id && o.id != ""
	})
	m.ranges -= k - len(n.view.ranges)
}

// moving notes that a slot is on the move in the view of n.
func (m *Map) moving(n *Node, slot int16, s shift) {
	if !valid(slot) {
		return
	}
	s.slot = uint16(slot)
	m.settled(n, slot)
	if len(n.view.shifts) >= maxShifts {
		m.Forgotten++
		n.view.shifts = slices.Delete(n.view.shifts, 0, 1)
	}
	n.view.shifts = append(n.view.shifts, s)
}

// settled notes that a slot is not on the move any more in the view of n.
func (m *Map) settled(n *Node, slot int16) {
	n.view.shifts = slices.DeleteFunc(n.view.shifts, func(o shift) bool { return o.slot == uint16(slot) })
}

// Owners returns who serves a slot, by the latest word of each node that said
// anything about it, in the order of Nodes.
func (m *Map) Owners(slot uint16) []SlotView {
	var out []SlotView
	for _, n := range m.order {
		v := SlotView{By: n.Addr}
		r := n.view.ranges
		i, _ := slices.BinarySearchFunc(r, slot, func(x stretch, s uint16) int { return cmp.Compare(x.hi, s) })
		said := i < len(r) && r[i].lo <= slot
		if said {
			v.Owner, v.ID, v.Epoch, v.Proof = m.Canonical(r[i].addr), r[i].id, r[i].epoch, r[i].proof
			if a := m.addrOf(v.ID); a.IsValid() {
				v.Owner = a
			} else if o := m.nodes[v.Owner]; v.ID == "" && o != nil {
				v.ID = o.ID
			}
		}
		for _, s := range n.view.shifts {
			if s.slot != slot {
				continue
			}
			v.Migrating, v.Importing, v.Peer, v.Shift = !s.incoming, s.incoming, m.Canonical(s.to), s.proof
			if a := m.addrOf(s.id); a.IsValid() {
				v.Peer = a
			}
			said = true
		}
		if said {
			out = append(out, v)
		}
	}
	return out
}
