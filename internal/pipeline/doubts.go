package pipeline

import (
	"fmt"
	"strconv"
	"strings"

	"ricochet/decode"
	"ricochet/decode/frame"
	"ricochet/internal/report"
)

func percent(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return part * 100 / whole
}

// plural is a count, its digits in groups of three, with its noun.
func plural(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " " + noun
}

// doubt is something that keeps a capture from carrying a "no bounces", and the
// capture that would settle it, which may be empty.
type doubt struct{ reason, next string }

// encrypted is what to look out for when there was only TLS.
const encrypted = "where it is not encrypted: behind a TLS proxy, or at a port without TLS"

// doubts lists what keeps the captures from carrying a "no bounces", what
// explains most first.
func (r *run) doubts(rep *report.Report) []doubt {
	var out []doubt
	if d := r.nothing(); d.reason != "" {
		out = append(out, d)
	}
	out = append(out, r.partly()...)
	if d := r.unseen(); d.reason != "" {
		out = append(out, d)
	}
	for _, c := range rep.Captures {
		if c.Damage != "" && c.Packets == 0 {
			out = append(out, doubt{reason: fmt.Sprintf("%s could not be read: %s", c.File, c.Damage)})
		}
	}
	if r.failure != nil {
		out = append(out, doubt{reason: fmt.Sprintf("reading stopped: %v", r.failure)})
	}
	if r.interrupted {
		out = append(out, doubt{reason: "the analysis was interrupted, and covers what was read until then"})
	}
	return append(out, r.required(rep)...)
}

// nothing says why nothing at all can be said of bounces, or is empty.
func (r *run) nothing() doubt {
	s := &r.stats
	whole := r.more("the port of your servers, if it is another")
	speaking := s.Connections - s.TLS - s.Unparsed
	switch {
	case r.in.packets == 0 && (r.o.From != 0 || r.o.To != 0):
		return doubt{"the captures hold no packets between --from and --to", ""}
	case r.in.packets == 0 && r.live:
		return doubt{"no packet of the ports watched was seen", "ricochet watch --all-ports"}
	case r.in.packets == 0:
		return doubt{"the capture holds no packets", whole}
	case r.in.tcp == 0 && r.in.verdicts[frame.UnknownLink].Count > 0:
		return doubt{"the link type of the capture is not one that ricochet reads", whole}
	case r.in.tcp == 0 && r.in.verdicts[frame.Short].Count > 0:
		return doubt{"the packets were cut inside their headers by the snap length", r.more("-s 0: whole packets")}
	case r.in.tcp == 0:
		return doubt{"the capture holds no TCP packets", whole}
	case s.Connections > 0 && s.TLS == s.Connections:
		return doubt{"the traffic is encrypted: " + allOf(s.TLS) + " TLS", r.more(encrypted)}
	case s.Connections == 0 && s.OtherTLS > 0 && s.OtherTLS >= s.Other:
		return doubt{"no RESP traffic, only " + plural(s.OtherTLS, "connection") + " encrypted by TLS", r.more(encrypted)}
	case speaking <= 0 && s.Unparsed > 0:
		return doubt{"no RESP traffic, only other traffic on the ports of Valkey and Redis: " + plural(s.Unparsed, "connection"), whole}
	case speaking <= 0 && len(r.o.Ports) > 0 && r.live:
		return doubt{"no RESP traffic on the ports watched", "ricochet watch --all-ports"}
	case speaking <= 0 && len(r.o.Ports) > 0:
		return doubt{"no RESP traffic on the ports asked for", "ricochet analyze CAPTURE   # without --port: servers are found on any port"}
	case speaking <= 0 && s.Replication+s.Bus > 0:
		return doubt{"no client traffic, only " + plural(s.Replication+s.Bus, "link") + " between servers", r.more("on a host where clients come in")}
	case speaking <= 0 && s.Other > 0:
		return doubt{"no RESP traffic, only " + plural(s.Other, "connection") + " of other protocols", whole}
	case speaking <= 0:
		return doubt{"no RESP traffic: no connection carries any data", whole}
	}
	return r.unpaired()
}

// unseen names the nodes that clients were sent to and of which there is no
// traffic, or is empty.
func (r *run) unseen() doubt {
	const most = 3 // what a line has room for
	nodes := r.d.nodes.Unseen()
	all := append(addrs(nodes), r.d.astray...)
	if len(all) == 0 {
		return doubt{}
	}
	named := strings.Join(all[:min(len(all), most)], ", ")
	if n := len(all) - most; n > 0 {
		named += fmt.Sprintf(" and %d more", n)
	}
	// A name from the wire has no place in a command line.
	next := r.more("on a host of the clients")
	if len(nodes) > 0 {
		next = unseenNodes(nodes)
	}
	return doubt{"clients were sent to " + named + ", of which the capture has no traffic", next}
}

// allOf says "all 7 connections are", or what is right for one.
func allOf(n int64) string {
	if n == 1 {
		return "the only connection is"
	}
	return fmt.Sprintf("all %d connections are", n)
}

// unpaired says why there is RESP but no command with its reply, or is empty.
func (r *run) unpaired() doubt {
	s := &r.stats
	both := r.more("on a host that sees both directions")
	switch {
	case s.Paired > 0:
		return doubt{}
	case s.Commands == 0 && (s.Replies == 0 || s.Blind[decode.CauseTruncated].Bytes > 0):
		return doubt{"no command was decoded" + r.because(), r.lossless()}
	case s.Commands == 0:
		return doubt{"one direction only: the servers' " + plural(s.Replies, "message") + " and no commands", both}
	case s.Replies == 0:
		return doubt{"one direction only: " + plural(s.Commands, "command") + " and no replies", both}
	}
	return doubt{"no command could be paired with its reply" + r.because(), r.lossless()}
}

// partly lists what is missing from captures that show something.
func (r *run) partly() []doubt {
	var out []doubt
	s := &r.stats
	switch p, q := percent(s.TLS, s.Connections), percent(s.TLS+s.Unparsed, s.Connections); {
	case s.TLS < s.Connections && p >= maxTLSPercent:
		out = append(out, doubt{fmt.Sprintf("%d %% of connections are TLS", p), r.more(encrypted)})
	case s.TLS+s.Unparsed < s.Connections && q >= maxTLSPercent:
		out = append(out, doubt{fmt.Sprintf("%d %% of connections were not understood (TLS or another protocol)", q), r.more(encrypted)})
	}
	if n := r.d.over() + s.Blind[decode.CauseConnections].Count + s.Blind[decode.CausePipeline].Count; n > 0 {
		out = append(out, doubt{fmt.Sprintf("more than fits was going on: a bound was reached %d times", n), "ricochet analyze --from TIME --to TIME CAPTURE   # a part of it"})
	}
	if s.Paired > 0 {
		clients := s.Connections - s.TLS - s.Unparsed - s.Replication
		if clients > 0 && percent(s.BothDirections, clients) < minBothPercent {
			out = append(out, doubt{
				fmt.Sprintf("of %s only %d were seen in both directions", plural(clients, "connection"), s.BothDirections),
				r.more("on a host that sees both directions"),
			})
		}
		lonely := s.Blind[decode.CauseUnpaired].Count + s.Blind[decode.CauseUnanswered].Count
		if p := percent(lonely, s.Commands+s.Replies); p >= maxUnpairedPercent {
			what := fmt.Sprintf("%d %% of commands and replies could not be paired", p)
			if b := r.because(); b != "" {
				what = "heavy loss: " + what + b
			}
			out = append(out, doubt{what, r.lossless()})
		}
	}
	packets, dropped := int64(0), r.health.Dropped
	for _, c := range r.captures {
		packets, dropped = packets+c.Packets, dropped+c.Dropped
	}
	if p := percent(dropped, packets+dropped); p >= maxDroppedPercent {
		out = append(out, doubt{fmt.Sprintf("heavy loss: %d %% of the packets were dropped while capturing", p), r.larger()})
	}
	return out
}

// because names what is known to be missing from the streams, as the end of a
// sentence.
func (r *run) because() string {
	b := &r.stats.Blind
	lost, cut := b[decode.CauseLost], b[decode.CauseTruncated]
	cut.Bytes -= min(cut.Bytes, r.stats.Spared)
	switch {
	case cut.Bytes > 0 && cut.Bytes >= lost.Bytes:
		return fmt.Sprintf(", for the snap length cut %s off the packets", plural(cut.Bytes, "byte"))
	case lost.Count > 0:
		return fmt.Sprintf(", for %s are missing from the capture", plural(lost.Bytes, "byte"))
	}
	return ""
}

// lossless suggests a capture without what because names.
func (r *run) lossless() string {
	b := &r.stats.Blind
	lost, cut := b[decode.CauseLost], b[decode.CauseTruncated]
	cut.Bytes -= min(cut.Bytes, r.stats.Spared)
	switch {
	case cut.Bytes > 0 && cut.Bytes >= lost.Bytes:
		return r.more("-s 0: whole packets")
	case lost.Count > 0:
		return r.larger()
	}
	return r.more("for longer, and from before the clients connect")
}

func (r *run) larger() string {
	if r.live {
		return "ricochet watch --buffer 64   # a larger ring loses fewer packets"
	}
	return tcpdump("-B 65536 ", "more.pcap", r.servers(), "-B: a larger buffer loses fewer packets")
}

// required says which of the things that the user demanded were not seen.
func (r *run) required(rep *report.Report) []doubt {
	var out []doubt
	q := r.o.Require
	if q.Failover && len(rep.Failovers) == 0 {
		out = append(out, doubt{"a failover is required, and none was seen", r.more("on the host of the primary, from before the failover to after it")})
	}
	if q.Commands > 0 && r.stats.Paired < q.Commands {
		out = append(out, doubt{
			fmt.Sprintf("%s seen with their replies, and %d are required", plural(r.stats.Paired, "command"), q.Commands), r.more("for longer"),
		})
	}
	if n := r.stats.Connections - r.stats.Replication; q.BothDirections && (r.stats.BothDirections < n || n == 0) {
		out = append(out, doubt{
			fmt.Sprintf("both directions are required, and were seen of %d of %s", r.stats.BothDirections, plural(n, "connection")),
			r.more("on a host that sees both directions"),
		})
	}
	return out
}
