//go:build linux

package e2e

import (
	"net/netip"
	"testing"
)

// The truth has to be right first.
func TestStory(t *testing.T) {
	a := visit{node: netip.MustParseAddrPort("10.0.0.1:6379")}
	b := visit{node: netip.MustParseAddrPort("10.0.0.2:6379")}
	asked := visit{a.node, true}
	for _, c := range []struct {
		name              string
		s                 story
		bounced, returned bool
	}{
		{"redirected once", story{[]visit{a}, served, b}, false, false},
		{"came back and was served", story{[]visit{b, a}, served, b}, false, true},
		{"came back and was redirected again", story{[]visit{a, b, a}, served, b}, true, false},
		{"came back and failed", story{[]visit{b, a}, failed, b}, false, false},
		{"given up on the way back", story{[]visit{a, b}, givenUp, visit{}}, false, false},
		{"given up after it came back", story{[]visit{a, b, a}, givenUp, visit{}}, true, false},
		{"came back after ASK, which is another visit", story{[]visit{a, b}, served, asked}, false, false},
		{"redirected by a node to itself", story{[]visit{a, a}, served, a}, true, false},
	} {
		if c.s.bounced() != c.bounced || c.s.returned() != c.returned {
			t.Errorf("%s: bounced %v, returned %v", c.name, c.s.bounced(), c.s.returned())
		}
	}
}

func TestTarget(t *testing.T) {
	from := visit{node: netip.MustParseAddrPort("10.0.0.1:6379")}
	for _, c := range []struct {
		kind     byte
		text     string
		to       string
		asked    bool
		redirect bool
		bad      bool
	}{
		{'-', "REDIRECT 10.0.0.2:6380", "10.0.0.2:6380", false, true, false},
		{'-', "REDIRECT fd77::2:6380", "[fd77::2]:6380", false, true, false},
		{'-', "MOVED 3999 10.0.0.2:6380", "10.0.0.2:6380", false, true, false},
		{'-', "MOVED 3999 :6380", "10.0.0.1:6380", false, true, false},
		{'-', "ASK 3999 10.0.0.2:6380", "10.0.0.2:6380", true, true, false},
		{'-', "MOVED 3999 somewhere", "", false, true, true},
		{'-', "MOVED 3999 10.0.0.2:65536", "", false, true, true},
		{'-', "READONLY You can't write against a read only replica.", "", false, false, false},
		{'$', "REDIRECT 10.0.0.2:6380", "", false, false, false},
	} {
		to, redirect, err := target(from, reply{kind: c.kind, text: c.text})
		if redirect != c.redirect || (err != nil) != c.bad {
			t.Errorf("%q: redirect %v, %v", c.text, redirect, err)
		}
		if c.to != "" && (to.node.String() != c.to || to.asked != c.asked) {
			t.Errorf("%q: to %v, asked %v", c.text, to.node, to.asked)
		}
	}
}
