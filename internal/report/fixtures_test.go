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
				{Role: "primary", Since: at(0), Until: at(922), Evidence: []Evidence{{Kind: "write-accepted", At: at(0), Packet: 12, Text: "SET accepted"}}},
				{Role: "replica", Primary: nodeB, Since: at(761), Evidence: []Evidence{{Kind: "replconf", At: at(761), Capture: 1, Packet: 811, Text: "REPLCONF to " + nodeB}}}}},
			{Addr: nodeB, Aliases: []string{"db2.example:6379"}, Mode: "standalone",
				AliasEvidence: []Alias{{"db2.example:6379", Evidence{Kind: "replconf", At: at(1), Capture: 1, Packet: 9, Text: "REPLCONF ip-address db2.example"}}},
				Roles: []Role{
					{Role: "replica", Primary: nodeA, Since: at(0), Until: at(922), Evidence: []Evidence{{Kind: "psync", At: at(0), Capture: 1, Packet: 3, Text: "REPLCONF ACK to " + nodeA}}},
					{Role: "primary", Since: at(922), Evidence: []Evidence{{Kind: "lineage", At: at(922), Capture: 1, Packet: 1204, Text: "+CONTINUE with a new id"}}}}},
		},
		Failovers: []Failover{{ID: "E1", Kind: "failover", From: nodeA, To: nodeB, Outcome: "done", Confidence: "certain",
			Start: at(700), End: at(922), Phases: []Phase{
				{Name: "requested", Start: at(700), Observed: true, Evidence: []Evidence{{Kind: "order", At: at(700), Capture: 1, Packet: 790, Text: "FAILOVER TO 10.77.0.2 6379"}}},
				{Name: "waiting-for-sync", Start: at(700), End: at(761), Observed: true, Parked: &Parked{3, 222.4}},
				{Name: "in-progress", Start: at(761), End: at(922), Observed: true, Evidence: []Evidence{{Kind: "replconf", At: at(761), Capture: 1, Packet: 811, Text: "REPLCONF to 10.77.0.2:6379"}}},
				{Name: "done", Start: at(922), Observed: true, Evidence: []Evidence{{Kind: "psync", At: at(922), Capture: 1, Packet: 1204, Text: "+CONTINUE"}}},
			}, Conformance: []Conformance{
				{Check: "no-redirect-while-in-progress", Result: "held", Count: 6},
				{Check: "writes-parked-while-waiting", Result: "held", Count: 3},
				{Check: "blocked-clients-redirected", Result: "not-promised", Note: "8.0 drops blocked clients, 9.0 redirects them"},
				{Check: "single-primary", Result: "held"},
				{Check: "redirect-target-is-primary", Result: "not-observed", Note: "nobody was redirected"},
				{Check: "abort-restores-roles", Result: "not-observed"}}}},
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
	r.Failovers[0].Conformance[0] = Conformance{Check: "no-redirect-while-in-progress", Result: "violated", Count: 132,
		Evidence: []Evidence{{Kind: "redirect", At: at(762), Capture: 1, Packet: 815, Text: "REDIRECT " + nodeB}}}
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
				{Kind: "psync", At: at(761), Capture: 1, Packet: 812, Text: "PSYNC ... FAILOVER"},
				{Kind: "redirect", At: at(762), Capture: 1, Packet: 815, Text: "REDIRECT " + nodeB}}},
		Remedy: "upgrade the servers past 8.0.0-rc1", Explain: "ricochet explain redirect-during-failover",
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
	self.Cause = Cause{ID: "stale-announcement", Confidence: "possible", Summary: "10.77.0.9:6379 was never seen to answer",
		Alternatives: []string{"dead-primary: it was there before the capture began", "a firewall between 10.77.0.5 and 10.77.0.9"}}
	self.Remedy, self.Explain = "make 10.77.0.1:6379 name an address that clients can reach", ""
	self.RemedyCommands = []string{"valkey-cli -h 10.77.0.1 -p 6379 ROLE", "valkey-cli -h 10.77.0.1 -p 6379 REPLICAOF 10.77.0.2 6379   # if that is the primary"}
	self.Outcomes = Outcomes{Served: 1, Failed: 1, GivenUp: 1, Cut: 2}
	self.Examples[0].Hops, self.Examples[0].HopsOmitted, self.Examples[0].Outcome = hops(6), 0, "given-up"
	for range 4 {
		self.Clients = append(self.Clients, Client{Host: "10.77.0.5", Address: "10.77.0.5:49120", Connections: 1, Commands: 1200})
	}
	self.ClientsOmitted = 10
	dual := Finding{ID: "F3", Rule: "dual-primary", Severity: "critical", First: at(1000), Last: at(126000), DurationMS: 125000, Nodes: []string{nodeA, nodeB},
		Cause: Cause{Evidence: []Evidence{
			{Kind: "write-accepted", At: at(1000), Capture: 1, Packet: 1500, Text: nodeA + " accepted SET"},
			{Kind: "write-accepted", At: at(1001), Packet: 1501, Text: nodeB + " accepted SET"}}}}
	long := Finding{ID: "F4", Rule: "long-chain", Severity: "info", First: at(2000), Nodes: []string{nodeA, nodeB}, Commands: 1, RedirectReplies: 7,
		MaxHops: 7, Outcomes: Outcomes{Served: 1}, Clients: self.Clients[:1]}
	long.Examples = []Example{{Client: "10.77.0.4:1", Command: "SET k", Outcome: "cut", Hops: hops(1), HopsOmitted: 6}}
	r.Findings = append(r.Findings, self, dual, long)
	r.Totals.BouncedCommands = 6
	r.Coverage.NodesNamedButUnseen = []string{"10.77.0.9:6379"}
	r.Coverage.TLS, r.Coverage.Connections, r.Coverage.LostBytes = 2, 26, 12345
	r.Coverage.Next = "tcpdump -i any -s 0 -w b.pcap 'host 10.77.0.9 and port 6379'"
	r.Captures[1].Damage, r.Captures[1].Dropped, r.Captures[1].Truncated = "the file ends within a packet", 1, 2
	r.Captures = append(r.Captures, Capture{File: "other/host-c.pcap.gz", Clock: "unaligned", ClockNote: "no packet in common"})
	r.Captures[0].Clock, r.Captures[1].Clock = "reference", "aligned"
	r.Captures[1].ClockOffsetMS, r.Captures[1].ClockErrorMS = 350.214, 0.1
	r.Blind = []Blind{
		{Cause: "bytes missing from the capture", Count: 4, Bytes: 12345, First: at(5000), Last: at(6000)},
		{Cause: "bytes cut off by the snaplen", Count: 2, Bytes: 34, First: at(5000), Last: at(86400000)},
		{Cause: "connections encrypted by TLS", Count: 2, First: at(1)},
		{Cause: "commands without a reply", Count: 6, First: at(6000)},
	}
	for i := range 9 {
		r.Nodes = append(r.Nodes, Node{Addr: fmt.Sprintf("10.77.1.%d:6379", i), Mode: "unknown"})
	}
	r.Nodes[1].Roles[1].Conflicts = []Evidence{{Kind: "role", At: at(2500), Packet: 1600, Text: "ROLE said replica"}}
	r.Failovers = append(r.Failovers, Failover{ID: "E2", Kind: "failover", From: nodeB, Outcome: "aborted", Confidence: "likely", Start: at(3000), End: at(3500),
		Evidence: []Evidence{{Kind: "pause", At: at(3000), Packet: 1700, Text: "writes unanswered, reads answered"}},
		Phases: []Phase{{Name: "requested", Note: "the command was not captured"}, {Name: "waiting-for-sync", Start: at(3000), End: at(3500), Parked: &Parked{1, 480}, Note: "worked out from the writes that waited"},
			{Name: "aborted", Start: at(3500), Observed: true}},
		Alternatives: []string{"CLIENT PAUSE WRITE"}})
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
