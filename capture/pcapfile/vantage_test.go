package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"ricochet/capture"
	"ricochet/internal/pcapng"
)

// evidence writes a capture with these interfaces, and a packet of each in turn.
func evidence(application string, interfaces ...pcapng.Interface) []byte {
	b := pcapng.AppendSection(nil, pcapng.Section{Application: application})
	for _, i := range interfaces {
		b = pcapng.AppendInterface(b, i)
	}
	for i := range interfaces {
		b = pcapng.AppendPacket(b, &pcapng.Packet{Interface: uint32(i), Time: int64(1000 + i), Data: []byte{1, 2, 3}})
	}
	return b
}

func TestVantagePointsAreCaptures(t *testing.T) {
	point := func(n, of int, name string) pcapng.Interface {
		return pcapng.Interface{Link: 1, Name: name, Description: Vantage{n, of, int64(n - 1)}.String()}
	}
	for _, tt := range []struct {
		name string
		file []byte
		want []string // names of the vantage points; nil: one capture like any other
		from []int    // origins of the packets
	}{
		{"two of them", evidence("ricochet", point(1, 2, "a"), point(2, 2, "b")), []string{"a", "b"}, []int{0, 1}},
		{"in another order", evidence("ricochet", point(2, 2, "b"), point(1, 2, "a")), []string{"a", "b"}, []int{1, 0}},
		{"two link types of one", evidence("ricochet", point(1, 2, "a"), point(2, 2, "b"), point(1, 2, "a")), []string{"a", "b"}, []int{0, 1, 0}},
		{"somebody else's", evidence("dumpcap", point(1, 2, "a"), point(2, 2, "b")), nil, []int{0, 0}},
		{"one is missing", evidence("ricochet", point(1, 3, "a"), point(2, 3, "b")), nil, []int{0, 0}},
		{"one is no vantage point", evidence("ricochet", point(1, 2, "a"), point(2, 2, "b"), pcapng.Interface{Link: 1}), nil, []int{0, 0, 0}},
		{"of different numbers", evidence("ricochet", point(1, 2, "a"), point(2, 3, "b")), nil, []int{0, 0}},
		{"only one", evidence("ricochet", point(1, 1, "a")), nil, []int{0}},
		{"too many", evidence("ricochet", point(1, maxVantages+1, "a"), point(2, maxVantages+1, "b")), nil, []int{0, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Open([]string{"-"}, Options{Stdin: bytes.NewReader(tt.file)})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			var from []int
			for n := int64(1); ; n++ {
				var p capture.Packet
				if err := s.Next(&p); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				from = append(from, p.Origin)
				if p.Number != n {
					t.Errorf("packet %d has the number %d", n, p.Number)
				}
			}
			if !slices.Equal(from, tt.from) {
				t.Errorf("packets are of %v, want %v", from, tt.from)
			}
			all, _ := s.Stats()
			var names []string
			packets := int64(0)
			for i, st := range all {
				packets += st.Packets
				if st.Vantage != "" {
					names = append(names, st.Vantage)
					if st.ClockError != int64(i) {
						t.Errorf("the clock of %s is off by %d", st.Vantage, st.ClockError)
					}
				}
			}
			if !slices.Equal(names, tt.want) || packets != int64(len(tt.from)) || s.Files() != 1 {
				t.Errorf("%q with %d packets of %d files, want %q with %d of 1", names, packets, s.Files(), tt.want, len(tt.from))
			}
		})
	}
}

func TestVantageOfReadsWhatStringWrites(t *testing.T) {
	for _, v := range []Vantage{{1, 2, 0}, {2, 2, -1}, {64, 64, 1 << 62}} {
		if got, ok := vantageOf([]byte(v.String())); !ok || got != v {
			t.Errorf("%q is read as %v, %t", v, got, ok)
		}
	}
	for _, s := range []string{"", "eth0", "vantage point 0 of 2, clock within 1 ns", "vantage point 3 of 2, clock within 1 ns",
		"vantage point 1 of 2, clock within 1 ns and more", "vantage point +1 of 2, clock within 1 ns", "vantage point 1 of 2, clock within -2 ns"} {
		if v, ok := vantageOf([]byte(s)); ok {
			t.Errorf("%q is read as %v", s, v)
		}
	}
}
