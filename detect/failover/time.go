package failover

import (
	"strconv"
	"time"
)

// seconds writes a stretch of time for people, in two or three digits.
func seconds(ns int64) string {
	d := time.Duration(ns)
	switch {
	case d >= 10*time.Second:
		return strconv.FormatInt(int64(d.Round(time.Second)/time.Second), 10) + " s"
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
}
