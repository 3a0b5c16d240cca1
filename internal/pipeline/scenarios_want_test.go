package pipeline_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ricochet/capture"
	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

// What a scenario wants of a report, one thing a line. Alternatives are written
// certain|likely; nodes are the names of the script.
//
//	want verdict bounced
//	want totals redirected 3 bounced 3 returned 0 hops 14 longest 5 commands 9
//	want errors READONLY 3
//	want finding bounce warning commands 3 cause redirect-during-failover certain nodes A B
//	want no finding                 none of severity warning or critical
//	want no finding bounce          none of that rule, of whatever severity
//	want no cause dead-primary certain
//	want at-most likely             no cause and no failover is surer than that
//	want failover failover A -> B done certain|likely
//	want no failover
//	want phases waiting-for-sync in-progress    of E1, in that order, others between them
//	want parked in-progress 3                   commands that waited in a phase of E1
//	want conformance single-primary violated    of E1; E2 behind it for another, count N for a number
//	want role A primary, replica of B           all that A was, in order
//	want role A at 30ms replica
//	want version A 7.9.240    want mode A cluster    want alias A valkey-a.example:6379
//	want blind-to TEXT        stands in reasons or coverage.next
//	want cause-says TEXT      stands in a cause or a remedy
//	want failover-says TEXT   stands in a failover
//
// What a finding may be wanted to have: hops N (redirect replies), longest N,
// clients N, served N, failed N, given-up N, cut N, cycle and unreachable and
// unseen with nodes, failover E1 or none, partial, whole. All findings of
// severity warning or critical must be wanted, if any finding is.
type want struct {
	line  string
	needs string // the kind of result that it is about, for pending; "" for what is there
	check func(*subject) error
	// matches says what a finding lacks, nil for anything but findings.
	matches func(*subject, *report.Finding) error
}

// notBuilt names the kinds of results that are not there yet: cause, failover,
// conformance, role. What is wanted of them is read and not held.
func notBuilt() []string { return nil }

func pending(kind string) bool { return slices.Contains(notBuilt(), kind) }

type packet = capture.Packet

// subject is a report under test.
type subject struct {
	*report.Report
	capture *wiretest.Capture
	section *section
}

// knownRules, knownCauses and knownChecks are those of DESIGN.md, sections 5 and 6.
func knownRules() []string {
	return []string{"bounce", "self-redirect", "unreachable-target", "long-chain", "dual-primary", "failover-violation", "readonly-loop"}
}

func knownCauses() []string {
	return []string{
		"redirect-during-failover", "circular-replication", "slot-ownership-conflict", "missing-asking",
		"stale-announcement", "dead-primary", "self-replication", "unknown",
	}
}

func knownChecks() []string {
	return []string{
		"no-redirect-while-in-progress", "writes-parked-while-waiting", "parked-clients-redirected", "blocked-clients-redirected",
		"redirect-target-is-primary", "single-primary", "abort-restores-roles",
	}
}

// ruleNeeds is the kind of result that a rule rests on.
func ruleNeeds(rule string) string {
	switch rule {
	case "dual-primary":
		return "role"
	case "failover-violation":
		return "conformance"
	}
	return ""
}

// parseWant reads a line.
func parseWant(line string) (want, error) {
	w := want{line: strings.Join(strings.Fields(line), " ")}
	p := &words{list: strings.Fields(line)}
	p.must("want")
	var check func(*subject) error
	switch head := p.next(); head {
	case "verdict":
		check = p.verdict()
	case "totals":
		check = p.totals()
	case "errors":
		check = p.errors()
	case "finding":
		check = p.finding(&w)
	case "at-most":
		check = p.atMost()
	case "failover":
		w.needs, check = "failover", p.failover()
	case "phases":
		w.needs, check = "failover", p.phases()
	case "parked":
		w.needs, check = "failover", p.parked()
	case "conformance":
		w.needs, check = "conformance", p.conformance()
	case "role":
		w.needs, check = "role", p.role()
	case "version", "mode", "alias":
		w.needs, check = "role", p.fact(head)
	case "blind-to":
		check = p.says(func(s *subject) any { return []any{s.Reasons, s.Coverage.Next} })
	case "cause-says":
		w.needs, check = "cause", p.says(func(s *subject) any {
			var all []any
			for _, f := range s.Findings {
				all = append(all, f.Cause, f.Remedy, f.RemedyCommands)
			}
			return all
		})
	case "failover-says":
		w.needs, check = "failover", p.says(func(s *subject) any { return s.Failovers })
	case "no":
		check = p.no(&w)
	default:
		p.fail("unknown expectation %q", head)
	}
	if p.err == nil && len(p.list) > 0 {
		p.fail("unknown word %q", p.list[0])
	}
	if p.err != nil {
		return w, fmt.Errorf("%s: %w", w.line, p.err)
	}
	w.check = check
	return w, nil
}

// addr returns the address of a node by its name in the script.
func (s *subject) addr(name string) (string, error) {
	at, err := s.capture.Addr(name)
	return at.String(), err
}

// name returns the name of an address for complaints.
func (s *subject) name(addr string) string {
	for c := 'A'; c <= 'Z'; c++ {
		if at, err := s.capture.Addr(string(c)); err == nil && at.String() == addr {
			return string(c)
		}
	}
	return addr
}

func (p *words) verdict() func(*subject) error {
	all := p.choice("bounced", "clean", "inconclusive")
	return func(s *subject) error {
		if s.verdictPending() || slices.Contains(all, s.Verdict) {
			return nil
		}
		return fmt.Errorf("verdict %s, reasons %q", s.Verdict, s.Reasons)
	}
}

// verdictPending reports whether the verdict rests on findings of rules that are
// not built yet: wanted ones, or such as are there already.
func (s *subject) verdictPending() bool {
	some := false
	for _, w := range s.section.wants {
		if w.matches != nil && !pending(w.needs) {
			return false
		}
		some = some || w.matches != nil
	}
	return some || slices.ContainsFunc(s.Findings, func(f report.Finding) bool { return pending(ruleNeeds(f.Rule)) })
}

func (p *words) totals() func(*subject) error {
	read := map[string]func(*report.Totals) int64{
		"commands":   func(t *report.Totals) int64 { return t.Commands },
		"redirected": func(t *report.Totals) int64 { return t.RedirectedCommands },
		"bounced":    func(t *report.Totals) int64 { return t.BouncedCommands },
		"returned":   func(t *report.Totals) int64 { return t.ReturnedCommands },
		"hops":       func(t *report.Totals) int64 { return t.RedirectReplies.Sum() },
		"longest":    func(t *report.Totals) int64 { return t.MaxHops },
	}
	type term struct {
		name string
		n    int64
	}
	var terms []term
	for len(p.list) > 0 {
		name := p.next()
		if read[name] == nil {
			p.fail("unknown total %q", name)
			break
		}
		terms = append(terms, term{name, p.number()})
	}
	if len(terms) == 0 {
		p.fail("no total is named")
	}
	return func(s *subject) error {
		var bad []string
		for _, w := range terms {
			if got := read[w.name](&s.Totals); got != w.n {
				bad = append(bad, fmt.Sprintf("%s %d", w.name, got))
			}
		}
		return complaint(bad)
	}
}

func (p *words) errors() func(*subject) error {
	word, n := p.next(), p.number()
	return func(s *subject) error {
		if got := s.Totals.Errors[word]; got != n {
			return fmt.Errorf("%d errors %s", got, word)
		}
		return nil
	}
}

// says wants a text within the JSON form of a part of the report.
func (p *words) says(part func(*subject) any) func(*subject) error {
	text := p.rest()
	if text == "" {
		p.fail("no text")
	}
	return func(s *subject) error {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(part(s)); err != nil {
			return err
		}
		if !strings.Contains(b.String(), text) {
			return fmt.Errorf("it says %s", strings.TrimSpace(b.String()))
		}
		return nil
	}
}

// atMost wants nothing to be said with more confidence than a word.
func (p *words) atMost() func(*subject) error {
	most := slices.Index(confidences(), p.choice(confidences()...)[0])
	return func(s *subject) error {
		var bad []string
		for _, f := range s.Findings {
			if slices.Index(confidences(), f.Cause.Confidence) > most {
				bad = append(bad, fmt.Sprintf("%s: cause %s %s", f.ID, f.Cause.ID, f.Cause.Confidence))
			}
		}
		for _, f := range s.Failovers {
			if slices.Index(confidences(), f.Confidence) > most {
				bad = append(bad, fmt.Sprintf("%s: %s %s", f.ID, f.Kind, f.Confidence))
			}
		}
		return complaint(bad)
	}
}

// no wants something to be absent.
func (p *words) no(w *want) func(*subject) error {
	switch head := p.next(); head {
	case "finding":
		rules := p.list
		p.list = nil
		for _, r := range rules {
			if !slices.Contains(knownRules(), r) {
				p.fail("unknown rule %q", r)
			}
		}
		return func(s *subject) error {
			var bad []string
			for _, f := range s.Findings {
				if !pending(ruleNeeds(f.Rule)) && (slices.Contains(rules, f.Rule) || len(rules) == 0 && f.Severity != "info") {
					bad = append(bad, describeFinding(s, &f))
				}
			}
			return complaint(bad)
		}
	case "cause":
		id := p.choice(knownCauses()...)
		confidence := p.maybe(confidences()...)
		w.needs = "cause"
		return func(s *subject) error {
			var bad []string
			for _, f := range s.Findings {
				if slices.Contains(id, f.Cause.ID) && (confidence == nil || slices.Contains(confidence, f.Cause.Confidence)) {
					bad = append(bad, describeFinding(s, &f))
				}
			}
			return complaint(bad)
		}
	case "failover":
		kind := p.maybe("failover", "replicaof", "sentinel", "cluster")
		w.needs = "failover"
		return func(s *subject) error {
			var bad []string
			for _, f := range s.Failovers {
				if kind == nil || slices.Contains(kind, f.Kind) {
					bad = append(bad, describeFailover(s, &f))
				}
			}
			return complaint(bad)
		}
	default:
		p.fail("unknown absence %q", head)
	}
	return nil
}

// complaint is an error with a text for each thing that is wrong, nil if none is.
func complaint(bad []string) error {
	if len(bad) == 0 {
		return nil
	}
	return fmt.Errorf("got %s", strings.Join(bad, "; "))
}

func TestParseWantRefuses(t *testing.T) {
	for _, line := range []string{
		"verdict bounced", "want", "want verdict", "want verdict fine", "want verdict clean really", "want totals", "want totals hops", "want totals hops x",
		"want finding", "want finding bouncing", "want finding bounce loudly", "want finding bounce cause", "want finding bounce cause nothing",
		"want finding bounce commands", "want no finding bouncing", "want no luck", "want role A", "want role A king", "want role A at 5 primary",
		"want failover failover A B done certain", "want failover coup A -> B done certain", "want conformance everything held",
		"want conformance single-primary maybe", "want phases", "want phases lunch", "want at-most sure", "want blind-to", "want version A",
	} {
		if _, err := parseWant(line); err == nil {
			t.Errorf("%q was accepted", line)
		}
	}
}
