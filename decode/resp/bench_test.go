package resp

import "testing"

func BenchmarkFeed(b *testing.B) {
	for _, c := range common {
		b.Run(c.name, func(b *testing.B) {
			var p Parser
			p.Init(c.side)
			v := &counter{keep: 64}
			data := []byte(c.wire)
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				p.Feed(data, v)
			}
		})
	}
}

// BenchmarkPipeline is what a segment full of messages costs a message.
func BenchmarkPipeline(b *testing.B) {
	for _, c := range common {
		b.Run(c.name, func(b *testing.B) {
			var p Parser
			p.Init(c.side)
			v := &counter{keep: 64}
			var data []byte
			n := 0
			for ; len(data) < 1448; n++ {
				data = append(data, c.wire...)
			}
			b.ReportAllocs()
			for b.Loop() {
				p.Feed(data, v)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/message")
		})
	}
}

// BenchmarkChunk feeds a bulk string of 16 kB in segments.
func BenchmarkChunk(b *testing.B) {
	var p Parser
	p.Init(Server)
	v := &counter{keep: 64}
	message := make([]byte, 8+16384+2)
	copy(message, "$16384\r\n")
	copy(message[8+16384:], "\r\n")
	b.ReportAllocs()
	chunks := 0
	for b.Loop() {
		for rest := message; len(rest) > 0; chunks++ {
			n := min(len(rest), 1448)
			p.Feed(rest[:n], v)
			rest = rest[n:]
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(chunks), "ns/chunk")
}

// BenchmarkLost is the cost of a segment in which nothing is found.
func BenchmarkLost(b *testing.B) {
	var p Parser
	p.Init(Server)
	v := &counter{keep: 64}
	p.Gap(-1, v)
	data := make([]byte, 1448)
	b.ReportAllocs()
	for b.Loop() {
		p.Feed(data, v)
	}
}
