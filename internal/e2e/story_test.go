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
		{"redirected once", story{hops: []visit{a}, end: served, final: b}, false, false},
		{"came back and was served", story{hops: []visit{b, a}, end: served, final: b}, false, true},
		{"came back and was redirected again", story{hops: []visit{a, b, a}, end: served, final: b}, true, false},
		{"came back and failed", story{hops: []visit{b, a}, end: failed, final: b}, false, false},
		{"given up on the way back", story{hops: []visit{a, b}, end: givenUp, final: visit{}}, false, false},
		{"given up after it came back", story{hops: []visit{a, b, a}, end: givenUp, final: visit{}}, true, false},
		{"came back after ASK, which is another visit", story{hops: []visit{a, b}, end: served, final: asked}, false, false},
		{"redirected by a node to itself", story{hops: []visit{a, a}, end: served, final: a}, true, false},
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
