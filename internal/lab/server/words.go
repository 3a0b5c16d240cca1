package server

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// notInteger answers what should have been a number.
const notInteger = "ERR value is not an integer or out of range"

// parseInt reads a number as the server does: no blanks, no plus, no leading zeros
// (string2ll of src/util.c).
func parseInt(b []byte) (int64, bool) {
	v, err := strconv.ParseInt(string(b), 10, 64)
	return v, err == nil && strconv.FormatInt(v, 10) == string(b)
}

func itoa(v int64) string { return strconv.FormatInt(v, 10) }

// upper is a word in upper case, for comparison.
func upper(b []byte) string { return strings.ToUpper(string(b)) }

// parseTimeout reads the timeout of a blocking command, given in units: seconds may
// have a fraction. The problem is the answer to what is none.
func parseTimeout(b []byte, unit time.Duration) (d time.Duration, problem string) {
	if unit == time.Millisecond {
		ms, ok := parseInt(b)
		switch {
		case !ok:
			return 0, "ERR timeout is not an integer or out of range"
		case ms < 0:
			return 0, "ERR timeout is negative"
		case ms > math.MaxInt64/int64(unit):
			return 0, "ERR timeout is out of range"
		}
		return time.Duration(ms) * unit, ""
	}
	s, err := strconv.ParseFloat(string(b), 64)
	switch {
	case err != nil || math.IsNaN(s):
		return 0, "ERR timeout is not a float or out of range"
	case s < 0:
		return 0, "ERR timeout is negative"
	case s > math.MaxInt64/float64(unit):
		return 0, "ERR timeout is out of range"
	}
	// The server rounds up to milliseconds.
	return time.Duration(math.Ceil(s*1000)) * time.Millisecond, ""
}
