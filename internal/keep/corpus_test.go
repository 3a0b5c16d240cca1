package keep_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ricochet/capture"
	"ricochet/internal/keep"
	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

// corpus calls f for each labelled capture of hosts that match a pattern.
func corpus(t *testing.T, hosts string, f func(*testing.T, []capture.Packet)) {
	const dir = "../../testdata/corpus/"
	files, err := filepath.Glob(dir + "*/host-" + hosts + ".pcap.zst")
	if err != nil || len(files) == 0 {
		t.Fatalf("no labelled captures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, dir), ".pcap.zst"), func(t *testing.T) {
			packets, err := wiretest.ReadPcapFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f(t, packets)
		})
	}
}

// TestCorpus holds that an analysis of what was written of each labelled capture
// says what one of the capture says, to the number of each packet.
func TestCorpus(t *testing.T) {
	corpus(t, "*", func(t *testing.T, packets []capture.Packet) {
		for _, keepValues := range []bool{false, true} {
			got, _, stats := kept(t, keep.Options{KeepValues: keepValues}, packets)
			if stats.Packets != int64(len(packets)) || len(got) != len(packets) || stats.Cut != 0 {
				t.Errorf("%d packets became %d: %+v", len(packets), len(got), stats)
			}
			sameReport(t, analyze(t, got), analyze(t, packets), nil)
		}
	})
}

// TestScenarios holds that captures of several hosts can be written to one file.
func TestScenarios(t *testing.T) {
	dirs, err := filepath.Glob("../../testdata/corpus/*/truth.json")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no labelled captures: %v", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(filepath.Dir(dir)), func(t *testing.T) {
			files, err := filepath.Glob(filepath.Dir(dir) + "/*.pcap.zst")
			if err != nil {
				t.Fatal(err)
			}
			packets := read(t, files...)
			got, _, _ := kept(t, keep.Options{}, packets)
			sameStory(t, analyze(t, got), analyze(t, packets)) // packets are numbered by host, and then in one file
		})
	}
}

// damages returns what may become of packets on their way into a capture.
func damages() map[string]func([]capture.Packet) []capture.Packet {
	return map[string]func([]capture.Packet) []capture.Packet{
		"shuffled":   func(p []capture.Packet) []capture.Packet { return wiretest.Shuffle(p, 10, 1) },
		"duplicated": func(p []capture.Packet) []capture.Packet { return wiretest.Duplicate(p, 30, 2) },
		"joined":     func(p []capture.Packet) []capture.Packet { return wiretest.Skip(p, time.Second) },
		"snapped":    func(p []capture.Packet) []capture.Packet { return wiretest.Snap(p, 120) },
		"in VXLAN":   wiretest.VXLAN,
		"in VLANs":   wiretest.VLAN,
		"cooked":     wiretest.Cooked,
	}
}

// TestCorpusDamaged holds the same of captures that lack bytes, or have them out
// of order, twice or inside of tunnels. How many bytes were passed over in search
// of a message is left out: that depends on what they are.
func TestCorpusDamaged(t *testing.T) {
	corpus(t, "[cr]", func(t *testing.T, packets []capture.Packet) {
		if testing.Short() {
			t.Skip("takes seconds")
		}
		for name, damage := range damages() {
			damaged := damage(packets)
			if len(damaged) == 0 {
				continue
			}
			t.Run(name, func(t *testing.T) {
				got, _, _ := kept(t, keep.Options{}, damaged)
				sameReport(t, analyze(t, got), analyze(t, damaged), func(r *report.Report) {
					r.Blind, r.Reasons, r.Coverage = nil, nil, report.Coverage{}
				})
			})
		}
	})
}
