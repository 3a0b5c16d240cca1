//go:build linux

package e2e

import (
	"cmp"
	"errors"
	"maps"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ricochet/internal/report"
)

// visit is a node together with whether the command came after ASKING.
type visit struct {
	node  netip.AddrPort
	asked bool
}

// outcome is how a client ended with a command.
type outcome int

const (
	_ outcome = iota
	served
	failed  // by an error that is no redirect
	givenUp // after as many redirects as the client follows
)

// story is what a client met with one redirected command.
type story struct {
	client, command string
	sent, got       time.Time // first sent, and answered at last
	hops            []visit   // that redirected it
	seen            []hop     // the same, as corpus files have them
	end             outcome
	final           visit // that answered at last, unless it was given up
	answer          string
}

// hop is a redirect as its client saw it.
type hop struct {
	at    time.Time
	local string // address of the client's end
	node  netip.AddrPort
	reply string
}

// bounced reports whether some visit redirected the command at least twice.
func (s *story) bounced() bool { return mostOften(s.hops) > 1 }

// returned reports whether the command came back to a visit once and was served
// there.
func (s *story) returned() bool {
	return !s.bounced() && s.end == served && slices.Contains(s.hops, s.final)
}

func mostOften(hops []visit) int {
	most := 0
	times := map[visit]int{}
	for _, h := range hops {
		times[h]++
		most = max(most, times[h])
	}
	return most
}

// ledger counts what the clients of a test sent and got. It is for concurrent
// use.
type ledger struct {
	mu       sync.Mutex
	commands int64
	replies  int64
	errors   map[string]int64
	kinds    report.RedirectReplies
	broken   map[string]int64 // connections that failed, by why
	stories  []*story
	served   int64     // commands that were served, redirected or not
	bounce   time.Time // when the first bounce was met
}

func newLedger() *ledger {
	return &ledger{errors: map[string]int64{}, broken: map[string]int64{}}
}

// sent notes commands.
func (l *ledger) sent(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.commands += n
}

// received notes a reply.
func (l *ledger) received(r reply) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.replies++
	if r.kind != '-' {
		return
	}
	if word, _, _ := strings.Cut(r.text, " "); !countRedirect(&l.kinds, word) {
		l.errors[word]++
	}
}

// countRedirect counts a redirect reply by its first word, unless it is none.
func countRedirect(n *report.RedirectReplies, word string) bool {
	switch word {
	case "REDIRECT":
		n.Redirect++
	case "MOVED":
		n.Moved++
	case "ASK":
		n.Ask++
	default:
		return false
	}
	return true
}

// failed notes a connection that could not be made or broke.
func (l *ledger) failed(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var slow net.Error
	switch {
	case errors.As(err, &slow) && slow.Timeout():
		l.broken["timeout"]++
	case errors.Is(err, syscall.ECONNREFUSED):
		l.broken["refused"]++
	default:
		l.broken["closed"]++
	}
}

// redirected notes a redirect that continues a story, which belongs to its
// client until it has ended.
func (l *ledger) redirected(s *story, v visit, h hop) {
	again := slices.Contains(s.hops, v)
	s.hops = append(s.hops, v)
	s.seen = append(s.seen, h)
	if !again {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bounce.IsZero() {
		l.bounce = time.Now()
	}
}

// ended notes the end of a story.
func (l *ledger) ended(s *story) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.end == served {
		l.served++
	}
	if len(s.hops) > 0 {
		l.stories = append(l.stories, s)
	}
}

// servedSoFar is how many commands of clients were served.
func (l *ledger) servedSoFar() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.served
}

// firstBounce is when the first client met the first bounce, as soon as that was
// received; zero if none did.
func (l *ledger) firstBounce() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bounce
}

// forget forgets what clients met so far.
func (l *ledger) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kinds, l.stories = report.RedirectReplies{}, nil
}

// redirects is how many redirects clients met so far.
func (l *ledger) redirects() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kinds.Sum()
}

// totals is what a report must say, as far as clients can know it.
func (l *ledger) totals() report.Totals {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := report.Totals{Commands: l.commands, Replies: l.replies, RedirectReplies: l.kinds, Errors: l.errors}
	for _, s := range l.stories {
		hops := int64(len(s.hops))
		n.RedirectedCommands++
		n.MaxHops = max(n.MaxHops, hops)
		if s.bounced() {
			n.BouncedCommands++
			n.BouncedRedirectReplies += hops
		}
		if s.returned() {
			n.ReturnedCommands++
		}
	}
	return n
}

// mishaps counts errors that are no redirects, and connections that failed.
func (l *ledger) mishaps() map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := maps.Clone(l.errors)
	maps.Copy(all, l.broken)
	return all
}

// totalsAt is what one node alone can show.
func (l *ledger) totalsAt(node netip.AddrPort) report.Totals {
	l.mu.Lock()
	defer l.mu.Unlock()
	var n report.Totals
	for _, s := range l.stories {
		var here []visit
		for i, v := range s.hops {
			if v.node != node {
				continue
			}
			here = append(here, visit{node: node})
			word, _, _ := strings.Cut(s.seen[i].reply[1:], " ")
			countRedirect(&n.RedirectReplies, word)
		}
		if len(here) == 0 {
			continue
		}
		hops := int64(len(here))
		n.RedirectedCommands++
		n.MaxHops = max(n.MaxHops, hops)
		if hops > 1 {
			n.BouncedCommands++
			n.BouncedRedirectReplies += hops
		}
	}
	return n
}

// at is what one node shows: how many redirect replies it gave, and how many
// commands it redirected at least twice.
func (l *ledger) at(node netip.AddrPort) (redirects, bounced int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.stories {
		elsewhere := func(v visit) bool { return v.node != node }
		here := slices.DeleteFunc(slices.Clone(s.hops), elsewhere)
		redirects += int64(len(here))
		if mostOften(here) > 1 {
			bounced++
		}
	}
	return redirects, bounced
}

// outcomes counts how the bounced commands ended.
func (l *ledger) outcomes() report.Outcomes {
	l.mu.Lock()
	defer l.mu.Unlock()
	var n report.Outcomes
	for _, s := range l.stories {
		if !s.bounced() {
			continue
		}
		switch s.end {
		case served:
			n.Served++
		case failed:
			n.Failed++
		case givenUp:
			n.GivenUp++
		}
	}
	return n
}

// check holds a report against the ledger.
func (l *ledger) check(t testing.TB, r *report.Report) {
	t.Helper()
	want, got := l.totals(), r.Totals
	if got.Connections == 0 || got.Packets == 0 {
		t.Errorf("the report is of %d packets on %d connections", got.Packets, got.Connections)
	}
	// What clients cannot know.
	got.Packets, got.Duplicates, got.Connections, got.Pushes = 0, 0, 0, 0
	// Links between servers may be refused while they are turned round.
	got.Replies -= got.Errors["NOMASTERLINK"]
	delete(got.Errors, "NOMASTERLINK")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("totals\nreported %+v\nby the clients %+v", got, want)
	}
	var commands, replies int64
	var ends report.Outcomes
	for _, f := range bounces(r) {
		commands += f.Commands
		replies += f.RedirectReplies
		ends.Served += f.Outcomes.Served
		ends.Failed += f.Outcomes.Failed
		ends.GivenUp += f.Outcomes.GivenUp
		ends.Cut += f.Outcomes.Cut
	}
	if commands != want.BouncedCommands || replies != want.BouncedRedirectReplies {
		t.Errorf("findings have %d commands and %d redirect replies, by the clients %d and %d",
			commands, replies, want.BouncedCommands, want.BouncedRedirectReplies)
	}
	if by := l.outcomes(); ends != by {
		t.Errorf("ends of bounced commands: reported %+v, by the clients %+v", ends, by)
	}
	for _, b := range unseen(r) {
		t.Errorf("blind: %+v", b)
	}
}

// unseen is what a report says that could not be seen, but for the middle of
// long values, which ricochet leaves out on purpose.
func unseen(r *report.Report) []report.Blind {
	return slices.DeleteFunc(slices.Clone(r.Blind), func(b report.Blind) bool {
		return b.Cause == "bytes cut off by the snaplen"
	})
}

// bounces are the findings that have the bounced commands of a report.
func bounces(r *report.Report) []report.Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f report.Finding) bool {
		return !slices.Contains([]string{"bounce", "self-redirect", "unreachable-target"}, f.Rule)
	})
}

// cycle is a finding's cycle as a set.
func cycle(f *report.Finding) []string {
	nodes := slices.Clone(f.Cycle)
	slices.SortFunc(nodes, cmp.Compare)
	return slices.Compact(nodes)
}
