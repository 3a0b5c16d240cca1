package failover

// count counts replies of one sort, and keeps the first of them.
type count struct {
	n      int64
	proofs []Proof
}

func (c *count) add(p Proof) {
	c.n++
	if len(c.proofs) < maxProofs {
		c.proofs = append(c.proofs, p)
	}
}

// account counts what the servers of a FAILOVER answered in it.
type account struct {
	during            count // redirects by the old primary while the new one was none yet
	unsure            []answer
	latest            []answer // redirects that may have been given after it was decided
	waited            count    // commands held back through it and then redirected
	astray            count    // writes of capa clients held back and then answered otherwise
	heldWrites        count    // writes held back while waiting for a replica
	tookWaiting       count    // writes taken while waiting for a replica
	blockedRedirected count
	blockedDropped    count // of clients that can be redirected
	blockedOther      count // of others
	right, wrong      count // targets named by the old primary after it was decided
	fromWrote         count // writes taken by the old primary after it was decided
	toWrote           count // writes taken by the new one after it was decided
	both              bool  // one of them was sent after the old one had taken one
	newWrote          count // writes taken by the one that was to be primary, after an abort
	restored          count
	notRestored       count
}
