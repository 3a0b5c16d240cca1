//go:build linux

package e2e

import (
	"bufio"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ricochet/internal/testenv"
)

// server is a real valkey-server.
type server struct {
	place
	*process
	operator *namespace // from where it is told what to do
	secret   string     // its password, if it wants one
}

// startServers starts a server at each place of a stage and waits until all
// answer.
func startServers(t testing.TB, s *stage, options ...string) []*server {
	t.Helper()
	var all []*server
	for _, p := range s.servers {
		all = append(all, startServer(t, p, s.clients[0], options...))
	}
	for _, s := range all {
		s.await("start", func(c *conn) error {
			_, err := c.must("PING")
			return err
		})
	}
	return all
}

// startServer starts a server without persistence. Its operator sits in another
// namespace, so that his commands pass where those of clients do.
func startServer(t testing.TB, p place, operator *namespace, options ...string) *server {
	t.Helper()
	program := testenv.RequireCommand(t, "valkey-server")
	args := append([]string{
		"--port", strconv.Itoa(int(p.addr.Port())), "--bind", "*", "-::*", "--protected-mode", "no",
		"--save", "", "--appendonly", "no", "--dir", t.TempDir(),
		"--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes",
	}, options...)
	log := fmt.Sprintf("valkey-%s-%d", p.name, p.addr.Port())
	s := &server{place: p, operator: operator, process: p.start(t, log, exec.Command(program, args...))}
	s.quiet = true
	if i := slices.Index(options, "--requirepass"); i >= 0 {
		s.secret = options[i+1]
	}
	return s
}

func (s *server) host() string { return s.addr.Addr().String() }
func (s *server) port() string { return strconv.Itoa(int(s.addr.Port())) }

// connect opens a connection that counts in a ledger.
func (s *server) connect(l *ledger) (*conn, error) {
	c, err := s.operator.dial(s.addr)
	if err != nil {
		return nil, err
	}
	return newConn(c, l), nil
}

// tell sends the server commands on a connection of their own, each given by its
// words, and counts them in a ledger.
func (s *server) tell(l *ledger, commands ...string) {
	s.t.Helper()
	if err := s.session(l, func(c *conn) error {
		for _, line := range commands {
			if _, err := c.must(strings.Fields(line)...); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		s.t.Fatalf("tell %v: %v", s.addr, err)
	}
}

// ask sends the server one command and returns its reply.
func (s *server) ask(l *ledger, command string) reply {
	s.t.Helper()
	var r reply
	if err := s.session(l, func(c *conn) (err error) {
		r, err = c.must(strings.Fields(command)...)
		return err
	}); err != nil {
		s.t.Fatalf("ask %v: %v", s.addr, err)
	}
	return r
}

func (s *server) session(l *ledger, f func(*conn) error) error {
	c, err := s.connect(l)
	if err != nil {
		return err
	}
	defer c.Close()
	if s.secret != "" {
		if _, err := c.must("AUTH", s.secret); err != nil {
			return err
		}
	}
	return f(c)
}

// await waits until a condition holds at the server. The commands for that count
// in no ledger: ricochet must not watch yet.
func (s *server) await(what string, condition func(*conn) error) {
	s.t.Helper()
	eventually(s.t, fmt.Sprintf("%s %v", what, s.addr), func() error {
		return s.session(newLedger(), condition)
	})
}

// follow makes the server a replica of another and waits until it is in sync.
func (s *server) follow(primary *server) {
	s.t.Helper()
	s.tell(newLedger(), "REPLICAOF "+primary.host()+" "+primary.port())
	s.await("sync", func(c *conn) error {
		status, err := info(c, "replication", "master_link_status")
		if err != nil {
			return err
		}
		return unlike(status, "up")
	})
	// The primary's view counts in a failover.
	primary.await("sync", func(c *conn) error {
		replica, err := info(c, "replication", "slave0")
		if err != nil {
			return err
		}
		return online(replica)
	})
}

// online is an error unless a replica is in sync, by its line in INFO.
func online(replica string) error {
	if strings.Contains(replica, "state=online") {
		return nil
	}
	return fmt.Errorf("replica is %q", replica)
}

// role waits until the server says that it has a role, master or slave, and
// counts what it sends for that in a ledger.
func (s *server) role(l *ledger, want string) {
	s.t.Helper()
	eventually(s.t, fmt.Sprintf("role of %v", s.addr), func() error {
		return s.session(l, func(c *conn) error {
			got, err := info(c, "replication", "role")
			if err != nil {
				return err
			}
			return unlike(got, want)
		})
	})
}

// info is a field of a section of INFO.
func info(c *conn, section, field string) (string, error) {
	r, err := c.must("INFO", section)
	if err != nil {
		return "", err
	}
	lines := bufio.NewScanner(strings.NewReader(r.text))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), field+":"); ok {
			return value, nil
		}
	}
	return "", fmt.Errorf("INFO %s has no %s", section, field)
}
