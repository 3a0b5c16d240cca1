package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// number writes n with a comma between groups of three digits.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// count writes n and the noun it counts: one for 1, many otherwise.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// duration writes d the way people say it, with two units at most.
func duration(d time.Duration) string {
	switch {
	case d < 0 && d > math.MinInt64:
		return "-" + duration(-d)
	case d < 9950*time.Microsecond:
		return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 1, 64) + " ms"
	case d < 999500*time.Microsecond:
		return strconv.FormatInt(int64(d.Round(time.Millisecond)/time.Millisecond), 10) + " ms"
	case d < 59950*time.Millisecond:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < time.Hour-500*time.Millisecond:
		s := int64(d.Round(time.Second) / time.Second)
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	case d < 24*time.Hour-30*time.Second:
		m := int64(d.Round(time.Minute) / time.Minute)
		return fmt.Sprintf("%d h %d min", m/60, m%60)
	default:
		h := int64(d.Round(time.Hour) / time.Hour)
		return fmt.Sprintf("%d d %d h", h/24, h%24)
	}
}

// milliseconds turns a JSON duration into a time.Duration; what does not fit
// becomes 0.
func milliseconds(ms float64) time.Duration {
	ns := ms * float64(time.Millisecond)
	if math.IsNaN(ns) || math.Abs(ns) >= math.MaxInt64 {
		return 0
	}
	return time.Duration(ns)
}

// between is the time from one timestamp to another, if both are valid.
func between(from, to string) (time.Duration, bool) {
	a, errA := time.Parse(time.RFC3339Nano, from)
	b, errB := time.Parse(time.RFC3339Nano, to)
	if errA != nil || errB != nil {
		return 0, false
	}
	return b.Sub(a), true
}

// The layouts of times that people read; they are always in UTC.
const (
	dateLayout  = "2006-01-02"
	clockLayout = "15:04:05.000"
)

// date writes the day and the time of a timestamp. One that is not valid is
// written as it is.
func date(stamp string) string {
	t, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return stamp
	}
	return t.UTC().Format(dateLayout+" "+clockLayout) + " UTC"
}

// list joins words with commas, and the last with "and". Of more than most it
// says how many more there are.
func list(words []string, most int, noun string) string {
	if len(words) > most {
		rest := fmt.Sprintf("%s more %s", number(int64(len(words)-most)), noun)
		words = append(append([]string{}, words[:most]...), rest)
	}
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
