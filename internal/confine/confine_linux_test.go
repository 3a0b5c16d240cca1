package confine

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ricochet/internal/testenv"
)

const nobody = 65534

// needed is kept as /proc/PID/status writes sets: CAP_NET_RAW is bit 13,
// CAP_PERFMON 38, CAP_BPF 39 (capabilities(7), linux/capability.h).
const needed = 1<<13 | 1<<38 | 1<<39

func TestConfine(t *testing.T) {
	tests := []struct {
		name   string
		user   uint32
		gives  []uintptr // ambient capabilities, as a service manager gives them
		writes string
		has    uint64 // between the two steps
	}{
		{name: "root that rotates files", writes: "allowed", has: needed},
		{name: "root that writes no further file", has: needed},
		{name: "a service with three capabilities", user: nobody, gives: []uintptr{13, 38, 39}, writes: "allowed", has: needed},
		{name: "a service with a capability too many", user: nobody, gives: []uintptr{12, 13}, has: 1 << 13},
		{name: "a user without capabilities", user: nobody},
	}
	testenv.RequireRoot(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := startChild(t, test.user, test.gives, test.writes)

			c.expect(t, "started")
			bound := inheritedBound(t)
			if test.user == 0 {
				bound = 0
			}
			c.checkThreads(t, status{permitted: test.has, effective: test.has, bounding: bound, noNewPrivs: 1})
			c.next(t)

			c.expect(t, "attached")
			c.checkThreads(t, status{bounding: bound, noNewPrivs: 1})
			c.next(t)

			t.Log(c.line(t)) // what took effect
			conn, err := net.Dial("tcp", c.line(t))
			if err != nil {
				t.Fatalf("connect to the child: %v", err)
			}
			defer conn.Close()
			go io.Copy(io.Discard, conn) // ends when the child does
			if err := c.cmd.Wait(); err != nil {
				t.Errorf("%v:\n%s", err, c.stderr.String())
			}
		})
	}
}

func TestConfineFailsWithoutItsDirectory(t *testing.T) {
	testenv.RequireRoot(t)
	if landlockABI() < 1 {
		testenv.Skip(t, "needs landlock")
	}
	c := startChild(t, 0, nil, "missing")
	c.expect(t, "started")
	c.next(t)
	if c.out.Scan() {
		t.Errorf("got %q, want no further line", c.out.Text())
	}
	if err := c.cmd.Wait(); err == nil || !strings.Contains(c.stderr.String(), "no such file or directory") {
		t.Errorf("got %v: %s", err, c.stderr.String())
	}
}

// confined is a child that is under way.
type confined struct {
	cmd    *exec.Cmd
	in     io.Writer
	out    *bufio.Scanner
	stderr bytes.Buffer
}

// startChild runs this test binary as a child. The binary is handed over as an
// open file, as another user need not be able to reach its directory.
func startChild(t *testing.T, user uint32, gives []uintptr, writes string) *confined {
	t.Helper()
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	peer := "@" + filepath.Base(t.TempDir()) + strconv.Itoa(os.Getpid())
	listener, err := net.Listen("unix", peer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	c := &confined{cmd: exec.CommandContext(ctx, "/proc/self/fd/3")}
	c.cmd.ExtraFiles = []*os.File{self}
	c.cmd.Env = append(os.Environ(), childDir+"="+childDirectory(t, user), childPeer+"="+peer, childWrites+"="+writes)
	c.cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential:  &syscall.Credential{Uid: user, Gid: user},
		AmbientCaps: gives,
	}
	c.cmd.Stderr = &c.stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewScanner(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// childDirectory makes what childDir promises, owned by user.
func childDirectory(t *testing.T, user uint32) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "confine") // within reach of others, unlike t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, sub := range []string{"allowed", "forbidden"} {
		path := filepath.Join(dir, sub)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"kept", "open", "old"} {
			if err := os.WriteFile(filepath.Join(path, name), []byte("text"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, int(user), int(user))
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (c *confined) next(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(c.in, "go on\n"); err != nil {
		t.Fatal(err)
	}
}

func (c *confined) line(t *testing.T) string {
	t.Helper()
	if !c.out.Scan() {
		err := c.cmd.Wait()
		t.Fatalf("the child ended early: %v:\n%s", err, c.stderr.String())
	}
	return c.out.Text()
}

func (c *confined) expect(t *testing.T, want string) {
	t.Helper()
	if got := c.line(t); got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

// status is what /proc/PID/status says of the rights of a thread.
type status struct {
	inheritable, permitted, effective, bounding, ambient, noNewPrivs uint64
}

func readStatus(t *testing.T, file string) status {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var s status
	for field, to := range map[string]*uint64{
		"CapInh": &s.inheritable, "CapPrm": &s.permitted, "CapEff": &s.effective,
		"CapBnd": &s.bounding, "CapAmb": &s.ambient, "NoNewPrivs": &s.noNewPrivs,
	} {
		_, after, ok := strings.Cut(string(text), "\n"+field+":\t")
		if !ok {
			t.Fatalf("no %s in %s", field, file)
		}
		value, _, _ := strings.Cut(after, "\n")
		if *to, err = strconv.ParseUint(value, 16, 64); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// inheritedBound is the bounding set that a child begins with.
func inheritedBound(t *testing.T) uint64 {
	t.Helper()
	return readStatus(t, "/proc/self/status").bounding
}

// checkThreads compares the rights of each thread of the child.
func (c *confined) checkThreads(t *testing.T, want status) {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", c.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if len(threads) < 5 {
		t.Errorf("got %d threads, want several", len(threads))
	}
	for _, file := range threads {
		if got := readStatus(t, file); got != want {
			t.Errorf("%s: got %+v, want %+v", file, got, want)
		}
	}
}
