package align

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// boundsOf makes bounds of fuzzed bytes: time, difference and kind.
func boundsOf(data []byte) *bounds {
	b := &bounds{}
	for ; len(data) >= 7; data = data[7:] {
		x := bound{int64(binary.LittleEndian.Uint32(data)), int64(int16(binary.LittleEndian.Uint16(data[4:])))}
		if data[6]&1 == 0 {
			b.upper = append(b.upper, x)
		} else {
			b.lower = append(b.lower, x)
		}
		b.turns = append(b.turns, turn{at: x.at, trip: x.ahead})
	}
	return b
}

// The hulls bind as all bounds do, and what is fitted is admitted by all of them.
func FuzzFit(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x01\x00\x01"))
	f.Add([]byte("\x00\x00\x00\x00\x05\x00\x00\x10\x00\x00\x00\x01\x00\x01\x20\x00\x00\x00\x09\x00\x00\x20\x00\x00\x00\xf9\xff\x01"))
	f.Add(slices.Repeat([]byte("\xff\xff\xff\xff\xff\x7f\x00\x00\x00\x00\x00\x00\x80\x01"), 9))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := boundsOf(data)
		if len(b.upper) == 0 || len(b.lower) == 0 || !b.settle() {
			return
		}
		got, ok := fitLine(b)
		if !ok {
			return
		}
		for _, slope := range []float64{-maxSlope, 0, got.slope, maxSlope} {
			ceiling, floor := math.Inf(1), math.Inf(-1)
			for _, x := range b.upper {
				ceiling = min(ceiling, float64(x.ahead-got.y0)-slope*float64(x.at-got.x0))
			}
			for _, x := range b.lower {
				floor = max(floor, float64(x.ahead-got.y0)-slope*float64(x.at-got.x0))
			}
			if math.Abs(ceiling-got.ceiling(slope)) > 1 || math.Abs(floor-got.floor(slope)) > 1 {
				t.Errorf("slope %g: corridor from %g to %g, want %g to %g", slope, got.floor(slope), got.ceiling(slope), floor, ceiling)
			}
		}
		for _, x := range b.upper {
			if d := got.ahead(x.at) - x.ahead; d > int64(got.yielding)+resolution {
				t.Errorf("the line is %d ns above %+v", d, x)
			}
		}
		for _, x := range b.lower {
			if d := x.ahead - got.ahead(x.at); d > int64(got.yielding)+resolution {
				t.Errorf("the line is %d ns below %+v", d, x)
			}
		}
		if !got.admits(got.line) {
			t.Error("the bounds do not admit the line that was fitted to them")
		}
		if math.IsNaN(got.err) || math.IsInf(got.err, 0) || got.err < 0 || math.Abs(got.slope) > maxSlope {
			t.Errorf("error %g, slope %g", got.err, got.slope)
		}
	})
}
