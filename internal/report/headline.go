package report

import (
	"fmt"
	"slices"
	"strings"
)

// Headline is the verdict in words: the first line of the text.
func Headline(r *Report) string {
	line, _ := (&text{r: r}).headline()
	return line
}

// headline is the verdict in words, and its colour.
func (t *text) headline() (string, style) {
	switch t.r.Verdict {
	case "bounced":
		return t.bounced(), red
	case "clean":
		return t.clean(), green
	}
	why := "no reason is given"
	if len(t.r.Reasons) > 0 {
		why = t.r.Reasons[0]
	}
	return "cannot tell: " + why, yellow
}

// clean says how much traffic the "no" rests on, and what became of redirects.
func (t *text) clean() string {
	n := t.r.Totals
	s := fmt.Sprintf("no bounces: %s of %s", count(n.Commands, "command", "commands"), count(n.Connections, "connection", "connections"))
	switch {
	case n.RedirectedCommands == 0 && n.RedirectReplies.Sum() == 0:
		s += ", none redirected"
	case n.RedirectedCommands == 0:
		s += ", " + count(n.RedirectReplies.Sum(), "redirect reply", "redirect replies")
	case n.MaxHops <= 1:
		s += fmt.Sprintf(", %s redirected once each", number(n.RedirectedCommands))
	default:
		s += fmt.Sprintf(", %s redirected with at most %s each", number(n.RedirectedCommands), count(n.MaxHops, "hop", "hops"))
	}
	if n.ReturnedCommands > 0 {
		s += fmt.Sprintf(", %s came back once and were served", number(n.ReturnedCommands))
		if n.ReturnedCommands == 1 {
			s = strings.TrimSuffix(s, "were served") + "was served"
		}
	}
	return s
}

// bounced sums up the findings that clients felt.
func (t *text) bounced() string {
	n := t.r.Totals
	var loud []*Finding
	for i := range t.r.Findings {
		if f := &t.r.Findings[i]; f.Severity == "critical" || f.Severity == "warning" {
			loud = append(loud, f)
		}
	}
	switch {
	case len(loud) == 0 && n.BouncedCommands > 0:
		return fmt.Sprintf("%s bounced with %s, but no finding passes the filters",
			count(n.BouncedCommands, "command", "commands"), count(n.BouncedRedirectReplies, "redirect", "redirects"))
	case len(loud) == 0:
		return "there are findings, but none passes the filters"
	case len(loud) == 1 && n.BouncedCommands == 0:
		return summary(loud[0]) + "; no command bounced"
	case len(loud) == 1:
		return summary(loud[0])
	}
	return severities(loud) + ": " + together(loud)
}

// severities says how many findings there are and how many are critical.
func severities(loud []*Finding) string {
	critical := 0
	for _, f := range loud {
		if f.Severity == "critical" {
			critical++
		}
	}
	s := fmt.Sprintf("%s findings", number(int64(len(loud))))
	if critical > 0 {
		s += fmt.Sprintf(", %s critical", number(int64(critical)))
	}
	return s
}

// together sums up several findings: the bounces, then the rules of the others.
// Clients are not summed, for one client may be in several findings.
func together(loud []*Finding) string {
	var commands, redirects int64
	var nodes, others []string
	for _, f := range loud {
		if !bounces(f.Rule) {
			if !slices.Contains(others, f.Rule) {
				others = append(others, f.Rule)
			}
			continue
		}
		commands += f.Commands
		redirects += f.RedirectReplies
		for _, n := range scene(f) {
			if !slices.Contains(nodes, n) {
				nodes = append(nodes, n)
			}
		}
	}
	if commands == 0 {
		return summary(loud[0]) + "; no command bounced"
	}
	s := fmt.Sprintf("%s bounced%s: %s", count(commands, "command", "commands"), among(nodes), count(redirects, "redirect", "redirects"))
	if len(others) > 0 {
		s += "; also " + list(others, 4, "rules")
	}
	return s
}

// bounces reports whether the findings of a rule are made of bounced commands.
func bounces(rule string) bool {
	return rule == "bounce" || rule == "self-redirect" || rule == "unreachable-target"
}

// summary says in one line what a finding is, and whether half of it is missing.
func summary(f *Finding) string {
	if f.Partial {
		return gist(f) + ", seen from one side only"
	}
	return gist(f)
}

func gist(f *Finding) string {
	clients := int64(len(f.Clients))
	who := count(clients, "client", "clients")
	switch {
	case clients == 0:
		who = "clients"
	case f.ClientsOmitted > 0:
		who = "at least " + who // those omitted are counted by their commands
	}
	nodes := scene(f)
	lasted := ""
	if d := milliseconds(f.DurationMS); d > 0 {
		lasted = " for " + duration(d)
	}
	where := list(nodes, 3, "nodes")
	switch f.Rule {
	case "bounce":
		return who + " bounced" + among(nodes) + lasted + ": " + amount(f)
	case "self-redirect":
		return where + " sent " + who + " back to itself" + lasted + ": " + amount(f)
	case "unreachable-target":
		to := " to a node out of reach"
		if len(f.Unreachable) > 0 {
			to = " to " + list(f.Unreachable, 2, "nodes") + ", out of reach,"
		}
		return where + " kept sending " + who + to + lasted + ": " + amount(f)
	case "long-chain":
		return fmt.Sprintf("%s of %s took up to %s", count(f.Commands, "command", "commands"), who, count(f.MaxHops, "hop", "hops"))
	case "dual-primary":
		all := " both"
		if len(nodes) != 2 {
			all = " all"
		}
		if f.Severity == "info" {
			return where + all + " appeared as primary" + lasted
		}
		return where + all + " took writes" + lasted
	case "readonly-loop":
		if lasted != "" {
			lasted = "," + lasted
		}
		return who + " kept writing to " + where + ", which is read-only" + lasted + ": " + amount(f)
	case "failover-violation":
		return "failover " + f.Failover + " broke a promise: " + f.Cause.Summary
	}
	return f.Rule + among(nodes) + lasted + ": " + amount(f)
}

// among names the nodes that something went on between.
func among(nodes []string) string {
	switch len(nodes) {
	case 0:
		return ""
	case 1:
		return " at " + nodes[0]
	case 2:
		return " between " + list(nodes, 3, "nodes")
	}
	return " among " + list(nodes, 3, "nodes")
}

// scene is the nodes of a finding. The cycle has those that redirected, seen or
// not; rules that are not about redirects have none.
func scene(f *Finding) []string {
	if len(f.Cycle) > 0 {
		return f.Cycle
	}
	return f.Nodes
}

// amount says how many redirects there were for how many commands.
func amount(f *Finding) string {
	commands := count(f.Commands, "command", "commands")
	if f.RedirectReplies == 0 {
		return commands
	}
	return count(f.RedirectReplies, "redirect", "redirects") + " for " + commands
}
