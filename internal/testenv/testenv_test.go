package testenv_test

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"ricochet/internal/testenv"
)

// recorder stands in for a test and keeps how it ended.
type recorder struct {
	testing.TB
	outcome string
}

func (r *recorder) Helper() {}

func (r *recorder) Skip(args ...any) { r.end("skip") }

func (r *recorder) Fatalf(string, ...any) { r.end("fail") }

func (r *recorder) end(outcome string) {
	r.outcome = outcome
	runtime.Goexit()
}

// outcome runs f as the body of a test and reports how it ended.
func outcome(t *testing.T, f func(testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t, outcome: "pass"}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	return r.outcome
}

func TestOutcome(t *testing.T) {
	withRoot := map[bool]string{true: "pass", false: "fail"}[os.Geteuid() == 0]
	tests := []struct {
		name     string
		variable string
		body     func(testing.TB)
		want     string
	}{
		{"a skip", "", func(tb testing.TB) { testenv.Skip(tb, "no such device") }, "skip"},
		{"a skip where all is required", "1", func(tb testing.TB) { testenv.Skip(tb, "no such device") }, "fail"},
		{"a skip where the variable is another value", "0", func(tb testing.TB) { testenv.Skip(tb, "no such device") }, "skip"},
		{"a command that is there", "1", func(tb testing.TB) { testenv.RequireCommand(tb, "go") }, "pass"},
		{"a command that is missing", "", func(tb testing.TB) { testenv.RequireCommand(tb, "no-such-program") }, "skip"},
		{"a command that is missing where all is required", "1", func(tb testing.TB) { testenv.RequireCommand(tb, "no-such-program") }, "fail"},
		{"root where all is required", "1", testenv.RequireRoot, withRoot},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("REQUIRE_ROOT_TESTS", test.variable)
			if got := outcome(t, test.body); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestRequireCommandReturnsThePath(t *testing.T) {
	if got := testenv.RequireCommand(t, "go"); !strings.HasSuffix(got, "go") && !strings.HasSuffix(got, "go.exe") {
		t.Errorf("got %q", got)
	}
}
