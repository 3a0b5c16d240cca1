package frame

// Bounds of the reassembly of fragmented IP datagrams.
const (
	// MaxDatagrams is how many incomplete datagrams are held at a time. The
	// oldest is given up for a new one.
	MaxDatagrams = 32
	// MaxFragmentBytes is how much memory the fragments of a decoder take at
	// most, in bytes. It is taken in steps of one datagram, when needed.
	MaxFragmentBytes = MaxDatagrams * maxDatagramLen
	// MaxStretches is how many separate stretches a datagram may be held in.
	// Fragments that arrive in order, or in reverse, make one stretch.
	MaxStretches = 32
	// FragmentAge is how long fragments wait for their siblings, in nanoseconds
	// (the order of magnitude that operating systems use).
	FragmentAge = 30e9
	// FragmentDistance is how many datagrams may be begun while another waits. An
	// IPv4 identification comes round after 65536 datagrams, and at high rates
	// that is sooner than FragmentAge: the head of one datagram must not meet the
	// tail of another (RFC 4963).
	FragmentDistance = 4096
)

const (
	// maxDatagramLen is the length of the longest datagram (RFC 791, section 3.1).
	maxDatagramLen = 65535
	// rememberedDatagrams is how many complete datagrams are remembered, for at
	// most rememberAge, so that copies of their fragments do not begin them anew.
	rememberedDatagrams = 64
	rememberAge         = 1e9
)

// whole, the invalid verdict, stands for no verdict yet: decoding goes on.
const whole Verdict = 0

// remembered is a datagram that was completed.
type remembered struct {
	key datagramKey
	at  int64
}

// reassembler holds the fragments of a decoder.
type reassembler struct {
	places   [MaxDatagrams]datagram
	done     [rememberedDatagrams]remembered
	begun    uint64 // datagrams begun
	lent     bool   // some place is lent
	counters Counters
}

// fragment adds a fragment to its datagram. The verdict is whole when that
// completed it; what was captured of the datagram from its start, its length
// and its protocol are returned then. They stay valid until the next packet.
func (d *Decoder) fragment(key datagramKey, f fragment) ([]byte, int, uint8, Verdict) {
	end := f.offset + f.wire
	if f.wire <= 0 || end > maxDatagramLen || f.more && f.wire%8 != 0 {
		return nil, 0, 0, Malformed
	}
	if d.frags == nil {
		d.frags = new(reassembler)
	}
	r := d.frags
	r.expire(d.at)
	if r.isCopy(key, d.at) {
		return nil, 0, 0, Held
	}
	g := r.find(key)
	if g == nil {
		g = r.begin(key, d.at)
	}
	if g.contradicts(end, f.more) {
		return nil, 0, 0, Malformed
	}
	switch g.cover(f) {
	case nothingNew:
		return nil, 0, 0, Held
	case noRoom:
		r.counters.Refused++
		return nil, 0, 0, FragmentLost
	}
	g.fragments++
	r.counters.Waiting++
	if g.end == 0 || g.n != 1 || g.have[0] != (stretch{0, g.end}) {
		return nil, 0, 0, Held
	}
	r.counters.Reassembled++
	r.done[r.counters.Reassembled%rememberedDatagrams] = remembered{key, d.at}
	r.free(g)
	g.lent, r.lent = true, true
	return g.buf[:min(g.cut, g.end)], g.end, g.next, whole
}

// expire gives up datagrams that have waited for too long. A clock that was set
// back ends the wait as well.
func (r *reassembler) expire(at int64) {
	for i := range r.places {
		g := &r.places[i]
		if g.fragments == 0 {
			continue
		}
		if apart(at, g.at) > FragmentAge || r.begun-g.order > FragmentDistance {
			r.counters.Expired += g.fragments
			r.free(g)
		}
	}
}

// isCopy reports whether a datagram was completed shortly before, so that its
// fragments are copies: from a second vantage point, say.
func (r *reassembler) isCopy(key datagramKey, at int64) bool {
	for i := range r.done {
		if r.done[i].key == key && apart(at, r.done[i].at) <= rememberAge {
			return true
		}
	}
	return false
}

// find returns the datagram of that key, or nil.
func (r *reassembler) find(key datagramKey) *datagram {
	for i := range r.places {
		if g := &r.places[i]; g.fragments > 0 && g.key == key {
			return g
		}
	}
	return nil
}

// begin finds a place for a new datagram, if need be that of the oldest. There
// is always one that is not lent: lent are only the datagrams around the present
// packet, at most one an IP header, so MaxDepth+1.
func (r *reassembler) begin(key datagramKey, at int64) *datagram {
	var place *datagram
	for i := range r.places {
		g := &r.places[i]
		if g.lent {
			continue
		}
		if g.fragments == 0 {
			place = g
			break
		}
		if place == nil || g.order < place.order {
			place = g
		}
	}
	if place.fragments > 0 {
		r.counters.Evicted += place.fragments
		r.free(place)
	}
	if place.buf == nil {
		place.buf = make([]byte, maxDatagramLen)
	}
	r.begun++
	*place = datagram{key: key, at: at, order: r.begun, cut: maxDatagramLen, buf: place.buf}
	return place
}

// free makes a place available again; its buffer stays.
func (r *reassembler) free(g *datagram) {
	r.counters.Waiting -= g.fragments
	g.fragments = 0
}

// reclaim takes back what was lent for the previous packet.
func (r *reassembler) reclaim() {
	if !r.lent {
		return
	}
	r.lent = false
	for i := range r.places {
		r.places[i].lent = false
	}
}

// apart returns the distance between two points in time. It fits in a uint64
// even where a signed difference overflows.
func apart(a, b int64) uint64 {
	return uint64(max(a, b)) - uint64(min(a, b))
}
