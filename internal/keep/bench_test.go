package keep_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"ricochet/capture"
	"ricochet/internal/keep"
)

// exchanges returns packets of a connection that does nothing but what the lines
// of a script say, over and over: sequence numbers go on, and time.
func exchanges(t testing.TB, n int, lines string) []capture.Packet {
	text := "open c1.a>A\n"
	for i := range n {
		text += fmt.Sprintf("%dus c1.a>A %s", 10*i+10, lines)
	}
	return script(t, text)
}

func BenchmarkPacket(b *testing.B) {
	pipeline := "*SET key:1 0123456789"
	for range 15 {
		pipeline += " | *SET key:1 0123456789"
	}
	replies := "+OK"
	for range 15 {
		replies += " | +OK"
	}
	for _, c := range []struct{ name, lines string }{
		{"SET", "*SET key:1 0123456789\nA>c1.a +OK\n"},
		{"GET", "*GET key:1\nA>c1.a $0123456789\n"},
		{"GET 16 kB", "*GET key:1\nA>c1.a $<16384>\n"},
		{"pipeline of 16", pipeline + "\nA>c1.a " + replies + "\n"},
	} {
		b.Run(c.name, func(b *testing.B) {
			const rounds = 2000
			packets := exchanges(b, rounds, c.lines)
			bytes := 0
			for _, p := range packets {
				bytes += len(p.Data)
			}
			b.SetBytes(int64(bytes / len(packets)))
			b.ReportAllocs()
			dir, run := b.TempDir(), 0
			var w *keep.Writer
			i := len(packets)
			for b.Loop() {
				if i == len(packets) {
					b.StopTimer()
					if w != nil {
						w.Close()
					}
					var err error
					if w, err = keep.Create(keep.Options{Name: filepath.Join(dir, fmt.Sprint(run)), MaxBytes: 16 << 20, MaxFiles: 1}); err != nil {
						b.Fatal(err)
					}
					i, run = 0, run+1
					b.StartTimer()
				}
				if err := w.Packet(&packets[i]); err != nil {
					b.Fatal(err)
				}
				i++
			}
			w.Close()
		})
	}
}
