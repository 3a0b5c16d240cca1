package report

import (
	"regexp"
	"testing"

	"ricochet/decode"
)

func TestMissed(t *testing.T) {
	for _, c := range []struct {
		b    Blind
		want string
	}{
		{Blind{Cause: "commands without a reply", Count: 6}, "6 commands without a reply (or still waiting for it)"},
		{Blind{Cause: "bytes cut off by the snaplen", Count: 2, Bytes: 34}, "34 bytes cut off by the snaplen, in 2 places"},
		{Blind{Cause: "bytes missing from the capture", Count: 1, Bytes: 1}, "1 byte missing from the capture, in 1 place"},
		{Blind{Cause: "replies without their command", Count: 1}, "1 reply without its command"},
		{Blind{Cause: "malformed packets", Count: 2000, Bytes: 120}, "2,000 malformed packets, 120 bytes"},
		{Blind{Cause: "a cause unknown here", Count: 3}, "a cause unknown here: 3 times"},
	} {
		if got := missed(&c.b); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// A cause that is renamed in decode must be renamed here.
func TestEveryCauseIsKnown(t *testing.T) {
	first := regexp.MustCompile(`^[17] `)
	for c := decode.Cause(0); c.String() != "unknown"; c++ {
		for _, n := range []int64{1, 7} {
			if got := missed(&Blind{Cause: c.String(), Count: n, Bytes: n}); !first.MatchString(got) {
				t.Errorf("%s does not start with its count", got)
			}
		}
	}
}

func TestNothingIsSaidTwice(t *testing.T) {
	blind := []Blind{
		{Cause: decode.CauseTLS.String(), Count: 2},
		{Cause: decode.CauseUnparsed.String(), Count: 1},
		{Cause: decode.CauseLost.String(), Count: 3, Bytes: 40},
	}
	x := &text{r: &Report{Coverage: Coverage{Connections: 9, BothDirections: 6, TLS: 2, Unparsed: 1, LostBytes: 40}, Blind: blind}}
	if got := x.unseen(12); len(got) != 1 {
		t.Errorf("got %q, want one line", got)
	}
	x.r.Coverage = Coverage{}
	if got := x.unseen(12); len(got) != 3 {
		t.Errorf("got %q, want three lines", got)
	}
}
