package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/google/gopacket/reassembly"
	"github.com/tidwall/resp"

	"ricochet/capture"
	"ricochet/capture/pcapfile"
	"ricochet/internal/pipeline"
	"ricochet/internal/wiretest"
)

// BenchmarkAgainst compares, over one capture, what reading alone costs, what
// the whole analysis costs, and what the script costs that one would write
// first: packets and streams by gopacket, RESP by tidwall/resp, redirects
// counted and nothing followed. The metric "times" is the time as a multiple of
// the analysis with one worker.
func BenchmarkAgainst(b *testing.B) {
	const commands = 200_000
	name := generate(b, wiretest.Small, commands)
	analysis := func(workers int) func(testing.TB) int64 {
		return func(t testing.TB) int64 {
			r := analyzeFiles(t, pipeline.Options{Workers: workers}, name)
			exactly(t, "commands", r.Totals.Commands, commands)
			return r.Totals.Packets
		}
	}
	var base float64 // ns a packet of one worker
	for _, c := range []struct {
		name string
		run  func(testing.TB) int64
	}{
		{"one-worker", analysis(1)},
		{"two-workers", analysis(2)},
		{"reading-only", func(t testing.TB) int64 { return readOnly(t, name) }},
		{"naive-script", func(t testing.TB) int64 {
			packets, values := naive(t, name)
			exactly(t, "values", values, 2*commands)
			return packets
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var packets int64
			for b.Loop() {
				packets = c.run(b)
			}
			each := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(packets)
			b.ReportMetric(each, "ns/packet")
			if c.name == "one-worker" {
				base = each
			}
			if base > 0 {
				b.ReportMetric(each/base, "times")
			}
		})
	}
}

func exactly(t testing.TB, what string, got, want int64) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %d, want %d", what, got, want)
	}
}

func readOnly(t testing.TB, name string) int64 {
	src, err := pcapfile.Open([]string{name}, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var p capture.Packet
	n := int64(0)
	for ; ; n++ {
		if err := src.Next(&p); errors.Is(err, io.EOF) {
			return n
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// naive counts the packets of a capture and the RESP values in it.
func naive(t testing.TB, name string) (packets, values int64) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcapgo.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	streams := &naiveStreams{}
	assembler := reassembly.NewAssembler(reassembly.NewStreamPool(streams))
	source := gopacket.NewPacketSource(r, r.LinkType())
	source.Lazy, source.NoCopy = true, true
	for {
		p, err := source.NextPacket()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packets++
		if tcp, ok := p.TransportLayer().(*layers.TCP); ok {
			assembler.AssembleWithContext(p.NetworkLayer().NetworkFlow(), tcp, naiveContext(p.Metadata().CaptureInfo))
		}
	}
	assembler.FlushAll()
	return packets, streams.values
}

type naiveContext gopacket.CaptureInfo

func (c naiveContext) GetCaptureInfo() gopacket.CaptureInfo { return gopacket.CaptureInfo(c) }

// naiveStreams makes the streams and counts the values of all.
type naiveStreams struct{ values, redirects int64 }

func (s *naiveStreams) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return &naiveStream{all: s}
}

// naiveStream collects both directions of a connection and reads them at its end.
type naiveStream struct {
	all  *naiveStreams
	data [2]bytes.Buffer
}

func (s *naiveStream) Accept(*layers.TCP, gopacket.CaptureInfo, reassembly.TCPFlowDirection, reassembly.Sequence, *bool, reassembly.AssemblerContext) bool {
	return true
}

func (s *naiveStream) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	n, _ := sg.Lengths()
	dir, _, _, _ := sg.Info()
	i := 0
	if dir == reassembly.TCPDirServerToClient {
		i = 1
	}
	s.data[i].Write(sg.Fetch(n))
}

func (s *naiveStream) ReassemblyComplete(reassembly.AssemblerContext) bool {
	for i := range s.data {
		r := resp.NewReader(&s.data[i])
		for {
			v, _, err := r.ReadValue()
			if err != nil {
				break
			}
			s.all.values++
			if err := v.Error(); err != nil && strings.HasPrefix(err.Error(), "MOVED ") {
				s.all.redirects++
			}
		}
	}
	return true
}

// BenchmarkAgainstTshark has tshark print the values of the commands and replies
// of a capture, which is what one would start from to follow redirects by hand,
// and the same capture analysed. The metric "times" is as above.
func BenchmarkAgainstTshark(b *testing.B) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		b.Skip("tshark is not installed")
	}
	const commands = 50_000
	name := generate(b, wiretest.Small, commands)
	var base, packets float64
	b.Run("one-worker", func(b *testing.B) {
		for b.Loop() {
			packets = float64(analyzeFiles(b, pipeline.Options{Workers: 1}, name).Totals.Packets)
		}
		base = float64(b.Elapsed().Nanoseconds()) / float64(b.N) / packets
		b.ReportMetric(base, "ns/packet")
	})
	b.Run("tshark", func(b *testing.B) {
		for b.Loop() {
			out, err := exec.CommandContext(context.Background(), tshark, "-n", "-r", name, "-d", "tcp.port==6379,resp", "-Y", "resp",
				"-T", "fields", "-e", "resp.array.length", "-e", "resp.bulk_string.value", "-e", "resp.string", "-e", "resp.error").Output()
			if err != nil {
				b.Fatal(err)
			}
			exactly(b, "messages", int64(bytes.Count(out, []byte("\n"))), 2*commands)
		}
		each := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / packets
		b.ReportMetric(each, "ns/packet")
		if base > 0 {
			b.ReportMetric(each/base, "times")
		}
	})
}
