package pipeline_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ricochet/capture"
	"ricochet/internal/pipeline"
	"ricochet/internal/wiretest"
)

// bouncing6 is bouncing over IPv6.
const bouncing6 = "host A [fd00::a]\nhost B [fd00::b]\nhost c1 [fd00::1]\n" + bouncing

// TestEncapsulations holds that a capture shows the same in whatever its packets
// are wrapped.
func TestEncapsulations(t *testing.T) {
	for _, c := range []struct{ name, script, cycle string }{
		{"IPv4", bouncing, "[10.0.0.1:6379 10.0.0.2:6379]"},
		{"IPv6", bouncing6, "[[fd00::a]:6379 [fd00::b]:6379]"},
	} {
		packets := script(t, c.script)
		want := content(analyze(t, pipeline.Options{}, wiretest.NewSource("m", packets)))
		if !strings.Contains(want, c.cycle) {
			t.Fatalf("%s: no bounce: %s", c.name, want)
		}
		for _, e := range wiretest.Encaps() {
			t.Run(c.name+"/"+e.String(), func(t *testing.T) {
				wrapped := wiretest.Encapsulate(packets, e)
				if got := content(analyze(t, pipeline.Options{}, wiretest.NewSource("m", wrapped))); got != want {
					t.Error(difference(got, want))
				}
				got := content(analyze(t, pipeline.Options{}, fileSource(t, wrapped)))
				if got != want {
					t.Errorf("from a file: %s", difference(got, want))
				}
			})
		}
	}
}

// TestTunnelAndPlain captures each packet twice, inside its tunnel and out of
// it, as "tcpdump -i any" does on the host where the tunnel ends.
func TestTunnelAndPlain(t *testing.T) {
	for _, text := range []string{bouncing, bouncing6} {
		plain := script(t, text)
		want := analyze(t, pipeline.Options{}, wiretest.NewSource("m", plain))
		for _, e := range wiretest.Encaps() {
			t.Run(e.String(), func(t *testing.T) {
				for name, both := range map[string][]capture.Packet{
					"tunnel first": interleave(wiretest.Encapsulate(plain, e), plain),
					"plain first":  interleave(plain, wiretest.Encapsulate(plain, e)),
				} {
					got := analyze(t, pipeline.Options{}, wiretest.NewSource("m", both))
					got.Totals.Packets, got.Totals.Duplicates = want.Totals.Packets, want.Totals.Duplicates
					if g, w := content(got), content(want); g != w {
						t.Errorf("%s: %s", name, difference(g, w))
					}
				}
			})
		}
	}
}

// interleave returns the packets of a and b in turn.
func interleave(a, b []capture.Packet) []capture.Packet {
	var out []capture.Packet
	for i := range a {
		out = append(out, a[i], b[i])
	}
	for i := range out {
		out[i].Number = int64(i + 1)
	}
	return out
}

// TestVantagePoints has one exchange of packets captured at several places, with
// different snap lengths, clocks and losses.
func TestVantagePoints(t *testing.T) {
	plain := script(t, bouncing)
	want := analyze(t, pipeline.Options{}, wiretest.NewSource("m", plain))
	at := func(p []capture.Packet, origin int, late time.Duration) []capture.Packet {
		p = wiretest.Skew(p, late)
		for i := range p {
			p[i].Origin = origin
		}
		return p
	}
	for _, c := range []struct {
		name   string
		points [][]capture.Packet
	}{
		{"the same", [][]capture.Packet{plain, plain}},
		{"one cut, and later", [][]capture.Packet{plain, at(wiretest.Snap(plain, 80), 0, 50*time.Microsecond)}},
		{"one cut, and earlier", [][]capture.Packet{wiretest.Snap(plain, 80), at(plain, 0, 50*time.Microsecond)}},
		{"three, two of them cut", [][]capture.Packet{
			wiretest.Snap(plain, 80), at(wiretest.Snap(plain, 96), 0, 20*time.Microsecond), at(plain, 0, 40*time.Microsecond)}},
		{"one in a tunnel", [][]capture.Packet{plain, at(wiretest.VXLAN(plain), 0, 30*time.Microsecond)}},
		{"each loses what the other has", [][]capture.Packet{every(plain, 2, 0), every(plain, 2, 1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var all []capture.Packet
			for i, p := range c.points {
				all = append(all, at(p, i, 0)...)
			}
			slices.SortStableFunc(all, func(a, b capture.Packet) int { return cmp.Compare(a.Time, b.Time) })
			got := analyze(t, pipeline.Options{}, wiretest.NewSource("m", all))
			g, w := got.Totals, want.Totals
			for what, n := range map[string][2]int64{
				"commands":                 {g.Commands, w.Commands},
				"replies":                  {g.Replies, w.Replies},
				"connections":              {g.Connections, w.Connections},
				"redirect replies":         {g.RedirectReplies.Sum(), w.RedirectReplies.Sum()},
				"bounced commands":         {g.BouncedCommands, w.BouncedCommands},
				"bounced redirect replies": {g.BouncedRedirectReplies, w.BouncedRedirectReplies},
			} {
				equal(t, what, n[0], n[1], false)
			}
			if len(got.Findings) != 1 {
				t.Fatalf("%d findings", len(got.Findings))
			}
			if fmt.Sprint(got.Findings[0].Cycle) != fmt.Sprint(want.Findings[0].Cycle) {
				t.Errorf("cycle: got %v, want %v", got.Findings[0].Cycle, want.Findings[0].Cycle)
			}
		})
	}
}

// TestVantagePointCutInsideTheCommand has the first copy of each packet cut
// before its first word. Whatever comes of the whole copies that follow, the
// answer is not a "no".
func TestVantagePointCutInsideTheCommand(t *testing.T) {
	plain := script(t, bouncing)
	for _, late := range []time.Duration{0, 40 * time.Microsecond, 3 * time.Millisecond} {
		both := append(wiretest.Snap(plain, 60), wiretest.Skew(plain, late)...)
		slices.SortStableFunc(both, func(a, b capture.Packet) int { return cmp.Compare(a.Time, b.Time) })
		if r := analyze(t, pipeline.Options{}, wiretest.NewSource("m", both)); r.Verdict == "clean" {
			t.Errorf("clean, with whole copies %v later", late)
		}
	}
}

// every returns each n-th packet, from a first one on.
func every(p []capture.Packet, n, first int) []capture.Packet {
	var out []capture.Packet
	for i := first; i < len(p); i += n {
		out = append(out, p[i])
	}
	return out
}
