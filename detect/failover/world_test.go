package failover

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// world plays two correct servers, A and its replica B, a FAILOVER from A to B, and
// clients of both, and what captures see of it. All times are in microseconds.
type world struct {
	r    *rand.Rand
	end  end
	capt bool // clients' packets are captured on their hosts, not on the servers'
	late int  // so many of a hundred replies are lost on their way and sent again

	asked, answered int64 // FAILOVER
	linked          int64 // A's SYN to B: from then on A has B for its primary
	over            int64 // at A
	promoted        int64 // B, 0 if never
	until           int64

	seen []sight
}

// end is how the FAILOVER ends.
type end int

const (
	done end = iota
	timedOut
	abortedByHand
	refused
	hangs // B stands still until after the capture
	ends
)

// sight is a piece of evidence, with the connection that it is of and where that is
// captured: 0 at A, 1 at B, from 2 on at the clients' hosts.
type sight struct {
	what    string // as in a script, without times, which are put in front
	conn    string
	since   int64 // 0 for what is no reply
	at      int64
	capture int
	opened  int64 // when the connection was, 0 if that is not told
}

// client is a program that asks one node after the other.
type client struct {
	name     string
	host     int // capture of its host
	capa     bool
	way      int64 // from it to the servers
	knowsSYN bool  // the beginning of its connections is seen
}

func newWorld(seed uint64, late int) *world {
	r := rand.New(rand.NewPCG(seed, 7))
	w := &world{r: r, end: end(r.IntN(int(ends))), capt: r.IntN(2) == 0, late: late}
	w.asked = 100_000 + r.Int64N(50_000)
	w.answered = w.asked + 60
	wait := 200 + r.Int64N(400)
	if r.IntN(2) == 0 || w.end == timedOut {
		wait = 20_000 + r.Int64N(300_000)
	}
	w.linked = w.answered + wait
	w.until = w.linked + 600_000
	window := 1_500 + r.Int64N(1_000)
	if r.IntN(2) == 0 {
		window = 20_000 + r.Int64N(200_000)
	}
	switch w.end {
	case done:
		w.over, w.promoted = w.linked+window, w.linked+window-100
	case refused:
		w.over = w.linked + window
	case hangs:
		w.over = w.until + 1_000_000
	default: // it was given up before
		w.over, w.linked = w.linked, 0
	}
	w.servers()
	for i := range 2 + r.IntN(6) {
		w.client(&client{
			name: fmt.Sprintf("c%d", i+1), host: 2 + i, capa: r.IntN(3) > 0, way: 20 + r.Int64N(1<<(4+r.IntN(12))), knowsSYN: r.IntN(3) > 0,
		})
	}
	return w
}

func (w *world) see(conn string, capture int, since, at int64, format string, args ...any) {
	w.seen = append(w.seen, sight{what: fmt.Sprintf(format, args...), conn: conn, since: since, at: at, capture: capture})
}

// servers plays the links between the servers, and the command.
func (w *world) servers() {
	w.see("A", 0, 0, 1, "speaks A")
	w.see("B", 1, 0, 1, "speaks B")
	w.see("B>A", 0, 0, 1_000, "sync B A PSYNC")
	w.see("B>A", 0, 1_000, 2_000, "answer B A FULLRESYNC")
	option := ""
	if w.end == timedOut {
		option = fmt.Sprintf(" timeout=%d", (w.over-w.answered)/1000)
		w.over = w.answered + (w.over-w.answered)/1000*1000
	}
	w.see("op", 0, w.asked, w.answered, "order A FAILOVER to=B%s", option)
	if w.end == abortedByHand {
		w.see("op", 0, w.over-50, w.over, "order A FAILOVER abort")
	}
	if w.linked == 0 {
		return
	}
	w.see("A>B", 0, 0, w.linked+500, "sync A B REPLCONF")
	w.seen[len(w.seen)-1].opened = w.linked
	w.see("A>B", 0, 0, w.linked+900, "sync A B PSYNC failover")
	switch w.end {
	case done:
		w.see("B>A", 0, 0, w.over-50, "closed B A")
		w.see("A>B", 0, w.linked+900, w.over, "answer A B CONTINUE failover")
	case refused:
		w.see("A>B", 0, w.linked+900, w.over, "answer A B NOMASTERLINK failover")
		w.see("A>B", 0, 0, w.over+50, "closed A B")
	}
}

// client plays a client: it goes on when it has its reply, and follows redirects.
func (w *world) client(c *client) {
	node, now := byte('A'), 3_000+w.r.Int64N(2_000)
	if w.r.IntN(5) == 0 {
		node = 'B'
	}
	known := map[byte]bool{}
	for n := 0; now < w.until && n < 2000; n++ {
		conn := c.name + ">" + string(node)
		capture := int(node - 'A')
		if w.capt {
			capture = c.host
		}
		if !known[node] {
			known[node] = true
			if c.knowsSYN {
				rtt := int64(30)
				if w.capt {
					rtt = 2 * c.way
				}
				w.see(conn, capture, 0, now+rtt, "accepted %c %s %sms", node, c.name, millis(rtt))
			}
			now += 2 * c.way
		}
		write := w.r.IntN(2) == 0
		there := now + c.way
		reply, answer := w.serve(node, there, write, c.capa)
		if reply == 0 {
			return // it waits for ever
		}
		back := reply + c.way
		if w.late > 0 && w.r.IntN(100) < w.late {
			back += 200_000 + 2*c.way
		}
		from, to := there, reply
		if w.capt {
			from, to = now, back
		}
		words := answer
		switch {
		case answer == "redirect":
			other := 'A' + 'B' - node
			words = fmt.Sprintf("redirect %c %c %s", node, other, c.name)
			if write {
				words += " of=write"
			}
		case answer == "err":
			words = fmt.Sprintf("err %c READONLY %s of=write", node, c.name)
		default:
			words = fmt.Sprintf("%s %c %s", map[bool]string{true: "write", false: "read"}[write], node, c.name)
			if !write {
				words += " keyed"
			}
		}
		if c.capa {
			words += " capa"
		} else {
			words += " plain"
		}
		w.see(conn, capture, from, to, "%s", words)
		now = back
		switch {
		case answer == "redirect":
			node = 'A' + 'B' - node
		case answer == "err":
			now += 20_000
		default:
			now += w.r.Int64N(15_000)
		}
	}
}

// serve is when and how a server answers a command that comes at a time.
func (w *world) serve(node byte, at int64, write, capa bool) (int64, string) {
	const took = 20
	if node == 'B' {
		switch {
		case w.promoted != 0 && at >= w.promoted:
		case capa:
			return at + took, "redirect"
		case write:
			return at + took, "err"
		}
		return at + took, "ok"
	}
	replica := w.linked != 0 && at >= w.linked && at < w.over // it has B for its primary
	held := write && at >= w.answered-30 && at < w.over && !replica || replica && capa
	if held {
		at = w.over + w.r.Int64N(80)
		if w.end == hangs {
			return 0, ""
		}
	}
	if w.end == done && at >= w.over || replica && !held {
		switch {
		case capa:
			return at + took, "redirect"
		case write:
			return at + took, "err"
		}
	}
	return at + took, "ok"
}

// scriptLead is how much later, in microseconds, everything is in a script, so that no
// clock that is off makes its time negative.
const scriptLead = 1_000_000

func millis(us int64) string { return fmt.Sprintf("%d.%03d", us/1000, us%1000) }

// view is how a world is captured.
type view struct {
	clocks []int64           // how far each capture's is off
	jitter int64             // up to this much, packets of different connections are seen too late
	less   func(*sight) bool // what is not captured
	gaps   bool              // the decoder notices where something is missing on the link
}

// script writes down what is seen, in the order in which it is.
func (w *world) script(t testing.TB, v view) *script {
	r := rand.New(rand.NewPCG(uint64(v.jitter), 3))
	last := map[string]int64{}
	seen := slices.Clone(w.seen)
	slices.SortStableFunc(seen, func(a, b sight) int { return int(a.at - b.at) })
	var out []sight
	for _, x := range seen {
		if v.less != nil && v.less(&x) {
			if x.conn != "A>B" || !v.gaps {
				continue
			}
			x.what, x.since = "lost A B", 0
		}
		if v.jitter > 0 {
			x.at += r.Int64N(v.jitter)
		}
		x.at = max(x.at, last[x.conn]) // a connection's packets keep their order
		last[x.conn] = x.at
		if x.capture < len(v.clocks) {
			off := v.clocks[x.capture]
			x.at += off
			if x.since != 0 {
				x.since += off
			}
			if x.opened != 0 {
				x.opened += off
			}
		}
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(a, b sight) int { return int(a.at - b.at) })
	var b strings.Builder
	for _, x := range out {
		when := millis(x.at+scriptLead) + "ms"
		if x.since != 0 {
			when = millis(x.since+scriptLead) + "-" + when
		}
		fmt.Fprintf(&b, "%s %s in=%d", when, x.what, x.capture)
		if x.opened != 0 {
			fmt.Fprintf(&b, " opened=%sms", millis(x.opened+scriptLead))
		}
		b.WriteByte('\n')
	}
	return parse(t, b.String())
}

// results are what the servers of the first episode of FAILOVER did, without times.
func results(t *Tracker) string {
	var b strings.Builder
	for _, ep := range t.Episodes() {
		fmt.Fprintf(&b, "%s %s -> %s %s %s:", ep.Kind, nameOf(ep.From), nameOf(ep.To), ep.Outcome, ep.Confidence)
		for i := range ep.Checks {
			fmt.Fprintf(&b, " %s", ep.Checks[i].Result)
		}
		b.WriteByte('\n')
	}
	for _, d := range t.Duals() {
		fmt.Fprintf(&b, "dual %s %s\n", nameOf(d.Nodes[0]), nameOf(d.Nodes[1]))
	}
	return b.String()
}

// broken returns what is held against the servers, which did nothing wrong.
func broken(t *Tracker) string {
	for _, ep := range t.Episodes() {
		for i := range ep.Checks {
			if ep.Checks[i].Result == Violated {
				return CheckID(i).String()
			}
		}
	}
	if len(t.Duals()) > 0 {
		return "dual"
	}
	return ""
}
