package pipeline

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"ricochet/decode"
	"ricochet/decode/frame"
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
		Connections: s.Connections, BothDirections: s.BothDirections, TLS: s.TLS, Unparsed: s.Unparsed,
		CommandsPaired: s.Paired, CapaClients: s.Capa,
		NodesNamedButUnseen: addrs(r.d.nodes.Unseen()),
		LostBytes:           s.Blind[decode.CauseLost].Bytes,
	}
	return c
}

// verdict decides what the first line of the report says.
func (r *run) verdict(rep *report.Report) (string, []string) {
	missing := r.missing(rep)
	if slices.ContainsFunc(r.severities(), func(s detect.Severity) bool { return s != detect.Info }) {
		return "bounced", []string{}
	}
	if len(missing) > 0 {
		return "inconclusive", missing
	}
	return "clean", []string{}
}

// severities are those of all findings, shown or not: a filter narrows what is
// shown, it does not make clients happy.
func (r *run) severities() []detect.Severity {
	var out []detect.Severity
	for _, f := range append(r.d.findings.All(), r.d.readonly.Findings()...) {
		out = append(out, f.Severity)
	}
	return out
}

func percent(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return part * 100 / whole
}

// missing says what keeps the capture from carrying a "no bounces".
func (r *run) missing(rep *report.Report) []string {
	s := &r.stats
	out := []string{}
	add := func(format string, a ...any) { out = append(out, fmt.Sprintf(format, a...)) }
	speaking := s.Connections - s.TLS - s.Unparsed
	switch {
	case r.in.packets == 0:
		add("the capture holds no packets")
	case r.in.tcp == 0 && r.in.verdicts[frame.UnknownLink].Count > 0:
		add("the link type of the capture is not one that ricochet reads")
	case r.in.tcp == 0:
		add("the capture holds no TCP packets")
	case s.Connections > 0 && s.TLS == s.Connections:
		add("all %d connections are TLS", s.TLS)
	case s.Connections == 0 && s.OtherTLS > 0 && s.OtherTLS >= s.Other:
		add("no RESP traffic: %d connections are TLS", s.OtherTLS)
	case speaking <= 0 && s.Unparsed > 0:
		add("none of the %d connections on the ports of Valkey and Redis could be understood", s.Unparsed)
	case speaking <= 0 && len(r.o.Ports) > 0:
		add("no RESP traffic on the ports asked for")
	case speaking <= 0:
		add("no RESP traffic: %d connections of other protocols, %d replication and cluster bus links", s.Other, s.Replication+s.Bus)
	case s.Commands == 0 && s.Replies == 0:
		add("no command was decoded")
	case s.Commands == 0:
		add("one direction only: %d replies and no commands", s.Replies)
	case s.Replies == 0:
		add("one direction only: %d commands and no replies", s.Commands)
	case s.Paired == 0:
		add("no command could be paired with its reply")
	}
	if p := percent(s.TLS, s.Connections); s.TLS < s.Connections && p >= maxTLSPercent {
		add("%d %% of connections are TLS", p)
	}
	if s.Paired > 0 {
		if n := speaking - s.Replication; n > 0 && percent(s.BothDirections, n) < minBothPercent {
			add("of %d connections only %d were seen in both directions", n, s.BothDirections)
		}
		lonely := s.Blind[decode.CauseUnpaired].Count + s.Blind[decode.CauseUnanswered].Count
		if p := percent(lonely, s.Commands); p >= maxUnpairedPercent {
			add("heavy loss: %d %% of the commands could not be paired with their replies", p)
		}
	}
	var packets, dropped int64
	for _, c := range r.captures {
		packets, dropped = packets+c.Packets, dropped+c.Dropped
	}
	if p := percent(dropped, packets+dropped); p >= maxDroppedPercent {
		add("%d %% of the packets were dropped while capturing", p)
	}
	if n := len(rep.Coverage.NodesNamedButUnseen); n > 0 {
		add("clients were sent to %s, and no traffic to it is in the capture", rep.Coverage.NodesNamedButUnseen[0])
	}
	for _, c := range rep.Captures {
		if c.Damage != "" && c.Packets == 0 {
			add("%s could not be read: %s", c.File, c.Damage)
		}
	}
	if r.failure != nil {
		add("reading stopped: %v", r.failure)
	}
	if r.interrupted {
		add("the analysis was interrupted")
	}
	return append(out, r.required()...)
}

// required says which of the things that the user demanded were not seen.
func (r *run) required() []string {
	var out []string
	q := r.o.Require
	if q.Failover {
		out = append(out, "no failover was seen, and one is required")
	}
	if q.Commands > 0 && r.stats.Paired < q.Commands {
		out = append(out, fmt.Sprintf("%d commands with their replies were seen, and %d are required", r.stats.Paired, q.Commands))
	}
	if n := r.stats.Connections - r.stats.Replication; q.BothDirections && (r.stats.BothDirections < n || n == 0) {
		out = append(out, fmt.Sprintf("both directions are required, and were seen of %d of %d connections", r.stats.BothDirections, n))
	}
	return out
}

// next suggests the capture that would settle what this one could not.
func (r *run) next(rep *report.Report) string {
	s := &r.stats
	ports := "'tcp port 6379'"
	switch {
	case len(rep.Coverage.NodesNamedButUnseen) > 0:
		a, err := netip.ParseAddrPort(rep.Coverage.NodesNamedButUnseen[0])
		if err != nil {
			return ""
		}
		return fmt.Sprintf("tcpdump -i any -s 0 -w more.pcap 'host %s and tcp port %d'", a.Addr(), a.Port())
	case rep.Verdict != "inconclusive":
		return ""
	case s.TLS > 0 && s.TLS == s.Connections || s.Connections == 0 && s.OtherTLS > 0:
		return "tcpdump -i lo -s 0 -w plain.pcap 'tcp port 6379'   # where the traffic is not encrypted, such as behind the TLS proxy"
	case s.Blind[decode.CauseTruncated].Count > 0:
		return "tcpdump -i any -s 0 -w whole.pcap " + ports + "   # -s 0: whole packets"
	case s.Connections == 0:
		return "tcpdump -i any -s 0 -w resp.pcap 'tcp port PORT'   # the port of the servers"
	case s.Blind[decode.CauseLost].Count > 0 || s.Blind[decode.CauseDropped].Count > 0:
		return "tcpdump -i any -s 0 -B 65536 -w more.pcap " + ports + "   # -B: a larger buffer loses fewer packets"
	case s.Commands == 0 || s.Replies == 0 || s.Paired == 0:
		return "tcpdump -i any -s 0 -w both.pcap " + ports + "   # on a host that sees both directions"
	}
	return "tcpdump -i any -s 0 -w more.pcap " + ports
}
