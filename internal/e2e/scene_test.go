//go:build linux

package e2e

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// scenario is something that happens to servers while clients are at work.
type scenario struct {
	name, about string
	kind        string // as in the labelled captures
	lan         lan    // by default IPv4, port 6379, hosts prcd
	delay       time.Duration
	options     []string     // of all servers
	hot         bool         // clients share keys
	shown       bool         // the operator sits at c, and his commands can be seen
	joined      bool         // capture begins when clients are at work
	before      func(*scene) // what happens before clients and capture begin
	live        byte         // a host at which ricochet watches, too

	set     func(*scene)
	clients func(*scene) []*client
	act     func(*scene)
	want    want
}

// scene is a scenario while it is played.
type scene struct {
	*scenario
	t         testing.TB
	lan       *lan
	servers   map[byte]*server
	sentinels []*server
	cluster   *cluster
	ledger    *ledger
	folder    string
	events    [][2]any
	tag       string // of the keys that a cluster's scenario is about
	slot      string
}

// play plays a scenario, captures it at every host, and holds what ricochet says
// of the captures against what the clients met.
func play(t *testing.T, sc *scenario) {
	program(t)
	s := &scene{scenario: sc, t: t, servers: map[byte]*server{}, ledger: newLedger(), folder: folder(t, sc.name)}
	n := sc.lan
	if n.family == 0 {
		n.family = ipv4
	}
	if n.port == 0 {
		n.port = serverPort
	}
	if n.order == "" {
		n.order = "prcd"
	}
	s.lan = newLAN(t, n, sc.delay)
	sc.set(s)
	clients := sc.clients(s)
	for i, c := range clients {
		if c.from == nil {
			c.from = s.lan.hosts["cd"[i%2]]
		}
		c.ledger = s.ledger
	}

	var work *load
	if sc.joined {
		work = startLoad(t, clients)
		s.serve(int64(10 * len(clients)))
	}
	if sc.before != nil {
		sc.before(s)
	}
	recordings := record(t, s.lan, s.folder)
	var w *watch
	if sc.live != 0 {
		w = startWatch(t, s.lan.hosts[sc.live], "-i", lanDevice, roomy)
	}
	if sc.joined {
		s.ledger.forget()
	} else {
		work = startLoad(t, clients)
	}
	if sc.before == nil {
		s.serve(int64(10 * len(clients)))
	}
	sc.act(s)
	work.stop()
	for _, r := range recordings {
		r.finish(s.lan)
	}
	if *keep != "" {
		s.writeTruth()
	}
	s.judge()
	if w != nil {
		s.judgeLive(w)
	}
}

// start starts the servers of hosts.
func (s *scene) start(hosts string) {
	s.t.Helper()
	stage := &stage{clients: s.lan.clients()}
	for _, h := range []byte(hosts) {
		stage.servers = append(stage.servers, s.lan.place(h))
	}
	s.own(hosts, startServers(s.t, stage, s.options...))
}

// own names the servers of hosts. They are looked after from their own hosts, so
// that the captures do not show it.
func (s *scene) own(hosts string, servers []*server) {
	for i, h := range []byte(hosts) {
		s.servers[h] = servers[i]
		servers[i].operator = servers[i].namespace
	}
}

// addr is where the server of a host listens.
func (s *scene) addr(host byte) netip.AddrPort { return s.servers[host].addr }

// words is that address as commands have it.
func (s *scene) words(host byte) string { return s.servers[host].host() + " " + s.servers[host].port() }

// follow makes a host's server a replica of another's.
func (s *scene) follow(replica, primary byte) { s.servers[replica].follow(s.servers[primary]) }

// note notes what was done.
func (s *scene) note(format string, args ...any) {
	s.events = append(s.events, [2]any{seconds(time.Now()), fmt.Sprintf(format, args...)})
}

// tell sends commands to a host's server as its operator does.
func (s *scene) tell(host byte, commands ...string) {
	s.t.Helper()
	for _, line := range commands {
		s.note("%s on %v", line, s.addr(host))
	}
	to := *s.servers[host]
	if s.shown {
		to.operator = s.lan.hosts['c']
	}
	to.tell(newLedger(), commands...)
}

// failover tells a host's server to hand over to another.
func (s *scene) failover(from, to byte, options string) {
	s.t.Helper()
	s.tell(from, strings.TrimSpace("FAILOVER TO "+s.words(to)+" "+options))
}

// freeze stops a host's server without a word to anybody.
func (s *scene) freeze(host byte) {
	s.t.Helper()
	s.note("%v stopped", s.addr(host))
	s.servers[host].signal(syscall.SIGSTOP)
}

// thaw lets a host's server go on.
func (s *scene) thaw(host byte) {
	s.t.Helper()
	s.servers[host].signal(syscall.SIGCONT)
	s.note("%v continued", s.addr(host))
}

// crash kills a host's server.
func (s *scene) crash(host byte) {
	s.t.Helper()
	s.note("%v killed", s.addr(host))
	s.servers[host].kill()
}

// serve waits until so many commands more were served.
func (s *scene) serve(n int64) {
	s.t.Helper()
	serveMore(s.t, s.ledger, n)
}

// redirect waits until clients met so many redirects more.
func (s *scene) redirect(n int64) {
	s.t.Helper()
	goal := s.ledger.redirects() + n
	eventually(s.t, fmt.Sprintf("%d redirects more", n), func() error {
		if now := s.ledger.redirects(); now < goal {
			return fmt.Errorf("%d are missing", goal-now)
		}
		return nil
	})
}

// stall waits until clients are served no longer.
func (s *scene) stall() {
	s.t.Helper()
	const still = 200 * time.Millisecond
	last, since := s.ledger.servedSoFar(), time.Now()
	eventually(s.t, "serve no more commands", func() error {
		if now := s.ledger.servedSoFar(); now != last {
			last, since = now, time.Now()
		}
		if quiet := time.Since(since); quiet < still {
			return fmt.Errorf("the last was served %v ago", quiet)
		}
		return nil
	})
}

// await waits until a field of INFO replication has a value.
func (s *scene) await(host byte, field, want string) {
	s.t.Helper()
	s.servers[host].await(field+" of", func(c *conn) error {
		got, err := info(c, "replication", field)
		if err != nil {
			return err
		}
		return unlike(got, want)
	})
}

// team is clients of one habit: each is a copy that has a name of its own.
func team(name string, n int, habit client) []*client {
	var all []*client
	for i := range n {
		c := habit
		c.name = fmt.Sprintf("%s/%d", name, i)
		all = append(all, &c)
	}
	return all
}

// next is a refuge that takes the servers of hosts in turn.
func (s *scene) next(hosts string) func(netip.AddrPort) (netip.AddrPort, error) {
	var all []netip.AddrPort
	for _, h := range []byte(hosts) {
		all = append(all, s.addr(h))
	}
	return func(lost netip.AddrPort) (netip.AddrPort, error) {
		return all[(slices.Index(all, lost)+1)%len(all)], nil
	}
}
