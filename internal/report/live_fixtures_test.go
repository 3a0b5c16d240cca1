package report

import "fmt"

// incident is what a watch tells of a failover during which clients bounced, of
// a loss, and of a guess that was wrong.
func incident() []Event {
	opened, growing, closed := bounce(), bounce(), bounce()
	opened.DurationMS, opened.Commands, opened.RedirectReplies = 2.6, 1, 2
	opened.Clients, opened.Severity = opened.Clients[:1], "critical"
	opened.Cause, opened.Remedy = Cause{ID: "unknown"}, ""
	growing.DurationMS, growing.Severity, growing.Remedy = 1002, "critical", ""
	closed.DurationMS = 2002
	wrong := bounce()
	wrong.ID, wrong.Partial, wrong.DurationMS = "F2", true, 12
	begun, moved, over := bouncing().Failovers[0], bouncing().Failovers[0], bouncing().Failovers[0]
	begun.Outcome, begun.End, begun.Phases, begun.Conformance, begun.Confidence = "unfinished", "", begun.Phases[:2], nil, "likely"
	moved.Outcome, moved.End, moved.Phases = "unfinished", "", moved.Phases[:3]
	return []Event{
		&Started{At: at(0), Version: "1.2.3", Mechanism: "ebpf", Ports: "6379,6380,7000-7010,26379"},
		&RoleEvent{At: at(10), Node: nodeA, Role: "primary", Evidence: Evidence{Text: "accepted SET"}},
		&RoleEvent{At: at(12), Node: nodeB, Role: "replica", Primary: nodeA, Evidence: Evidence{Text: "PSYNC"}},
		&RedirectEvent{At: at(690), Node: nodeA, Reply: "REDIRECT", Target: nodeB, Count: 1, Total: 1},
		&BounceEvent{State: "opened", At: at(692.6), Open: 1, Finding: opened},
		&FailoverEvent{State: "opened", At: at(700), Failover: begun},
		&BounceEvent{State: "opened", At: at(700), Open: 3, Finding: wrong},
		&BounceEvent{State: "retracted", At: at(712), Finding: wrong},
		&FailoverEvent{State: "updated", At: at(762), Failover: moved},
		&FailoverEvent{State: "updated", At: at(763), Failover: moved},
		&FailoverEvent{State: "closed", At: at(922), Failover: over},
		&RoleEvent{At: at(922), Node: nodeA, Role: "replica", Primary: nodeB, Before: "primary", Evidence: Evidence{Text: "PSYNC ... FAILOVER"}},
		&RedirectEvent{At: at(1690), Node: nodeA, Reply: "REDIRECT", Target: nodeB, Count: 131, Total: 132},
		&BounceEvent{State: "updated", At: at(1692.6), Open: 3, Rate: 131.4, Finding: growing},
		&LossEvent{At: at(1800), Cause: "packets dropped while capturing", Count: 12, Bytes: 1800, TotalCount: 12, TotalBytes: 1800},
		&LossEvent{At: at(2800), Cause: "packets dropped while capturing", Count: 3, Bytes: 210, TotalCount: 15, TotalBytes: 2010},
		&BounceEvent{State: "closed", At: at(2692), Finding: closed},
		calm(5000),
		calm(86400000),
		&Stopped{At: at(86400001), Reason: "signal", Report: bouncing()},
	}
}

// calm is how an analysis stands after some milliseconds.
func calm(ms float64) *Stats {
	return &Stats{At: at(ms), Seconds: ms / 1000, Totals: bouncing().Totals,
		Redirects:   []NodeRedirects{{Node: nodeA, RedirectReplies: RedirectReplies{Redirect: 268}}},
		Roles:       []NodeRole{{Node: nodeB, Role: "primary"}},
		BouncesOpen: map[string]int64{"bounce": 0}, BouncesTotal: map[string]int64{"bounce": 1},
		FailoversTotal: []FailoverCount{{"failover", "done", 1}}, Violations: map[string]int64{"no-redirect-while-in-progress": 1},
		Hops:    Histogram{Bounds: []float64{1, 2, 5}, Counts: []int64{4, 0, 0, 3}, Sum: 268},
		Capture: Health{Mechanism: "ebpf", Packets: 50123, Matched: 50138, Dropped: 15, DroppedBytes: 2010, RingBytes: 8 << 20}}
}

// alike are n events about the same finding or the same loss, a second apart.
func alike(n int) []Event {
	var all []Event
	for i := range n {
		f := bounce()
		all = append(all, &BounceEvent{State: "updated", At: at(float64(1000 * i)), Finding: f},
			&LossEvent{At: at(float64(1000 * i)), Cause: "bytes missing from the capture", Count: 1, Bytes: 10, TotalCount: int64(i + 1), TotalBytes: int64(10 * (i + 1))})
	}
	return all
}

// manyClients are n of them, on two hosts.
func manyClients(n int) []Client {
	var all []Client
	for i := range n {
		all = append(all, Client{Host: fmt.Sprintf("10.77.0.%d", 4+i%2), Connections: 1, Commands: 1})
	}
	return all
}
