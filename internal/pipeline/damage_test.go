package pipeline_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"ricochet/capture"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

// damages are what can happen to a capture between the wire and the disk. The
// tunnels and tags are no damage, but must change nothing either.
var damages = []struct {
	name string
	do   func([]capture.Packet) []capture.Packet
}{
	{"none", func(p []capture.Packet) []capture.Packet { return p }},
	{"drop-0.5%", func(p []capture.Packet) []capture.Packet { return wiretest.Drop(p, 0.5, 1) }},
	{"drop-5%", func(p []capture.Packet) []capture.Packet { return wiretest.Drop(p, 5, 2) }},
	{"drop-50%", func(p []capture.Packet) []capture.Packet { return wiretest.Drop(p, 50, 3) }},
	{"shuffle-1%", func(p []capture.Packet) []capture.Packet { return wiretest.Shuffle(p, 1, 4) }},
	{"shuffle-10%", func(p []capture.Packet) []capture.Packet { return wiretest.Shuffle(p, 10, 5) }},
	{"shuffle-50%", func(p []capture.Packet) []capture.Packet { return wiretest.Shuffle(p, 50, 6) }},
	{"dup-5%", func(p []capture.Packet) []capture.Packet { return wiretest.Duplicate(p, 5, 7) }},
	{"dup-100%", func(p []capture.Packet) []capture.Packet { return wiretest.Duplicate(p, 100, 8) }},
	{"snap-96", func(p []capture.Packet) []capture.Packet { return wiretest.Snap(p, 96) }},
	{"snap-128", func(p []capture.Packet) []capture.Packet { return wiretest.Snap(p, 128) }},
	{"snap-200", func(p []capture.Packet) []capture.Packet { return wiretest.Snap(p, 200) }},
	{"skip-0.7s", func(p []capture.Packet) []capture.Packet { return wiretest.Skip(p, 700*time.Millisecond) }},
	{"skip-1.2s", func(p []capture.Packet) []capture.Packet { return wiretest.Skip(p, 1200*time.Millisecond) }},
	{"skew-3s", func(p []capture.Packet) []capture.Packet { return wiretest.Skew(p, 3*time.Second) }},
	{"vxlan", wiretest.VXLAN},
	{"gre", wiretest.GRE},
	{"vlan", wiretest.VLAN},
	{"cooked", wiretest.Cooked},
}

// TestDamage holds the redirect replies found in damaged captures against the
// reply lines that are still whole in them, and sees to it that no damage makes
// a healthy capture bounce.
func TestDamage(t *testing.T) {
	for _, s := range scenarios(t) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, file := range s.clientFiles(t) {
				whole, err := wiretest.ReadPcapFile(file)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range damages {
					t.Run(base(file)+"/"+d.name, func(t *testing.T) {
						checkDamaged(t, s, d.name, whole, d.do(clone(whole)))
					})
				}
			}
		})
	}
}

func checkDamaged(t *testing.T, s *scenario, damage string, whole, packets []capture.Packet) {
	want := wiretest.RawRedirects(packets)
	switch damage {
	case "vxlan", "gre", "vlan", "cooked":
		want = wiretest.RawRedirects(whole) // the scan reads none of these
	}
	r := analyze(t, pipeline.Options{}, wiretest.NewSource("damaged", packets))
	got := map[string]int{
		"REDIRECT": int(r.Totals.RedirectReplies.Redirect),
		"MOVED":    int(r.Totals.RedirectReplies.Moved),
		"ASK":      int(r.Totals.RedirectReplies.Ask),
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("redirect replies: got %v, in the file %v", got, want)
	}
	if s.bounced() == 0 && r.Verdict == "bounced" && s.truth.Kind != "sentinel" {
		t.Errorf("a healthy capture bounces: %v", rules(r))
	}
}

func rules(r *report.Report) string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, fmt.Sprintf("%s %s %d commands, such as %+v", f.Severity, f.Rule, f.Commands, f.Examples[0]))
	}
	return strings.Join(out, "; ")
}

func clone(p []capture.Packet) []capture.Packet {
	out := make([]capture.Packet, len(p))
	copy(out, p)
	return out
}

func analyze(t testing.TB, o pipeline.Options, src capture.Source) *report.Report {
	t.Helper()
	r, err := pipeline.Run(context.Background(), src, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
