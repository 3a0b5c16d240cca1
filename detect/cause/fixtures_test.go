package cause

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ricochet/detect"
	"ricochet/detect/chain"
)

var update = flag.Bool("update", false, "rewrite what the fixtures expect; commit only diffs you understand")

// TestFixtures holds causes to testdata/*.txt: evidence in the notation of script, a
// line "----", and the findings with their causes, word for word. A fixture is named
// for a cause and its confidence, or for what it is not.
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
			s := newScript(t, in)
			s.play()
			got := s.describe()
			if *update && !t.Failed() {
				if err := os.WriteFile(file, []byte(in+"----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
			s.play()
			if again := s.describe(); again != got {
				t.Errorf("the same evidence again:\n%sat first:\n%s", again, got)
			}
		})
	}
}

// describe writes findings with their causes.
func (s *script) describe() string {
	var b strings.Builder
	for _, g := range append(s.findings.All(), s.readonly.Findings()...) {
		s.finding(&b, g, s.facts.Of(g))
	}
	for _, ep := range s.failovers.Episodes() {
		if g, c := s.facts.Violation(ep); g != nil {
			s.finding(&b, g, c)
		}
	}
	for _, d := range s.failovers.Duals() {
		g, c := s.facts.Dual(d)
		s.finding(&b, g, c)
	}
	findings, causes := s.facts.Doubled()
	for i := range findings {
		s.finding(&b, findings[i], causes[i])
	}
	return b.String()
}

func (s *script) finding(b *strings.Builder, g *chain.Finding, c Cause) {
	s.check(g, &c)
	fmt.Fprintf(b, "%s %s at", g.Severity, g.Rule)
	for _, n := range g.Nodes {
		fmt.Fprintf(b, " %s", nameOf(n))
	}
	fmt.Fprintf(b, ": %s", c.ID)
	if c.Confidence != 0 {
		fmt.Fprintf(b, " %s", c.Confidence)
	}
	if c.Episode != nil {
		fmt.Fprintf(b, ", %s %s -> %s %s", c.Episode.Kind, nameOf(c.Episode.From), nameOf(c.Episode.To), c.Episode.Outcome)
	}
	fmt.Fprintf(b, "\n  %s\n", c.Summary)
	for _, p := range c.Proofs {
		fmt.Fprintf(b, "  by %s@%d %s\n", p.Kind, p.Packet, p.Text)
	}
	for _, a := range c.Alternatives {
		fmt.Fprintf(b, "  or %s\n", a)
	}
	for _, line := range []struct{ word, text string }{{"settle", c.Settle}, {"remedy", c.Remedy}} {
		if line.text != "" {
			fmt.Fprintf(b, "  %s: %s\n", line.word, line.text)
		}
	}
	for _, line := range c.Commands {
		fmt.Fprintf(b, "  $ %s\n", line)
	}
}

// command is what a line of Cause.Commands may be: a command of valkey-cli with
// addresses, numbers, words of its own and IDs, or a remark, or both. Nothing that a
// shell would do something else with.
var command = regexp.MustCompile(`^(valkey-cli -h [0-9a-fA-F.:]+ -p [0-9]+( [A-Za-z0-9._:-]+)+)?( {3}#|#|$)`)

// check holds what must be true of any cause.
func (s *script) check(g *chain.Finding, c *Cause) {
	t := s.t
	if !slices.Contains(IDs(), c.ID) || (c.ID == Unknown) != (c.Confidence == 0) || c.Summary == "" {
		t.Errorf("%s: %+v", g.Rule, c)
	}
	if c.Confidence == Certain && (len(c.Proofs) == 0 || g.Partial) {
		t.Errorf("%s is certain, with %d proofs, of a finding that is partial: %v", c.ID, len(c.Proofs), g.Partial)
	}
	if c.Confidence == Possible && len(c.Alternatives) == 0 && c.Settle == "" {
		t.Errorf("%s is possible, and nothing is said of what else it may be", c.ID)
	}
	if c.ID != Unknown && c.Remedy == "" {
		t.Errorf("%s: no remedy", c.ID)
	}
	if len(c.Proofs) > maxProofs {
		t.Errorf("%d proofs", len(c.Proofs))
	}
	for _, p := range c.Proofs {
		if p.Kind == "" || p.At == 0 {
			t.Errorf("%s: proof %+v", c.ID, p)
		}
	}
	for _, line := range c.Commands {
		if !command.MatchString(line) || strings.ContainsAny(line, "\n\r\x1b") {
			t.Errorf("%s: command %q", c.ID, line)
		}
	}
	if g.Rule == detect.Bounce && c.ID == StaleAnnouncement {
		t.Errorf("a bounce between nodes that answer: %s", c.ID)
	}
}

func nameOf(a netip.AddrPort) string {
	if !a.IsValid() {
		return "?"
	}
	if a.Addr().Is4() && a.Port() == 6379 {
		if b := a.Addr().As4(); b[0] == 10 && b[1] == 0 && b[2] == 0 && b[3] > 0 && b[3] < 27 {
			return string(rune('A' + b[3] - 1))
		}
	}
	return a.String()
}
