package report

import "testing"

func TestClocks(t *testing.T) {
	reference := Capture{File: "a/p.pcap", Clock: "reference"}
	for _, c := range []struct {
		name     string
		captures []Capture
		want     string
	}{
		{"one capture", []Capture{{File: "p.pcap"}}, ""},
		{"all alike", []Capture{reference, {File: "r.pcap", Clock: "aligned", ClockErrorMS: 0.1}}, ""},
		{"ahead and behind", []Capture{reference, {File: "r.pcap", Clock: "aligned", ClockOffsetMS: 350.24, ClockErrorMS: 0.1}, {File: "s.pcap", Clock: "aligned", ClockOffsetMS: -2000, ClockErrorMS: 12}},
			"r.pcap +350.2 ms (+-0.1) and s.pcap -2000.0 ms (+-12.0) against p.pcap"},
		{"drifting", []Capture{reference, {File: "r.pcap", Clock: "aligned", ClockOffsetMS: 1, ClockDriftPPM: -50.2}}, "r.pcap +1.0 ms (+-0.0, -50 ppm) against p.pcap"},
		{"given", []Capture{reference, {File: "r.pcap", Clock: "given", ClockOffsetMS: 0}}, "r.pcap +0.0 ms (given) against p.pcap"},
		{"not aligned", []Capture{reference, {File: "r.pcap", Clock: "unaligned", ClockNote: "no packet in common"}, {File: "-", Clock: "unaligned"}},
			"r.pcap not aligned: no packet in common and - not aligned"},
		{"both", []Capture{reference, {File: "b/p.pcap", Clock: "given", ClockOffsetMS: -1}, {File: "r.pcap", Clock: "unaligned"}},
			"b/p.pcap -1.0 ms (given) against a/p.pcap; r.pcap not aligned"},
	} {
		x := &text{r: &Report{Captures: c.captures}}
		if got := x.clocks(); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}
