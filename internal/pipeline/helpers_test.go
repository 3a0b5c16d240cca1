package pipeline_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ricochet/capture"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

// bouncing is a script in which one command bounces between A and B, twice at
// each, and is served in the end.
const bouncing = `
0ms open c1.a>A
0ms open c1.b>B
1ms c1.a>A *GET key:1
2ms A>c1.a -REDIRECT {B}
3ms c1.b>B *GET key:1
4ms B>c1.b -REDIRECT {A}
5ms c1.a>A *GET key:1
6ms A>c1.a -REDIRECT {B}
7ms c1.b>B *GET key:1
8ms B>c1.b -REDIRECT {A}
9ms c1.a>A *GET key:1
10ms A>c1.a $value
`

// script returns the packets of a script.
func script(t testing.TB, text string) []capture.Packet {
	t.Helper()
	c, err := wiretest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c.Packets
}

// outputs are the three forms of a report. NDJSON has the chains as well.
type outputs struct{ text, json, ndjson string }

// outputsOf analyses a source and writes what it shows in every form.
func outputsOf(t testing.TB, o pipeline.Options, src capture.Source) (*report.Report, outputs) {
	t.Helper()
	var lines bytes.Buffer
	w := report.NewNDJSON(&lines)
	o.Chain = func(c *report.Chain) {
		if err := w.Chain(c); err != nil {
			t.Error(err)
		}
	}
	r, err := pipeline.Run(context.Background(), src, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(r); err != nil {
		t.Fatal(err)
	}
	return r, outputs{textOf(t, r), jsonOf(t, r), lines.String()}
}

func textOf(t testing.TB, r *report.Report) string {
	t.Helper()
	var b strings.Builder
	if err := report.WriteText(&b, r, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func jsonOf(t testing.TB, r *report.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// corpus returns the labelled captures of the repository, and no others: tests
// that run over all of them several times take long enough.
func corpus(t testing.TB) []*scenario {
	t.Helper()
	dirs, err := filepath.Glob("../../testdata/corpus/*/truth.json")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no labelled captures in testdata/corpus: %v", err)
	}
	var out []*scenario
	for _, d := range dirs {
		out = append(out, readScenario(t, filepath.Dir(d)))
	}
	return out
}

func readFile(t testing.TB, name string) []capture.Packet {
	t.Helper()
	p, err := wiretest.ReadPcapFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// excerpt returns n packets in a row, about those that hold the first redirect
// if there is one, else from the start.
func excerpt(packets []capture.Packet, n int) []capture.Packet {
	first := slices.IndexFunc(packets, func(p capture.Packet) bool {
		for _, c := range wiretest.RawRedirects([]capture.Packet{p}) {
			if c > 0 {
				return true
			}
		}
		return false
	})
	from := max(0, min(first-n/4, len(packets)-n))
	return packets[from:min(from+n, len(packets))]
}

// pcapBytes returns packets as a pcap file.
func pcapBytes(t testing.TB, packets []capture.Packet) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := wiretest.WritePcap(&b, packets, true); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pcapFile writes packets to a file and returns its name.
func pcapFile(t testing.TB, packets []capture.Packet) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "test.pcap")
	if err := os.WriteFile(name, pcapBytes(t, packets), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
