package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// textErrors is how many kinds of error reply the text names.
const textErrors = 5

// traffic sums up what was captured in two lines.
func (t *text) traffic() []string {
	n := &t.r.Totals
	first := fmt.Sprintf("%s and %s on %s", count(n.Commands, "command", "commands"),
		count(n.Replies, "reply", "replies"), count(n.Connections, "connection", "connections"))
	if d, ok := t.span(); ok {
		first += " in " + duration(d)
	}
	first += fmt.Sprintf("; %s of %s", count(n.Packets, "packet", "packets"), count(int64(len(t.r.Captures)), "capture", "captures"))
	if n.Duplicates > 0 {
		first += fmt.Sprintf(", %s of them duplicates", number(n.Duplicates))
	}
	second := t.redirects()
	if len(n.Errors) > 0 {
		second += "; errors: " + errorReplies(n.Errors)
	}
	return []string{first, second}
}

func (t *text) redirects() string {
	n := &t.r.Totals
	if n.RedirectReplies.Sum() == 0 && n.RedirectedCommands == 0 {
		return "no redirect replies"
	}
	var kinds []string
	for _, k := range []struct {
		n    int64
		name string
	}{{n.RedirectReplies.Redirect, "REDIRECT"}, {n.RedirectReplies.Moved, "MOVED"}, {n.RedirectReplies.Ask, "ASK"}} {
		if k.n > 0 {
			kinds = append(kinds, number(k.n)+" "+k.name)
		}
	}
	s := count(n.RedirectReplies.Sum(), "redirect reply", "redirect replies")
	if len(kinds) > 0 {
		s += " (" + strings.Join(kinds, ", ") + ")"
	}
	s += "; " + count(n.RedirectedCommands, "command", "commands") + " redirected"
	if n.BouncedCommands > 0 {
		s += ", " + number(n.BouncedCommands) + " bounced"
	}
	if n.ReturnedCommands > 0 {
		s += ", " + number(n.ReturnedCommands) + " returned"
	}
	return s
}

// errorReplies lists error replies, the most frequent first.
func errorReplies(n map[string]int64) string {
	words := slices.SortedFunc(maps.Keys(n), func(a, b string) int {
		return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b))
	})
	for i, w := range words {
		words[i] = number(n[w]) + " " + w
	}
	return list(words, textErrors, "kinds")
}

// span is the time from the first packet of any capture to the last.
func (t *text) span() (time.Duration, bool) {
	first, last := t.bounds()
	return last.Sub(first), !first.IsZero()
}

// bounds are the times of the first and the last packet of all captures, zero if
// there is none.
func (t *text) bounds() (time.Time, time.Time) {
	var first, last time.Time
	for i := range t.r.Captures {
		a, errA := time.Parse(time.RFC3339Nano, t.r.Captures[i].First)
		b, errB := time.Parse(time.RFC3339Nano, t.r.Captures[i].Last)
		if errA != nil || errB != nil {
			continue
		}
		if first.IsZero() || a.Before(first) {
			first = a
		}
		if b.After(last) {
			last = b
		}
	}
	return first, last
}

// firstDay is the day of the first packet, empty if there is none.
func (t *text) firstDay() string {
	first, _ := t.bounds()
	if first.IsZero() {
		return ""
	}
	return first.UTC().Format(dateLayout)
}

// clock writes the time of a timestamp, with the date if that is another than
// the one on which the captures start.
func (t *text) clock(stamp string) string {
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil || at.UTC().Format(dateLayout) != t.day {
		return date(stamp)
	}
	return at.UTC().Format(clockLayout)
}

// nodes describes each node and its roles; of more than most nodes it describes
// those that changed their role first, and counts the rest.
func (t *text) nodes(most int) []string {
	order := make([]*Node, len(t.r.Nodes))
	for i := range t.r.Nodes {
		order[i] = &t.r.Nodes[i]
	}
	rest := 0
	if len(order) > most {
		slices.SortStableFunc(order, func(a, b *Node) int { return cmp.Compare(len(b.Roles), len(a.Roles)) })
		rest = len(order) - (most - 1)
		order = order[:most-1]
	}
	var lines []string
	for _, n := range order {
		s := n.Addr
		if len(n.Aliases) > 0 {
			s += " (also " + list(aliases(n), 2, "names") + ")"
		}
		for _, w := range []string{n.Version, n.Mode} {
			if w != "" && w != "unknown" {
				s += " " + w
			}
		}
		lines = append(lines, s+": "+t.roles(n.Roles)+contradictions(n.Roles))
	}
	if rest > 0 {
		lines = append(lines, "and "+count(int64(rest), "more node", "more nodes"))
	}
	return lines
}

// aliases lists the other names of a node, each with how it was learnt.
func aliases(n *Node) []string {
	names := slices.Clone(n.Aliases)
	for i := range n.AliasEvidence {
		a := &n.AliasEvidence[i]
		if j := slices.Index(n.Aliases, a.Alias); j >= 0 && a.Evidence.Kind != "" {
			names[j] = a.Alias + " by " + a.Evidence.Kind
		}
	}
	return names
}

// contradictions says that there is evidence against the roles of a node; the
// timeline has it.
func contradictions(roles []Role) string {
	n := 0
	for i := range roles {
		n += len(roles[i].Conflicts)
	}
	if n == 0 {
		return ""
	}
	return "; " + count(int64(n), "statement", "statements") + " to the contrary"
}

// roles writes the role timeline of a node: all of it if it is short, else its
// first and its last role. A first role that was seen only later than the first
// packet has its time: what two nodes were at different times is no contradiction.
func (t *text) roles(roles []Role) string {
	if len(roles) == 0 {
		return unknownRole
	}
	s := role(&roles[0])
	if s != unknownRole && t.late(roles[0].Since) {
		s += " (seen from " + t.clock(roles[0].Since) + ")"
	}
	later := roles[1:]
	if len(later) > 2 {
		s += fmt.Sprintf(", %d more changes", len(later)-1)
		later = later[len(later)-1:]
	}
	for i := range later {
		s += ", then " + role(&later[i]) + " from " + t.clock(later[i].Since)
	}
	return s
}

// late reports whether a timestamp is later than the first packet.
func (t *text) late(stamp string) bool {
	first, _ := t.bounds()
	at, err := time.Parse(time.RFC3339Nano, stamp)
	return err == nil && !first.IsZero() && at.After(first)
}

const unknownRole = "role unknown"

func role(r *Role) string {
	switch {
	case r.Role == "" || r.Role == "unknown":
		return unknownRole
	case r.Primary != "":
		return r.Role + " of " + r.Primary
	}
	return r.Role
}
