package report

import (
	"math"
	"testing"
	"time"
)

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 12034: "12,034", 123456: "123,456", 1234567: "1,234,567", -1234: "-1,234", -999: "-999",
		math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := number(n); got != want {
			t.Errorf("number(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0.0 ms"},
		{400 * time.Microsecond, "0.4 ms"},
		{9949 * time.Microsecond, "9.9 ms"},
		{9950 * time.Microsecond, "10 ms"},
		{232 * ms, "232 ms"},
		{999499 * time.Microsecond, "999 ms"},
		{999500 * time.Microsecond, "1.0 s"},
		{1300 * ms, "1.3 s"},
		{59949 * ms, "59.9 s"},
		{59950 * ms, "1 min 0 s"},
		{125 * time.Second, "2 min 5 s"},
		{time.Hour - 500*ms, "1 h 0 min"},
		{3*time.Hour + 12*time.Minute, "3 h 12 min"},
		{24*time.Hour - 30*time.Second, "1 d 0 h"},
		{51 * time.Hour, "2 d 3 h"},
		{-232 * ms, "-232 ms"},
	} {
		if got := duration(c.d); got != c.want {
			t.Errorf("duration(%v) = %s, want %s", c.d, got, c.want)
		}
	}
}

func TestMillisecondsOfNonsenseAreNone(t *testing.T) {
	for _, ms := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300} {
		if got := milliseconds(ms); got != 0 {
			t.Errorf("milliseconds(%v) = %v", ms, got)
		}
	}
}

func TestList(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  string
	}{
		{nil, ""},
		{[]string{"a"}, "a"},
		{[]string{"a", "b"}, "a and b"},
		{[]string{"a", "b", "c"}, "a, b and c"},
		{[]string{"a", "b", "c", "d", "e"}, "a, b, c and 2 more nodes"},
	} {
		if got := list(c.words, 3, "nodes"); got != c.want {
			t.Errorf("list(%v) = %s, want %s", c.words, got, c.want)
		}
	}
}
