package topology

import (
	"cmp"
	"slices"
)

// Kinds of proof.
const (
	KindWrite     = "write-accepted"
	KindPsync     = "psync"         // the node asked another to replicate from it, or was promoted by it
	KindReplconf  = "replconf"      // the node began to ask another
	KindRefused   = "psync-refused" // PSYNC ... FAILOVER was refused: who sent it is primary again
	KindLineage   = "lineage"       // replication IDs
	KindOrder     = "order"         // the node obeyed a command that changes roles
	KindRole      = "role"
	KindInfo      = "info"
	KindHello     = "hello"
	KindSlots     = "cluster-slots"
	KindShards    = "cluster-shards"
	KindNodes     = "cluster-nodes"
	KindMyID      = "cluster-myid"
	KindBus       = "cluster-bus"
	KindGossip    = "cluster-gossip"
	KindSentinel  = "sentinel"
	KindGreeting  = "sentinel-hello"
	KindSwitch    = "sentinel-switch"
	KindEvent     = "sentinel-event"
	KindRedirect  = "redirect"
	KindRefusal   = "refusal" // READONLY, MASTERDOWN, NOMASTERLINK
	KindMoved     = "moved"
	KindArrival   = "arrival" // a command sent to a name arrived at an address
	KindAnnounced = "announced"
)

// strength orders kinds of proof as DESIGN section 5 does. It decides between
// statements that are not ordered in time.
func strength(kind string) int8 {
	switch kind {
	case KindWrite:
		return 6
	case KindPsync, KindReplconf, KindRefused, KindLineage, KindOrder:
		return 5
	case KindRole, KindInfo, KindHello:
		return 4
	case KindSlots, KindShards, KindNodes, KindBus, KindGossip:
		return 3
	case KindSentinel, KindGreeting, KindSwitch, KindEvent:
		return 2
	}
	return 1
}

// maxProofs bounds the pieces of evidence kept for one statement, and those kept
// against it.
const maxProofs = 4

// insertProof adds p to a list of proofs that is ordered: what the node itself
// said, then by strength, then by time. It holds one of each kind and text. It reports whether the list changed.
func insertProof(list *[]Proof, p Proof) bool {
	l := *list
	for i := range l {
		if l[i].Kind == p.Kind && l[i].Text == p.Text {
			if l[i].At <= p.At {
				return false
			}
			l = slices.Delete(l, i, i+1)
			break
		}
	}
	i, _ := slices.BinarySearchFunc(l, p, compareProofs)
	if i >= maxProofs {
		return false
	}
	if len(l) >= maxProofs {
		l = l[:maxProofs-1]
	}
	*list = slices.Insert(l, i, p)
	return true
}

func compareProofs(a, b Proof) int {
	if a.Hearsay != b.Hearsay {
		if b.Hearsay {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(strength(b.Kind), strength(a.Kind)), cmp.Compare(a.At, b.At),
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Text, b.Text))
}
