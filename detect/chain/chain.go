// Package chain follows one command of one client from node to node.
//
// A redirect opens a chain; the same command arriving again from the same host
// may continue it or may be a fresh command that looks the same. Which of the
// two it is decides whether a bounce is reported, so that question is answered
// by weighing evidence (match.go) and not by a switch: where the command goes,
// which connection it takes, what that connection did meanwhile, and whether
// anything else on that host ever looked like it.
package chain

import (
	"net/netip"
	"slices"

	"ricochet/detect"
)

// Bounds of what is kept. Each is counted in Tracker.Bounds when hit.
const (
	// MaxOpen bounds the chains that are followed at a time.
	MaxOpen = 1 << 16
	// MaxHopsHead and MaxHopsTail bound the hops kept of a chain: a bounce of a
	// second has thousands, and its start and its end tell the story.
	MaxHopsHead = 192
	MaxHopsTail = 64
	// MaxVisits bounds the distinct visits of a chain.
	MaxVisits = 64
)

// Outcome says how a chain ended.
type Outcome uint8

// Outcomes. Cut says that the end was not seen; it is never taken for a failure.
const (
	_       Outcome = iota
	Served          // a reply that is neither a redirect nor an error
	Failed          // an error that is not a redirect
	GivenUp         // the command did not come back within the window
	Cut             // the capture ended, or went blind, first
)

// String returns the word used in reports.
func (o Outcome) String() string {
	switch o {
	case Served:
		return "served"
	case Failed:
		return "failed"
	case GivenUp:
		return "given-up"
	case Cut:
		return "cut"
	}
	return "invalid"
}

// Hop is one redirect reply.
type Hop struct {
	detect.Place
	Node   netip.AddrPort
	Reply  detect.Reply
	Asking bool
	Slot   int16  // named by MOVED and ASK, else -1
	Line   string // the reply without '-', escaped

	conn        *detect.Conn
	ordinal     uint64
	sent        int64
	transaction uint32
	target      netip.AddrPort
	name        string // the target as sent, when target is not known
}

// Target returns the node that the redirect names, the zero AddrPort if that is
// not known. A name counts as known once a command was seen to arrive under it.
func (h *Hop) Target() netip.AddrPort { return h.target }

// Sent returns when the command was sent that the redirect answers, in
// nanoseconds since the Unix epoch, 0 if that was not seen.
func (h *Hop) Sent() int64 { return h.sent }

// Visit is a node in one of its two states. The ASK step of a resharding comes
// back to a node with ASKING set, and that is another state of the node.
type Visit struct {
	Node   netip.AddrPort
	Asking bool
}

// Chain is what one client does with one command until the first reply that is
// no redirect.
type Chain struct {
	Client  *Client
	Conn    *detect.Conn // the connection of the first redirect
	Command uint64
	Text    string // name and keys, escaped

	Start int64 // when the command was first sent, or the first redirect if that was not seen
	First int64 // time of the first redirect
	Last  int64 // time of the last redirect
	End   int64 // time of the last reply, or when the chain was given up

	// Hops holds the first MaxHopsHead and the last MaxHopsTail hops; HopCount
	// counts all.
	Hops     []Hop
	HopCount int
	Replies  [3]int // redirect replies by kind: REDIRECT, MOVED, ASK

	Outcome   Outcome
	Final     netip.AddrPort // the node of the last reply that is no redirect
	Returned  bool           // came back to a visit once and was served there
	Partial   bool           // a node that was named could not be seen
	Dead      netip.AddrPort // the target that refused or did not answer, if Unreached
	Unreached bool           // a target refused or did not answer
	Unseen    netip.AddrPort // the node that was named but not seen, if Partial
	Evicted   bool           // given up because of a bound
	AtEnd     bool           // open when the capture ended

	visits []visitCount
	tail   int // where the next hop goes in the ring of the last hops
	self   int // hops that name the answering node itself
	away   int // hops that name another node, as far as that is known

	// What matching goes by; see match.go.
	conns       []uint64 // connections the chain used, in order of first use, bounded
	last        leg
	target      netip.AddrPort  // where the last redirect pointed, zero if it is not known
	name        string          // the target as sent, when target is not known
	way         way             // to the target
	score       int             // of the assignment in flight
	sent        detect.Evidence // the command in flight
	lastReply   detect.Reply
	broken      bool // the last connection ended without a reply
	since       int64
	sends       uint32 // how many sends of this command the chain accounts for
	slowest     int64  // the longest that it took to send the command again, in nanoseconds
	who         uint64 // the name that all its connections have; 0: they have none, or several
	finalAsking bool   // the last command came after ASKING
	guesses     []int  // indexes of hops that continue the chain by a guess; see guess.go

	unsighted []int // the same for hops that do because their target was never seen

	// Where the chain stands; see state.go and flight.go.
	state         state
	family        *family
	hooks         [lanes]hook
	flight        flightKey
	before, after *Chain // others with a command on its way on the same connection

	// What is told of the chain while it is followed; see live.go.
	told    bool // that it bounces
	episode *episode
	place   int
	seenAs  shape
}

type visitCount struct {
	Visit
	n int
}

// leg is the exchange of the last redirect.
type leg struct {
	conn        uint64
	facts       *detect.Conn // what the connection had said of itself by then
	server      netip.AddrPort
	ordinal     uint64
	span        detect.Span // sent .. replied
	transaction uint32
}

// Bounced reports whether some visit redirected the command at least twice.
func (c *Chain) Bounced() bool {
	for i := range c.visits {
		if c.visits[i].n > 1 {
			return true
		}
	}
	return false
}

// Guessed reports whether the chain rests on a guess that may be overturned.
func (c *Chain) Guessed() bool { return len(c.guesses) > 0 }

// SelfOnly reports whether the chain never left one node, which named itself. Of
// a last redirect to a name that was never learnt it cannot be said where it
// pointed.
func (c *Chain) SelfOnly() bool {
	return len(c.visits) > 0 && c.away == 0 && c.self > 0 && c.self >= c.HopCount-1 && len(c.Nodes()) == 1
}

// Astray returns the name that the last redirect gave, escaped, if the chain ended
// without the command having been seen to arrive under it.
func (c *Chain) Astray() string {
	if c.target.IsValid() || c.Outcome != GivenUp && c.Outcome != Cut {
		return ""
	}
	return c.name
}

// Cycle returns the nodes among which the chain went round, in the order of the
// redirects, beginning with the node whose address is lowest: those from the
// first visit that it came back to up to its return. It is empty if the chain
// did not bounce.
func (c *Chain) Cycle() []netip.AddrPort {
	from, to := c.round()
	var nodes []netip.AddrPort
	for i := from; i < to; i++ {
		if n := c.Hops[i].Node; !slices.Contains(nodes, n) {
			nodes = append(nodes, n)
		}
	}
	if len(nodes) == 0 {
		return nil
	}
	if n := c.missing(from, to); len(nodes) == 1 && n.IsValid() && n != nodes[0] {
		nodes = append(nodes, n)
	}
	low := 0
	for i := range nodes {
		if nodes[i].Compare(nodes[low]) < 0 {
			low = i
		}
	}
	return append(append([]netip.AddrPort(nil), nodes[low:]...), nodes[:low]...)
}

// missing returns the node that a round was sent to without being seen there:
// it is out of sight, or the client has but one connection for all its callers,
// which did not point there any more. A node that did not answer took no part.
func (c *Chain) missing(from, to int) netip.AddrPort {
	if c.Partial && c.Unseen.IsValid() {
		return c.Unseen
	}
	if !c.Unreached {
		for i := from; i < to; i++ {
			if h := &c.Hops[i]; h.target.IsValid() && h.target != h.Node {
				return h.target
			}
		}
	}
	return netip.AddrPort{}
}

// round returns the indexes of the first hop whose visit comes again, and of the
// hop where it does. There are fewer visits than hops kept at the head, so that
// it is there if the chain bounced.
func (c *Chain) round() (from, to int) {
	first := map[Visit]int{}
	for i := range min(len(c.Hops), MaxHopsHead) {
		v := Visit{c.Hops[i].Node, c.Hops[i].Asking}
		if j, ok := first[v]; ok {
			return j, i
		}
		first[v] = i
	}
	return 0, 0
}

// Nodes returns every node that redirected the command, in order of first visit.
func (c *Chain) Nodes() []netip.AddrPort {
	var nodes []netip.AddrPort
	for i := range c.visits {
		if !slices.Contains(nodes, c.visits[i].Node) {
			nodes = append(nodes, c.visits[i].Node)
		}
	}
	return nodes
}

// span returns the stretch from the first to the last redirect; a clock that was
// set back does not turn it round.
func (c *Chain) span() (first, last int64) { return min(c.First, c.Last), max(c.First, c.Last) }

// Connections returns the IDs of the connections that the chain used.
func (c *Chain) Connections() []uint64 { return c.conns }

// OrderedHops returns the kept hops in time order; HopCount-len of them are
// missing between the first MaxHopsHead and the rest.
func (c *Chain) OrderedHops() []Hop {
	if len(c.Hops) < MaxHopsHead+MaxHopsTail {
		return c.Hops
	}
	at := MaxHopsHead + c.tail
	out := append([]Hop(nil), c.Hops[:MaxHopsHead]...)
	out = append(out, c.Hops[at:]...)
	return append(out, c.Hops[MaxHopsHead:at]...)
}

// addHop extends the chain. It returns false if the hop's visit could not be
// noted because of MaxVisits.
func (c *Chain) addHop(h Hop) bool {
	c.HopCount++
	c.Replies[h.Reply-detect.Redirect]++
	c.Last, c.End = h.At, h.At
	if c.HopCount == 1 {
		c.First = h.At
	}
	if len(c.Hops) < MaxHopsHead+MaxHopsTail {
		c.Hops = append(c.Hops, h)
	} else {
		c.Hops[MaxHopsHead+c.tail] = h
		c.tail = (c.tail + 1) % MaxHopsTail
	}
	switch {
	case h.target == h.Node:
		c.self++
	case h.target.IsValid():
		c.away++
	}
	v := Visit{h.Node, h.Asking}
	for i := range c.visits {
		if c.visits[i].Visit == v {
			c.visits[i].n++
			return true
		}
	}
	if len(c.visits) >= MaxVisits {
		return false
	}
	c.visits = append(c.visits, visitCount{v, 1})
	return true
}

// returned reports whether the chain came back to a visit once and was served.
func (c *Chain) returned() bool {
	return c.Outcome == Served && !c.Bounced() && c.visited(Visit{c.Final, c.finalAsking})
}

func (c *Chain) visited(v Visit) bool {
	for i := range c.visits {
		if c.visits[i].Visit == v {
			return true
		}
	}
	return false
}

// maxConns bounds the connections remembered of a chain.
const maxConns = 1024

func (c *Chain) addConn(id uint64) {
	if len(c.conns) < maxConns && !slices.Contains(c.conns, id) {
		c.conns = append(c.conns, id)
	}
}
