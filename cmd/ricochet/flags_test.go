package main

import (
	"strings"
	"testing"
	"time"

	"ricochet/internal/pipeline"
)

func TestParseTime(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int64
		err  string
	}{
		{"0", 0, ""},
		{"1795461653", 1795461653e9, ""},
		{"1795461653.922748", 1795461653922748000, ""},
		{"1795461653.000000001", 1795461653000000001, ""},
		{"1970-01-01T00:00:10Z", 10e9, ""},
		{"1970-01-01T01:00:10.5+01:00", 10.5e9, ""},
		{"1795461653.0000000001", 0, "more than nine decimals"},
		{"9223372036", 0, "out of range"},
		{"99999999999999999999", 0, "out of range"},
		{"1969-12-31T23:59:59Z", 0, "out of range"},
		{"2262-01-01T00:00:00Z", 9214646400e9, ""},
		{"2263-01-01T00:00:00Z", 0, "out of range"},
		{"1970-01-01T00:00:00+01:00", 0, "out of range"},
		{"2026-11-23T19:00:53", 0, "zone"},
		{"19:00:53", 0, "zone"},
		{"-1", 0, "zone"},
		{"1.", 0, "zone"},
		{".5", 0, "zone"},
		{"1e9", 0, "zone"},
		{"yesterday", 0, "zone"},
	} {
		got, err := parseTime(c.in)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("parseTime(%q) = %d, %v; want %d, %q", c.in, got, err, c.want, c.err)
		}
	}
}

// Times are read exactly: what is read can be written as the same instant.
func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"0", "1795461653.922748", "2026-11-23T19:00:53.5Z", "9223372036", "1.", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ns, err := parseTime(s)
		if err != nil {
			if ns != 0 {
				t.Errorf("parseTime(%q) = %d and %v", s, ns, err)
			}
			return
		}
		if ns < 0 {
			t.Errorf("parseTime(%q) = %d", s, ns)
		}
		stamp := time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
		if again, err := parseTime(stamp); again != ns || err != nil {
			t.Errorf("parseTime(%q) = %d, but parseTime(%q) = %d, %v", s, ns, stamp, again, err)
		}
	})
}

func TestPorts(t *testing.T) {
	for _, in := range []string{"0", "65536", "-1", "7000-", "-7000", "7010-7000", "6379,", "a", "1-2-3", " 6379", "+6379"} {
		var to []uint16
		if err := ports(&to)(in); err == nil {
			t.Errorf("--port %q gave %v", in, to)
		}
	}
	var to []uint16
	if err := ports(&to)("1-65535"); err != nil || len(to) != 65535 {
		t.Errorf("all ports: %d of them, %v", len(to), err)
	}
}

func TestParseWindow(t *testing.T) {
	for _, in := range []string{"0s", "-1s", "5", "soon", "1e99h"} {
		if d, err := parseWindow(in); err == nil {
			t.Errorf("--window %q gave %v", in, d)
		}
	}
}

func TestRequire(t *testing.T) {
	for _, in := range []string{"commands", "commands=", "commands=0", "commands=-1", "commands=many", "failover=1", "Failover", "failover,"} {
		var r pipeline.Require
		if err := require(&r)(in); err == nil {
			t.Errorf("--require %q gave %+v", in, r)
		}
	}
}

func TestClockOffset(t *testing.T) {
	for _, c := range []struct {
		in    string
		file  string
		ahead int64
		err   string
	}{
		{"b.pcap=350", "b.pcap", 350e6, ""},
		{"b.pcap=-2000.5", "b.pcap", -2000.5e6, ""},
		{"b.pcap=+0.000001", "b.pcap", 1, ""},
		{"-=350", "-", 350e6, ""},
		{"a=b=1", "a=b", 1e6, ""},
		{"b.pcap", "", 0, "must be a file and milliseconds"},
		{"=350", "", 0, "must be a file and milliseconds"},
		{"b.pcap=", "", 0, "must end with milliseconds"},
		{"b.pcap=350ms", "", 0, "must end with milliseconds"},
		{"b.pcap=--1", "", 0, "must end with milliseconds"},
		{"b.pcap=+-1", "", 0, "must end with milliseconds"},
		{"b.pcap=1e3", "", 0, "must end with milliseconds"},
		{"b.pcap=0.0000001", "", 0, "up to six decimals"},
		{"b.pcap=9223372036000", "", 0, "out of range"},
		{"b.pcap=99999999999999999999", "", 0, "out of range"},
	} {
		var got []pipeline.ClockOffset
		err := clockOffset(&got)(c.in)
		if err != nil || c.err != "" {
			if err == nil || c.err == "" || !strings.Contains(err.Error(), c.err) || got != nil {
				t.Errorf("--clock-offset %q: %v, %v; want %q", c.in, got, err, c.err)
			}
			continue
		}
		if len(got) != 1 || got[0] != (pipeline.ClockOffset{File: c.file, Ahead: c.ahead}) {
			t.Errorf("--clock-offset %q: %+v", c.in, got)
		}
	}
}
