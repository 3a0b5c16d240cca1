package evidence

import (
	"fmt"
	"slices"
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
	notes    map[place]*notes
	n        int
	omitted  int64
	tellings []*telling // of which there are notes
}

// notes is what is to be said of a packet.
type notes struct {
	said []note // at most maxSaid
	more int
}

// note is one thing of it.
type note struct {
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
	first, last  int64    // when it was redirected
	end          int64    // when it ended
	nodes        []string // where it was, and who gave the last reply
	finding      string   // that it is part of, once that is known
}

// NewStory returns a Story of which nothing was told yet.
func NewStory() *Story { return &Story{notes: map[place]*notes{}} }

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
		first: nanoseconds(c.Hops[0].At), last: nanoseconds(c.Hops[len(c.Hops)-1].At), end: nanoseconds(c.End),
	}
	if c.Final != "" {
		of.nodes = append(of.nodes, c.Final)
	}
	if s.n < maxNotes {
		s.tellings = append(s.tellings, of)
	}
	been := map[string]bool{}
	for i := range c.Hops {
		h := &c.Hops[i]
		if !been[h.Node] {
			been[h.Node] = true
			of.nodes = append(of.nodes, h.Node)
		}
		to := h.Reply[strings.LastIndexByte(h.Reply, ' ')+1:]
		number := int64(i + 1)
		if i >= chain.MaxHopsHead { // what was left out lies before
			number += c.HopsOmitted
		}
		s.add(place{h.Capture, h.Packet}, note{of: of, hop: number, node: h.Node, to: to, back: been[to]})
	}
}

// maxSaid bounds the notes that one packet's comment is made of. A pipeline may
// have thousands of redirects in a packet.
const maxSaid = 12

// add says one more thing of a packet. What was said before comes first.
func (s *Story) add(p place, n note) {
	if p.packet == 0 {
		return
	}
	at := s.notes[p]
	switch {
	case at != nil && n.text != "" && slices.ContainsFunc(at.said, func(o note) bool { return o.text == n.text }):
		return
	case at != nil && len(at.said) == maxSaid:
		at.more++
		return
	case s.n >= maxNotes:
		s.omitted++
		return
	case at == nil:
		at = &notes{}
		s.notes[p] = at
	}
	at.said = append(at.said, n)
	s.n++
}

// comment is what is said of a packet; empty if there is nothing to be said.
func (s *Story) comment(p place) string {
	at := s.notes[p]
	if at == nil {
		return ""
	}
	var said []string
	for i := range at.said {
		said = append(said, at.said[i].String())
	}
	if at.more > 0 {
		said = append(said, fmt.Sprintf("and %d more", at.more))
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
