package failover

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite what the fixtures expect; commit only diffs you understand")

// TestFixtures holds the tracker to testdata/*.txt: evidence in the notation of
// script, a line "----", and the episodes with their checks. In silent-* no promise
// is broken and no two nodes take writes; in fires-* one is, or two do; in inferred-*
// nothing is certain.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("find fixtures: %v, %d found", err, len(files))
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in, want, _ := strings.Cut(string(data), "----\n")
			s := parse(t, in)
			got := describe(s.play())
			s.check(t)
			fires := strings.Contains(got, "violated") || strings.Contains(got, "dual ")
			switch kind, _, _ := strings.Cut(name, "-"); {
			case kind == "silent" && fires:
				t.Errorf("something is broken where nothing is wrong:\n%s", got)
			case kind == "fires" && !fires:
				t.Errorf("nothing is broken where something is wrong:\n%s", got)
			case kind == "inferred" && strings.Contains(got, " certain "):
				t.Errorf("certain, and was not captured:\n%s", got)
			}
			if *update && !t.Failed() {
				if err := os.WriteFile(file, []byte(in+"----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
			if again := describe(s.play()); again != got {
				t.Errorf("the same evidence again:\n%sat first:\n%s", again, got)
			}
		})
	}
}

// describe writes episodes and duals as the fixtures have them. Of a proof it gives
// the kind and the number of the piece of evidence; times are in milliseconds.
func describe(t *Tracker) string {
	var b strings.Builder
	for _, ep := range t.Episodes() {
		fmt.Fprintf(&b, "%s %s -> %s %s %s %s to %s by%s\n", ep.Kind, nameOf(ep.From), nameOf(ep.To), ep.Outcome, ep.Confidence, ms(ep.Start), ms(ep.End), proofs(ep.Proofs))
		for _, a := range ep.Alternatives {
			fmt.Fprintf(&b, "  or %s\n", a)
		}
		for _, p := range ep.Phases() {
			fmt.Fprintf(&b, "  %s", p.Stage)
			if p.Seen() {
				fmt.Fprintf(&b, " %s to %s by%s", ms(p.Start), ms(p.End), proofs([]Proof{p.Proof}))
			}
			if p.Parked > 0 {
				fmt.Fprintf(&b, ", %d parked for %s at most", p.Parked, strconv.FormatFloat(float64(p.MaxPark)/1e6, 'f', -1, 64))
			}
			if p.Note != "" {
				fmt.Fprintf(&b, ": %s", p.Note)
			}
			b.WriteByte('\n')
		}
		describeChecks(&b, ep)
	}
	for _, d := range t.Duals() {
		fmt.Fprintf(&b, "dual %s %s %s to %s, %d writes by%s\n", nameOf(d.Nodes[0]), nameOf(d.Nodes[1]), ms(d.First), ms(d.Last), d.Writes, proofs(d.Proofs))
	}
	if t.Forgotten != 0 {
		fmt.Fprintf(&b, "forgotten %d\n", t.Forgotten)
	}
	return b.String()
}

// describeChecks puts checks with the same result, of which nothing was seen, on a line.
func describeChecks(b *strings.Builder, ep *Episode) {
	var lines []string
	names := map[string][]string{}
	for i := range ep.Checks {
		k := &ep.Checks[i]
		line := "  " + k.Result.String()
		if k.Count > 0 {
			line = fmt.Sprintf("  %s %s %d by%s", CheckID(i), k.Result, k.Count, proofs(k.Proofs))
		} else {
			line += ":"
		}
		if k.Note != "" {
			line += " (" + k.Note + ")"
		}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
		if k.Count == 0 {
			names[line] = append(names[line], CheckID(i).String())
		}
	}
	for _, line := range lines {
		b.WriteString(line)
		if all := names[line]; len(all) == int(Checks) {
			b.WriteString(" all")
		} else if len(all) > 0 {
			b.WriteString(" " + strings.Join(all, " "))
		}
		b.WriteByte('\n')
	}
}

func proofs(list []Proof) string {
	s := ""
	for _, p := range list {
		s += fmt.Sprintf(" %s@%d", p.Kind, p.Packet)
	}
	return s
}

func ms(at int64) string {
	if at == 0 {
		return "?"
	}
	return strconv.FormatFloat(float64(at-scriptStart)/1e6, 'f', -1, 64)
}

// check holds what must be true of any result.
func (s *script) check(t testing.TB) {
	t.Helper()
	eps := s.tracker.Episodes()
	if len(eps) > MaxEpisodes {
		t.Errorf("%d episodes", len(eps))
	}
	for _, ep := range eps {
		if ep.Kind == 0 || ep.Outcome == 0 || ep.Confidence == 0 || ep.Start == 0 || ep.Start > ep.End {
			t.Errorf("episode %+v", ep)
		}
		if ep.From.IsValid() && ep.From == ep.To {
			t.Errorf("%s hands over to itself", nameOf(ep.From))
		}
		if len(ep.Proofs) == 0 || len(ep.Proofs) > maxProofs {
			t.Errorf("%d proofs", len(ep.Proofs))
		}
		if ep.Confidence == Certain && ep.Proofs[0].Packet == 0 {
			t.Errorf("certain, by %+v", ep.Proofs)
		}
		if ep.Confidence != Certain && ep.Kind == Failover && len(ep.Alternatives) == 0 {
			t.Errorf("%s, and nothing else is named that it could be", ep.Confidence)
		}
		if (ep.Over() != 0) != (ep.Outcome != Unfinished) {
			t.Errorf("%s, decided at %d", ep.Outcome, ep.Over())
		}
		s.checkPhases(t, ep)
		for i := range ep.Checks {
			k := &ep.Checks[i]
			if k.Result == 0 || len(k.Proofs) > maxProofs || int64(len(k.Proofs)) > k.Count {
				t.Errorf("%s: %+v", CheckID(i), k)
			}
			if (k.Result == Violated || k.Result == Held) && len(k.Proofs) == 0 {
				t.Errorf("%s: %+v", CheckID(i), k)
			}
		}
	}
	s.checkTold(t, eps)
}

func (s *script) checkPhases(t testing.TB, ep *Episode) {
	t.Helper()
	var last *Phase
	for _, p := range ep.Phases() {
		switch {
		case !p.Seen():
			if p.Note == "" {
				t.Errorf("%s was not seen, and nothing says why", p.Stage)
			}
			continue
		case p.End != 0 && p.End < p.Start:
			t.Errorf("%s ends at %s, and begins at %s", p.Stage, ms(p.End), ms(p.Start))
		case ep.Outcome != Unfinished && p.End == 0 && p.Stage != Reconfigure:
			t.Errorf("%s never ends, the episode does", p.Stage)
		case ep.Outcome != Unfinished && (p.Start < ep.Start || p.End > ep.End):
			t.Errorf("%s from %s to %s is not within the episode, %s to %s", p.Stage, ms(p.Start), ms(p.End), ms(ep.Start), ms(ep.End))
		case last != nil && (p.Start < last.Start || last.End > p.Start):
			t.Errorf("%s begins at %s; %s was from %s to %s", p.Stage, ms(p.Start), last.Stage, ms(last.Start), ms(last.End))
		case p.Proof.Kind == "":
			t.Errorf("%s: nothing shows it", p.Stage)
		}
		last = &p
	}
}

// checkTold holds that each episode is told of once at first and once at last.
func (s *script) checkTold(t testing.TB, eps []*Episode) {
	t.Helper()
	open := map[*Episode]bool{}
	for _, x := range s.told {
		if was, known := open[x.ep]; (x.state == Opened) == known || known && !was {
			t.Errorf("%s told of an episode that was open: %v, known: %v", x.state, was, known)
		}
		open[x.ep] = x.state != Closed
	}
	if s.tracker.Forgotten > 0 {
		return
	}
	for _, ep := range eps {
		if is, known := open[ep]; !known || is {
			t.Errorf("episode %d: told of: %v, left open: %v", ep.Serial, known, is)
		}
	}
}
