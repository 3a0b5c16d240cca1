package play

import (
	"maps"
	"slices"

	"ricochet/internal/report"
)

// What tallies are about, besides replies with an error.
const (
	RedirectReplies    = "REDIRECT replies"
	MovedReplies       = "MOVED replies"
	AskReplies         = "ASK replies"
	RedirectedCommands = "commands redirected"
	ReturnedCommands   = "commands that returned"
	BouncedCommands    = "commands that bounced"
	BouncedReplies     = "redirects of these"
	MostHops           = "most hops of a command"
)

// Tally is one number as the clients know it and as the analyzer found it out.
type Tally struct {
	What     string
	Clients  int
	Analyzer int
}

// Agrees tells whether the two are the same.
func (t Tally) Agrees() bool { return t.Clients == t.Analyzer }

// Compare holds the clients' own log against the analyzer's report on their traffic.
func (o *Outcome) Compare(r *report.Report) []Tally {
	n, t := o.Log.Count(), r.Totals
	tallies := []Tally{
		{RedirectReplies, n.Redirects["REDIRECT"], int(t.RedirectReplies.Redirect)},
		{MovedReplies, n.Redirects["MOVED"], int(t.RedirectReplies.Moved)},
		{AskReplies, n.Redirects["ASK"], int(t.RedirectReplies.Ask)},
		{RedirectedCommands, n.Redirected, int(t.RedirectedCommands)},
		{ReturnedCommands, n.Returned, int(t.ReturnedCommands)},
		{BouncedCommands, n.Bounced, int(t.BouncedCommands)},
		{BouncedReplies, n.BouncedReplies, int(t.BouncedRedirectReplies)},
		{MostHops, n.MaxHops, int(t.MaxHops)},
	}
	for _, code := range slices.Sorted(maps.Keys(n.Errors)) {
		tallies = append(tallies, Tally{code + " replies", n.Errors[code], int(t.Errors[code])})
	}
	// An error that no client got is one too many, but for those that a server tells one
	// that asks to follow it.
	amongServers := []string{"ERR", "NOMASTERLINK", "NOPERM"}
	for _, code := range slices.Sorted(maps.Keys(t.Errors)) {
		if _, known := n.Errors[code]; !known && !slices.Contains(amongServers, code) {
			tallies = append(tallies, Tally{code + " replies", 0, int(t.Errors[code])})
		}
	}
	return tallies
}

// Agree tells whether all numbers are the same.
func Agree(tallies []Tally) bool {
	return !slices.ContainsFunc(tallies, func(t Tally) bool { return !t.Agrees() })
}
