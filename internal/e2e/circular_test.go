//go:build linux

package e2e

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ricochet/internal/report"
)

// announceWithin bounds how long after the redirect that made it a bounce its
// announcement is read. Ricochet promises 100 ms; here clients, servers and the
// tests share the processors with it.
const announceWithin = time.Second

// window is how long ricochet waits for a redirected command to come back: long
// enough for these clients, and short enough for the tests.
const window = "--window=1s"

// roomy gives ricochet a ring in which nothing is lost though the tests may keep
// it from the processors for a while.
const roomy = "--buffer=64"

func TestCircularReplication(t *testing.T) {
	for _, c := range []struct {
		name  string
		stage func(testing.TB) *stage
	}{
		{"bridge", func(t testing.TB) *stage { return bridged(t, 2, ipv4) }},
		{"bridge IPv6", func(t testing.TB) *stage { return bridged(t, 2, ipv6) }},
		{"bridge, long values", func(t testing.TB) *stage {
			s := bridged(t, 2, ipv4)
			s.value = strings.Repeat(plantedValue, 1000)
			return s
		}},
		{"loopback", func(t testing.TB) *stage { return onLoopback(t, 3, ipv4) }},
		{"loopback IPv6", func(t testing.TB) *stage { return onLoopback(t, 3, ipv6) }},
		{"relay that delays", func(t testing.TB) *stage { return delayed(t, 2, 3*time.Millisecond) }},
		{"VXLAN from outside", func(t testing.TB) *stage { return tunnelled(t, 2) }},
		{"VXLAN, the outer interface alone", func(t testing.TB) *stage {
			s := tunnelled(t, 2)
			s.watcher, s.twice = s.clients[0], false
			s.flags = append(s.flags, "-i", "eth0")
			return s
		}},
		{"VXLAN from within", func(t testing.TB) *stage {
			s := tunnelled(t, 2)
			s.watcher = s.clients[0] // which sees the tunnel and what is in it
			return s
		}},
	} {
		for _, mechanism := range mechanisms {
			t.Run(c.name+" "+mechanism, func(t *testing.T) {
				program(t)
				s := c.stage(t)
				pair := startServers(t, s)
				pair[1].follow(pair[0])

				m := newMetrics(t, s.watcher)
				w := startWatch(t, s.watcher, append([]string{"--capture", mechanism, window, roomy, m.flag()}, s.flags...)...)
				l := newLedger()
				circle(t, s, pair[0], pair[1], l, func() {
					e, opened := w.awaitBounce("opened")
					checkOpened(t, l, e, opened)
					m.await("ricochet_bounces_open", 1)
				})
				_, closed := w.awaitBounce("closed")
				if closed.Open != 0 {
					t.Errorf("closed with %d commands open", closed.Open)
				}
				checkMetrics(t, m, l)
				r := w.stop(syscall.SIGINT)
				l.check(t, r)
				checkCircle(t, s, r)
				if r.Totals.Duplicates == 0 && s.twice {
					t.Error("no packet was seen twice")
				}
				for _, e := range w.all() {
					if e.kind == "loss" {
						t.Errorf("loss: %s", e.line)
					}
				}
			})
		}
	}
}

// From the host of one server only its own redirects are seen. What bounced there
// is found all the same, and the finding says that it is a part.
func TestViewOfOneServer(t *testing.T) {
	for _, mechanism := range mechanisms {
		t.Run(mechanism, func(t *testing.T) {
			program(t)
			s := bridged(t, 2, ipv4)
			pair := startServers(t, s)
			pair[1].follow(pair[0])
			w := startWatch(t, pair[0].namespace, "--capture", mechanism, window, roomy)
			l := newLedger()
			circle(t, s, pair[0], pair[1], l, func() { w.awaitBounce("updated") })
			w.awaitBounce("closed")
			r := w.stop(syscall.SIGINT)

			redirects, bounced := l.at(pair[0].addr)
			if r.Totals.RedirectReplies.Redirect != redirects || r.Totals.BouncedCommands != bounced {
				t.Errorf("%d redirect replies, %d bounced commands; by the clients %d and %d",
					r.Totals.RedirectReplies.Redirect, r.Totals.BouncedCommands, redirects, bounced)
			}
			for _, f := range bounces(r) {
				if !f.Partial || f.Cause.Confidence == "certain" || !slices.Equal(f.Unseen, []string{pair[1].addr.String()}) {
					t.Errorf("finding %s: partial %v, unseen %v, cause %+v", f.ID, f.Partial, f.Unseen, f.Cause)
				}
			}
		})
	}
}

// circle makes two servers replicas of each other while clients are at work,
// heals that once while has returned, and lets the clients come to an end.
func circle(t *testing.T, s *stage, a, b *server, l *ledger, while func()) {
	t.Helper()
	work := startLoad(t, mixedClients(s, a, b, l))
	serveMore(t, l, 200)
	a.tell(l, "REPLICAOF "+b.host()+" "+b.port())
	while()
	b.tell(l, "REPLICAOF NO ONE")
	serveMore(t, l, 200)
	work.stop()
}

// mixedClients are clients of several habits, on all hosts of a stage: patient
// ones that follow any number of redirects, one of them as fast as it can, others
// that give up, and one that knows nothing of redirects.
func mixedClients(s *stage, a, b *server, l *ledger) []*client {
	all := []*client{
		{name: "patient", start: a.addr, capa: true, pause: 2 * time.Millisecond},
		{name: "hasty", start: a.addr, capa: true, most: 1000},
		{name: "three", start: a.addr, capa: true, most: 3, pause: time.Millisecond},
		{name: "sixteen", start: a.addr, capa: true, most: 16, pause: time.Millisecond},
		{name: "elsewhere", start: b.addr, capa: true, pause: 2 * time.Millisecond},
		{name: "plain", start: a.addr, pause: 2 * time.Millisecond},
	}
	for i, c := range all {
		c.from = s.clients[i%len(s.clients)]
		c.ledger, c.secret = l, a.secret
		c.value = cmp.Or(s.value, plantedValue)
		if s.value != "" {
			c.pause = max(c.pause, time.Millisecond) // or it would be gigabytes
		}
	}
	return all
}

// plantedValue is what clients write. It must not occur where values are hidden.
const plantedValue = "the-value-that-nobody-else-may-see"

// checkOpened holds the announcement of a bounce against what the clients met.
func checkOpened(t *testing.T, l *ledger, e event, b *report.BounceEvent) {
	t.Helper()
	after := e.read.Sub(l.firstBounce())
	t.Logf("announced %v after the redirect that made it a bounce", after.Round(time.Millisecond/10))
	if after > announceWithin {
		t.Errorf("announced %v after the redirect, more than %v", after, announceWithin)
	}
	if b.Finding.Rule != "bounce" || b.Finding.Commands == 0 {
		t.Errorf("opened: %+v", b.Finding)
	}
}

// checkMetrics waits until the metrics, which are brought up to date about once a
// second, equal the clients' ledger.
func checkMetrics(t *testing.T, m *metrics, l *ledger) {
	t.Helper()
	want := l.totals()
	for name, n := range map[string]int64{
		"ricochet_bounces_open":              0,
		"ricochet_bounced_commands_total":    want.BouncedCommands,
		"ricochet_redirects_total":           want.RedirectReplies.Sum(),
		"ricochet_commands_total":            want.Commands,
		"ricochet_redirect_hops_count":       want.RedirectedCommands,
		"ricochet_redirected_commands_total": want.RedirectedCommands,
	} {
		if err := within(5*time.Second, func() error {
			got, err := m.sum(name)
			if err != nil {
				return err
			}
			return unlike(got, float64(n))
		}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body, err := m.get(path); status != http.StatusOK || err != nil {
			t.Errorf("%s: status %d, %v: %s", path, status, err, body)
		}
	}
}

// checkCircle holds what a report says of two servers that replicate each other.
func checkCircle(t *testing.T, s *stage, r *report.Report) {
	t.Helper()
	if r.Verdict != "bounced" {
		t.Errorf("verdict %q, %v", r.Verdict, r.Reasons)
	}
	want := []string{s.servers[0].addr.String(), s.servers[1].addr.String()}
	slices.Sort(want)
	for _, f := range bounces(r) {
		if got := cycle(&f); !slices.Equal(got, want) {
			t.Errorf("finding %s: cycle %v, want %v", f.ID, got, want)
		}
		if f.Partial || len(f.Unseen) > 0 || len(f.Unreachable) > 0 {
			t.Errorf("finding %s: partial %v, unseen %v, unreachable %v", f.ID, f.Partial, f.Unseen, f.Unreachable)
		}
	}
	if n := len(bounces(r)); n != 1 {
		t.Errorf("%d findings, want 1", n)
	}
}
