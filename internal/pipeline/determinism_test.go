package pipeline_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ricochet/capture"
	"ricochet/capture/pcapfile"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

// TestWorkersAgree holds that neither the number of workers nor a second run
// changes one byte of what is written, over whole captures and spoilt ones.
func TestWorkersAgree(t *testing.T) {
	for _, s := range corpus(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			packets := together(t, s)
			if raced() {
				packets = excerpt(packets, 3000) // the whole would take a minute
			}
			agree(t, packets, map[string]pipeline.Options{
				"again":           {Workers: 1},
				"two workers":     {Workers: 2},
				"three workers":   {Workers: 3},
				"sixteen workers": {Workers: 16},
			})
		})
	}
}

// TestBatchesAgree holds that it does not matter where a batch ends, over
// excerpts with the first redirect in them.
func TestBatchesAgree(t *testing.T) {
	for _, s := range corpus(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			agree(t, excerpt(together(t, s), 1500), map[string]pipeline.Options{
				"one packet":    pipeline.WithBatch(pipeline.Options{Workers: 2}, 1, 1),
				"seven packets": pipeline.WithBatch(pipeline.Options{Workers: 3}, 7, 1<<20),
				"a kilobyte":    pipeline.WithBatch(pipeline.Options{Workers: 2}, 1<<20, 1<<10),
			})
		})
	}
}

// together returns the packets of all hosts of a scenario by time.
func together(t *testing.T, s *scenario) []capture.Packet {
	var all []capture.Packet
	for i, f := range s.files(t, "prscd") {
		for _, p := range readFile(t, f) {
			p.Origin = i
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b capture.Packet) int { return cmp.Compare(a.Time, b.Time) })
	return all
}

// agree holds what is written with each of some options against what one worker
// writes, for several kinds of damage.
func agree(t *testing.T, whole []capture.Packet, options map[string]pipeline.Options) {
	t.Helper()
	for _, d := range damages {
		switch d.name {
		case "none", "drop-5%", "shuffle-50%", "dup-100%", "snap-128", "vxlan":
		default:
			continue
		}
		packets := d.do(clone(whole))
		_, want := outputsOf(t, pipeline.Options{Workers: 1}, wiretest.NewSource("m", packets))
		for name, o := range options {
			if _, got := outputsOf(t, o, wiretest.NewSource("m", packets)); got != want {
				t.Errorf("%s, %s: %s", d.name, name, difference(got.ndjson+got.json, want.ndjson+want.json))
			}
		}
	}
}

// difference shows where two texts part.
func difference(got, want string) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	from := max(0, i-200)
	return fmt.Sprintf("differs after\n%s\ngot  %.200s\nwant %.200s", want[from:i], got[i:], want[i:])
}

// TestOrderOfFiles gives the captures of a scenario in other orders.
func TestOrderOfFiles(t *testing.T) {
	for _, s := range corpus(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			files := s.files(t, "prscd")
			want := jsonOf(t, analyzeFiles(t, pipeline.Options{}, files...))
			slices.Reverse(files)
			if got := jsonOf(t, analyzeFiles(t, pipeline.Options{}, files...)); got != want {
				t.Error("in reverse: " + difference(got, want))
			}
			files = append(files[1:], files[0], files[0])
			if got := jsonOf(t, analyzeFiles(t, pipeline.Options{}, files...)); got != want {
				t.Error("rotated, and one twice: " + difference(got, want))
			}
		})
	}
}

// TestSplitCapture cuts a capture in two files, as rotation does: totals and
// findings stay.
func TestSplitCapture(t *testing.T) {
	const cuts = 12 // cut points tried of each capture
	for _, s := range corpus(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			packets := readFile(t, s.clientFiles(t)[0])
			want := content(analyze(t, pipeline.Options{}, fileSource(t, packets)))
			for i := range cuts {
				at := len(packets) * i / (cuts - 1)
				if 0 < at && at < len(packets) && packets[at].Time < packets[at-1].Time {
					continue // what comes first would come second
				}
				got := content(analyze(t, pipeline.Options{}, fileSource(t, packets[:at], packets[at:])))
				if got != want {
					t.Errorf("cut at packet %d of %d: %s", at, len(packets), difference(got, want))
				}
			}
		})
	}
}

// fileSource writes each part to a file and opens all of them.
func fileSource(t *testing.T, parts ...[]capture.Packet) capture.Source {
	t.Helper()
	var names []string
	dir := t.TempDir()
	for i, p := range parts {
		names = append(names, filepath.Join(dir, fmt.Sprintf("%02d.pcap", i)))
		if err := os.WriteFile(names[i], pcapBytes(t, p), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	src, err := pcapfile.Open(names, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// content is what a report says without where in which file it was seen.
func content(r *report.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q\n%+v\n%+v\n", r.Verdict, r.Reasons, r.Coverage, r.Totals)
	for _, f := range r.Findings {
		f.Cause.Evidence = nil
		for _, e := range f.Examples {
			for i := range e.Hops {
				e.Hops[i].Capture, e.Hops[i].Packet = 0, 0
			}
		}
		fmt.Fprintf(&b, "%+v\n", f)
	}
	fmt.Fprintf(&b, "%+v\n", r.Blind)
	return b.String()
}
