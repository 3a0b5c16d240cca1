package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"ricochet/capture/pcapfile"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
)

// fake is an app whose analysis is a function, and what it wrote.
type fake struct {
	app
	out, err bytes.Buffer
	env      map[string]string
	terminal bool // whether the streams that are files are terminals
}

func newFake(analyze func(context.Context, []string, pipeline.Options) (*report.Report, error)) *fake {
	f := &fake{env: map[string]string{}}
	f.app = app{
		ui: ui{
			stdin:    strings.NewReader(""),
			stdout:   &output{w: &f.out},
			stderr:   &f.err,
			getenv:   func(k string) string { return f.env[k] },
			terminal: func(*os.File) (int, bool) { return 80, f.terminal },
		},
		now:     func() time.Time { return time.Time{} },
		analyze: analyze,
	}
	return f
}

// verdict is an analysis with this outcome.
func verdict(v string) func(context.Context, []string, pipeline.Options) (*report.Report, error) {
	return func(context.Context, []string, pipeline.Options) (*report.Report, error) {
		return &report.Report{Verdict: v}, nil
	}
}

func TestExitStatus(t *testing.T) {
	for _, c := range []struct {
		verdict string
		args    []string
		want    int
	}{
		{"clean", nil, 0},
		{"bounced", nil, 0},
		{"inconclusive", nil, 0},
		{"clean", []string{"--exit-code"}, 0},
		{"bounced", []string{"--exit-code"}, exitBounced},
		{"inconclusive", []string{"--exit-code"}, exitInconclusive},
		{"a verdict of the future", []string{"--exit-code"}, exitInconclusive},
	} {
		f := newFake(verdict(c.verdict))
		got := f.run(t.Context(), append([]string{"analyze", "a.pcap"}, c.args...))
		if got != c.want || f.err.Len() > 0 || f.out.Len() == 0 {
			t.Errorf("%s %v: status %d, want %d; standard error %q", c.verdict, c.args, got, c.want, &f.err)
		}
	}
}

func TestFlagsReachTheAnalysis(t *testing.T) {
	var names []string
	var got pipeline.Options
	f := newFake(func(_ context.Context, n []string, o pipeline.Options) (*report.Report, error) {
		names, got = n, o
		return &report.Report{}, nil
	})
	status := f.run(t.Context(), []string{"analyze", "a", "--from", "10.5", "--to=1970-01-01T00:00:20+00:00", "--window", "500ms",
		"--port", "6379,7000-7002", "--port", "7001", "--workers", "2", "--client", "10.0.0.4", "--client", "app, the first", "--node", "[::1]:6379",
		"--require", "failover,commands=1000", "--require", "both-directions", "b"})
	if status != 0 {
		t.Fatalf("status %d: %s", status, &f.err)
	}
	want := pipeline.Options{From: 10.5e9, To: 20e9, Window: 500 * time.Millisecond, Ports: []uint16{6379, 7000, 7001, 7002}, Workers: 2,
		Clients: []string{"10.0.0.4", "app, the first"}, Nodes: []string{"[::1]:6379"},
		Require: pipeline.Require{Failover: true, BothDirections: true, Commands: 1000}, Stdin: f.stdin}
	if got.Chain != nil {
		t.Error("chains are asked for, but nobody reads them")
	}
	got.Progress = nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("options\ngot  %+v\nwant %+v", got, want)
	}
	if !reflect.DeepEqual(names, []string{"a", "b"}) {
		t.Errorf("names %q", names)
	}
}

func TestWithoutFlagsTheWindowIsFiveSeconds(t *testing.T) {
	f := newFake(func(_ context.Context, _ []string, o pipeline.Options) (*report.Report, error) {
		if o.Window != 5*time.Second || o.From != 0 || o.To != 0 {
			t.Errorf("options %+v", o)
		}
		return &report.Report{}, nil
	})
	f.run(t.Context(), []string{"analyze", "a"})
}

func TestColour(t *testing.T) {
	for _, c := range []struct {
		flag, noColor, term string
		terminal, want      bool
	}{
		{"auto", "", "xterm", true, true},
		{"auto", "", "xterm", false, false},
		{"auto", "1", "xterm", true, false},
		{"auto", "", "dumb", true, false},
		{"never", "", "xterm", true, false},
		{"always", "1", "dumb", false, true},
	} {
		f := newFake(verdict("clean"))
		f.env["NO_COLOR"], f.env["TERM"] = c.noColor, c.term
		f.app.terminal = func(*os.File) (int, bool) { return 80, c.terminal }
		name := filepath.Join(t.TempDir(), "out")
		file, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		f.stdout.w = file
		f.run(t.Context(), []string{"analyze", "--color", c.flag, "a"})
		file.Close()
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(got, []byte("\x1b[")) != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestInterruptedAnalysisStillReports(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake(func(ctx context.Context, _ []string, _ pipeline.Options) (*report.Report, error) {
		cancel()
		<-ctx.Done()
		return &report.Report{Verdict: "inconclusive", Reasons: []string{"interrupted"}}, nil
	})
	if status := f.run(ctx, []string{"analyze", "a"}); status != 0 {
		t.Errorf("status %d", status)
	}
	if got := f.out.String(); !strings.HasPrefix(got, "cannot tell: interrupted\n") {
		t.Errorf("standard output %q", got)
	}
	if got := f.err.String(); got != "ricochet: interrupted; the report covers what was read until then\n" {
		t.Errorf("standard error %q", got)
	}
}

// stuck fails every write with the same error.
type stuck struct{ err error }

func (s stuck) Write([]byte) (int, error) { return 0, s.err }

func TestNDJSONThatCannotBeWritten(t *testing.T) {
	pipe := &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
	full := &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
	for _, c := range []struct {
		name          string
		err           error
		args          []string
		status        int
		wantCancelled bool
		wantError     string
	}{
		{"the reader left", pipe, nil, 0, true, ""},
		{"the reader left, but the status counts", pipe, []string{"--exit-code"}, exitBounced, false, ""},
		{"the disk is full", full, nil, exitFailed, true, "ricochet: write to standard output: no space left on device\n"},
		{"the disk is full, and the status counts", full, []string{"--exit-code"}, exitFailed, true, "ricochet: write to standard output: no space left on device\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(func(ctx context.Context, _ []string, o pipeline.Options) (*report.Report, error) {
				for range 10_000 {
					o.Chain(&report.Chain{Command: "GET key:1"})
				}
				if cancelled := ctx.Err() != nil; cancelled != c.wantCancelled {
					t.Errorf("cancelled %v, want %v", cancelled, c.wantCancelled)
				}
				return &report.Report{Verdict: "bounced"}, nil
			})
			f.stdout.w = stuck{c.err}
			if status := f.run(t.Context(), append([]string{"analyze", "-o", "ndjson", "a"}, c.args...)); status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			if got := f.err.String(); got != c.wantError {
				t.Errorf("standard error %q, want %q", got, c.wantError)
			}
		})
	}
}

func TestStandardInputThatIsATerminal(t *testing.T) {
	f := newFake(verdict("clean"))
	f.terminal = true
	f.stdin = os.Stdin
	if status := f.run(t.Context(), []string{"analyze", "-"}); status != exitUsage {
		t.Errorf("status %d", status)
	}
	if got := f.err.String(); !strings.HasPrefix(got, "ricochet: standard input is a terminal, not a capture\nhint: ssh ") {
		t.Errorf("standard error %q", got)
	}
}

func TestEachKindOfBadInputHasAHint(t *testing.T) {
	for kind := pcapfile.NotFound; kind <= pcapfile.NoCaptures; kind++ {
		f := newFake(func(context.Context, []string, pipeline.Options) (*report.Report, error) {
			return nil, fmt.Errorf("open: %w", &pcapfile.Error{Name: "a b.pcap", Kind: kind, Err: errors.New("no use")})
		})
		if status := f.run(t.Context(), []string{"analyze", "a b.pcap"}); status != exitFailed {
			t.Errorf("kind %d: status %d", kind, status)
		}
		message, hint, _ := strings.Cut(f.err.String(), "\n")
		if message != "ricochet: read capture: open: a b.pcap: no use" {
			t.Errorf("kind %d: %q", kind, message)
		}
		// What the operating system reports otherwise speaks for itself.
		if has := strings.HasPrefix(hint, "hint: "); has != (kind != pcapfile.Unreadable) || strings.Count(hint, "\n") > 1 {
			t.Errorf("kind %d: hint %q", kind, hint)
		}
		if strings.Contains(hint, "a b.pcap") && !strings.Contains(hint, "'a b.pcap'") {
			t.Errorf("kind %d: the name is not quoted in %q", kind, hint)
		}
	}
}

func TestMessagesCannotBreakTheTerminal(t *testing.T) {
	f := newFake(nil)
	f.exit(&failure{status: exitFailed, err: errors.New("a\x1b[2J\nb: für"), hint: "try\r\n\x9b it"})
	if got := f.err.String(); got != "ricochet: a?[2J?b: für\nhint: try??\uFFFD it\n" {
		t.Errorf("got %q", got)
	}
}
