package report

import "time"

// How often the text has a line about one thing that goes on and on: a second
// after the line before, then two, four and so on, and at last once a minute.
const (
	paceFirst = time.Second
	paceLast  = time.Minute
)

// maxPaced bounds how many things are paced at once. Lines about others are all
// written: a bound may make the text longer, but never hides anything.
const maxPaced = 1024

// pace thins out lines about things that go on. Its times are those of the
// packets.
type pace struct {
	beats map[string]*beat
}

// beat is when the last line about a thing was written, and for how long after
// it none is.
type beat struct {
	at   time.Time
	wait time.Duration
}

// due reports whether a line about a thing is to be written now. The first
// always is, and so is one after a long silence, or after a clock was set back.
func (p *pace) due(thing string, now time.Time) bool {
	b := p.beats[thing]
	if b == nil {
		if len(p.beats) < maxPaced {
			if p.beats == nil {
				p.beats = map[string]*beat{}
			}
			p.beats[thing] = &beat{now, paceFirst}
		}
		return true
	}
	since := now.Sub(b.at)
	switch {
	case since >= 0 && since < b.wait:
		return false
	case since < 0 || since > 2*paceLast:
		b.wait = paceFirst
	default:
		b.wait = min(2*b.wait, paceLast)
	}
	b.at = now
	return true
}

// forget ends a thing: if it starts anew, the first line about it is due.
func (p *pace) forget(thing string) { delete(p.beats, thing) }
