package topology

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// words are the lines from which the fuzzer makes scripts: each with the time of a
// command and its reply, of a few nodes that say all sorts of things of each other.
func words() []string {
	return []string{
		"speaks %s", "write %s", "write %s unpaired", "read %s", "redirect %s %s", "redirect %s :6379", "redirect %s name.local:1",
		"moved %s %s 5", "ask %s %s 5", "err %s READONLY", "err %s MASTERDOWN", "opening %s",
		"sync %s %s REPLCONF", "sync %s %s PSYNC replid=a", "sync %s %s PSYNC failover replid=a", "sync %s %s ACK", "sync %s %s PSYNC host=10.0.0.3",
		"answer %s %s CONTINUE replid=a newid=b", "answer %s %s CONTINUE failover newid=b", "answer %s %s ERR failover", "closed %s %s",
		"says %s hello self primary", "says %s role self replica of=%s", "says %s info self primary id=r1 replid=a", "says %s info self primary id=r2",
		"says %s cluster-nodes self id=a primary slots=0-9; %s id=b replica ofid=a", "says %s cluster-nodes self id=b as=10.0.0.1:6379 replica ofid=a; %s id=a primary slots=3-7",
		"says %s cluster-slots %s id=a primary slots=0-9", "bus %s %s ping self id=a primary epoch=3 slots=1-4; C id=c replica ofid=a",
		"bus %s %s update self id=c primary; - id=a primary epoch=9 slots=2-8", "says %s sentinel %s primary group=g epoch=2", "says %s sentinel-switch %s primary group=g",
		"order %s REPLICAOF of=%s", "order %s REPLICAOF noone", "order %s FAILOVER", "order %s CLUSTER-SETSLOT slot=5 id=a state=NODE",
		"learn name.local:1 %s", "learn 198.51.100.1:1 %s", "learn 10.0.0.2:6379 %s",
	}
}

// scriptOf makes a script of bytes: three for a line.
func scriptOf(data []byte) []string {
	nodes := []string{"A", "B", "C", "127.0.0.1:6379", "[fd00::1]:6379"}
	lines := words()
	var out []string
	at := 0
	for ; len(data) >= 3; data = data[3:] {
		at += int(data[1] >> 4)
		if data[1] == 255 {
			at += 40_000
		}
		span := int(data[1]&15) * 3
		line := lines[int(data[0])%len(lines)]
		a, b := nodes[int(data[2]&15)%len(nodes)], nodes[int(data[2]>>4)%len(nodes)]
		args := []any{a, b}[:strings.Count(line, "%s")]
		when := fmt.Sprintf("%d-%dms ", max(at-span, 0), at)
		if strings.HasPrefix(line, "learn") {
			when = fmt.Sprintf("%dms ", at)
		}
		out = append(out, fmt.Sprintf(when+line, args...))
	}
	return out
}

// FuzzMap holds the map to what its doc comments promise, whatever is said.
func FuzzMap(f *testing.F) {
	f.Add([]byte{0, 16, 0, 1, 16, 0, 12, 16, 16, 14, 16, 16, 18, 16, 16, 4, 16, 16})
	f.Add([]byte{25, 16, 16, 26, 16, 1, 27, 16, 16, 28, 16, 16, 29, 16, 2, 35, 16, 16})
	f.Add([]byte{0, 16, 0, 0, 16, 4, 23, 16, 0, 23, 16, 4, 24, 16, 4, 1, 16, 4, 4, 17, 20})
	f.Add([]byte{13, 16, 16, 17, 17, 16, 1, 17, 0, 20, 17, 16, 1, 17, 0, 30, 255, 16, 31, 17, 16})
	f.Fuzz(func(t *testing.T, data []byte) {
		script := scriptOf(data[:min(len(data), 600)])
		once, twice := New(), New()
		told := 0
		once.Changed = func(n *Node) {
			told++
			if len(n.Roles) == 0 {
				t.Error("told of a node without a role")
			}
		}
		for _, line := range script {
			play(t, once, line)
			play(t, twice, line)
			play(t, twice, line)
		}
		check(t, once)
		// Where servers contradict each other about who they are, the second time
		// confirms what the first one put in doubt.
		if a, b := describe(once), describe(twice); a != b && len(twice.shared) == 0 {
			t.Errorf("%s\nonce:\n%s\neach piece twice:\n%s", strings.Join(script, "\n"), a, b)
		}
		if again := New(); true {
			for _, line := range script {
				play(t, again, line)
			}
			if a, b := describe(once), describe(again); a != b {
				t.Errorf("not the same again:\n%s\n%s", a, b)
			}
		}
	})
}

// check holds what must be true of any map.
func check(t *testing.T, m *Map) {
	roles, ranges := 0, 0
	for _, n := range m.Nodes() {
		roles += len(n.Roles)
		ranges += len(n.view.ranges)
		if m.Find(n.Addr) != n || m.Canonical(n.Addr) != n.Addr {
			t.Errorf("%v: not found under its own address", n.Addr)
		}
		for _, a := range n.addrs {
			if m.nodes[a] != n {
				t.Errorf("%v: its address %v is another's", n.Addr, a)
			}
		}
		if len(n.Roles) > MaxIntervals || len(n.live) > maxLive || len(n.Aliases) > maxAliases || len(n.voices) > maxVoices {
			t.Errorf("%v: over its bounds", n.Addr)
		}
		for i, r := range n.Roles {
			if r.Role == 0 || r.Role == Primary && r.Of.IsValid() || r.Since > r.Until || i > 0 && r.Since < n.Roles[i-1].Until {
				t.Errorf("%v: interval %d: %+v", n.Addr, i, n.Roles)
			}
			if len(r.Proofs) == 0 || len(r.Proofs) > maxProofs || len(r.Against) > maxProofs || !slices.IsSortedFunc(r.Proofs, compareProofs) {
				t.Errorf("%v: proofs of interval %d: %+v", n.Addr, i, r)
			}
			if r.Of.IsValid() && m.Canonical(r.Of) != r.Of {
				t.Errorf("%v: replica of %v, which is %v", n.Addr, r.Of, m.Canonical(r.Of))
			}
		}
		for i, s := range n.view.ranges {
			if s.lo > s.hi || s.hi > lastSlot || i > 0 && s.lo <= n.view.ranges[i-1].hi {
				t.Errorf("%v: view %+v", n.Addr, n.view.ranges)
			}
		}
	}
	if roles != m.roles || ranges != m.ranges {
		t.Errorf("%d roles and %d ranges, counted %d and %d", roles, ranges, m.roles, m.ranges)
	}
	for a, n := range m.nodes {
		if !slices.Contains(m.order, n) || !slices.Contains(n.addrs, a) {
			t.Errorf("%v leads to a node that is not listed", a)
		}
		if c := m.Canonical(a); m.Canonical(c) != c {
			t.Errorf("%v is %v is %v", a, c, m.Canonical(c))
		}
	}
	for _, a := range m.Unseen() {
		if n := m.Find(a); n != nil && n.spoke {
			t.Errorf("%v is unseen and speaks", a)
		}
	}
	for slot := range uint16(12) {
		for _, v := range m.Owners(slot) {
			if v.Owner.IsValid() && m.Canonical(v.Owner) != v.Owner {
				t.Errorf("slot %d: %+v", slot, v)
			}
		}
	}
	if a, ok := m.Resolve("", 1, netip.AddrPort{}); ok {
		t.Errorf("nobody's own host is %v", a)
	}
}
