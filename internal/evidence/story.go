package evidence

import (
	"fmt"
	"strings"

	"ricochet/detect/chain"
	"ricochet/internal/report"
)

// maxNotes bounds what is said of packets. Of further ones it is counted only.
const maxNotes = 1 << 18

// place is a packet of a capture.
type place struct {
	capture int
	packet  int64
}

// Story is told the chains of an analysis while it goes on.
type Story struct {
	notes    map[place]*note
	n        int
	omitted  int64
	tellings []*telling // of which there are notes
}

// note is one thing to be said of a packet, and the next one.
type note struct {
	next *note
	text string   // or:
	of   *telling // a hop of this chain
	hop  int64    // from 1
	node string
	to   string
	back bool // the command had been there
}

// telling is what the notes of a chain have in common.
type telling struct {
	who, command string
	hops         int64
	bounced      bool
	first, last  int64  // when it was redirected
	node         string // one of those that redirected it
	finding      string // that it is part of, once that is known
}

// NewStory returns a Story of which nothing was told yet.
func NewStory() *Story { return &Story{notes: map[place]*note{}} }

// Chain takes a chain that has ended: it is what pipeline.Options.Chain wants.
func (s *Story) Chain(c *report.Chain) {
	if len(c.Hops) == 0 {
		return
	}
	who := c.Client
	if c.Name != "" {
		who = c.Name
	}
	of := &telling{
		who: who, command: c.Command, hops: c.HopCount, bounced: c.Bounced,
		first: nanoseconds(c.Hops[0].At), last: nanoseconds(c.Hops[len(c.Hops)-1].At), node: c.Hops[0].Node,
	}
	if s.n < maxNotes {
		s.tellings = append(s.tellings, of)
	}
	been := map[string]bool{}
	for i := range c.Hops {
		h := &c.Hops[i]
		been[h.Node] = true
		to := h.Reply[strings.LastIndexByte(h.Reply, ' ')+1:]
		number := int64(i + 1)
		if i >= chain.MaxHopsHead { // what was left out lies before
			number += c.HopsOmitted
		}
		s.add(place{h.Capture, h.Packet}, &note{of: of, hop: number, node: h.Node, to: to, back: been[to]})
	}
}

// add says one more thing of a packet. What was said before comes first.
func (s *Story) add(p place, n *note) {
	if p.packet == 0 {
		return
	}
	if s.n >= maxNotes {
		s.omitted++
		return
	}
	at := s.notes[p]
	if at == nil {
		s.notes[p] = n
		s.n++
		return
	}
	for ; ; at = at.next {
		if at.text != "" && at.text == n.text {
			return
		}
		if at.next == nil {
			at.next = n
			s.n++
			return
		}
	}
}

// maxSaid bounds the notes that one packet's comment is made of. A pipeline may
// have thousands of redirects in a packet.
const maxSaid = 12

// comment is what is said of a packet; empty if there is nothing to be said.
func (s *Story) comment(p place) string {
	var said []string
	more := 0
	for n := s.notes[p]; n != nil; n = n.next {
		if len(said) < maxSaid {
			said = append(said, n.String())
		} else {
			more++
		}
	}
	if more > 0 {
		said = append(said, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(said, "; ")
}

func (n *note) String() string {
	if n.of == nil {
		return n.text
	}
	var b strings.Builder
	if n.of.finding != "" {
		b.WriteString(n.of.finding + ", ")
	}
	fmt.Fprintf(&b, "hop %d of %d: %s redirects %s of %s ", n.hop, n.of.hops, n.node, n.of.command, n.of.who)
	switch {
	case n.to == n.node:
		b.WriteString("back to itself")
	case n.back:
		b.WriteString("back to " + n.to)
	default:
		b.WriteString("to " + n.to)
	}
	return b.String()
}
