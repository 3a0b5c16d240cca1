//go:build linux

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ricochet/internal/report"
	"ricochet/internal/testenv"
)

// eventTimeout is how long the tests wait for an event. It is no statement about
// how fast events come: those that matter have their own bound.
const eventTimeout = 30 * time.Second

// mechanisms are the ways of capturing that each test tries.
var mechanisms = []string{"ebpf", "packet"}

// scratch is where this run of the tests keeps the program that it tests.
var scratch string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if scratch, err = os.MkdirTemp("", "ricochet-e2e-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(scratch)
		return m.Run()
	}())
}

// sources looks at each source file of the program. The result of these tests depends
// on them, which go test knows only of files that a test looks at itself: without
// that it would take a result from its cache though the program has changed.
func sources() error {
	return filepath.WalkDir(filepath.Join("..", ".."), func(name string, d fs.DirEntry, err error) error {
		if err == nil && (strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".o")) {
			_, err = os.Stat(name)
		}
		return err
	})
}

// build builds the program, once.
var build = sync.OnceValues(func() (string, error) {
	if err := sources(); err != nil {
		return "", err
	}
	name := filepath.Join(scratch, "ricochet")
	tool, err := exec.LookPath("go")
	if err != nil {
		// A sudo that sets PATH anew leaves the rest of the environment.
		tool = filepath.Join(os.Getenv("GOROOT"), "bin", "go") // set by go test
	}
	c := exec.Command(tool, "build", "-trimpath", "-buildvcs=false", "-o", name, "ricochet/cmd/ricochet")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build ricochet: %w\n%s", err, out)
	}
	return name, nil
})

func program(t testing.TB) string {
	t.Helper()
	testenv.RequireRoot(t)
	name, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// event is a line of the stream of watch.
type event struct {
	read time.Time // when it was read
	kind string
	line []byte
}

// watch is a running ricochet watch --output ndjson.
type watch struct {
	*process
	mu     sync.Mutex
	events []event
	more   chan struct{} // closed and replaced when events come, closed at the end of the stream
	ended  bool
	bad    error // why the stream could not be read
}

// startWatch starts ricochet in a namespace and waits until it captures.
func startWatch(t testing.TB, n *namespace, args ...string) *watch {
	t.Helper()
	w := launchWatch(t, n, args...)
	w.await("started", func(e event) bool { return e.kind == "started" })
	return w
}

// launchWatch starts ricochet in a namespace.
func launchWatch(t testing.TB, n *namespace, args ...string) *watch {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program(t), append([]string{"watch", "--output", "ndjson"}, args...)...)
	c.Stdout = in
	w := &watch{more: make(chan struct{})}
	w.process = n.start(t, "ricochet", c)
	in.Close()
	read := make(chan struct{})
	go func() {
		defer close(read)
		w.read(out)
	}()
	// It runs before the clean-up of the process, which would wait for it.
	t.Cleanup(func() {
		w.kill()
		<-read
		out.Close()
		w.keep(t)
	})
	return w
}

// read reads the stream to its end.
func (w *watch) read(out io.Reader) {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		now := time.Now()
		var head struct {
			Type string `json:"type"`
		}
		if err == nil {
			err = json.Unmarshal(line, &head)
		} else if err == io.EOF && len(line) == 0 {
			err = nil
			head.Type = ""
		}
		w.mu.Lock()
		if err != nil && w.bad == nil {
			w.bad = fmt.Errorf("line %q: %w", line, err)
		}
		w.ended = len(line) == 0 || line[len(line)-1] != '\n'
		if !w.ended {
			w.events = append(w.events, event{now, head.Type, line})
		}
		close(w.more)
		ended := w.ended
		if !ended {
			w.more = make(chan struct{})
		}
		w.mu.Unlock()
		if ended {
			return
		}
	}
}

// await waits for the first event that fits and returns it.
func (w *watch) await(what string, fits func(event) bool) event {
	w.t.Helper()
	deadline := time.After(eventTimeout)
	for next := 0; ; {
		w.mu.Lock()
		events, more, ended := w.events, w.more, w.ended
		w.mu.Unlock()
		for ; next < len(events); next++ {
			if fits(events[next]) {
				return events[next]
			}
		}
		if ended {
			w.t.Fatalf("ricochet ended without the event: %s", what)
		}
		select {
		case <-more:
		case <-deadline:
			w.t.Fatalf("no event within %v: %s", eventTimeout, what)
		}
	}
}

// awaitBounce waits for a bounce in a state.
func (w *watch) awaitBounce(state string) (event, *report.BounceEvent) {
	w.t.Helper()
	var b *report.BounceEvent
	e := w.await("bounce "+state, func(e event) bool {
		if e.kind != "bounce" {
			return false
		}
		b = new(report.BounceEvent)
		decodeEvent(w.t, e, b)
		return b.State == state
	})
	return e, b
}

// all are the events so far.
func (w *watch) all() []event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.events
}

// stop ends ricochet by a signal and returns its report.
func (w *watch) stop(s syscall.Signal) *report.Report {
	w.t.Helper()
	w.signal(s)
	stopped := w.finish()
	if stopped.Reason != "signal" {
		w.t.Errorf("reason %q after a signal", stopped.Reason)
	}
	return stopped.Report
}

// finish waits for the end of ricochet and returns its last event.
func (w *watch) finish() *report.Stopped {
	w.t.Helper()
	stopped := &report.Stopped{}
	last := w.await("stopped", func(e event) bool { return e.kind == "stopped" })
	decodeEvent(w.t, last, stopped)
	if status := w.wait(); status != 0 {
		w.t.Errorf("ricochet ended with status %d", status)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bad != nil {
		w.t.Errorf("events: %v", w.bad)
	}
	if n := len(w.events); n > 0 && w.events[n-1].kind != "stopped" {
		w.t.Errorf("after the event stopped comes %s", w.events[n-1].line)
	}
	if stopped.Report == nil {
		w.t.Fatal("the event stopped has no report")
	}
	return stopped
}

// keep writes the events among the artifacts and, if the test failed, the last
// of them into its log.
func (w *watch) keep(t testing.TB) {
	var b strings.Builder
	for _, e := range w.all() {
		b.Write(e.line)
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), "events.ndjson"), []byte(b.String()), 0o600); err != nil {
		t.Errorf("keep events: %v", err)
	}
	if !t.Failed() {
		return
	}
	const most = 3
	events := w.all()
	for _, e := range events[max(0, len(events)-most):] {
		t.Logf("%.300s", e.line)
	}
}

func decodeEvent(t testing.TB, e event, to any) {
	t.Helper()
	if err := json.Unmarshal(e.line, to); err != nil {
		t.Fatalf("read event: %v: %s", err, e.line)
	}
}
