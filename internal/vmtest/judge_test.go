package vmtest_test

import (
	"strings"
	"testing"
)

func TestReadReport(t *testing.T) {
	for _, c := range []struct {
		name, report string
		fails        bool
		check        func(*outcome) bool
	}{
		{
			name:   "the whole of a plan",
			report: `{"Kernel":"6.1.0"}{"Step":"a","Output":"one "}{"Step":"a","Output":"two"}{"Step":"a","Exit":0}{"Done":true}`,
			check: func(o *outcome) bool {
				return o.kernel == "6.1.0" && o.done && o.steps["a"].output.String() == "one two" && *o.steps["a"].exit == 0
			},
		},
		{
			name:   "a guest in trouble",
			report: `{"Kernel":"6.1.0"}{"Output":"no module"}{"Done":true}`,
			check:  func(o *outcome) bool { return o.done && o.trouble.String() == "no module" && len(o.steps) == 0 },
		},
		{
			name:   "a machine that stops in the middle of a step",
			report: `{"Step":"a","Output":"one"}` + "\r\n",
			check:  func(o *outcome) bool { return !o.done && o.steps["a"].exit == nil },
		},
		{
			name:   "a machine that stops in the middle of a line",
			report: `{"Step":"a","Output":"one"}{"Step":`,
			fails:  true,
			check:  func(o *outcome) bool { return !o.done && o.steps["a"].output.String() == "one" },
		},
		{
			name:  "a machine that does not boot",
			check: func(o *outcome) bool { return !o.done && o.kernel == "" && len(o.steps) == 0 },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, err := read(strings.NewReader(c.report))
			if (err != nil) != c.fails || !c.check(o) {
				t.Errorf("got %+v, error %v", o, err)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	zero, one := 0, 1
	for _, c := range []struct {
		name     string
		scenario scenario
		exit     *int
		output   string
		want     string
	}{
		{"as planned", scenario{passed: []string{"TestA"}, says: []string{"TestA"}}, &zero, "--- PASS: TestA (0.01s)\nPASS\n", ""},
		{"an error as planned", scenario{exit: 1, says: []string{"error:"}}, &one, "error: no capability\n", ""},
		{"another status", scenario{}, &one, "", "it ended with status 1, not 0"},
		{"no end", scenario{}, nil, "", "it did not end"},
		{"a test that skips", scenario{passed: []string{"TestA"}}, &zero, "--- SKIP: TestA (0.00s)\n", "TestA did not pass"},
		{"a test of like name", scenario{passed: []string{"TestA"}}, &zero, "--- PASS: TestAB (0.00s)\n", "TestA did not pass"},
		{"a subtest of that name", scenario{passed: []string{"TestA"}}, &zero, "    --- PASS: TestA (0.00s)\n", "TestA did not pass"},
		{"nothing said", scenario{says: []string{"captured"}}, &zero, "", `it does not say "captured"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := &stepOutcome{exit: c.exit}
			got.output.WriteString(c.output)
			if problem := c.scenario.judge(got); problem != c.want {
				t.Errorf("got %q, want %q", problem, c.want)
			}
		})
	}
}
