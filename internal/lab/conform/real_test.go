package conform

import (
	"math/rand/v2"
	"net"
	"net/netip"
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

// version is the one of valkey-server whose replies the scripts hold.
const version = "8.0.1"

// requireServer skips the test where there is no valkey-server of that version.
func requireServer(t testing.TB) {
	t.Helper()
	program := testenv.RequireCommand(t, "valkey-server")
	out, err := exec.Command(program, "--version").Output()
	if err != nil {
		t.Fatalf("ask valkey-server for its version: %v", err)
	}
	if !strings.Contains(string(out), "v="+version+" ") {
		testenv.Skip(t, "needs valkey-server "+version+", and this is "+strings.TrimSpace(string(out)))
	}
}

// realTarget plays scripts to processes of valkey-server.
type realTarget struct {
	t     testing.TB
	dir   string
	nodes map[string]*process
}

// process is a valkey-server.
type process struct {
	*exec.Cmd
	addr    netip.AddrPort
	log     string // path of the file it writes to
	ended   chan struct{}
	stopped bool
}

func newRealTarget(t testing.TB) *realTarget {
	// The folder is older than the cleanup, and so outlives it.
	r := &realTarget{t: t, dir: t.TempDir(), nodes: map[string]*process{}}
	t.Cleanup(func() {
		for _, p := range r.nodes {
			p.end()
			if t.Failed() {
				log, _ := os.ReadFile(p.log)
				t.Logf("%v:\n%s", p.addr, log)
			}
		}
	})
	return r
}

func (r *realTarget) start(node string) netip.AddrPort {
	r.t.Helper()
	p := &process{ended: make(chan struct{})}
	if old := r.nodes[node]; old != nil {
		p.addr = old.addr
	} else {
		p.addr = freeAddr(r.t)
	}
	// One that starts again must not find what its replication left behind.
	dir, err := os.MkdirTemp(r.dir, node)
	if err != nil {
		r.t.Fatal(err)
	}
	p.log = filepath.Join(dir, "log")
	p.Cmd = exec.Command("valkey-server",
		"--port", strconv.Itoa(int(p.addr.Port())), "--bind", p.addr.Addr().String(),
		"--save", "", "--appendonly", "no", "--dir", dir, "--logfile", p.log,
		"--repl-diskless-sync-delay", "0",
	)
	if err := p.Start(); err != nil {
		r.t.Fatalf("start valkey-server: %v", err)
	}
	go func() {
		defer close(p.ended)
		_ = p.Wait() // it is killed in the end, so there always is an error
	}()
	r.nodes[node] = p
	eventually(r.t, "node "+node+" listens", func() bool {
		c, err := net.Dial("tcp", p.addr.String())
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return p.addr
}

func (r *realTarget) stop(node string) {
	r.t.Helper()
	p := r.nodes[node]
	p.signal(r.t, syscall.SIGSTOP)
	p.stopped = true
	stat := filepath.Join("/proc", strconv.Itoa(p.Process.Pid), "stat")
	eventually(r.t, "node "+node+" stands still", func() bool {
		text, err := os.ReadFile(stat)
		if err != nil {
			r.t.Fatalf("stop node %s: %v", node, err)
		}
		// The state is the first field behind the name, which is in parentheses: see
		// proc_pid_stat(5).
		_, fields, _ := strings.Cut(string(text), ") ")
		return strings.HasPrefix(fields, "T")
	})
}

func (r *realTarget) cont(node string) {
	r.t.Helper()
	r.nodes[node].signal(r.t, syscall.SIGCONT)
}

func (r *realTarget) kill(node string) {
	r.nodes[node].end()
}

func (r *realTarget) refusal(refuse bool) []string {
	if refuse {
		return []string{"ACL", "SETUSER", "default", "-psync"}
	}
	return []string{"ACL", "SETUSER", "default", "+psync"}
}

func (p *process) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatalf("send %v to the server at %v: %v", s, p.addr, err)
	}
}

// end kills the process, stopped or not, and waits for its end.
func (p *process) end() {
	_ = p.Process.Kill() // it may have ended
	<-p.ended
}

// The ports of nodes are below those that the system and the lab give to the near ends
// of connections, so that nobody takes one by chance before the node listens. All have
// five digits and none is round: no other number in a reply looks like one.
const firstPort, lastPort = 10001, 19999

// loopback is the address that all nodes have.
func loopback() netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, 1}) }

// freeAddr is an address of loopback at which nobody listens.
func freeAddr(t testing.TB) netip.AddrPort {
	t.Helper()
	for range 100 {
		addr := netip.AddrPortFrom(loopback(), uint16(firstPort+rand.IntN(lastPort-firstPort)))
		if l, err := net.Listen("tcp", addr.String()); err == nil {
			l.Close()
			return addr
		}
	}
	t.Fatal("find a free port: none of 100")
	return netip.AddrPort{}
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("wait until %s: in vain for %v", what, patience)
		}
	}
}
