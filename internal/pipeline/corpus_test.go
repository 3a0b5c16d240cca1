package pipeline_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ricochet/internal/pipeline"
	"ricochet/internal/report"
)

// scenario is a labelled capture of real servers; see testdata/corpus/README.md.
type scenario struct {
	name, dir string
	truth     truth
	chains    []loggedChain
}

type truth struct {
	Kind           string            `json:"kind"`
	IP             map[string]string `json:"ip"`
	IP6            map[string]string `json:"ip6"`
	Port           int               `json:"port"`
	ClientCommands int               `json:"client_commands"`
	Wire           *counts           `json:"wire"`
}

// counts are what must match exactly.
type counts struct {
	Redirects report.RedirectReplies `json:"redirect_replies"`
	Commands  int64                  `json:"redirected_commands"`
	Bounced   int64                  `json:"bounced_commands"`
	Replies   int64                  `json:"bounced_redirect_replies"`
	MaxHops   int64                  `json:"max_hops"`
	Returned  int64                  `json:"-"`
}

// loggedChain is one redirected command in a client's own log.
type loggedChain struct {
	Hops        []loggedHop `json:"hops"`
	Final       string      `json:"final"`
	FinalServer string      `json:"final_server"`
}

type loggedHop struct{ server, reply string }

// UnmarshalJSON reads [time, local, server, reply].
func (h *loggedHop) UnmarshalJSON(b []byte) error {
	var f []any
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	if len(f) != 4 {
		return fmt.Errorf("hop has %d fields", len(f))
	}
	h.server, h.reply = f[2].(string), f[3].(string)
	return nil
}

type visit struct {
	server string
	asked  bool
}

func (c *loggedChain) visits() []visit {
	var out []visit
	for i, h := range c.Hops {
		out = append(out, visit{h.server, i > 0 && strings.HasPrefix(c.Hops[i-1].reply, "-ASK ")})
	}
	return out
}

func (c *loggedChain) bounced() bool {
	seen := map[visit]bool{}
	for _, v := range c.visits() {
		if seen[v] {
			return true
		}
		seen[v] = true
	}
	return false
}

// expected counts the clients' log, as seen from their own hosts.
func (s *scenario) expected() counts {
	if s.truth.ClientCommands == 0 && s.truth.Wire != nil {
		return *s.truth.Wire
	}
	var c counts
	for i := range s.chains {
		ch := &s.chains[i]
		c.Commands++
		c.MaxHops = max(c.MaxHops, int64(len(ch.Hops)))
		for _, h := range ch.Hops {
			switch strings.Fields(h.reply)[0] {
			case "-REDIRECT":
				c.Redirects.Redirect++
			case "-MOVED":
				c.Redirects.Moved++
			case "-ASK":
				c.Redirects.Ask++
			}
		}
		if ch.bounced() {
			c.Bounced++
			c.Replies += int64(len(ch.Hops))
			continue
		}
		end := visit{ch.FinalServer, strings.HasPrefix(ch.Hops[len(ch.Hops)-1].reply, "-ASK ")}
		if ch.Final != "gave up" && ch.Final != "cut" && slices.Contains(ch.visits(), end) {
			c.Returned++
		}
	}
	return c
}

func (s *scenario) bounced() int64 { return s.expected().Bounced }

// files lists the captures of some hosts.
func (s *scenario) files(t testing.TB, hosts string) []string {
	var out []string
	for _, h := range hosts {
		m, err := filepath.Glob(filepath.Join(s.dir, fmt.Sprintf("host-%c.pcap*", h)))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m...)
	}
	return out
}

func (s *scenario) clientFiles(t testing.TB) []string { return s.files(t, "cd") }

func base(path string) string { name, _, _ := strings.Cut(filepath.Base(path), "."); return name }

// scenarios reads the labelled captures of the repository, and those of the
// shared collection beside it where there is one.
func scenarios(t testing.TB) []*scenario {
	t.Helper()
	var out []*scenario
	seen := map[string]bool{}
	for _, root := range []string{"../../testdata/corpus", "../../../shared/corpus"} {
		dirs, err := filepath.Glob(filepath.Join(root, "*", "truth.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range dirs {
			if dir := filepath.Dir(d); !seen[filepath.Base(dir)] {
				seen[filepath.Base(dir)] = true
				out = append(out, readScenario(t, dir))
			}
		}
	}
	if len(out) == 0 {
		t.Fatal("no labelled captures in testdata/corpus")
	}
	return out
}

func readScenario(t testing.TB, dir string) *scenario {
	s := &scenario{name: filepath.Base(dir), dir: dir}
	b, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &s.truth); err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	if b, err = os.ReadFile(filepath.Join(dir, "chains.ndjson")); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var c loggedChain
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatalf("%s: %v", dir, err)
		}
		s.chains = append(s.chains, c)
	}
	return s
}

func analyzeFiles(t testing.TB, o pipeline.Options, files ...string) *report.Report {
	t.Helper()
	r, err := pipeline.Analyze(context.Background(), files, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ruleOf is the rule that a kind of scenario must fire.
var ruleOf = map[string]string{
	"circular": "bounce", "self": "self-redirect", "dead-target": "unreachable-target", "moved-loop": "bounce", "failover": "bounce",
}

// TestCorpus holds the analysis of the clients' hosts, and of all hosts
// together, against what the clients logged. Where the clients of a host share
// their keys, whose command continues which chain is not always on the wire:
// there all but the bounced commands and the redirect replies may be 2 % off.
func TestCorpus(t *testing.T) {
	for _, s := range scenarios(t) {
		for _, hosts := range []string{"cd", "prscd"} {
			t.Run(s.name+"/"+hosts, func(t *testing.T) {
				t.Parallel()
				r := analyzeFiles(t, pipeline.Options{}, s.files(t, hosts)...)
				want := s.expected()
				hot := strings.Contains(s.name, "pipeline") || strings.Contains(s.name, "cluster")
				equal(t, "bounced commands", r.Totals.BouncedCommands, want.Bounced, false)
				equal(t, "redirected commands", r.Totals.RedirectedCommands, want.Commands, hot)
				equal(t, "bounced redirect replies", r.Totals.BouncedRedirectReplies, want.Replies, hot)
				equal(t, "max hops", r.Totals.MaxHops, want.MaxHops, hot)
				if s.truth.ClientCommands > 0 {
					equal(t, "returned commands", r.Totals.ReturnedCommands, want.Returned, hot)
				}
				if r.Totals.RedirectReplies != want.Redirects {
					t.Errorf("redirect replies: got %+v, want %+v", r.Totals.RedirectReplies, want.Redirects)
				}
				checkFindings(t, s, r, want)
			})
		}
	}
}

func equal(t *testing.T, what string, got, want int64, roughly bool) {
	t.Helper()
	if d := got - want; d != 0 && !(roughly && max(d, -d)*50 <= want) {
		t.Errorf("%s: got %d, want %d", what, got, want)
	}
}

func checkFindings(t *testing.T, s *scenario, r *report.Report, want counts) {
	t.Helper()
	verdict, commands := "clean", int64(0)
	for _, f := range r.Findings {
		if f.Severity == "info" || f.Rule == "dual-primary" && s.truth.Kind == "sentinel" {
			continue
		}
		if want.Bounced > 0 && f.Rule == "failover-violation" && s.truth.Kind == "failover" {
			continue
		}
		if f.Rule != ruleOf[s.truth.Kind] || want.Bounced == 0 {
			t.Errorf("unexpected finding %s %s", f.ID, f.Rule)
		}
		commands += f.Commands
	}
	if want.Bounced > 0 {
		verdict = "bounced"
		equal(t, "commands of the findings", commands, want.Bounced, false)
	}
	if r.Verdict != verdict && s.truth.Kind != "sentinel" {
		t.Errorf("verdict: got %s, want %s: %v", r.Verdict, verdict, r.Reasons)
	}
}

// TestCorpusFromTheServer holds what the old primary alone saw: half of each
// chain, and so the visits to that node.
func TestCorpusFromTheServer(t *testing.T) {
	for _, s := range scenarios(t) {
		if s.truth.ClientCommands == 0 {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			files := s.files(t, "p")
			if len(files) == 0 {
				t.Skip("no capture of the server's host")
			}
			me := []string{
				fmt.Sprintf("%s:%d", s.truth.IP["p"], s.truth.Port),
				fmt.Sprintf("%s:%d", s.truth.IP6["p"], s.truth.Port), fmt.Sprintf("[%s]:%d", s.truth.IP6["p"], s.truth.Port),
			}
			var redirects, commands, bounced int64
			for _, c := range s.chains {
				n := int64(0)
				for _, h := range c.Hops {
					if slices.Contains(me, h.server) {
						n++
					}
				}
				redirects += n
				if n > 0 {
					commands++
				}
				if n > 1 {
					bounced++
				}
			}
			r := analyzeFiles(t, pipeline.Options{}, files...)
			equal(t, "redirect replies", r.Totals.RedirectReplies.Sum(), redirects, false)
			if strings.Contains(s.name, "pipeline") || strings.Contains(s.name, "cluster") {
				return // a fresh command looks like one that came back
			}
			equal(t, "redirected commands", r.Totals.RedirectedCommands, commands, false)
			equal(t, "bounced commands", r.Totals.BouncedCommands, bounced, false)
		})
	}
}
