package pipeline_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ricochet/capture"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

// A clock of one host that is wrong changes nothing but what is said of the clock,
// and times within the stated error.
func TestClocksOfTheCorpus(t *testing.T) {
	skews := []struct {
		name  string
		wrong func(at, since int64) int64
	}{
		{"+350ms", func(at, _ int64) int64 { return at + 350e6 }},
		{"-2s", func(at, _ int64) int64 { return at - 2e9 }},
		{"50ppm", func(at, since int64) int64 { return at + since*50/1e6 }},
	}
	for _, s := range corpus(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var names []string
			var all [][]capture.Packet
			for _, f := range s.files(t, "cdprs") {
				name := filepath.Join(dir, base(f)+".pcap")
				names, all = append(names, name), append(all, readFile(t, f))
				writeFile(t, name, all[len(all)-1])
			}
			right := analyzeFiles(t, pipeline.Options{}, names...)
			for _, c := range right.Captures {
				if c.ClockOffsetMS != 0 || c.ClockDriftPPM != 0 || c.Clock != "aligned" && c.Clock != "reference" {
					t.Errorf("clocks that agree: %+v", c)
				}
			}
			for i := range names {
				skew := skews[i%len(skews)] // one a file: each takes two analyses
				packets := append([]capture.Packet(nil), all[i]...)
				for k := range packets {
					packets[k].Time = skew.wrong(packets[k].Time, packets[k].Time-packets[0].Time)
				}
				writeFile(t, names[i], packets)
				got := analyzeFiles(t, pipeline.Options{}, names...)
				writeFile(t, names[i], all[i])
				if want, got := timeless(t, right), timeless(t, got); got != want {
					t.Errorf("%s of %s:\n%s", skew.name, base(names[i]), firstDifference(got, want))
				}
				// All but the one file, or the others, are off by the skew of the reference.
				shift := float64(0)
				if base(got.Captures[0].File) == base(names[i]) {
					shift = float64(skew.wrong(0, 0)) / 1e6
				}
				checkTimes(t, skew.name+" of "+base(names[i]), right, got, shift)
			}
		})
	}
}

func writeFile(t *testing.T, name string, packets []capture.Packet) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := wiretest.WritePcap(f, packets, true); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// timeless returns a report without its times, the packets that are examples of
// what was found (of packets that two hosts saw either may come first), and what
// is said of clocks.
func timeless(t *testing.T, r *report.Report) string {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(b, &tree); err != nil {
		t.Fatal(err)
	}
	delete(tree, "captures")
	var strip func(any)
	strip = func(x any) {
		switch x := x.(type) {
		case map[string]any:
			for k, v := range x {
				switch s, _ := v.(string); {
				case k == "examples", k == "evidence", k == "duration_ms", k == "max_ms", k == "packet", k == "capture":
					delete(x, k)
				case isTime(s):
					delete(x, k)
				case k == "summary", k == "note", k == "text": // they may hold durations
					delete(x, k)
				default:
					strip(v)
				}
			}
		case []any:
			for _, v := range x {
				strip(v)
			}
		}
	}
	strip(tree)
	if b, err = json.MarshalIndent(tree, "", " "); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func isTime(s string) bool {
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil
}

// checkTimes holds the times of findings and captures against those of right
// clocks, moved by so many milliseconds.
func checkTimes(t *testing.T, what string, right, got *report.Report, shift float64) {
	t.Helper()
	limit := float64(0)
	for _, c := range got.Captures {
		limit = max(limit, c.ClockErrorMS)
	}
	near := func(name, a, b string) {
		x, err1 := time.Parse(time.RFC3339Nano, a)
		y, err2 := time.Parse(time.RFC3339Nano, b)
		if err1 != nil || err2 != nil {
			if a != b {
				t.Errorf("%s: %s is %q, want %q", what, name, b, a)
			}
			return
		}
		// A drift of the reference moves all times a little more.
		if d := float64(y.Sub(x))/1e6 - shift; math.Abs(d) > limit+2 {
			t.Errorf("%s: %s is off by %.3f ms, with an error of %.3f ms", what, name, d, limit)
		}
	}
	for i := range right.Captures {
		near("the start of "+base(right.Captures[i].File), right.Captures[i].First, got.Captures[i].First)
		near("the end of "+base(right.Captures[i].File), right.Captures[i].Last, got.Captures[i].Last)
	}
	for i := range min(len(right.Findings), len(got.Findings)) {
		near("the start of "+right.Findings[i].ID, right.Findings[i].First, got.Findings[i].First)
		near("the end of "+right.Findings[i].ID, right.Findings[i].Last, got.Findings[i].Last)
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\ngot  %s\nwant %s", i, strings.Join(g[max(0, i-3):min(i+3, len(g))], "\n     "), w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// twoHosts writes what the client and the server of a script saw, a millisecond
// apart; the server's clock is ahead.
func twoHosts(t *testing.T, ahead time.Duration) (client, server string) {
	t.Helper()
	packets := script(t, bouncing)
	dir := t.TempDir()
	client, server = filepath.Join(dir, "client.pcap"), filepath.Join(dir, "server.pcap")
	writeFile(t, client, packets)
	var there []capture.Packet
	for i, p := range packets {
		p.Time += int64(ahead)
		if i%2 == 0 { // the requests are underway for longer, and answers shorter
			p.Time += 100e3
		}
		there = append(there, p)
	}
	writeFile(t, server, there)
	return client, server
}

func TestClockOffsetIsGiven(t *testing.T) {
	client, server := twoHosts(t, 350*time.Millisecond)
	for _, c := range []struct {
		name    string
		offsets []pipeline.ClockOffset
		want    string
		ms      float64
	}{
		{"not", nil, "aligned", 350},
		{"by its name", []pipeline.ClockOffset{{File: server, Ahead: 350e6}}, "given", 350},
		{"by the last part of its name", []pipeline.ClockOffset{{File: "server.pcap", Ahead: -2e9}}, "given", -2000},
		{"twice, the last counts", []pipeline.ClockOffset{{File: server, Ahead: 1}, {File: "server.pcap", Ahead: 1234567}}, "given", 1.235},
	} {
		r := analyzeFiles(t, pipeline.Options{ClockOffsets: c.offsets}, client, server)
		got := r.Captures[1]
		if got.Clock != c.want || math.Abs(got.ClockOffsetMS-c.ms) > got.ClockErrorMS+0.001 || r.Captures[0].Clock != "reference" {
			t.Errorf("%s: %+v", c.name, r.Captures)
		}
	}
}

func TestClockOffsetOfNoFile(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	for _, dir := range []string{a, b} {
		writeFile(t, filepath.Join(dir, "x.pcap"), script(t, bouncing))
	}
	for file, found := range map[string]int{"y.pcap": 0, "x.pcap": 2} {
		_, err := pipeline.Analyze(t.Context(), []string{a, b}, pipeline.Options{ClockOffsets: []pipeline.ClockOffset{{File: file}}})
		var e *pipeline.ClockFileError
		if !errors.As(err, &e) || e.Found != found {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// Standard input can be read once: its clock is known only if it is given.
func TestClockOfStandardInput(t *testing.T) {
	client, server := twoHosts(t, 350*time.Millisecond)
	for _, given := range []bool{false, true} {
		stdin, err := os.Open(server)
		if err != nil {
			t.Fatal(err)
		}
		o := pipeline.Options{Stdin: struct{ *os.File }{stdin}} // as a pipe is
		want := "unaligned"
		if given {
			o.ClockOffsets, want = []pipeline.ClockOffset{{File: "-", Ahead: 350e6}}, "given"
		}
		r := analyzeFiles(t, o, "-", client)
		stdin.Close()
		if r.Captures[0].Clock != want || r.Captures[1].Clock != "reference" || (r.Captures[0].ClockNote != "") == given {
			t.Errorf("given %v: %+v", given, r.Captures)
		}
	}
}

// One vantage point has no clock to speak of.
func TestOneVantagePointHasNoClock(t *testing.T) {
	client, _ := twoHosts(t, 0)
	if c := analyzeFiles(t, pipeline.Options{}, client).Captures[0]; c.Clock != "" || c.ClockErrorMS != 0 || c.ClockOffsetMS != 0 {
		t.Errorf("%+v", c)
	}
}

// Progress goes once from nothing to all, though files are read twice.
func TestProgressOfTwoPasses(t *testing.T) {
	client, server := twoHosts(t, 0)
	var reads, totals []int64
	analyzeFiles(t, pipeline.Options{Progress: func(read, total int64) { reads, totals = append(reads, read), append(totals, total) }}, client, server)
	for i := range reads {
		if i > 0 && reads[i] < reads[i-1] || reads[i] > totals[i] {
			t.Fatalf("%v of %v", reads, totals)
		}
	}
	if n := len(reads); n == 0 || reads[n-1] != totals[n-1] {
		t.Errorf("%v of %v", reads, totals)
	}
}

// BenchmarkAnalyzeTwoHosts shows what comparing clocks costs: two captures of the
// same packets, with the offset estimated, and given.
func BenchmarkAnalyzeTwoHosts(b *testing.B) {
	const commands = 500_000
	one := generate(b, wiretest.Small, commands)
	two := filepath.Join(b.TempDir(), "two.pcap")
	data, err := os.ReadFile(one) // a copy, for the same file counts once
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(two, data, 0o600); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		offsets []pipeline.ClockOffset
	}{{"given", []pipeline.ClockOffset{{File: two}}}, {"estimated", nil}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var packets int64
			for b.Loop() {
				packets = analyzeFiles(b, pipeline.Options{ClockOffsets: c.offsets}, one, two).Totals.Packets
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(packets), "ns/packet")
		})
	}
}
