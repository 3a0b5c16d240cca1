package bpf

import (
	"os"
	"testing"
)

func TestRingBytes(t *testing.T) {
	page := os.Getpagesize()
	for _, test := range []struct {
		name       string
		have, want int // 0: an error
	}{
		{"default", 0, DefaultRingBytes},
		{"one page", page, page},
		{"most", MaxRingBytes, MaxRingBytes},
		{"less than a page", page / 2, 0},
		{"negative", -page, 0},
		{"three pages", 3 * page, 0},
		{"too many", MaxRingBytes + page, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := (&Options{RingBytes: test.have}).ringBytes()
			if got != test.want || (err != nil) != (test.want == 0) {
				t.Errorf("got %d, %v, want %d", got, err, test.want)
			}
		})
	}
}

func TestSnaplenOption(t *testing.T) {
	for _, test := range []struct{ have, want int }{{0, MaxSnaplen}, {1, 1}, {MaxSnaplen, MaxSnaplen}, {-1, 0}, {MaxSnaplen + 1, 0}} {
		got, err := (&Options{Snaplen: test.have}).snaplen()
		if got != test.want || (err != nil) != (test.want == 0) {
			t.Errorf("%d: got %d, %v, want %d", test.have, got, err, test.want)
		}
	}
}

func TestPortSet(t *testing.T) {
	for _, test := range []struct {
		name   string
		ranges []PortRange
		want   []int
	}{
		{"none", nil, nil},
		{"one", []PortRange{{6379, 6379}}, []int{6379}},
		{"ends", []PortRange{{0, 1}, {65534, 65535}}, []int{0, 1, 65534, 65535}},
		{"overlapping", []PortRange{{62, 65}, {64, 66}}, []int{62, 63, 64, 65, 66}},
	} {
		t.Run(test.name, func(t *testing.T) {
			set, err := (&Options{Ports: test.ranges}).portSet()
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for port := range 1 << 16 {
				if set[port/64]>>(port%64)&1 != 0 {
					got = append(got, port)
				}
			}
			if len(got) != len(test.want) {
				t.Fatalf("got %v, want %v", got, test.want)
			}
			for i := range got {
				if got[i] != test.want[i] {
					t.Fatalf("got %v, want %v", got, test.want)
				}
			}
		})
	}
	if _, err := (&Options{Ports: []PortRange{{2, 1}}}).portSet(); err == nil {
		t.Error("an empty range is no error")
	}
}

func TestWakeShift(t *testing.T) {
	for _, test := range []struct {
		ring int
		want uint32
	}{{4096, 10}, {8 << 20, 21}, {1 << 30, 28}} {
		if got := wakeShift(test.ring); got != test.want {
			t.Errorf("%d: got %d, want %d", test.ring, got, test.want)
		}
	}
}
