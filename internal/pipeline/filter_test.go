package pipeline_test

import (
	"fmt"
	"strings"
	"testing"

	"ricochet/internal/pipeline"
	"ricochet/internal/wiretest"
)

// twoStories has c1, named app-1, bounce between A and B, and two seconds later
// c2 between C and D.
var twoStories = "0ms open c1.a>A\n0ms c1.a>A *CLIENT SETNAME app-1\n0ms A>c1.a +OK\n" +
	strings.Replace(bouncing, "0ms open c1.a>A\n", "", 1) +
	strings.NewReplacer("\n", "\n200", "c1", "c2", ">A", ">C", "A>", "C>", ">B", ">D", "B>", "D>", "{A}", "{C}", "{B}", "{D}").
		Replace(strings.Replace(strings.TrimRight(bouncing, "\n"), "\n10ms", "\n9ms", 1))

// TestShown holds what --client and --node let pass, and that the verdict and
// the totals stay whatever is shown.
func TestShown(t *testing.T) {
	const first, second, both, neither = "10.0.0.11", "10.0.0.12", "10.0.0.11 10.0.0.12", ""
	for _, c := range []struct {
		name           string
		clients, nodes []string
		want           string
	}{
		{"no filter", nil, nil, both},
		{"client by address", []string{"10.0.0.11"}, nil, first},
		{"the other client", []string{"10.0.0.12"}, nil, second},
		{"client by address and port", []string{"10.0.0.11:40001"}, nil, first},
		{"client by a port it does not have", []string{"10.0.0.11:1"}, nil, neither},
		{"client by name", []string{"app-1"}, nil, first},
		{"client by the name of nobody", []string{"app"}, nil, neither},
		{"two clients", []string{"app-1", "10.0.0.12"}, nil, both},
		{"node by address", nil, []string{"10.0.0.3"}, second},
		{"node by address and port", nil, []string{"10.0.0.2:6379"}, first},
		{"node by another port", nil, []string{"10.0.0.2:6380"}, neither},
		{"two nodes", nil, []string{"10.0.0.1", "10.0.0.4:6379"}, both},
		{"client and node that belong together", []string{"app-1"}, []string{"10.0.0.1"}, first},
		{"client and node that do not", []string{"app-1"}, []string{"10.0.0.3"}, neither},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := pipeline.Options{Clients: c.clients, Nodes: c.nodes}
			r, out := outputsOf(t, o, wiretest.NewSource("m", script(t, twoStories)))
			if r.Verdict != "bounced" || r.Totals.BouncedCommands != 2 {
				t.Errorf("%s, %d commands bounced", r.Verdict, r.Totals.BouncedCommands)
			}
			var got []string
			ids := map[string]string{first: "F1", second: "F2"} // whatever else is shown
			for _, f := range r.Findings {
				if f.ID != ids[f.Clients[0].Host] {
					t.Errorf("the finding of %s is %s", f.Clients[0].Host, f.ID)
				}
				got = append(got, f.Clients[0].Host)
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("findings of %q, want %q", s, c.want)
			}
			if n := strings.Count(out.ndjson, `{"type":"chain",`); n != len(got) {
				t.Errorf("%d chains for %d findings", n, len(got))
			}
		})
	}
}

// TestClientsBeyondTheExamples holds that a finding is shown for each client in
// it by address and port, not only for the few that are its examples.
func TestClientsBeyondTheExamples(t *testing.T) {
	const clients = 12
	var b strings.Builder
	for i := range clients {
		b.WriteString(strings.NewReplacer("c1.a", fmt.Sprintf("c1.a%d", i), "c1.b", fmt.Sprintf("c1.b%d", i), "key:1", fmt.Sprintf("key:%d", i)).Replace(bouncing))
	}
	for i := range clients {
		o := pipeline.Options{Clients: []string{fmt.Sprintf("10.0.0.11:%d", 40001+2*i)}}
		r, out := outputsOf(t, o, wiretest.NewSource("m", script(t, b.String())))
		if n := strings.Count(out.ndjson, `{"type":"chain",`); len(r.Findings) != 1 || n != 1 {
			t.Errorf("%s: %d findings, %d chains", o.Clients, len(r.Findings), n)
		}
	}
}

// TestReadonlyLoopOfOneClient holds that the rule that knows no chains is
// filtered in the same way.
func TestReadonlyLoopOfOneClient(t *testing.T) {
	text := "open c1.a>A\n" + strings.Repeat("c1.a>A *SET k v\nA>c1.a \"-READONLY You can't write against a read only replica.\\r\\n\"\n", 4)
	for client, want := range map[string]int{"10.0.0.11": 1, "10.0.0.11:40001": 1, "10.0.0.11:40002": 0, "10.0.0.12": 0} {
		r := analyze(t, pipeline.Options{Clients: []string{client}}, wiretest.NewSource("m", script(t, text)))
		if len(r.Findings) != want || r.Verdict != "bounced" {
			t.Errorf("%s: %s with %d findings, want %d", client, r.Verdict, len(r.Findings), want)
		}
	}
}

// TestFromTo holds which packets --from and --to choose.
func TestFromTo(t *testing.T) {
	packets := script(t, twoStories)
	const second = int64(1e9)
	for _, c := range []struct {
		name     string
		from, to int64
		packets  int
		bounced  int64
		verdict  string
	}{
		{"all", 0, 0, len(packets), 2, "bounced"},
		{"up to between the two", 0, second, len(packets)/2 + 1, 1, "bounced"},
		{"from between the two", second, 0, len(packets)/2 - 1, 1, "bounced"},
		{"from the first packet of the second", 2 * second, 0, len(packets)/2 - 1, 1, "bounced"},
		{"to the first packet of the second", 0, 2 * second, len(packets)/2 + 1, 1, "bounced"},
		{"between the two", second, second + 1, 0, 0, "inconclusive"},
		{"before all", 0, 1 - second, 0, 0, "inconclusive"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := pipeline.Options{}
			if c.from != 0 {
				o.From = wiretest.BaseTime + c.from
			}
			if c.to != 0 {
				o.To = wiretest.BaseTime + c.to
			}
			r := analyzeFiles(t, o, pcapFile(t, packets))
			equal(t, "packets", r.Totals.Packets, int64(c.packets), false)
			equal(t, "bounced commands", r.Totals.BouncedCommands, c.bounced, false)
			if r.Verdict != c.verdict {
				t.Errorf("verdict: got %s %q, want %s", r.Verdict, r.Reasons, c.verdict)
			}
		})
	}
}
