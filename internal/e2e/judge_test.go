//go:build linux

package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"ricochet/internal/report"
)

// want is what ricochet has to make of a scenario.
type want struct {
	rule   string   // of the bounces; empty if there are none
	beside []string // other rules that are right here
	// causes are those that the evidence allows, and sure is how sure all captures
	// together must be at least. Part of them may allow those of alike, too, and the
	// clients' captures carry no more than fromClients.
	causes, alike     []string
	sure, fromClients string
	episodes          []episode // in their order
	also              []episode // that may be told, or not
	held              []string  // promises that can be seen to be kept
	violated          []string  // promises that may be found broken
	notPromised       []string  // what this version never promised
	gaps              bool      // connections break, or were there before the capture
}

// episode is a failover, its nodes named by their hosts.
type episode struct {
	kind, outcome string
	from, to      byte
}

// vantage is a choice of captures.
type vantage struct {
	name  string
	hosts string
}

var (
	everywhere = vantage{"all hosts", "prscd"}
	atClients  = vantage{"the clients' hosts", "cd"}
	atPrimary  = vantage{"the first primary's host", "p"}
)

// judge holds the reports from each choice of captures against the truth.
func (s *scene) judge() {
	s.t.Helper()
	for _, v := range []vantage{everywhere, atClients, atPrimary} {
		r := s.analyze(v)
		totals := s.ledger.totals()
		if v == atPrimary {
			totals = s.ledger.totalsAt(s.addr('p'))
		}
		j := &judgement{s, v, r}
		j.totals(&totals)
		j.findings(totals.BouncedCommands)
		j.causes()
		j.episodes()
		if s.t.Failed() {
			j.keep()
			return
		}
	}
}

// analyze runs ricochet on captures.
func (s *scene) analyze(v vantage) *report.Report {
	s.t.Helper()
	args := []string{"analyze", "--output", "json"}
	for _, h := range []byte(v.hosts) {
		if s.lan.hosts[h] != nil {
			args = append(args, filepath.Join(s.folder, fmt.Sprintf("host-%c.pcap", h)))
		}
	}
	out := s.lan.hosts['p'].run(s.t, "analyze", exec.Command(program(s.t), args...))
	r := &report.Report{}
	if err := json.Unmarshal([]byte(out), r); err != nil {
		s.t.Fatalf("read the report from %s: %v", v.name, err)
	}
	return r
}

// judgement is a report under judgement.
type judgement struct {
	*scene
	from vantage
	*report.Report
}

func (j *judgement) errorf(format string, args ...any) {
	j.t.Helper()
	j.t.Errorf("from "+j.from.name+": "+format, args...)
}

// totals holds the counts against the clients' ledger. Where clients share keys,
// which redirect led to which command is not always to be known: then bounces
// and redirect replies alone are exact, and from one host only the replies.
func (j *judgement) totals(want *report.Totals) {
	j.t.Helper()
	got := &j.Totals
	if got.RedirectReplies != want.RedirectReplies {
		j.errorf("redirect replies %+v, by the clients %+v", got.RedirectReplies, want.RedirectReplies)
	}
	for _, n := range []struct {
		what      string
		got, want int64
		soft      bool
		hidden    bool // from one host
	}{
		{"bounced commands", got.BouncedCommands, want.BouncedCommands, false, false},
		{"redirect replies of bounced commands", got.BouncedRedirectReplies, want.BouncedRedirectReplies, true, false},
		{"redirected commands", got.RedirectedCommands, want.RedirectedCommands, true, false},
		{"returned commands", got.ReturnedCommands, want.ReturnedCommands, true, true},
		{"most hops", got.MaxHops, want.MaxHops, true, false},
	} {
		if j.from == atPrimary && (n.hidden || j.hot) {
			continue
		}
		const part = 50 // 2 %
		off := max(n.got-n.want, n.want-n.got)
		if off > 0 && !(j.hot && n.soft && off*part <= n.want) {
			j.errorf("%d %s, by the clients %d", n.got, n.what, n.want)
		}
	}
	for _, b := range unseen(j.Report) {
		if !j.scenario.want.gaps && !j.atAnEnd(b) {
			j.errorf("blind: %+v", b)
		}
	}
}

// atAnEnd reports whether something could not be seen because captures begin in
// the middle of connections between servers or of those that set the scene, or end
// before a reply to a server is there.
func (j *judgement) atAnEnd(b report.Blind) bool {
	const settled = time.Second
	var first, start time.Time
	if b.First == "" {
		return true
	}
	first, err := time.Parse(time.RFC3339Nano, b.First)
	for _, c := range j.Captures {
		at, bad := time.Parse(time.RFC3339Nano, c.First)
		err = cmp.Or(err, bad)
		if start.IsZero() || at.Before(start) {
			start = at
		}
	}
	if err != nil {
		j.errorf("blind: %v", err)
	}
	return first.Sub(start) < settled && slices.Contains([]string{
		"bytes skipped to find the next message", "replies without their command", "bytes missing from the capture"}, b.Cause)
}

// findings holds rules and verdict against what must be found, given how many
// commands bounced as seen from here.
func (j *judgement) findings(bounced int64) {
	j.t.Helper()
	if (j.scenario.want.rule != "") != (j.ledger.totals().BouncedCommands > 0) {
		j.t.Errorf("%d commands bounced: the test is not what it should be", j.ledger.totals().BouncedCommands)
	}
	rule := j.scenario.want.rule
	if bounced == 0 || j.from == atPrimary && j.hot {
		rule = ""
	}
	var commands int64
	rules := map[string]bool{}
	for _, f := range loud(j.Report) {
		rules[f.Rule] = true
		switch {
		case f.Rule == rule, rule == "unreachable-target" && j.from == atPrimary && f.Rule == "bounce":
			// What became of the target is not to be seen where it was named.
			commands += f.Commands
		case slices.Contains(j.scenario.want.beside, f.Rule):
		case j.from == atPrimary && j.hot:
		default:
			j.errorf("finding %s %s: %s", f.ID, f.Rule, f.Cause.Summary)
		}
		if f.Partial && f.Cause.Confidence == "certain" {
			j.errorf("finding %s %s is partial and its cause certain: %+v", f.ID, f.Rule, f.Cause)
		}
	}
	if rule != "" && commands != bounced {
		j.errorf("findings have %d commands, by the clients %d bounced; rules %v", commands, bounced, rules)
	}
	verdict := "clean"
	if rule != "" {
		verdict = "bounced"
	}
	open := j.from == atPrimary && rule == "" // what it cannot see may be much
	if len(j.scenario.want.beside) == 0 && !open && j.Verdict != verdict {
		j.errorf("verdict %s, want %s: %v", j.Verdict, verdict, j.Reasons)
	}
}

// loud are the findings of warning or above.
func loud(r *report.Report) []report.Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f report.Finding) bool { return f.Severity == "info" })
}

// sureness is how sure a cause can be, least first.
var sureness = []string{"", "possible", "likely", "certain"}

// causes holds the causes of bounces against the true ones.
func (j *judgement) causes() {
	j.t.Helper()
	w := &j.scenario.want
	right, least, most := w.causes, w.sure, "certain"
	if j.from != everywhere {
		right, least = slices.Concat(w.causes, w.alike, []string{"unknown"}), ""
	}
	if j.from == atClients {
		most = cmp.Or(w.fromClients, most)
	}
	for _, f := range bounces(j.Report) {
		sure := slices.Index(sureness, f.Cause.Confidence)
		if !slices.Contains(right, f.Cause.ID) || sure < slices.Index(sureness, least) || sure > slices.Index(sureness, most) {
			j.errorf("finding %s %s: cause %s %s, want %v, at least %q and at most %q: %s",
				f.ID, f.Rule, f.Cause.ID, f.Cause.Confidence, right, least, most, f.Cause.Summary)
		}
	}
}

// episodes holds the failovers and what the servers promised against what was
// done. From some hosts they may be seen in part, or not at all.
func (j *judgement) episodes() {
	j.t.Helper()
	w := &j.scenario.want
	due := slices.Clone(w.episodes)
	for _, f := range j.Failovers {
		what := fmt.Sprintf("failover %s %s %s -> %s %s %s", f.ID, f.Kind, f.From, f.To, f.Outcome, f.Confidence)
		fits := func(e episode) bool {
			partly := j.from != everywhere && f.Confidence != "certain"
			return (f.Kind == e.kind || partly) && (f.Outcome == e.outcome || partly && f.Outcome == "unfinished") &&
				f.From == j.node(e.from) && f.To == j.node(e.to)
		}
		i := slices.IndexFunc(due, fits)
		switch {
		case i >= 0:
			due = slices.Delete(due, i, i+1)
		case slices.ContainsFunc(w.also, fits):
		case f.Kind == "replicaof" && f.Outcome != "done" && w.rule != "": // what made the bounces
		default:
			j.errorf("%s was not done", what)
		}
		j.promises(what, f.Conformance)
	}
	if j.from == everywhere {
		for _, e := range due {
			j.errorf("no failover %s %c -> %c %s among %v", e.kind, e.from, e.to, e.outcome, told(j.Report))
		}
	}
}

// promises holds what is said of promises against what servers did.
func (j *judgement) promises(what string, said []report.Conformance) {
	j.t.Helper()
	w := &j.scenario.want
	for _, c := range said {
		switch {
		case c.Result == "violated" && !slices.Contains(w.violated, c.Check),
			j.from == everywhere && c.Result != "held" && slices.Contains(w.held, c.Check),
			c.Result != "not-promised" && c.Result != "not-observed" && slices.Contains(w.notPromised, c.Check):
			j.errorf("%s: %s %s %d times", what, c.Check, c.Result, c.Count)
		}
	}
}

// node is how reports name the server of a host.
func (s *scene) node(host byte) string {
	if s.servers[host] == nil {
		return ""
	}
	return s.addr(host).String()
}

// keep writes the report among the artifacts, and in short into the log.
func (j *judgement) keep() {
	text, err := json.MarshalIndent(j.Report, "", " ")
	if err == nil {
		err = os.WriteFile(filepath.Join(j.t.ArtifactDir(), "report.json"), text, 0o600)
	}
	if err != nil {
		j.t.Error(err)
	}
	for _, e := range j.events {
		j.t.Logf("%.3f %v", e[0], e[1])
	}
	for _, f := range j.Findings {
		j.t.Logf("from %s: %s %s %s, %d commands, %v, cause %s %s: %s", j.from.name,
			f.ID, f.Rule, f.Severity, f.Commands, f.Nodes, f.Cause.ID, f.Cause.Confidence, f.Cause.Summary)
	}
	for _, f := range told(j.Report) {
		j.t.Logf("from %s: %s", j.from.name, f)
	}
}

// judgeLive holds what watching one host said against what its capture says.
func (s *scene) judgeLive(w *watch) {
	s.t.Helper()
	live := w.stop(syscall.SIGINT)
	file := s.analyze(vantage{"the host watched", string(s.live)})
	same(s.t, "redirect replies", file.Totals.RedirectReplies, live.Totals.RedirectReplies)
	same(s.t, "bounced commands", file.Totals.BouncedCommands, live.Totals.BouncedCommands)
	same(s.t, "rules", rulesOf(file), rulesOf(live))
	same(s.t, "failovers", told(file), told(live))
	told := 0
	for _, e := range w.all() {
		if e.kind == "loss" && !s.want.gaps {
			s.t.Errorf("loss: %s", e.line)
		}
		if e.kind == "failover" {
			told++
		}
	}
	if len(live.Failovers) > 0 && told == 0 {
		s.t.Error("a failover was reported at the end and never told")
	}
}

func rulesOf(r *report.Report) (rules []string) {
	for _, f := range r.Findings {
		rules = append(rules, f.Rule+" "+f.Cause.ID+" "+f.Cause.Confidence)
	}
	return rules
}

func told(r *report.Report) (all []string) {
	for _, f := range r.Failovers {
		all = append(all, strings.Join([]string{f.Kind, f.From, f.To, f.Outcome, f.Confidence}, " "))
	}
	return all
}
