//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// endTimeout is how long a process may take to end after it was told to.
const endTimeout = 20 * time.Second

// process is a program that runs in a namespace, in a process group of its own.
type process struct {
	t     testing.TB
	name  string
	cmd   *exec.Cmd
	log   string        // the file with what it says
	quiet bool          // its log is among the artifacts and not shown
	done  chan struct{} // closed when it has ended
	err   error         // how it ended, once done is closed
	asked sync.Once
}

// start runs a program with its output in a file among the test's artifacts. It
// is killed at the end of the test if it still runs, or when the thread of its
// namespace ends, whichever is first.
func (n *namespace) start(t testing.TB, log string, c *exec.Cmd) *process {
	t.Helper()
	name := filepath.Join(t.ArtifactDir(), log+".log")
	p := &process{t: t, name: log, cmd: c, log: name, done: make(chan struct{})}
	file, err := os.Create(name)
	if err != nil {
		t.Fatalf("create log: %v", err)
	}
	defer file.Close()
	if c.Stdout == nil {
		c.Stdout = file
	}
	c.Stderr = file
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := n.do(c.Start); err != nil {
		t.Fatalf("start %s: %v", log, err)
	}
	go func() {
		p.err = c.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() && !p.quiet {
			t.Logf("last lines of %s:\n%s", log, tail(name))
		}
	})
	return p
}

// signal sends a signal to the process.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Errorf("signal %s: %v", p.name, err)
	}
}

// wait waits for the process to end and returns its exit status, -1 if a signal
// ended it.
func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(endTimeout):
		p.kill()
		p.t.Fatalf("%s did not end within %v", p.name, endTimeout)
	}
	var exit *exec.ExitError
	if p.err != nil && !errors.As(p.err, &exit) {
		p.t.Fatalf("run %s: %v", p.name, p.err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// kill ends the process and all that it started, and waits for its end.
func (p *process) kill() {
	p.asked.Do(func() {
		select {
		case <-p.done:
		default:
			// The group is there as long as its leader was not waited for.
			_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		}
	})
	<-p.done
}

// run runs a program in the namespace to its end and returns what it wrote to
// standard output.
func (n *namespace) run(t testing.TB, log string, c *exec.Cmd) string {
	t.Helper()
	var out bytes.Buffer
	c.Stdout = &out
	p := n.start(t, log, c)
	<-p.done
	if status := p.wait(); status != 0 {
		t.Fatalf("%s ended with status %d", log, status)
	}
	return out.String()
}

// tail returns the end of a file.
func tail(name string) string {
	const most = 1500
	f, err := os.Open(name)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if size, err := f.Seek(0, io.SeekEnd); err != nil || size < most {
		_, err = f.Seek(0, io.SeekStart)
		if err != nil {
			return err.Error()
		}
	} else if _, err = f.Seek(-most, io.SeekEnd); err != nil {
		return err.Error()
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// eventually waits until a condition holds, and fails the test if it does not in
// time. What does not hold yet is said by the error of the condition.
func eventually(t testing.TB, what string, condition func() error) {
	t.Helper()
	if err := within(20*time.Second, condition); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// within waits until a condition holds, and returns why it does not if that takes
// longer than the limit.
func within(limit time.Duration, condition func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := condition()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not within %v: %w", limit, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// unlike is the error of a condition that waits for another value.
func unlike(got, want any) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("is %v, not yet %v", got, want)
}
