package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"ricochet/capture"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

// watched runs Watch over a source and returns the report with the events.
func watched(t testing.TB, src capture.Source, o pipeline.WatchOptions) (*report.Report, []report.Event) {
	t.Helper()
	defer src.Close()
	var events []report.Event
	o.Event = func(e report.Event) { events = append(events, e) }
	r, err := pipeline.Watch(context.Background(), src, o)
	if err != nil {
		t.Fatal(err)
	}
	return r, events
}

// all returns the events of one type.
func all[E report.Event](events []report.Event) []E {
	var out []E
	for _, e := range events {
		if e, ok := e.(E); ok {
			out = append(out, e)
		}
	}
	return out
}

func jsonText(t testing.TB, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What is told of a capture while it is played must come to what the analysis of
// the whole says.
func TestWatchSaysWhatAnalyzeSays(t *testing.T) {
	for _, s := range corpus(t) {
		t.Run(s.name, func(t *testing.T) {
			want := analyzeFiles(t, pipeline.Options{}, s.clientFiles(t)...)
			src, clocks, err := pipeline.Open(t.Context(), s.clientFiles(t), pipeline.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, events := watched(t, src, pipeline.WatchOptions{Options: pipeline.Options{Clocks: clocks}})
			checkEvents(t, got, events)
			renumber(got)
			renumber(want)
			if g, w := jsonText(t, got), jsonText(t, want); g != w {
				t.Errorf("watch and analyze differ: %s", difference(g, w))
			}
			if s.bounced() == 0 {
				return
			}
			checkSoon(t, events)
		})
	}
}

// renumber gives findings the numbers that their order says.
func renumber(r *report.Report) {
	for i := range r.Findings {
		r.Findings[i].ID = fmt.Sprintf("F%d", i+1)
	}
}

// checkEvents holds what was told to the report.
func checkEvents(t *testing.T, r *report.Report, events []report.Event) {
	t.Helper()
	if _, ok := events[0].(*report.Started); !ok {
		t.Errorf("the first event is %T", events[0])
	}
	if s, ok := events[len(events)-1].(*report.Stopped); !ok || s.Report != r || s.Reason != "end" {
		t.Errorf("the last event is %T", events[len(events)-1])
	}
	last := map[string]*report.BounceEvent{}
	for _, e := range all[*report.BounceEvent](events) {
		last[e.Finding.ID] = e
	}
	told := 0
	for _, f := range r.Findings {
		if f.Rule == "long-chain" {
			continue
		}
		told++
		if e := last[f.ID]; e == nil || e.State != "closed" || jsonText(t, e.Finding) != jsonText(t, f) {
			t.Errorf("finding %s was last told as %s, and is\n%s", f.ID, jsonText(t, e), jsonText(t, f))
		}
	}
	for id, e := range last {
		if e.State != "closed" && e.State != "retracted" {
			t.Errorf("finding %s was left %s", id, e.State)
		}
	}
	var sum, total int64
	totals := map[string]int64{}
	for _, e := range all[*report.RedirectEvent](events) {
		sum += e.Count
		totals[e.Node+e.Reply+e.Target] = e.Total
	}
	for _, n := range totals {
		total += n
	}
	if want := r.Totals.RedirectReplies.Sum(); sum != want || total != want {
		t.Errorf("told of %d redirect replies, of %d by the totals, there were %d", sum, total, want)
	}
	var roles int
	for _, n := range r.Nodes {
		roles += len(n.Roles)
	}
	if k := len(all[*report.RoleEvent](events)); k != roles {
		t.Errorf("told of %d roles, there were %d", k, roles)
	}
	stats := all[*report.Stats](events)
	s := stats[len(stats)-1]
	var byNode, chains int64
	for _, n := range s.Redirects {
		byNode += n.Sum()
	}
	for _, n := range s.Hops.Counts {
		chains += n
	}
	if jsonText(t, s.Totals) != jsonText(t, r.Totals) || byNode != r.Totals.RedirectReplies.Sum() || chains != r.Totals.RedirectedCommands {
		t.Errorf("the last stats are %s, the report says %s", jsonText(t, s), jsonText(t, r.Totals))
	}
	var found int64
	for _, n := range s.BouncesTotal {
		found += n
	}
	if n := int64(len(last)); found < n || len(s.BouncesOpen) > 0 {
		t.Errorf("%d findings were told of, by the stats %d, %v open", n, found, s.BouncesOpen)
	}
	losses := map[string]*report.LossEvent{}
	for _, e := range all[*report.LossEvent](events) {
		losses[e.Cause] = e
	}
	// Values left out, and commands whose reply was to come, are no losses.
	expected := map[string]bool{"bytes cut off by the snaplen": true, "commands without a reply": true}
	for _, b := range r.Blind {
		if e := losses[b.Cause]; !expected[b.Cause] && (e == nil || e.TotalCount > b.Count || e.TotalBytes > b.Bytes) {
			t.Errorf("%q is in the report with %d and was told as %+v", b.Cause, b.Count, e)
		}
	}
}

// checkSoon holds that the first finding was told with the redirect that makes it
// one: one command, which visited a node twice.
func checkSoon(t *testing.T, events []report.Event) {
	t.Helper()
	told := all[*report.BounceEvent](events)
	if len(told) == 0 {
		t.Fatal("no bounce was told")
	}
	e := told[0]
	if e.State != "opened" {
		t.Errorf("the first event of a bounce says %s", e.State)
	}
	if f := e.Finding; f.Commands != 1 || len(f.Cycle) > 0 && int(f.RedirectReplies) > 2*len(f.Nodes) || e.At != f.Last {
		t.Errorf("opened at %s with %d commands and %d redirects, the last at %s", e.At, f.Commands, f.RedirectReplies, f.Last)
	}
}

// slow is a live source: packets with stretches in which nothing comes.
type slow struct {
	capture.Source
	health  capture.Health
	at, gap int64
	next    *capture.Packet
	stopped chan struct{}
}

func (s *slow) Next(p *capture.Packet) error {
	if s.next == nil {
		var q capture.Packet
		if err := s.Source.Next(&q); err != nil {
			return err
		}
		q.Data = slices.Clone(q.Data)
		s.next = &q
	}
	if s.at == 0 {
		s.at = s.next.Time
	}
	if s.at+s.gap < s.next.Time {
		s.at += s.gap
		*p = capture.Packet{Time: s.at}
		return capture.ErrIdle
	}
	s.at = s.next.Time
	*p, s.next = *s.next, nil
	return nil
}

func (s *slow) Health() (capture.Health, error) { return s.health, nil }
func (s *slow) Stop() error                     { close(s.stopped); return s.Source.Close() }

// A bounce that ends in silence is closed while nothing comes, and given up when
// the window has passed.
func TestTimePassesWithoutPackets(t *testing.T) {
	packets := script(t, `
0ms open c1.a>A
0ms open c1.b>B
1ms c1.a>A *GET key:1
2ms A>c1.a -REDIRECT {B}
3ms c1.b>B *GET key:1
4ms B>c1.b -REDIRECT {A}
5ms c1.a>A *GET key:1
6ms A>c1.a -REDIRECT {B}
20000ms c1.a>A *GET key:2
20001ms A>c1.a $v
`)
	start := packets[0].Time
	_, events := watched(t, &slow{Source: wiretest.NewSource("s", packets), gap: 15e6}, pipeline.WatchOptions{})
	var states []string
	for _, e := range all[*report.BounceEvent](events) {
		at, err := time.Parse(time.RFC3339Nano, e.At)
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, fmt.Sprintf("%s after %.1f s", e.State, float64(at.UnixNano()-start)/1e9))
	}
	if got, want := strings.Join(states, ", "), "opened after 0.0 s, closed after 5.0 s"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if n := len(all[*report.Stats](events)); n != 2 {
		t.Errorf("%d events say how things stand in 20 s, want 2", n)
	}
}

// What a live source drops is told, is in the report, and makes findings of that
// time partial.
func TestDropsAreTold(t *testing.T) {
	src := &slow{Source: wiretest.NewSource("s", script(t, bouncing)), gap: 1e6}
	src.health = capture.Health{Mechanism: "ebpf", Matched: 20, Dropped: 7, DroppedBytes: 700, Unparsed: 2}
	r, events := watched(t, src, pipeline.WatchOptions{})
	causes := map[string]int64{}
	for _, e := range all[*report.LossEvent](events) {
		causes[e.Cause] += e.Count + e.Bytes
	}
	if want := map[string]int64{"packets dropped while capturing": 707, "packets the kernel filter could not judge": 2}; !maps.Equal(causes, want) {
		t.Errorf("told of %v, want %v", causes, want)
	}
	if got := r.Verdict; got != "bounced" {
		t.Errorf("verdict %s", got)
	}
	if len(r.Findings) != 1 || !r.Findings[0].Partial {
		t.Errorf("findings: %s", jsonText(t, r.Findings))
	}
}

// A "clean" needs ground: not when most of the packets were dropped.
func TestMuchDroppedIsNotClean(t *testing.T) {
	src := &slow{Source: wiretest.NewSource("s", script(t, "0ms open c1.a>A\n1ms c1.a>A *GET k\n2ms A>c1.a $v\n")), gap: 1e6}
	src.health = capture.Health{Matched: 100, Dropped: 90} // their lengths are not known to every mechanism
	r, events := watched(t, src, pipeline.WatchOptions{})
	if r.Verdict != "inconclusive" || len(r.Reasons) != 1 || !strings.HasPrefix(r.Reasons[0], "heavy loss: 9") {
		t.Errorf("verdict %s: %q", r.Verdict, r.Reasons)
	}
	if e := all[*report.LossEvent](events); len(e) != 1 || e[0].Count != 90 {
		t.Errorf("losses: %s", jsonText(t, e))
	}
}

// A clock that is set back, by more than packets trade places, must not stop what
// depends on time.
func TestClockSetBack(t *testing.T) {
	packets := script(t, bouncing)
	again := script(t, strings.ReplaceAll(bouncing, "c1.", "c2."))
	for i := range again {
		again[i].Time -= 3600e9
		again[i].Number += int64(len(packets))
	}
	late := again[len(again)-1]
	late.Time += 30e9
	r, events := watched(t, wiretest.NewSource("s", append(append(packets, again...), late)), pipeline.WatchOptions{})
	if len(r.Findings) != 2 {
		t.Errorf("%d findings, want 2", len(r.Findings))
	}
	closed := 0
	for _, e := range all[*report.BounceEvent](events) {
		if e.State == "closed" {
			closed++
		}
	}
	if closed != 2 {
		t.Errorf("%d findings were closed, want 2", closed)
	}
}

// Redirects are told at once, and then once a second however many there are.
func TestRedirectsAreNotAFlood(t *testing.T) {
	var b strings.Builder
	b.WriteString("0ms open c1.a>A\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "%dms c1.a>A *GET key:%d\n%d.5ms A>c1.a -MOVED 1 {B}\n", 1+i, i, 1+i)
	}
	r, events := watched(t, wiretest.NewSource("s", script(t, b.String())), pipeline.WatchOptions{})
	told := all[*report.RedirectEvent](events)
	if len(told) < 2 || len(told) > 4 || told[0].Count != 1 || told[len(told)-1].Total != r.Totals.RedirectReplies.Moved {
		t.Errorf("told %d times: %s", len(told), jsonText(t, told))
	}
}

// When the user ends it, a live source is stopped and what waits is still read.
func TestWatchIsEnded(t *testing.T) {
	src := &slow{Source: wiretest.NewSource("s", script(t, bouncing)), gap: 1e6, stopped: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	var last report.Event
	r, err := pipeline.Watch(ctx, src, pipeline.WatchOptions{
		Event: func(e report.Event) {
			last = e
			if _, ok := e.(*report.BounceEvent); ok {
				cancel()
			}
		},
		Reason: func() string { return "signal" },
	})
	if err != nil {
		t.Fatal(err)
	}
	<-src.stopped
	if s, ok := last.(*report.Stopped); !ok || s.Reason != "signal" {
		t.Errorf("the last event is %T: %+v", last, last)
	}
	if r.Verdict != "bounced" {
		t.Errorf("verdict %s", r.Verdict)
	}
}
