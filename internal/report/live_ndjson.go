package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Events writes the events of a live analysis as one JSON object a line, each
// by a single Write, so that a reader never waits for the rest of a line. It is
// not for concurrent use.
type Events struct {
	w    io.Writer
	line bytes.Buffer
	enc  *json.Encoder // into line
	err  error         // the first error of a Write; nothing is written after it
}

// NewEvents returns an Events that writes to w. It does not close w.
func NewEvents(w io.Writer) *Events {
	e := &Events{w: w}
	e.enc = newEncoder(&e.line)
	return e
}

// Event writes a line for ev, which is neither changed nor kept. Its Type is
// written as that of its kind whatever it is, and lists and maps that are nil as
// [] and {}. There are two kinds of error: an event with a number that JSON does
// not have (NaN, infinities) is left out, and the next one is written again; a
// Write that failed is not tried again, and its error is that of every further
// call.
func (e *Events) Event(ev Event) error {
	if e.err != nil {
		return e.err
	}
	e.line.Reset()
	if err := e.enc.Encode(typed(ev)); err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	if _, err := e.w.Write(e.line.Bytes()); err != nil {
		e.err = fmt.Errorf("write event: %w", err)
	}
	return e.err
}

// typed returns a copy of an event that has its Type and no nil list or map.
func typed(ev Event) any {
	switch ev := ev.(type) {
	case *Started:
		c := withoutNil(*ev)
		c.Type = "started"
		return c
	case *RedirectEvent:
		c := withoutNil(*ev)
		c.Type = "redirect"
		return c
	case *BounceEvent:
		c := withoutNil(*ev)
		c.Type = "bounce"
		return c
	case *RoleEvent:
		c := withoutNil(*ev)
		c.Type = "role"
		return c
	case *FailoverEvent:
		c := withoutNil(*ev)
		c.Type = "failover"
		return c
	case *LossEvent:
		c := withoutNil(*ev)
		c.Type = "loss"
		return c
	case *Stats:
		c := withoutNil(*ev)
		c.Type = "stats"
		return c
	case *Stopped:
		c := *ev
		c.Type = "stopped"
		if ev.Report != nil {
			r := ev.Report.whole()
			c.Report = &r
		}
		return c
	}
	panic(fmt.Sprintf("internal error: event of type %T", ev))
}
