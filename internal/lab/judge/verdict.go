package judge

import (
	"fmt"
	"slices"
	"time"

	"ricochet/internal/report"
)

// Verdicts.
const (
	Clean       = "clean"           // it came through
	Bounces     = "bounces"         // it follows redirects without end or pause
	Loses       = "loses-commands"  // commands were redirected, and never served
	DoesNot     = "does-not-follow" // it stays where it is
	CannotTell  = "cannot-tell"
	unservedFor = 500 * time.Millisecond // without a retry a redirected command is lost
)

// Verdict is how a client came through.
type Verdict struct {
	Schema  string   `json:"schema"`
	Verdict string   `json:"verdict"`
	Summary string   `json:"summary"`
	Client  Client   `json:"client"`
	Phases  []*phase `json:"phases"`
	Omitted int      `json:"omitted"` // events beyond what is remembered
}

// Client says who was judged.
type Client struct {
	Names       []string `json:"names"`
	Libraries   []string `json:"libraries"`
	Connections int      `json:"connections"`
	Announced   int      `json:"announced"` // connections that said CLIENT CAPA redirect
}

func (c *Client) add(conn *connection) {
	library := conn.library
	if conn.level != "" {
		library += " " + conn.level
	}
	for _, it := range []struct {
		to   *[]string
		text string
	}{{&c.Names, conn.name}, {&c.Libraries, library}} {
		if text := report.Clean(it.text); text != "" && len(*it.to) < maxNames && !slices.Contains(*it.to, text) {
			*it.to = append(*it.to, text)
			slices.Sort(*it.to)
		}
	}
}

// phase is one failover, and what the client did from its beginning until the next.
type phase struct {
	Order string `json:"order"` // of the servers' checks

	Commands   int `json:"commands"`
	Redirected int `json:"redirected"` // commands
	Followed   int `json:"followed"`   // of these
	Lost       int `json:"lost"`       // of these, never served
	MaxHops    int `json:"max_hops"`
	MedianHops int `json:"median_hops"`
	// Between one redirect of a command and the next, in milliseconds; the way there
	// and back is in it.
	MedianHopMS float64 `json:"median_hop_ms"`
	MinHopMS    float64 `json:"min_hop_ms"`
	BacksOff    bool    `json:"backs_off"` // the time between hops grows
	// Connections that came, and how many of them there were to a hop.
	Connections       int            `json:"connections"`
	ConnectionsPerHop float64        `json:"connections_per_hop"`
	Unanswered        int            `json:"unanswered"` // commands whose connection ended first
	Doubled           int            `json:"doubled"`    // writes that ran on both nodes
	Errors            map[string]int `json:"errors"`     // but redirects, by first word
	Example           string         `json:"example"`    // the command with most hops
	Summary           string         `json:"summary"`

	began, ended time.Time
}

// hops sums up the commands that were redirected during a phase.
func (p *phase) hops(r *record) {
	var counts []int
	var gaps []float64
	var growth []bool
	for i := range r.chains {
		c := &r.chains[i]
		times := hopTimes(c)
		if len(times) == 0 || times[0].Before(p.began) || !times[0].Before(p.ended) {
			continue
		}
		p.Redirected++
		served := c.Outcome == "served"
		if c.HopCount > 1 || served {
			p.Followed++
		}
		// What was cut by the end of the capture is lost if the client had time to go on.
		if !served && (c.Outcome != "cut" || times[len(times)-1].Add(unservedFor).Before(p.ended)) {
			p.Lost++
		}
		counts = append(counts, int(c.HopCount))
		if int(c.HopCount) > p.MaxHops {
			p.MaxHops, p.Example = int(c.HopCount), c.Command
		}
		var own []float64
		for k := 1; k < len(times); k++ {
			if c.HopsOmitted > 0 && k == len(times)-int(min(int64(len(times)), keptTail)) {
				continue // between these two some are missing
			}
			own = append(own, times[k].Sub(times[k-1]).Seconds()*1000)
		}
		gaps = append(gaps, own...)
		if len(own) >= 3 {
			growth = append(growth, grows(own))
		}
	}
	p.MedianHops = int(median(counts))
	p.MedianHopMS, p.MinHopMS = median(gaps), least(gaps)
	backing := 0
	for _, g := range growth {
		if g {
			backing++
		}
	}
	p.BacksOff = backing*2 > len(growth)
	hops := 0
	for _, n := range counts {
		hops += n
	}
	for _, c := range r.conns {
		if !c.ours && c.came.After(p.began) && c.came.Before(p.ended) {
			p.Connections++
		}
	}
	if hops > 0 {
		p.ConnectionsPerHop = float64(p.Connections) / float64(hops)
	}
}

// keptTail is how many hops at the end of a long chain the analyzer keeps.
const keptTail = 64

// grows tells whether the second half of the times is much longer than the first.
func grows(ms []float64) bool {
	half := len(ms) / 2
	return median(ms[len(ms)-half:]) >= 2*median(ms[:half]) && median(ms[len(ms)-half:]) >= 10
}

// hopTimes are the times of a chain's redirects, as far as they are kept.
func hopTimes(c *report.Chain) []time.Time {
	var times []time.Time
	for _, h := range c.Hops {
		if at, err := time.Parse(time.RFC3339Nano, h.At); err == nil {
			times = append(times, at)
		}
	}
	return times
}

func median[T int | float64](v []T) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	return float64(s[len(s)/2])
}

func least(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	return slices.Min(v)
}

// judge comes to the verdict. More than maxHops hops for a command are a bounce.
func judge(r *record, phases []*phase, maxHops int) *Verdict {
	v := &Verdict{Schema: "ricochet-judge/1", Client: r.client(), Phases: phases, Omitted: r.omitted + r.chainsOmitted}
	redirected, followed, readonly := 0, 0, 0
	for _, p := range phases {
		p.hops(r)
		p.Summary = p.sum()
		redirected, followed, readonly = redirected+p.Redirected, followed+p.Followed, readonly+p.Errors["READONLY"]
	}
	switch worst := worst(phases); {
	case r.commands() == 0:
		v.Verdict, v.Summary = CannotTell, "it sent no command"
	case len(phases) == 0:
		v.Verdict, v.Summary = CannotTell, "it ended before there was a failover"
	case redirected == 0 && readonly > 0:
		v.Verdict, v.Summary = DoesNot, fmt.Sprintf("it does not know redirects (no CLIENT CAPA redirect), and went on writing to a replica: %d times READONLY", readonly)
	case redirected == 0 && v.Client.Announced == 0:
		v.Verdict, v.Summary = CannotTell, "it does not know redirects (no CLIENT CAPA redirect), and wrote nothing"
	case redirected == 0:
		v.Verdict, v.Summary = CannotTell, "none of its commands was redirected"
	case followed == 0:
		v.Verdict, v.Summary = DoesNot, fmt.Sprintf("it followed none of %d redirected commands", redirected)
	case worst.MaxHops > maxHops:
		v.Verdict, v.Summary = Bounces, fmt.Sprintf("it followed %d redirects for one command, %s", worst.MaxHops, worst.manner())
	case slices.ContainsFunc(phases, func(p *phase) bool { return p.Lost > 0 }):
		i := slices.IndexFunc(phases, func(p *phase) bool { return p.Lost > 0 })
		v.Verdict, v.Summary = Loses, fmt.Sprintf("%d commands were redirected and never served", phases[i].Lost)
	default:
		v.Verdict, v.Summary = Clean, fmt.Sprintf("%d commands redirected, all served, after at most %d hops", redirected, worst.MaxHops)
	}
	return v
}

// worst is the phase with most hops for a command.
func worst(phases []*phase) *phase {
	w := &phase{}
	for _, p := range phases {
		if p.MaxHops > w.MaxHops {
			w = p
		}
	}
	return w
}

// manner is how hops follow each other.
func (p *phase) manner() string {
	s := "without a pause"
	if p.BacksOff {
		s = "with pauses that grow"
	}
	if p.ConnectionsPerHop > 0.5 {
		s += ", a new connection for each"
	}
	return s
}

// sum says in words how a phase went.
func (p *phase) sum() string {
	switch {
	case p.Redirected == 0 && len(p.Errors) > 0:
		return "not redirected, and met errors"
	case p.Redirected == 0:
		return "not redirected"
	case p.Followed == 0:
		return "redirected, and did not follow"
	case p.Lost > 0:
		return fmt.Sprintf("%d of %d redirected commands were never served", p.Lost, p.Redirected)
	case p.MaxHops == 1:
		return "redirected once, no command lost"
	}
	return fmt.Sprintf("up to %d redirects for one command, %s; no command lost", p.MaxHops, p.manner())
}
