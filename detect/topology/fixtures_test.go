package topology

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ricochet/detect"
)

var update = flag.Bool("update", false, "rewrite what the fixtures expect; commit only diffs you understand")

// TestFixtures holds the map to testdata/*.txt: evidence, a line "----", the
// nodes with their roles. The evidence is one piece a line, the nodes are A, B,
// ..., and a word after "unpaired" is a reply without its command:
//
//	0ms speaks|opening|refused A
//	0ms write A [unpaired]            A accepts a write
//	0ms read A                        A serves a read
//	0ms redirect|moved|ask A B        A names B; what is no node stands as it is
//	0ms err A READONLY
//	0ms psync A B                     A asks B to replicate from it
//	0ms psync ? B                     somebody does, without saying where it listens
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("find fixtures: %v, %d found", err, len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in, want, _ := strings.Cut(string(data), "----\n")
			m := New()
			for line := range strings.Lines(in) {
				line, _, _ = strings.Cut(line, "#")
				if f := strings.Fields(line); len(f) > 0 {
					e := evidence(t, f)
					m.Add(&e)
				}
			}
			got := describe(m)
			if *update {
				if err := os.WriteFile(file, []byte(in+"----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
	}
}

func node(name string) netip.AddrPort {
	if len(name) != 1 || name == "?" {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, name[0] - 'A' + 1}), 6379)
}

func nameOf(a netip.AddrPort) string {
	if !a.IsValid() {
		return "?"
	}
	if b := a.Addr().As4(); a.Port() == 6379 && b[0] == 10 {
		return string(rune('A' + b[3] - 1))
	}
	return a.String()
}

func evidence(t *testing.T, f []string) detect.Evidence {
	ms, err := strconv.ParseInt(strings.TrimSuffix(f[0], "ms"), 10, 64)
	if err != nil || len(f) < 3 {
		t.Fatalf("%q: want a time, a verb and a node", f)
	}
	client := netip.MustParseAddrPort("10.1.0.1:40000")
	e := detect.Evidence{
		Place: detect.Place{At: ms * 1e6, Packet: ms}, Kind: detect.Replied, Ordinal: 1, Command: 1, Slot: -1,
		Conn:   &detect.Conn{ID: 1, Client: client, Server: node(f[2])},
		Detail: &detect.Detail{},
	}
	switch f[1] {
	case "speaks":
		e.Kind = detect.Speaks
	case "opening":
		e.Kind = detect.Opening
	case "refused":
		e.Kind = detect.Refused
	case "read", "write":
		e.Reply, e.Write = detect.Served, f[1] == "write"
		if len(f) > 3 {
			e.Ordinal = 0
		}
	case "err":
		e.Reply, e.Detail.Word = detect.Failed, f[3]
	case "psync":
		e.Kind, e.Conn.Server, e.Detail.Peer = detect.Replicates, node(f[3]), node(f[2])
	default:
		e.Reply = map[string]detect.Reply{"redirect": detect.Redirect, "moved": detect.Moved, "ask": detect.Ask}[f[1]]
		if e.Reply == 0 {
			t.Fatalf("%q: no such verb", f)
		}
		e.Detail.Target = f[3]
		if n := node(f[3]); n.IsValid() {
			e.Detail.Target = n.String()
		}
		e.Detail.Line = e.Reply.String() + " " + e.Detail.Target
	}
	return e
}

func describe(m *Map) string {
	var b strings.Builder
	for _, n := range m.Nodes() {
		fmt.Fprintf(&b, "%s %s\n", nameOf(n.Addr), n.Mode)
		for _, i := range n.Roles {
			fmt.Fprintf(&b, "  %s", i.Role)
			if i.Of.IsValid() {
				fmt.Fprintf(&b, " of %s", nameOf(i.Of))
			}
			fmt.Fprintf(&b, " from %d to %d by", i.Since/1e6, i.Until/1e6)
			for _, p := range i.Proofs {
				fmt.Fprintf(&b, " %s@%d", p.Kind, p.Packet)
			}
			b.WriteByte('\n')
		}
	}
	for _, a := range m.Unseen() {
		fmt.Fprintf(&b, "unseen %s\n", nameOf(a))
	}
	if m.Forgotten != 0 {
		fmt.Fprintf(&b, "forgotten %d\n", m.Forgotten)
	}
	return b.String()
}
