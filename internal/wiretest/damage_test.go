package wiretest

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"ricochet/capture"
)

func TestDamageLeavesTheCaptureAlone(t *testing.T) {
	damages := map[string]func([]capture.Packet) []capture.Packet{
		"snap":      func(p []capture.Packet) []capture.Packet { return Snap(p, 60) },
		"drop":      func(p []capture.Packet) []capture.Packet { return Drop(p, 5, 1) },
		"shuffle":   func(p []capture.Packet) []capture.Packet { return Shuffle(p, 5, 1) },
		"duplicate": func(p []capture.Packet) []capture.Packet { return Duplicate(p, 5, 1) },
		"skip":      func(p []capture.Packet) []capture.Packet { return Skip(p, time.Millisecond) },
		"skew":      func(p []capture.Packet) []capture.Packet { return Skew(p, time.Second) },
		"vxlan":     VXLAN, "gre": GRE, "vlan": VLAN, "cooked": Cooked,
	}
	packets := generate(t, Small, 1000)
	before := clone(packets)
	for i := range before {
		before[i].Data = bytes.Clone(before[i].Data)
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			got := damage(packets)
			if reflect.DeepEqual(got, packets) {
				t.Error("no damage done")
			}
			if !reflect.DeepEqual(packets, before) {
				t.Error("the capture itself changed")
			}
			if !reflect.DeepEqual(got, damage(packets)) {
				t.Error("the second run did other damage")
			}
			for i, p := range got {
				if p.Number != int64(i+1) {
					t.Fatalf("packet %d has number %d", i+1, p.Number)
				}
			}
			if n := len(damage(nil)); n != 0 {
				t.Errorf("made %d packets of none", n)
			}
		})
	}
}

func TestDamageIsAsLargeAsAskedFor(t *testing.T) {
	packets := generate(t, Small, 10000)
	n := len(packets)
	near := func(what string, got, want int) {
		t.Helper()
		if got < want*8/10 || got > want*12/10 {
			t.Errorf("%s: got %d of %d packets, want about %d", what, got, n, want)
		}
	}
	near("drop", n-len(Drop(packets, 5, 1)), n/20)
	near("duplicate", len(Duplicate(packets, 5, 1))-n, n/20)
	moved := 0
	for i, p := range Shuffle(packets, 5, 1) {
		if p.Time != packets[i].Time {
			t.Fatalf("place %d changed its time", i)
		}
		if &p.Data[0] != &packets[i].Data[0] {
			moved++
		}
	}
	near("shuffle", moved, 2*n/20)
	for _, percent := range []float64{0, 100} {
		if got := len(Drop(packets, percent, 1)); got != n-n*int(percent)/100 {
			t.Errorf("drop %v %%: %d packets left", percent, got)
		}
	}
	if reflect.DeepEqual(Drop(packets, 5, 1), Drop(packets, 5, 2)) {
		t.Error("another seed drops the same packets")
	}
}

func TestSnapSkipSkew(t *testing.T) {
	c := mustParse(t, "0ms join c1.x>A\n1ms c1.x>A $<100>\n2ms c1.x>A \"a\"\n3ms c1.x>A \"b\"")
	for i, p := range Snap(c.Packets, 60) {
		if len(p.Data) != min(60, c.Packets[i].Len) || p.Len != c.Packets[i].Len {
			t.Errorf("snap: packet %d has %d of %d bytes", i+1, len(p.Data), p.Len)
		}
	}
	left := Skip(c.Packets, time.Millisecond)
	if len(left) != 2 || left[0].Time != BaseTime+2e6 || left[0].Number != 1 {
		t.Errorf("skip: got %+v", left)
	}
	if got := Skew(c.Packets, -time.Second)[0].Time; got != BaseTime+1e6-1e9 {
		t.Errorf("skew: got %d", got)
	}
}

func TestCapturesAreNumberedSeparately(t *testing.T) {
	packets := []capture.Packet{{Origin: 0}, {Origin: 1}, {Origin: 0}, {Origin: 1}}
	renumber(packets)
	for i, want := range []int64{1, 1, 2, 2} {
		if packets[i].Number != want {
			t.Errorf("packet %d has number %d, want %d", i+1, packets[i].Number, want)
		}
	}
}
