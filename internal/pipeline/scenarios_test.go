package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ricochet/internal/pipeline"
	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

// A scenario is a file of testdata/scenarios: a script of package wiretest, and
// behind a line "----" what the report must say, in the words of
// scenarios_want_test.go. Further sections say what must be reported when less
// was captured:
//
//	---- seen at A c1       one capture on each of these hosts
//	---- without op         all but what these hosts sent and received
//
// The first comment of the file, and of each further section, says what it is
// there for: fires-RULE, silent-RULE and blind-RULE (it cannot be known) for
// rules, and likewise for causes. Events of which the wire does not tell the
// order stand between the lines "unordered" and "end" of the script; every order
// must lead to the same report.
//
// The names begin with the scenario that they are about.
type scenarioFile struct {
	name     string
	script   string
	sections []section
}

// section is what must be reported from one view of the traffic.
type section struct {
	view   view
	labels []string
	wants  []want
}

// view says what of the traffic was captured: by default all of it, once.
type view struct{ seenAt, without []string }

func (v view) String() string {
	var b strings.Builder
	if len(v.seenAt) > 0 {
		b.WriteString("seen at " + strings.Join(v.seenAt, " "))
	}
	if len(v.without) > 0 {
		b.WriteString(" without " + strings.Join(v.without, " "))
	}
	if b.Len() == 0 {
		return "everything"
	}
	return strings.TrimSpace(b.String())
}

// mirrored lets A and B change addresses, so that whoever hands over has the
// higher one. Cycles begin with the lowest address, and are not looked at.
func mirrored(text string) string {
	cycle := regexp.MustCompile(` cycle( [A-Z])+`)
	addr := regexp.MustCompile(`\b10\.0\.0\.[12]\b`)
	text = addr.ReplaceAllStringFunc(cycle.ReplaceAllString(text, ""), func(a string) string {
		return a[:len(a)-1] + string('1'+'2'-a[len(a)-1])
	})
	if strings.Contains(text, "\nhost A ") {
		return text
	}
	first, rest, _ := strings.Cut(text, "\n") // the labels stay in front
	return first + "\nhost A 10.0.0.2\nhost B 10.0.0.1\n" + rest
}

// scenarioFiles reads all scenarios, in order of their names, as they are
// written or changed by some function.
func scenarioFiles(t *testing.T, change func(string) string) []*scenarioFile {
	t.Helper()
	names, err := filepath.Glob("testdata/scenarios/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	var out []*scenarioFile
	for _, n := range names {
		text, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parseScenario(strings.TrimSuffix(filepath.Base(n), ".txt"), change(string(text)))
		if err != nil {
			t.Fatalf("%s: %v", n, err)
		}
		out = append(out, f)
	}
	return out
}

// parseScenario reads a scenario, the script of which is parsed later.
func parseScenario(name, text string) (*scenarioFile, error) {
	f := &scenarioFile{name: name}
	var labels []string // of the section to come
	var now *section
	fresh := true // nothing but blank lines since the section began
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		comment, isComment := strings.CutPrefix(line, "#")
		switch rest, divider := strings.CutPrefix(line, "----"); {
		case divider:
			v, err := parseView(strings.Fields(rest))
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", number, err)
			}
			f.sections = append(f.sections, section{view: v, labels: labels})
			now, labels, fresh = &f.sections[len(f.sections)-1], nil, true
			if len(f.sections) == 1 {
				fresh = false // its labels stand at the head of the file
			}
			continue
		case isComment && fresh && now == nil:
			labels = strings.Fields(comment)
		case isComment && fresh:
			now.labels = strings.Fields(comment)
		case line == "" || isComment:
		case now != nil:
			w, err := parseWant(line)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", number, err)
			}
			now.wants = append(now.wants, w)
		}
		if now == nil {
			f.script += line + "\n"
		}
		fresh = fresh && line == ""
	}
	if len(f.sections) == 0 {
		return nil, fmt.Errorf("nothing is expected: want a line ---- and expectations behind it")
	}
	for _, s := range f.sections {
		if len(s.wants) == 0 {
			return nil, fmt.Errorf("%s: nothing is expected", s.view)
		}
		if len(s.labels) == 0 {
			return nil, fmt.Errorf("%s: want a first comment with labels", s.view)
		}
	}
	return f, nil
}

// parseView reads what stands behind the dashes.
func parseView(words []string) (view, error) {
	var v view
	var list *[]string
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case w == "seen" && i+1 < len(words) && words[i+1] == "at":
			list, i = &v.seenAt, i+1
		case w == "without":
			list = &v.without
		case list != nil:
			*list = append(*list, w)
		default:
			return v, fmt.Errorf("unknown view %q", strings.Join(words, " "))
		}
	}
	return v, nil
}

// capture returns the traffic of a script as the view shows it.
func (v view) capture(script string) (*wiretest.Capture, error) {
	c, err := wiretest.Parse(script)
	if err == nil {
		c = c.InOrder()
	}
	if err == nil && len(v.without) > 0 {
		c, err = c.Without(v.without...)
	}
	if err == nil && len(v.seenAt) > 0 {
		c, err = c.SeenAt(v.seenAt...)
	}
	return c, err
}

// analyzeCapture returns the report on a capture. Several vantage points are
// several files.
func analyzeCapture(t *testing.T, c *wiretest.Capture, points int, o pipeline.Options) *report.Report {
	t.Helper()
	if points <= 1 {
		return analyze(t, o, c.Source("scenario"))
	}
	dir := t.TempDir()
	var names []string
	for i := range points {
		only := slices.Clone(c.Packets)
		only = slices.DeleteFunc(only, func(p packet) bool { return p.Origin != i })
		name := filepath.Join(dir, fmt.Sprintf("%d.pcap", i))
		if err := os.WriteFile(name, pcapBytes(t, only), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	r, err := pipeline.Analyze(t.Context(), names, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestScenarios plays every scenario in every order that the wire leaves open,
// and holds the report on each view to what is wanted of it.
func TestScenarios(t *testing.T) {
	playScenarios(t, scenarioFiles(t, asWritten))
}

// TestScenariosMirrored does the same with the addresses of A and B exchanged.
func TestScenariosMirrored(t *testing.T) {
	playScenarios(t, scenarioFiles(t, mirrored))
}

func asWritten(text string) string { return text }

func playScenarios(t *testing.T, files []*scenarioFile) {
	t.Helper()
	for _, f := range files {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			scripts, err := orders(f.script)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range f.sections {
				t.Run(strings.ReplaceAll(s.view.String(), " ", "-"), func(t *testing.T) {
					for i, script := range scripts {
						if s.hold(t, fmt.Sprintf("order %d of %d", i+1, len(scripts)), script); t.Failed() {
							break // the other orders have no more to tell
						}
					}
				})
			}
		})
	}
}

// hold plays one order of a scenario.
func (s *section) hold(t *testing.T, order, script string) {
	t.Helper()
	c, err := s.view.capture(script)
	if err != nil {
		t.Fatal(err)
	}
	r := analyzeCapture(t, c, len(s.view.seenAt), pipeline.Options{})
	failed := false
	complain := func(line, what string) {
		failed = true
		t.Errorf("%s: %s\n\t%s", order, line, what)
	}
	for _, w := range s.wants {
		if pending(w.needs) {
			continue
		}
		if err := w.check(&subject{r, c, s}); err != nil {
			complain(w.line, err.Error())
		}
	}
	for _, err := range contradictions(r) {
		complain("what holds for every report", err.Error())
	}
	if len(s.view.seenAt) <= 1 {
		if again := analyzeCapture(t, c, 1, pipeline.Options{Workers: 3}); jsonOf(t, r) != jsonOf(t, again) {
			complain("three workers", "lead to another report")
		}
	}
	if failed && os.Getenv("SCENARIO_REPORT") != "" {
		t.Log(jsonOf(t, r))
	}
}

// TestScenariosAreComplete holds the set of scenarios to what it must cover.
func TestScenariosAreComplete(t *testing.T) {
	labels, lines, files := map[string]bool{}, map[string]bool{}, map[string]bool{}
	id := regexp.MustCompile(`^([JNE][0-9]{2})-[a-z0-9-]+$`)
	for _, f := range scenarioFiles(t, asWritten) {
		if m := id.FindStringSubmatch(f.name); m == nil {
			t.Errorf("%s: the name does not begin with a scenario", f.name)
		} else {
			files[m[1]] = true
		}
		for _, s := range f.sections {
			for _, l := range s.labels {
				labels[l] = true
				if err := s.supports(l); err != nil {
					t.Errorf("%s, %s: %s: %v", f.name, s.view, l, err)
				}
			}
			for _, w := range s.wants {
				lines[w.line] = true
			}
			if s.vacuous() {
				t.Errorf("%s, %s: a report that says nothing would do", f.name, s.view)
			}
		}
	}
	for group, count := range map[string]int{"J": 13, "N": 14, "E": 4} {
		for i := range count {
			if id := fmt.Sprintf("%s%02d", group, i+1); !files[id] {
				t.Errorf("no file for scenario %s", id)
			}
		}
	}
	for _, name := range append(slices.Clone(knownRules()), knownCauses()...) {
		for _, kind := range []string{"fires", "silent", "blind"} {
			if !labels[kind+"-"+name] {
				t.Errorf("no scenario is there for %s-%s", kind, name)
			}
		}
	}
	for _, check := range knownChecks() {
		for _, result := range []string{"held", "violated", "not-observed"} {
			if !anyLine(lines, "want conformance "+check+" "+result) {
				t.Errorf("no scenario wants %s of %s", result, check)
			}
		}
	}
	if !anyLine(lines, "want conformance blocked-clients-redirected not-promised") {
		t.Error("no scenario wants not-promised of blocked-clients-redirected")
	}
}

// vacuous reports whether an empty report has all that is wanted.
func (s *section) vacuous() bool {
	nothing := &subject{&report.Report{}, &wiretest.Capture{}, s}
	return !slices.ContainsFunc(s.wants, func(w want) bool { return w.check(nothing) != nil })
}

func anyLine(lines map[string]bool, prefix string) bool {
	for l := range lines {
		if l == prefix || strings.HasPrefix(l, prefix+" ") {
			return true
		}
	}
	return false
}

// supports says what a section lacks for a label to be true.
func (s *section) supports(label string) error {
	kind, name, _ := strings.Cut(label, "-")
	isRule, isCause := slices.Contains(knownRules(), name), slices.Contains(knownCauses(), name)
	if !isRule && !isCause {
		return fmt.Errorf("no rule or cause of that name")
	}
	has := func(pattern string) bool {
		r := regexp.MustCompile(pattern)
		return slices.ContainsFunc(s.wants, func(w want) bool { return r.MatchString(w.line) })
	}
	n := regexp.QuoteMeta(name)
	silent := has(`^want no finding$`) || isRule && has(`^want no finding .*\b`+n+`\b`) || isCause && has(`^want no cause `+n+`\b`)
	switch {
	case kind == "fires" && isRule && !has(`^want finding (\S+\|)?`+n+`\b`):
		return fmt.Errorf("no finding of that rule is wanted")
	case kind == "fires" && isCause && !has(`^want finding .* cause (\S+\|)?`+n+`\b`):
		return fmt.Errorf("no finding with that cause is wanted")
	case kind == "silent" && !silent:
		return fmt.Errorf("its absence is not wanted")
	case kind == "blind" && !silent && !has(`^want (at-most|blind-to|cause-says|failover-says|verdict inconclusive)`) && !has(`\b(partial|not-observed)\b`):
		return fmt.Errorf("nothing is wanted that says what cannot be known")
	case kind != "fires" && kind != "silent" && kind != "blind":
		return fmt.Errorf("a label begins with fires, silent or blind")
	}
	return nil
}
