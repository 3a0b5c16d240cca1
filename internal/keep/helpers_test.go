package keep_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"ricochet/capture"
	"ricochet/capture/pcapfile"
	"ricochet/internal/keep"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

// script returns the packets of a script.
func script(t testing.TB, text string) []capture.Packet {
	t.Helper()
	c, err := wiretest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c.Packets
}

// write writes packets to a file, returns its name, and what became of them.
func write(t testing.TB, o keep.Options, packets []capture.Packet) (string, keep.Stats) {
	t.Helper()
	if o.Name == "" {
		o.Name = filepath.Join(t.TempDir(), "kept.pcapng")
	}
	w, err := keep.Create(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range packets {
		if err := w.Packet(&packets[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return o.Name, w.Stats()
}

// read returns the packets of files.
func read(t testing.TB, names ...string) []capture.Packet {
	t.Helper()
	src, err := pcapfile.Open(names, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var out []capture.Packet
	for {
		var p capture.Packet
		if err := src.Next(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		p.Data = append([]byte(nil), p.Data...)
		out = append(out, p)
	}
	stats, err := src.Stats()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stats {
		if s.Damage != "" {
			t.Errorf("%s: %s", s.Name, s.Damage)
		}
	}
	return out
}

// analyze returns what an analysis says of files.
func analyze(t testing.TB, names ...string) *report.Report {
	t.Helper()
	r, err := pipeline.Analyze(context.Background(), names, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// analyzePackets returns what an analysis says of packets, from a file.
func analyzePackets(t testing.TB, packets []capture.Packet) *report.Report {
	t.Helper()
	r, err := pipeline.Run(context.Background(), wiretest.NewSource("original", packets), pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sameReport compares two reports in all but what the files themselves are.
func sameReport(t testing.TB, got, want *report.Report) {
	t.Helper()
	g, w := comparable(t, got), comparable(t, want)
	if g != w {
		dir := os.Getenv("KEEP_DUMP")
		if dir != "" {
			os.WriteFile(filepath.Join(dir, "got.json"), []byte(g), 0o600)
			os.WriteFile(filepath.Join(dir, "want.json"), []byte(w), 0o600)
		}
		i := 0
		for i < len(g) && i < len(w) && g[i] == w[i] {
			i++
		}
		t.Errorf("the reports differ:\n got ...%.300s\nwant ...%.300s", g[max(0, i-150):], w[max(0, i-150):])
	}
}

func comparable(t testing.TB, r *report.Report) string {
	t.Helper()
	c := *r
	c.Captures = nil
	if os.Getenv("KEEP_NOBLIND") != "" {
		c.Blind = nil
		c.Coverage = report.Coverage{}
		c.Reasons = nil
	}
	b, err := json.MarshalIndent(&c, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
