package pipeline_test

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"testing"

	"ricochet/internal/pipeline"
	"ricochet/internal/wiretest"
)

// BenchmarkAnalyze runs the whole of analyze, one worker, over generated
// captures in the page cache. ns/packet is the figure to watch.
func BenchmarkAnalyze(b *testing.B) {
	for _, c := range []struct {
		kind     wiretest.Kind
		commands int
	}{
		{wiretest.Small, 1_000_000},
		{wiretest.Pipelined, 2_000_000},
		{wiretest.Large, 60_000},
		{wiretest.Tangled, 1_000_000},
	} {
		b.Run(c.kind.String(), func(b *testing.B) {
			name := generate(b, c.kind, c.commands)
			info, err := os.Stat(name)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(info.Size())
			b.ReportAllocs()
			var packets, commands int64
			for b.Loop() {
				r, err := pipeline.Analyze(context.Background(), []string{name}, pipeline.Options{Workers: 1})
				if err != nil {
					b.Fatal(err)
				}
				packets, commands = r.Totals.Packets, r.Totals.Commands
			}
			perPacket := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(packets)
			b.ReportMetric(perPacket, "ns/packet")
			b.ReportMetric(float64(commands), "commands")
		})
	}
}

// generate writes a capture once for a benchmark or a test.
func generate(tb testing.TB, k wiretest.Kind, commands int) string {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), k.String()+".pcap")
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if err := wiretest.Generate(w, k, commands); err != nil {
		tb.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
	return name
}
