package main

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ricochet/internal/pipeline"
)

// value is a flag's value: a function that parses it, and what help and hints
// say about it.
type value struct {
	text    string // as given, or the default
	kind    string // what help calls the value
	example string // a value for hints
	set     func(string) error
}

func (v *value) String() string { return v.text }
func (v *value) Type() string   { return v.kind }

// Set parses s, which must not be empty: an empty value is a shell variable
// that was not set, and would choose nothing or everything.
func (v *value) Set(s string) error {
	if s == "" {
		return errors.New("empty")
	}
	if err := v.set(s); err != nil {
		return err
	}
	v.text = s
	return nil
}

// stored is a set function that keeps what parse returns.
func stored[T any](to *T, parse func(string) (T, error)) func(string) error {
	return func(s string) error {
		x, err := parse(s)
		if err == nil {
			*to = x
		}
		return err
	}
}

// choice accepts one of some words.
func choice(to *string, words ...string) func(string) error {
	return func(s string) error {
		if !slices.Contains(words, s) {
			last := len(words) - 1
			return fmt.Errorf("must be %s or %s", strings.Join(words[:last], ", "), words[last])
		}
		*to = s
		return nil
	}
}

// appended collects the values of a flag that may be given more than once.
func appended(to *[]string) func(string) error {
	return func(s string) error {
		*to = append(*to, s)
		return nil
	}
}

// clocks declares how far the clocks of files are said to be ahead.
func (f *reportFlags) clocks(c *cobra.Command) {
	c.Flags().Var(&value{kind: "FILE=MS", example: "host-b.pcap=350", set: clockOffset(&f.ClockOffsets)},
		"clock-offset", "take the clock of FILE to be MS milliseconds ahead of the first file's, as `FILE=MS` (repeatable; default: found out by packets in common)")
}

// clockOffset adds a file and how many milliseconds, with up to six decimals, its
// clock is ahead.
func clockOffset(to *[]pipeline.ClockOffset) func(string) error {
	return func(s string) error {
		i := strings.LastIndexByte(s, '=')
		if i < 1 {
			return errors.New("must be a file and milliseconds, as host-b.pcap=350 or host-b.pcap=-2000.5")
		}
		number, negative := strings.CutPrefix(s[i+1:], "-")
		if !negative {
			number = strings.TrimPrefix(number, "+")
		}
		whole, frac, ok := unixSeconds(number)
		if !ok || len(frac) > 6 {
			return errors.New("must end with milliseconds: digits, with up to six decimals")
		}
		ms, err := strconv.ParseInt(whole, 10, 64)
		if err != nil || ms >= maxSeconds*1000 {
			return errors.New("out of range")
		}
		ns, _ := strconv.ParseInt((frac + "000000")[:6], 10, 64)
		ns += ms * int64(time.Millisecond)
		if negative {
			ns = -ns
		}
		*to = append(*to, pipeline.ClockOffset{File: s[:i], Ahead: ns})
		return nil
	}
}

// nodes adds a node's address, with or without a port.
func nodes(to *[]string) func(string) error {
	return func(s string) error {
		if _, err := netip.ParseAddr(s); err != nil {
			if _, err := netip.ParseAddrPort(s); err != nil {
				return errors.New("must be an IP address, or one with a port")
			}
		}
		*to = append(*to, s)
		return nil
	}
}

// maxSeconds is how many whole seconds fit into an int64 of nanoseconds: times
// reach into the year 2262.
const maxSeconds = math.MaxInt64 / int64(time.Second)

// parseTime reads RFC 3339 or Unix seconds with up to nine decimals, and returns
// nanoseconds since the epoch. It goes without floating point, which has no
// room for the nanoseconds of our days.
func parseTime(s string) (int64, error) {
	if whole, frac, ok := unixSeconds(s); ok {
		sec, err := strconv.ParseInt(whole, 10, 64)
		if err != nil || sec >= maxSeconds {
			return 0, errors.New("out of range")
		}
		if len(frac) > 9 {
			return 0, errors.New("more than nine decimals")
		}
		ns, _ := strconv.ParseInt((frac + "000000000")[:9], 10, 64)
		return sec*int64(time.Second) + ns, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, errors.New("must be a time with its zone, as 2026-11-23T19:00:53Z, or Unix seconds")
	}
	if sec := t.Unix(); sec < 0 || sec >= maxSeconds {
		return 0, errors.New("out of range")
	}
	return t.UnixNano(), nil
}

// unixSeconds splits a decimal number, without a sign, at its point; ok is false if
// s is none.
func unixSeconds(s string) (whole, frac string, ok bool) {
	whole, frac, point := strings.Cut(s, ".")
	digits := func(s string) bool {
		return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	}
	return whole, frac, digits(whole) && (digits(frac) || !point)
}

// ports adds ports and ranges of ports, separated by commas. The result is
// sorted, each port once.
func ports(to *[]uint16) func(string) error {
	return func(s string) error {
		for _, part := range strings.Split(s, ",") {
			first, last, isRange := strings.Cut(part, "-")
			if !isRange {
				last = first
			}
			lo, errLo := strconv.ParseUint(first, 10, 16)
			hi, errHi := strconv.ParseUint(last, 10, 16)
			if errLo != nil || errHi != nil || lo == 0 {
				return errors.New("must be a port from 1 to 65535, or a range of them")
			}
			if lo > hi {
				return errors.New("the range ends before it starts")
			}
			for p := lo; p <= hi; p++ {
				*to = append(*to, uint16(p))
			}
		}
		slices.Sort(*to)
		*to = slices.Compact(*to)
		return nil
	}
}

// parseWindow reads a duration that is longer than nothing.
func parseWindow(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return 0, errors.New("must be a duration with its unit, as 5s or 500ms")
	case d <= 0:
		return 0, errors.New("must be longer than 0")
	}
	return d, nil
}

// maxWorkers is the largest --workers that is accepted: far more than pay.
const maxWorkers = 256

func parseWorkers(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > maxWorkers {
		return 0, fmt.Errorf("must be a number from 0 to %d", maxWorkers)
	}
	return n, nil
}

// requireWords returns the words of --require, as completion offers them.
func requireWords() []string { return []string{"failover", "both-directions", "commands="} }

// require adds what must have been seen, separated by commas.
func require(to *pipeline.Require) func(string) error {
	return func(s string) error {
		for _, part := range strings.Split(s, ",") {
			word, n, counted := strings.Cut(part, "=")
			switch {
			case part == "failover":
				to.Failover = true
			case part == "both-directions":
				to.BothDirections = true
			case word == "commands" && counted:
				c, err := strconv.ParseInt(n, 10, 64)
				if err != nil || c < 1 {
					return errors.New("commands= must be followed by a number from 1 up")
				}
				to.Commands = c
			default:
				return fmt.Errorf("%q is none of failover, both-directions, commands=N", part)
			}
		}
		return nil
	}
}
