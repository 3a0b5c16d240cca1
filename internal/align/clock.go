package align

import "math"

// State says how it is known what a capture's clock shows.
type State uint8

// The states of a clock.
const (
	_         State = iota
	Alone           // there is nothing to align: one vantage point, or no TCP packet
	Reference       // all other clocks are told by this one
	Aligned         // estimated
	Given           // the caller said so
	Unaligned       // not known; taken as it is
)

// String returns the state as reports show it: empty for Alone.
func (s State) String() string {
	switch s {
	case Alone:
		return ""
	case Reference:
		return "reference"
	case Aligned:
		return "aligned"
	case Given:
		return "given"
	case Unaligned:
		return "unaligned"
	}
	return "invalid"
}

// Reason says why a clock is Unaligned.
type Reason uint8

// The reasons, of which the last that applies is given.
const (
	_            Reason = iota
	NotRepeated         // the capture cannot be read twice
	NotInCommon         // no packet in common with a capture of known clock
	OneDirection        // packets in common, but of one direction only
	ClockSet            // one of two clocks was set while capturing
)

// String returns the reason as the end of a sentence.
func (r Reason) String() string {
	switch r {
	case NotRepeated:
		return "it cannot be read twice"
	case NotInCommon:
		return "no packet in common"
	case OneDirection:
		return "packets in common in one direction only"
	case ClockSet:
		return "a clock was set while capturing"
	}
	return ""
}

// Clock is what is known of the clock of one capture.
type Clock struct {
	State State
	// Offset is how far the clock is ahead of the reference when it shows Origin,
	// in nanoseconds, and Drift by how many parts per billion more it is later.
	Offset, Drift, Origin int64
	// Error is how far that may be off at any time that the packets in common
	// span, in nanoseconds.
	Error int64
	// Via is the capture that it was compared with, whose clock was known; -1 if
	// there is none. Packets is how many packets the two have in common.
	Via, Packets int
	// Why is the reason of Unaligned.
	Why Reason
}

// unit is what Drift counts in.
const unit = 1e-9

// newClock returns the clock of a line. Its origin is moved to where the time is
// that matters: the middle of the capture.
func newClock(s State, l line, middle int64) Clock {
	c := Clock{State: s, Offset: l.ahead(middle), Via: -1}
	if c.Drift = int64(math.Round(l.slope / unit)); c.Drift != 0 {
		c.Origin = middle
	}
	return c
}

// line returns the line of a clock.
func (c *Clock) line() line { return line{c.Origin, c.Offset, float64(c.Drift) * unit} }
