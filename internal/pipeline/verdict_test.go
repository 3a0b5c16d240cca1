package pipeline_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ricochet/capture"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

const (
	served = "open c1.s>A\nc1.s>A *GET k\nA>c1.s $v\n"
	http   = `%[1]s>%[2]s "GET / HTTP/1.1\r\nHost: x\r\n\r\n"` + "\n" + `%[2]s>%[1]s "HTTP/1.1 200 OK\r\n\r\nhello"` + "\n"
)

// tls is a connection to A with records of a TLS handshake and of data.
func tls(name string) string {
	return fmt.Sprintf("open %[1]s>A\n"+`%[1]s>A "\x16\x03\x01\x00\x05hello"`+"\n"+
		`A>%[1]s "\x16\x03\x03\x00\x05hello"`+"\n"+`%[1]s>A "\x17\x03\x03\x00\x05hello"`+"\n", name)
}

// TestVerdictOfScripts holds what the first lines say of captures that show
// little: why it is not enough, and the capture to take instead.
func TestVerdictOfScripts(t *testing.T) {
	ports := func(p ...uint16) pipeline.Options { return pipeline.Options{Ports: p} }
	require := func(q pipeline.Require) pipeline.Options { return pipeline.Options{Require: q} }
	for _, c := range []struct {
		name, script string
		o            pipeline.Options
		verdict      string
		reason, next string // "" for next: there must be none
	}{
		{"all is well", served, pipeline.Options{}, "clean", "", ""},
		{"a command bounced", bouncing, pipeline.Options{}, "bounced", "", ""},
		{"no packets", "", pipeline.Options{}, "inconclusive", "the capture holds no packets", "tcpdump -i any -s 0 -w more.pcap 'tcp port 6379'"},
		{"none in the time asked for", "", pipeline.Options{From: 1}, "inconclusive", "the captures hold no packets between --from and --to", ""},
		{"TLS only", tls("c1.a") + tls("c1.b"), pipeline.Options{}, "inconclusive",
			"the traffic is encrypted: all 2 connections are TLS", "# where it is not encrypted"},
		{"one connection, of TLS", tls("c1.a"), pipeline.Options{}, "inconclusive",
			"the traffic is encrypted: the only connection is TLS", "# where it is not encrypted"},
		{"TLS on another port", "host A 10.0.0.1:7443\n" + tls("c1.a"), pipeline.Options{}, "inconclusive",
			"no RESP traffic, only 1 connection encrypted by TLS", "# where it is not encrypted"},
		{"mostly TLS", tls("c1.a") + tls("c1.b") + served, pipeline.Options{}, "inconclusive",
			"66 % of connections are TLS", "# where it is not encrypted"},
		{"some TLS", tls("c1.a") + served + "open c1.t>A\nc1.t>A *GET k\nA>c1.t $v", pipeline.Options{}, "clean", "", ""},
		{"commands only", "join c1.a>A\nc1.a>A *GET k\nc1.a>A *GET l", pipeline.Options{}, "inconclusive",
			"one direction only: 2 commands and no replies", "# on a host that sees both directions"},
		{"replies only", "join c1.a>A\nA>c1.a $v\nA>c1.a $w", pipeline.Options{}, "inconclusive",
			"one direction only: the servers' 2 messages and no commands", "# on a host that sees both directions"},
		{"most connections in one direction", served + "join c1.a>A\nc1.a>A *GET k\njoin c1.b>A\nc1.b>A *GET k", pipeline.Options{}, "inconclusive",
			"of 3 connections only 1 were seen in both directions", "# on a host that sees both directions"},
		{"HTTP on a port of its own", "host W 10.0.0.9:8080\nopen c1.a>W\n" + fmt.Sprintf(http, "c1.a", "W"), pipeline.Options{}, "inconclusive",
			"no RESP traffic, only 1 connection of other protocols", "# the port of your servers"},
		{"HTTP on the port of Valkey", "open c1.a>A\n" + fmt.Sprintf(http, "c1.a", "A"), pipeline.Options{}, "inconclusive",
			"no RESP traffic, only other traffic on the ports of Valkey and Redis: 1 connection", "# the port of your servers"},
		{"a port that matches nothing", bouncing, ports(9999), "inconclusive", "no RESP traffic on the ports asked for", "# without --port"},
		{"a port that matches", bouncing, ports(6379), "bounced", "", ""},
		{"connections without data", "open c1.a>A\nclose c1.a\nrefuse c1.b>A", pipeline.Options{}, "inconclusive",
			"no RESP traffic: no connection carries any data", "# the port of your servers"},
		{"sent to a node that was not captured", "open c1.a>A\n1ms c1.a>A *GET k\n2ms A>c1.a -REDIRECT {B}", pipeline.Options{}, "inconclusive",
			"clients were sent to 10.0.0.2:6379, of which the capture has no traffic", "tcpdump -i any -s 0 -w more.pcap 'host 10.0.0.2 and tcp port 6379'"},
		{"sent to two that were not", "open c1.a>A\n1ms c1.a>A *GET k\n2ms A>c1.a -MOVED 1 {B}\n3ms c1.a>A *GET l\n4ms A>c1.a -MOVED 2 {C}", pipeline.Options{}, "inconclusive",
			"clients were sent to 10.0.0.2:6379, 10.0.0.3:6379, of which", "'(host 10.0.0.2 and tcp port 6379) or (host 10.0.0.3 and tcp port 6379)'"},
		{"bounced, and half of it not captured", "open c1.a>A\n1ms c1.a>A *GET k\n2ms A>c1.a -REDIRECT {B}\n3ms c1.a>A *GET k\n4ms A>c1.a -REDIRECT {B}\n5ms c1.a>A *GET k\n6ms A>c1.a $v",
			pipeline.Options{}, "bounced", "", "'host 10.0.0.2 and tcp port 6379'"},
		{"servers on ports of their own are in the next capture", "host A 10.0.0.1:7001\nhost B 10.0.0.2:7002\n" + served + "open c1.b>B\nc1.b>B *GET k\nB>c1.b $v",
			require(pipeline.Require{Commands: 9}), "inconclusive", "2 commands seen with their replies", "'tcp portrange 7001-7002'   # for longer"},
		{"a failover required, and none seen", served, require(pipeline.Require{Failover: true}), "inconclusive", "a failover is required, and none was seen", "# on the host of the primary"},
		{"more commands required", served, require(pipeline.Require{Commands: 2}), "inconclusive",
			"1 command seen with their replies, and 2 are required", "# for longer"},
		{"as many commands as required", served, require(pipeline.Require{Commands: 1}), "clean", "", ""},
		{"both directions required, and seen", served, require(pipeline.Require{BothDirections: true}), "clean", "", ""},
		{"both directions required, one missing", strings.Repeat(served, 10) + "join c1.a>A\nA>c1.a $v", require(pipeline.Require{BothDirections: true}), "inconclusive",
			"both directions are required, and were seen of 10 of 11 connections", "# on a host that sees both directions"},
		{"bounced, whatever is required", bouncing, require(pipeline.Require{Failover: true, Commands: 1000}), "bounced", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, out := outputsOf(t, c.o, wiretest.NewSource("m", script(t, c.script)))
			checkVerdict(t, r, out, c.verdict, c.reason, c.next)
		})
	}
}

// checkVerdict holds a report against a verdict, the start of its first reason
// and a part of the capture to take next.
func checkVerdict(t *testing.T, r *report.Report, out outputs, verdict, reason, next string) {
	t.Helper()
	if r.Verdict != verdict {
		t.Fatalf("verdict: got %s %q, want %s", r.Verdict, r.Reasons, verdict)
	}
	first, _, _ := strings.Cut(out.text, "\n")
	switch verdict {
	case "inconclusive":
		if len(r.Reasons) == 0 || !strings.HasPrefix(r.Reasons[0], reason) {
			t.Errorf("reasons: got %q, want %q first", r.Reasons, reason)
		}
		if first != "cannot tell: "+r.Reasons[0] {
			t.Errorf("first line: %s", first)
		}
	default:
		if len(r.Reasons) != 0 {
			t.Errorf("reasons: %q", r.Reasons)
		}
		if says := strings.HasPrefix(first, "no bounces"); says != (verdict == "clean") {
			t.Errorf("first line: %s", first)
		}
	}
	if next == "" && r.Coverage.Next != "" || !strings.Contains(r.Coverage.Next, next) {
		t.Errorf("next: got %q, want %q", r.Coverage.Next, next)
	}
	if next != "" && !strings.Contains(out.text, r.Coverage.Next) {
		t.Errorf("the text lacks %q:\n%s", r.Coverage.Next, out.text)
	}
}

// TestVerdictWithoutTCP has packets, none of which is TCP that can be read.
func TestVerdictWithoutTCP(t *testing.T) {
	whole := script(t, bouncing)
	unread := clone(whole)
	for i := range unread {
		unread[i].Link = 147 // LINKTYPE_USER0
	}
	var dns []capture.Packet
	for _, p := range wiretest.VXLAN(whole) {
		p.Data = bytes.Clone(p.Data)
		binary.BigEndian.PutUint16(p.Data[14+20+2:], 53) // the destination port of the tunnel's UDP
		dns = append(dns, p)
	}
	for _, c := range []struct {
		name         string
		packets      []capture.Packet
		reason, next string
	}{
		{"UDP only", dns, "the capture holds no TCP packets", "# the port of your servers"},
		{"a link type that is not known", unread, "the link type of the capture is not one that ricochet reads", "tcpdump"},
		{"cut inside the headers", wiretest.Snap(whole, 40), "the packets were cut inside their headers", "# -s 0: whole packets"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, out := outputsOf(t, pipeline.Options{}, wiretest.NewSource("m", c.packets))
			checkVerdict(t, r, out, "inconclusive", c.reason, c.next)
		})
	}
}

// TestVerdictOfDamagedCorpus holds that loss takes away a "no", and only a loss
// that hides the redirects themselves takes away a "yes".
func TestVerdictOfDamagedCorpus(t *testing.T) {
	for _, s := range corpus(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var whole []capture.Packet
			for _, f := range s.clientFiles(t) {
				if p := readFile(t, f); len(p) > len(whole) {
					whole = p
				}
			}
			bounced := analyze(t, pipeline.Options{}, wiretest.NewSource("m", whole)).Verdict == "bounced"
			half, out := outputsOf(t, pipeline.Options{}, wiretest.NewSource("m", wiretest.Drop(whole, 50, 3)))
			if !bounced || half.Verdict != "bounced" {
				checkVerdict(t, half, out, "inconclusive", "heavy loss: ", "-B 65536")
			}
			snapped, out := outputsOf(t, pipeline.Options{}, wiretest.NewSource("m", wiretest.Snap(whole, 96)))
			switch {
			case snapped.Verdict == "bounced" && !bounced:
				t.Errorf("bounced when cut at 96 bytes: %s", rules(snapped))
			case snapped.Verdict == "inconclusive":
				checkVerdict(t, snapped, out, "inconclusive", "", "# -s 0: whole packets")
			}
			little := analyze(t, pipeline.Options{}, wiretest.NewSource("m", wiretest.Drop(whole, 0.2, 4)))
			if bounced && little.Verdict != "bounced" {
				t.Errorf("with 0.2 %% of the packets lost: %s %q", little.Verdict, little.Reasons)
			}
		})
	}
}

// TestVerdictOfHealthyCorpus holds that a whole capture without bounces is
// clean, with all its hosts.
func TestVerdictOfHealthyCorpus(t *testing.T) {
	for _, s := range corpus(t) {
		if s.bounced() > 0 {
			continue
		}
		r := analyzeFiles(t, pipeline.Options{}, s.files(t, "prscd")...)
		checkVerdict(t, r, outputs{text: textOf(t, r)}, "clean", "", "")
	}
}

// TestVerdictOfDrops reads a pcapng file whose interface statistics own up to
// packets that were dropped.
func TestVerdictOfDrops(t *testing.T) {
	for _, c := range []struct {
		name    string
		script  string
		dropped uint64
		verdict string
	}{
		{"none", served, 0, "clean"},
		{"few", strings.Repeat(served, 10), 1, "clean"},
		{"many", served, 50, "inconclusive"},
		{"many, but a command bounced", bouncing, 50, "bounced"},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "drops.pcapng")
			if err := os.WriteFile(name, pcapng(script(t, c.script), c.dropped), 0o600); err != nil {
				t.Fatal(err)
			}
			r := analyzeFiles(t, pipeline.Options{}, name)
			reason, next := "", ""
			if c.verdict == "inconclusive" {
				reason, next = "heavy loss: 90 % of the packets were dropped while capturing", "-B 65536"
			}
			checkVerdict(t, r, outputs{text: textOf(t, r)}, c.verdict, reason, next)
			if got := r.Captures[0].Dropped; got != int64(c.dropped) {
				t.Errorf("dropped: got %d, want %d", got, c.dropped)
			}
		})
	}
}

// pcapng returns a section with one interface, packets and the interface's
// statistics (draft-ietf-opsawg-pcapng, sections 4.1 to 4.3 and 4.6).
func pcapng(packets []capture.Packet, dropped uint64) []byte {
	le := binary.LittleEndian
	var out []byte
	block := func(kind uint32, body []byte) {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		out = le.AppendUint32(out, kind)
		out = le.AppendUint32(out, uint32(12+len(body)))
		out = le.AppendUint32(append(out, body...), uint32(12+len(body)))
	}
	stamp := func(b []byte, at int64) []byte {
		us := uint64(at / 1000)
		return le.AppendUint32(le.AppendUint32(b, uint32(us>>32)), uint32(us))
	}
	head := le.AppendUint32(nil, 0x1A2B3C4D)
	head = le.AppendUint16(le.AppendUint16(head, 1), 0)
	block(0x0A0D0D0A, le.AppendUint64(head, 1<<64-1))
	block(1, le.AppendUint32(le.AppendUint32(nil, uint32(capture.LinkEthernet)), 0))
	var last int64
	for _, p := range packets {
		b := stamp(le.AppendUint32(nil, 0), p.Time)
		b = le.AppendUint32(le.AppendUint32(b, uint32(len(p.Data))), uint32(p.Len))
		block(6, append(b, p.Data...))
		last = p.Time
	}
	b := stamp(le.AppendUint32(nil, 0), last)
	b = le.AppendUint16(le.AppendUint16(b, 5), 8) // isb_ifdrop
	b = le.AppendUint64(b, dropped)
	block(5, le.AppendUint32(b, 0))
	return out
}

// TestVerdictOfDamagedFiles cuts a file short: it is analysed up to there, and
// the damage is told.
func TestVerdictOfDamagedFiles(t *testing.T) {
	whole := pcapBytes(t, script(t, strings.Repeat(served, 10)+"1s open c1.z>A\n1s c1.z>A *GET k\n1s A>c1.z $v\n"))
	for _, c := range []struct {
		name    string
		file    []byte
		verdict string
		reason  string
	}{
		{"in the last packet", whole[:len(whole)-3], "clean", ""},
		{"in the first packet", whole[:24+16+5], "inconclusive", "the capture holds no packets"},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "cut.pcap")
			if err := os.WriteFile(name, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			r := analyzeFiles(t, pipeline.Options{}, name)
			if r.Verdict != c.verdict || len(r.Reasons) > 0 && r.Reasons[0] != c.reason {
				t.Errorf("verdict: %s %q, want %s %q", r.Verdict, r.Reasons, c.verdict, c.reason)
			}
			if r.Captures[0].Damage == "" || !strings.Contains(textOf(t, r), "damaged: ") {
				t.Errorf("the damage is not told:\n%s", textOf(t, r))
			}
		})
	}
}

// TestInterrupted cancels an analysis midway: there is a report of what was read
// until then, and it claims nothing about the rest.
func TestInterrupted(t *testing.T) {
	for _, workers := range []int{1, 2} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			packets := script(t, served+strings.Repeat("c1.s>A *GET k\nA>c1.s $v\n", 20_000))
			ctx, cancel := context.WithCancel(context.Background())
			src := &stopping{Source: wiretest.NewSource("m", packets), after: len(packets) / 2, stop: cancel}
			r, err := pipeline.Run(ctx, src, pipeline.Options{Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			checkVerdict(t, r, outputs{text: textOf(t, r)}, "inconclusive", "the analysis was interrupted", "")
			if n := r.Totals.Packets; n == 0 || n > int64(len(packets)/2+1<<13) {
				t.Errorf("%d of %d packets read", n, len(packets))
			}
		})
	}
	t.Run("a bounce that was seen stays one", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		packets := script(t, bouncing+"1s "+served)
		src := &stopping{Source: wiretest.NewSource("m", packets), after: 17, stop: cancel}
		r, err := pipeline.Run(ctx, src, pipeline.Options{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		checkVerdict(t, r, outputs{text: textOf(t, r)}, "bounced", "", "")
	})
}

// stopping is a source that cancels the analysis when so many packets were read.
type stopping struct {
	capture.Source
	after int
	stop  func()
}

func (s *stopping) Next(p *capture.Packet) error {
	if s.after--; s.after == 0 {
		s.stop()
	}
	return s.Source.Next(p)
}
