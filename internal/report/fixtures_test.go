package report

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files; commit only differences that you understand")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs (-update rewrites it); got:\n%s", file, got)
	}
}

const (
	nodeA = "10.77.0.1:6379"
	nodeB = "10.77.0.2:6379"
)

// at is a timestamp, ms milliseconds after the start of all fixtures.
func at(ms float64) string {
	start := time.Date(2026, 11, 23, 19, 0, 53, 0, time.UTC)
	return start.Add(milliseconds(ms)).Format(time.RFC3339Nano)
}

// healthy is a failover that went well: every command was redirected once.
func healthy() *Report {
	return &Report{
		Schema: Schema, Verdict: "clean",
		Coverage: Coverage{Connections: 24, BothDirections: 24, CommandsPaired: 12034, CapaClients: 24, FailoversSeen: 1},
		Captures: []Capture{
			{File: "caps/host-c.pcap.gz", Format: "pcap", Link: "ethernet", Packets: 30123, Bytes: 4000000, First: at(0), Last: at(61800)},
			{File: "caps/host-p.pcap.gz", Format: "pcap", Link: "ethernet", Packets: 20000, Bytes: 3000000, First: at(3), Last: at(61000)},
		},
		Totals: Totals{Packets: 50123, Duplicates: 19000, Connections: 24, Commands: 12034, Replies: 12030,
			RedirectReplies: RedirectReplies{Redirect: 6}, RedirectedCommands: 6, MaxHops: 1},
		Nodes: []Node{
			{Addr: nodeA, Version: "8.0.1", Mode: "standalone", Roles: []Role{
				{Role: "primary", Since: at(0), Until: at(922)},
				{Role: "replica", Primary: nodeB, Since: at(922)}}},
			{Addr: nodeB, Aliases: []string{"db2.example:6379"}, Mode: "standalone", Roles: []Role{
				{Role: "replica", Primary: nodeA, Since: at(0), Until: at(922)},
				{Role: "primary", Since: at(922)}}},
		},
		Failovers: []Failover{{ID: "E1", Kind: "failover", From: nodeA, To: nodeB, Outcome: "done", Confidence: "certain",
			Start: at(700), End: at(922), Conformance: []Conformance{
				{Check: "writes-parked-while-waiting", Result: "held"},
				{Check: "single-primary", Result: "held"},
				{Check: "blocked-clients-redirected", Result: "not-promised"}}}},
	}
}

// bouncing is the same failover on servers that redirect while it is going on.
func bouncing() *Report {
	r := healthy()
	r.Verdict = "bounced"
	r.Totals.RedirectReplies.Redirect = 268
	r.Totals.RedirectedCommands = 7
	r.Totals.BouncedCommands, r.Totals.BouncedRedirectReplies, r.Totals.MaxHops = 3, 264, 88
	r.Totals.Errors = map[string]int64{"READONLY": 12, "LOADING": 1, "BUSY": 1}
	r.Failovers[0].Conformance[1] = Conformance{Check: "no-redirect-while-in-progress", Result: "violated", Count: 132}
	r.Findings = []Finding{bounce()}
	return r
}

func bounce() Finding {
	f := Finding{ID: "F1", Rule: "bounce", Severity: "warning", First: at(690), Last: at(922), DurationMS: 232,
		Nodes: []string{nodeA, nodeB}, Cycle: []string{nodeA, nodeB},
		Commands: 3, RedirectReplies: 264, MaxHops: 88, Outcomes: Outcomes{Served: 3}, Failover: "E1",
		Cause: Cause{ID: "redirect-during-failover", Confidence: "certain",
			Summary: "both nodes redirected while the replication link was reversed but not yet answered, as servers before 8.0.0 do",
			Evidence: []Evidence{
				{Kind: "psync", At: at(700), Capture: 1, Packet: 812, Text: "PSYNC ... FAILOVER"},
				{Kind: "redirect", At: at(701), Capture: 1, Packet: 815, Text: "REDIRECT " + nodeB}}},
		Remedy: "upgrade the servers past 8.0.0-rc1",
		Examples: []Example{{Client: "10.77.0.4:40112", Command: "GET key:1", Outcome: "served", HopsOmitted: 56,
			Hops: hops(32)}},
	}
	for i := range 3 {
		f.Clients = append(f.Clients, Client{Host: "10.77.0.4", Address: fmt.Sprintf("10.77.0.4:4011%d", i+2), Name: fmt.Sprintf("app-c/%d", i), Library: "valkey-go 1.0.52",
			Connections: 12, Commands: 1, RedirectReplies: 88})
	}
	return f
}

func hops(n int) []Hop {
	var hs []Hop
	for i := range n {
		node, to := nodeA, nodeB
		if i%2 == 1 {
			node, to = to, node
		}
		hs = append(hs, Hop{At: at(690 + 2.6*float64(i)), Node: node, Reply: "REDIRECT " + to, Packet: int64(1200 + 7*i)})
	}
	return hs
}

// several has four findings of different rules, and much that was not seen.
func several() *Report {
	r := bouncing()
	self := bounce()
	self.ID, self.Rule, self.Severity, self.Nodes, self.Cycle = "F2", "self-redirect", "critical", []string{nodeA}, []string{"10.77.0.9:6379"}
	self.Failover, self.Remedy, self.Partial = "", "", true
	self.Unseen = []string{"10.77.0.9:6379"}
	self.Cause = Cause{ID: "unknown", Confidence: "possible"}
	self.Outcomes = Outcomes{Served: 1, Failed: 1, GivenUp: 1, Cut: 2}
	self.Examples[0].Hops, self.Examples[0].HopsOmitted, self.Examples[0].Outcome = hops(6), 0, "given-up"
	for range 4 {
		self.Clients = append(self.Clients, Client{Host: "10.77.0.5", Address: "10.77.0.5:49120", Connections: 1, Commands: 1200})
	}
	self.ClientsOmitted = 10
	dual := Finding{ID: "F3", Rule: "dual-primary", Severity: "critical", First: at(1000), DurationMS: 125000, Nodes: []string{nodeA, nodeB}}
	long := Finding{ID: "F4", Rule: "long-chain", Severity: "info", First: at(2000), Nodes: []string{nodeA, nodeB}, Commands: 1, RedirectReplies: 7,
		MaxHops: 7, Outcomes: Outcomes{Served: 1}, Clients: self.Clients[:1]}
	long.Examples = []Example{{Client: "10.77.0.4:1", Command: "SET k", Outcome: "cut", Hops: hops(1), HopsOmitted: 6}}
	r.Findings = append(r.Findings, self, dual, long)
	r.Totals.BouncedCommands = 6
	r.Coverage.NodesNamedButUnseen = []string{"10.77.0.9:6379"}
	r.Coverage.TLS, r.Coverage.Connections, r.Coverage.LostBytes = 2, 26, 12345
	r.Coverage.Next = "tcpdump -i any -s 0 -w b.pcap 'host 10.77.0.9 and port 6379'"
	r.Captures[1].Damage, r.Captures[1].Dropped, r.Captures[1].Truncated = "the file ends within a packet", 1, 2
	r.Captures = append(r.Captures, Capture{File: "other/host-c.pcap.gz"})
	r.Blind = []Blind{
		{Cause: "bytes missing from the capture", Count: 4, Bytes: 12345, First: at(5000), Last: at(6000)},
		{Cause: "bytes cut off by the snaplen", Count: 2, Bytes: 34, First: at(5000), Last: at(86400000)},
		{Cause: "connections encrypted by TLS", Count: 2, First: at(1)},
		{Cause: "commands without a reply", Count: 6, First: at(6000)},
	}
	for i := range 9 {
		r.Nodes = append(r.Nodes, Node{Addr: fmt.Sprintf("10.77.1.%d:6379", i), Mode: "unknown"})
	}
	for i := range 5 {
		r.Nodes[0].Roles = append(r.Nodes[0].Roles, Role{Role: "unknown", Since: at(float64(3000 + i))})
	}
	return r
}

// encrypted is a capture from which nothing can be told.
func encrypted() *Report {
	return &Report{Schema: Schema, Verdict: "inconclusive", Reasons: []string{"all 14 connections are TLS", "no command was decoded"},
		Coverage: Coverage{Connections: 14, TLS: 14, Next: "tcpdump -i lo -s 0 -w b.pcap 'port 6379'"},
		Captures: []Capture{{File: "-", Format: "pcapng", Packets: 900, First: at(0), Last: at(900)}},
		Totals:   Totals{Packets: 900, Connections: 14}}
}
