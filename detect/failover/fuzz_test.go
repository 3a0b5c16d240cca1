package failover

import (
	"fmt"
	"strings"
	"testing"
)

// words are the lines from which the fuzzer makes scripts: what a few nodes and their
// clients say and do, sense or nonsense.
func words() []string {
	return []string{
		"speaks %[1]s", "write %[1]s %[3]s", "write %[1]s %[3]s capa", "write %[1]s %[3]s in=1", "write %[1]s %[3]s unpaired",
		"read %[1]s %[3]s", "read %[1]s %[3]s capa keyed", "redirect %[1]s %[2]s %[3]s capa", "redirect %[1]s %[2]s %[3]s capa of=write",
		"redirect %[1]s %[2]s %[3]s capa blocking", "redirect %[1]s %[2]s %[3]s capa in=1", "redirect %[1]s name:1 %[3]s", "moved %[1]s %[2]s %[3]s", "ask %[1]s %[2]s %[3]s",
		"err %[1]s READONLY %[3]s of=write", "err %[1]s READONLY %[3]s capa of=write", "err %[1]s UNBLOCKED %[3]s capa blocking", "err %[1]s MASTERDOWN %[3]s",
		"accepted %[1]s %[3]s 1ms", "accepted %[1]s %[3]s 40ms",
		"sync %[1]s %[2]s REPLCONF", "sync %[1]s %[2]s PSYNC", "sync %[1]s %[2]s PSYNC failover", "sync %[1]s %[2]s PSYNC failover in=1", "sync %[1]s %[2]s ACK",
		"answer %[1]s %[2]s CONTINUE", "answer %[1]s %[2]s CONTINUE failover", "answer %[1]s %[2]s NOMASTERLINK failover", "answer %[1]s %[2]s FULLRESYNC failover in=1",
		"closed %[1]s %[2]s", "lost %[1]s %[2]s",
		"order %[1]s FAILOVER to=%[2]s", "order %[1]s FAILOVER", "order %[1]s FAILOVER to=%[2]s timeout=20", "order %[1]s FAILOVER timeout=5 force", "order %[1]s FAILOVER abort",
		"order %[1]s REPLICAOF of=%[2]s", "order %[1]s REPLICAOF noone", "order %[1]s REPLICAOF of=%[2]s answer=QUEUED by=S slave", "order %[1]s REPLICAOF noone answer=QUEUED by=S slave",
		"order %[1]s CLUSTER-FAILOVER", "order %[1]s CLIENT-PAUSE timeout=50", "order %[1]s FAILOVER to=%[2]s answer=ERR",
		"says %[1]s info self primary failover=waiting-for-sync", "says %[1]s info self replica of=%[2]s failover=failover-in-progress", "says %[1]s info self primary failover=no-failover",
		"says %[1]s info self primary version=9.0.0", "says %[1]s hello self primary", "says %[1]s role self replica of=%[2]s", "says %[1]s info self primary id=run",
		"says S sentinel-switch %[1]s primary group=g; %[2]s group=g", "says S sentinel-event %[1]s primary flags=+odown group=g", "says S sentinel %[1]s primary group=g flags=s_down",
		"tells S %[1]s sentinel-hello S sentinel id=s1 group=g; %[2]s primary group=g epoch=1", "tells S %[1]s sentinel-hello S sentinel id=s1 group=g; %[2]s primary group=g epoch=2",
		"bus %[1]s %[2]s ping self id=%[1]s primary epoch=1 slots=0-9", "bus %[1]s %[2]s ping self id=%[1]s replica ofid=%[2]s epoch=1", "bus %[1]s %[2]s mfstart self id=%[1]s replica ofid=%[2]s",
		"bus %[1]s %[2]s failover-auth-request self id=%[1]s replica ofid=%[2]s epoch=2", "bus %[1]s %[2]s pong self id=%[1]s primary epoch=2 slots=0-9", "bus %[1]s %[2]s fail self id=%[1]s primary; %[2]s id=%[2]s flags=fail",
		"says %[1]s cluster-nodes self id=%[1]s primary slots=0-9; %[2]s id=%[2]s replica ofid=%[1]s",
		"advance",
	}
}

// scriptOf makes a script of bytes: three for a line.
func scriptOf(data []byte) string {
	var b strings.Builder
	b.WriteString("skew 0ms 2ms\n")
	lines := words()
	at := 100
	for ; len(data) >= 3; data = data[3:] {
		line := lines[int(data[0])%len(lines)]
		at += int(data[1] >> 4)
		switch data[1] {
		case 254:
			at += 900
		case 255:
			at += 40_000
		}
		since := fmt.Sprintf("%d", max(at-int(data[1]&15)*4, 1))
		if data[1]&15 == 15 {
			since = "" // the command was not seen
		}
		when := fmt.Sprintf("%s-%dms ", since, at)
		if strings.HasPrefix(line, "sync") || strings.HasPrefix(line, "advance") {
			when = fmt.Sprintf("%dms ", at)
		}
		args := []any{string(rune('A' + data[2]&3)), string(rune('A' + data[2]>>2&3)), fmt.Sprintf("c%d", 1+data[2]>>4&7)}
		fmt.Fprintf(&b, when+line+"%[4]s\n", append(args, "")...)
	}
	return b.String()
}

// bytesOf is the opposite of scriptOf for seeds: lines by their beginning, with nodes.
func bytesOf(lines ...string) []byte {
	var out []byte
	for _, l := range lines {
		name, rest, _ := strings.Cut(l, "|")
		var step, span, a, b, c byte
		fmt.Sscanf(rest, "%d %d %d %d %d", &step, &span, &a, &b, &c)
		for i, w := range words() {
			if w == name {
				out = append(out, byte(i), step<<4|span, a|b<<2|c<<4)
				break
			}
		}
	}
	return out
}

// FuzzTracker holds the tracker to what is always true, whatever the evidence.
func FuzzTracker(f *testing.F) {
	f.Add(bytesOf("speaks %[1]s|1 0 0", "speaks %[1]s|1 0 1", "sync %[1]s %[2]s PSYNC|1 0 1 0", "answer %[1]s %[2]s CONTINUE|1 0 1 0", "write %[1]s %[3]s capa|1 0 0 0 1",
		"order %[1]s FAILOVER to=%[2]s|1 0 0 1", "sync %[1]s %[2]s REPLCONF|9 0 0 1", "sync %[1]s %[2]s PSYNC failover|1 0 0 1", "redirect %[1]s %[2]s %[3]s capa|1 0 0 1 2",
		"answer %[1]s %[2]s CONTINUE failover|9 1 0 1", "redirect %[1]s %[2]s %[3]s capa of=write|1 4 0 1 1", "write %[1]s %[3]s capa|1 0 1 0 1"))
	f.Add(bytesOf("order %[1]s FAILOVER to=%[2]s timeout=20|1 0 0 1", "write %[1]s %[3]s|15 9 0 0 1", "sync %[1]s %[2]s PSYNC failover|9 0 0 1", "answer %[1]s %[2]s NOMASTERLINK failover|1 0 0 1",
		"redirect %[1]s %[2]s %[3]s capa|5 0 0 1 1", "write %[1]s %[3]s|5 0 1 0 1", "order %[1]s FAILOVER abort|1 0 0"))
	f.Add(bytesOf("says %[1]s cluster-nodes self id=%[1]s primary slots=0-9; %[2]s id=%[2]s replica ofid=%[1]s|1 0 0 1", "bus %[1]s %[2]s mfstart self id=%[1]s replica ofid=%[2]s|1 0 1 0",
		"bus %[1]s %[2]s failover-auth-request self id=%[1]s replica ofid=%[2]s epoch=2|1 0 1 0", "bus %[1]s %[2]s pong self id=%[1]s primary epoch=2 slots=0-9|1 0 1 0", "moved %[1]s %[2]s %[3]s|1 0 0 1 1"))
	f.Add(bytesOf("order %[1]s REPLICAOF noone answer=QUEUED by=S slave|1 0 1 0", "says S sentinel-switch %[1]s primary group=g; %[2]s group=g|1 0 1 0", "order %[1]s REPLICAOF of=%[2]s answer=QUEUED by=S slave|1 0 0 1",
		"write %[1]s %[3]s|1 0 0 0 1", "write %[1]s %[3]s|1 0 1 0 2", "write %[1]s %[3]s|1 0 0 0 1", "write %[1]s %[3]s|1 0 1 0 2"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := parse(t, scriptOf(data[:min(len(data), 900)]))
		once := describe(s.play())
		s.check(t)
		s.checkBounds(t)
		if again := describe(s.play()); again != once {
			t.Errorf("not the same again:\n%s\n%s", once, again)
		}
		if t.Failed() {
			t.Logf("%s\n%s", scriptOf(data), once)
		}
	})
}

// checkBounds holds what is remembered to its bounds.
func (s *script) checkBounds(t testing.TB) {
	t.Helper()
	k := s.tracker
	hold := func(what string, has, most int) {
		if has > most {
			t.Errorf("%d %s, at most %d", has, what, most)
		}
	}
	hold("episodes", len(k.episodes), MaxEpisodes)
	hold("servers", len(k.servers), maxServers)
	hold("links", len(k.links), maxLinks)
	hold("asks", len(k.asks), maxAsks)
	hold("orders", len(k.orders), maxOrders)
	hold("changes of role", len(k.roles), maxChanges)
	hold("ways", len(k.rtt), maxWays)
	hold("connections of Sentinels", len(k.sentinels), maxSentinels)
	hold("nodes that are down", len(k.downs), maxDowns)
	hold("greetings", len(k.greeted), maxSentinels)
	hold("nodes that clients are sent to", len(k.handed), maxServers)
	hold("writers", len(k.writers.list), maxWriters)
	kept := 0
	for _, srv := range k.servers {
		kept += len(srv.recent)
		hold("redirects of a server", len(srv.recent), maxRecent)
	}
	if kept != k.kept || kept > maxKept {
		t.Errorf("%d redirects are remembered, counted %d, at most %d", kept, k.kept, maxKept)
	}
	for _, p := range k.writers.pairs {
		hold("duals of two nodes", len(p.duals), maxDuals)
	}
	for _, ep := range k.Episodes() {
		hold("redirects that are not clear", len(ep.account.unclear), maxUnclear)
		hold("alternatives", len(ep.Alternatives), 8)
	}
}
