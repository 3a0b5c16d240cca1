package judge

import (
	"hash/fnv"
	"net/netip"
	"time"

	"ricochet/internal/lab/server"
	"ricochet/internal/report"
)

// What is remembered of a client is bounded; what goes beyond is counted.
const (
	maxConns  = 1 << 16
	maxWrites = 1 << 17
	maxChains = 1 << 16
	maxNames  = 8
)

// record is what the nodes saw of the client under judgement. It is filled in by events
// of the world, and read when that is closed.
type record struct {
	conns    map[netip.AddrPort]*connection
	writes   map[uint64]*written
	phase    *phase // that is under way; nil: none
	sentOn   int    // commands that were redirected while a handover was in progress
	handover bool
	omitted  int // connections and writes over a bound

	// By the analyzer, which works at the same time.
	chains        []report.Chain
	chainsOmitted int
}

// connection is one of the client's.
type connection struct {
	ours                 bool // a node's or an operator's, and no client's
	came                 time.Time
	commands             int
	redirects            bool
	name, library, level string
}

// written is a write with the same bytes each time.
type written struct {
	times int
	last  netip.AddrPort // the node where it ran last
	at    time.Time
}

func newRecord() *record {
	return &record{conns: map[netip.AddrPort]*connection{}, writes: map[uint64]*written{}}
}

// see takes what a node saw.
func (r *record) see(s server.Seen) {
	c := r.conns[s.Client]
	if s.What == server.Came || c == nil {
		if len(r.conns) >= maxConns {
			r.omitted++
			return
		}
		c = &connection{came: s.At}
		r.conns[s.Client] = c
	}
	c.name, c.library, c.level = s.Name, s.Library, s.LibraryVersion
	c.redirects = c.redirects || s.Redirects
	c.ours = c.ours || s.Replica || s.Name == operatorName
	if c.ours {
		return
	}
	switch s.What {
	case server.Ran, server.Refused:
		c.commands++
		r.ran(&s)
	case server.Left:
		if r.phase != nil {
			r.phase.Unanswered++
		}
	}
}

// commands counts what the client has sent. A node is known for one only when it has
// said what it wants.
func (r *record) commands() int {
	sum := 0
	for _, c := range r.conns {
		if !c.ours {
			sum += c.commands
		}
	}
	return sum
}

// ran takes a command that has its answer.
func (r *record) ran(s *server.Seen) {
	p := r.phase
	if p != nil {
		p.Commands++
		switch s.Error {
		case "":
		case "REDIRECT":
			if r.handover {
				r.sentOn++
			}
		default:
			p.Errors[report.Clean(s.Error)]++
		}
	}
	if s.What != server.Ran || !s.Writes || s.Error != "" {
		return
	}
	h := fnv.New64a()
	for _, w := range s.Words {
		_, _ = h.Write(w)
		_, _ = h.Write([]byte{0})
	}
	w := r.writes[h.Sum64()]
	if w == nil {
		if len(r.writes) >= maxWrites {
			r.omitted++
			return
		}
		w = &written{}
		r.writes[h.Sum64()] = w
	}
	w.times++
	// Twice in all, on different nodes, during one handover: a client that sends the
	// same write again and again does so more often.
	if p != nil && w.times == 2 && w.last != s.Node && w.at.After(p.began) {
		p.Doubled++
	}
	w.last, w.at = s.Node, s.At
}

// chain takes a redirected command from the analyzer.
func (r *record) chain(c *report.Chain) {
	if len(r.chains) >= maxChains {
		r.chainsOmitted++
		return
	}
	r.chains = append(r.chains, *c)
}

// client sums up who was there.
func (r *record) client() Client {
	var who Client
	for _, c := range r.conns {
		if c.ours || c.commands == 0 {
			continue
		}
		who.Connections++
		if c.redirects {
			who.Announced++
		}
		who.add(c)
	}
	return who
}
