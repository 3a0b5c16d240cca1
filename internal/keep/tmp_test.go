package keep_test

import (
	"path/filepath"
	"ricochet/capture"
	"ricochet/internal/keep"
	"ricochet/internal/wiretest"
	"testing"
	"time"
)

func TestTmp(t *testing.T) {
	files, _ := filepath.Glob("../../testdata/corpus/*/*.pcap.zst")
	for _, f := range files {
		p, _ := wiretest.ReadPcapFile(f)
		for n, d := range map[string]func([]capture.Packet) []capture.Packet{
			"shuffle": func(p []capture.Packet) []capture.Packet { return wiretest.Shuffle(p, 10, 1) },
			"dup":     func(p []capture.Packet) []capture.Packet { return wiretest.Duplicate(p, 30, 2) },
			"drop":    func(p []capture.Packet) []capture.Packet { return wiretest.Drop(p, 2, 3) },
			"skip":    func(p []capture.Packet) []capture.Packet { return wiretest.Skip(p, 1*time.Second) },
			"snap":    func(p []capture.Packet) []capture.Packet { return wiretest.Snap(p, 120) },
			"snap90":  func(p []capture.Packet) []capture.Packet { return wiretest.Snap(p, 90) },
			"vxlan":   func(p []capture.Packet) []capture.Packet { return wiretest.VXLAN(p) },
			"vlan":    func(p []capture.Packet) []capture.Packet { return wiretest.VLAN(p) },
			"cooked":  func(p []capture.Packet) []capture.Packet { return wiretest.Cooked(p) },
		} {
			t.Run(filepath.Base(filepath.Dir(f))+filepath.Base(f)+n, func(t *testing.T) {
				q := d(p)
				if len(q) == 0 {
					t.Skip()
				}
				name, st := write(t, keep.Options{}, q)
				sameReport(t, analyze(t, name), analyzePackets(t, q))
				if t.Failed() {
					t.Logf("%+v", st)
				}
			})
		}
	}
}
