package failover

// count counts replies of one sort, and keeps the first of them.
type count struct {
	n           int64
	first, last int64 // time of the first and the last
	proofs      []Proof
}

func (c *count) add(p Proof) {
	if c.n++; c.n == 1 || p.At < c.first {
		c.first = p.At
	}
	c.last = max(c.last, p.At)
	if len(c.proofs) < maxProofs {
		c.proofs = append(c.proofs, p)
	}
}

func (c *count) merge(o *count) {
	if o.n > 0 && (c.n == 0 || o.first < c.first) {
		c.first = o.first
	}
	c.last = max(c.last, o.last)
	c.n += o.n
	c.proofs = append(c.proofs, o.proofs[:min(len(o.proofs), maxProofs-len(c.proofs))]...)
}

// account counts what the servers of an episode answered in it.
type account struct {
	// unclear holds redirects of the old primary of which it is not clear whether
	// they were given while the new one was none yet; older counts those before
	// them, of which there are too many to keep, up to olderTill.
	unclear   []answer
	older     count
	olderTill int64
	clearTill int64 // redirects up to here are accounted for

	during            count    // redirects by the old primary while the new one was none yet
	waited            count    // commands held back through it and then redirected
	astray            count    // commands of capa clients held back and then answered otherwise
	heldWrites        count    // writes held back while waiting for a replica
	tookWaiting       count    // writes taken while waiting for a replica
	took              []answer // the first of these
	blockedRedirected count
	blockedDropped    count // of clients that can be redirected
	right, wrong      count // targets named by the old primary after it was decided
	fromWrote         count // writes taken by the old primary after it was decided
	toWrote           count // writes taken by the new one after it was decided
	both              bool  // one of them was sent after the old one had taken one
	newWrote          count // writes taken by the one that was to be primary, after an abort
	restored          count
	notRestored       count
}
