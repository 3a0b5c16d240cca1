package pipeline

import (
	"cmp"
	"net/netip"
	"slices"

	"ricochet/decode"
	"ricochet/detect"
	"ricochet/detect/chain"
	"ricochet/internal/report"
)

// A "no" needs ground: below these shares of what there was, in percent, the
// verdict is inconclusive. They are not tuned to anything; they say from when on
// a reader would object that "most of it was not looked at".
const (
	maxTLSPercent      = 50 // of connections, encrypted
	minBothPercent     = 50 // of connections, seen in both directions
	maxUnpairedPercent = 5  // of commands and replies, without their counterpart
	maxDroppedPercent  = 5  // of packets, lost while capturing
)

func sortFindings(all []*chain.Finding) {
	slices.SortStableFunc(all, func(a, b *chain.Finding) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Rule, b.Rule),
			slices.CompareFunc(a.Cycle, b.Cycle, netip.AddrPort.Compare))
	})
}

func (r *run) coverage(rep *report.Report) report.Coverage {
	s := &r.stats
	c := report.Coverage{
		Connections: s.Connections, BothDirections: s.BothDirections, ReplicationLinks: s.Replication, TLS: s.TLS, Unparsed: s.Unparsed,
		CommandsPaired: s.Paired, CapaClients: s.Capa,
		NodesNamedButUnseen: append(addrs(r.d.nodes.Unseen()), r.d.astray...),
		LostBytes:           s.Blind[decode.CauseLost].Bytes,
		SparedBytes:         s.Spared,
		FailoversSeen:       int64(len(r.d.failovers.Episodes())),
	}
	return c
}

// verdict decides what the first line of the report says, with the reasons and
// the capture to take next.
func (r *run) verdict(rep *report.Report) (verdict string, reasons []string, next string) {
	reasons = []string{}
	if slices.ContainsFunc(r.severities(), func(s detect.Severity) bool { return s != detect.Info }) {
		return "bounced", reasons, r.unseen().next
	}
	doubts := r.doubts(rep)
	if len(doubts) == 0 {
		return "clean", reasons, ""
	}
	for _, d := range doubts {
		reasons = append(reasons, d.reason)
		next = cmp.Or(next, d.next)
	}
	return "inconclusive", reasons, next
}
