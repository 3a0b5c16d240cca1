package detect

import (
	"net/netip"
	"testing"
)

func TestParseTarget(t *testing.T) {
	v4 := netip.MustParseAddrPort("10.0.0.9:6379")
	v6 := netip.MustParseAddrPort("[fd00::9]:6379")
	for _, c := range []struct {
		name, target string
		answering    netip.AddrPort
		want         string // "" if it is no address
	}{
		{"IPv4", "10.0.0.1:6380", v4, "10.0.0.1:6380"},
		{"IPv6 as servers write it", "fd00::1:6380", v6, "[fd00::1]:6380"},
		{"IPv6 loopback", "::1:27202", v6, "[::1]:27202"},
		{"IPv6 in brackets", "[fd00::1]:6380", v6, "[fd00::1]:6380"},
		{"IPv6 with a zone", "fe80::1%eth0:6380", v6, "[fe80::1]:6380"},
		{"IPv4 in IPv6", "::ffff:10.0.0.1:6380", v6, "10.0.0.1:6380"},
		{"empty host is the node that answered", ":6380", v4, "10.0.0.9:6380"},
		{"empty host, IPv6", ":6380", v6, "[fd00::9]:6380"},
		{"a name", "localhost:6379", v4, ""},
		{"unknown endpoint", "?:6379", v4, ""},
		{"no port", "10.0.0.1", v4, ""},
		{"empty port", "10.0.0.1:", v4, ""},
		{"port out of range", "10.0.0.1:65536", v4, ""},
		{"negative port", "10.0.0.1:-1", v4, ""},
		{"empty", "", v4, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := ParseTarget(c.target, c.answering)
			switch {
			case ok != (c.want != ""):
				t.Errorf("ParseTarget(%q) = %v, %v", c.target, got, ok)
			case ok && got.String() != c.want:
				t.Errorf("ParseTarget(%q) = %v, want %v", c.target, got, c.want)
			}
		})
	}
}

func TestParseTargetAllocatesNothing(t *testing.T) {
	v4 := netip.MustParseAddrPort("10.0.0.9:6379")
	if n := testing.AllocsPerRun(100, func() { ParseTarget("10.0.0.1:6380", v4) }); n != 0 {
		t.Errorf("it allocates %v times", n)
	}
}
