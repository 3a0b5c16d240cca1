package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// LiveText writes the events of a live analysis for people at a terminal, or
// into a log: one line an event, with the time of day (UTC) and a word for its
// kind in columns, and then what it is about, the most important first. Before
// the first line, and when the day changes, there is one with the date.
//
// It keeps quiet: redirects by themselves are left out, since a healthy cluster
// is full of them; what goes on and on (a bounce that grows, a loss) has a line
// at once and then ever fewer of them, once a minute at last; and of the stats
// there is one line at the beginning, which shows whether the interfaces and
// ports are the right ones. If that one says that nothing is seen, there is
// another when that changes.
//
// Nothing but printable ASCII, newlines and (with Color) the tool's own colours
// leaves it, whatever the strings of the events hold. With a Width a longer line
// goes on below, indented, and a remedy has a line of its own. It is not for
// concurrent use.
type LiveText struct {
	// Verbose leaves nothing out but most of the stats, of which there is a line
	// a minute. It is to be set before the first Event.
	Verbose bool

	out    text
	day    string    // of the line before
	pace   pace      // of what goes on
	stood  bool      // there was a line about stats
	status time.Time // of the last of them
	idle   bool      // it said that no commands were seen
	// followed has what was said last of each failover that goes on.
	followed map[string]string
}

// NewLiveText returns a LiveText that writes to w. It does not close w.
func NewLiveText(w io.Writer, o TextOptions) *LiveText {
	return &LiveText{out: text{o: o, w: bufio.NewWriter(w)}}
}

// Event writes a line for ev, if it is to have one, and flushes. The event is
// neither changed nor kept. The error is the first one of any call, since a
// writer that failed is not tried again.
func (l *LiveText) Event(ev Event) error {
	switch ev := ev.(type) {
	case *Started:
		l.started(ev)
	case *RedirectEvent:
		l.redirect(ev)
	case *BounceEvent:
		l.bounce(ev)
	case *RoleEvent:
		l.role(ev)
	case *FailoverEvent:
		l.failover(ev)
	case *LossEvent:
		l.loss(ev)
	case *Stats:
		l.stats(ev)
	case *Stopped:
		l.stopped(ev)
	default:
		panic(fmt.Sprintf("internal error: event of type %T", ev))
	}
	if err := l.out.w.Flush(); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return nil
}

// The columns of a line: the time and the word for the kind of event, each
// followed by a space. What it is about goes on below itself.
const (
	timeWidth = len(clockLayout)
	wordWidth = len("watching")
	textStart = timeWidth + 1 + wordWidth + 1
)

// put writes a line about what happened at a timestamp. The word and the state,
// which may be empty, have the colour.
func (l *LiveText) put(stamp string, st style, word, state, what string) {
	clock := stamp
	if t := parse(stamp); !t.IsZero() {
		clock = t.Format(clockLayout)
		if day := t.Format(dateLayout); day != l.day {
			l.day = day
			l.out.line(span{dim, day + ", times in UTC"})
		}
	}
	for i, part := range l.wrap(state + what) {
		if i > 0 {
			l.out.line(span{plain, strings.Repeat(" ", textStart) + part})
			continue
		}
		coloured := min(len(Clean(state)), len(part))
		l.out.line(span{dim, fmt.Sprintf("%-*s ", timeWidth, Clean(clock))},
			span{st, fmt.Sprintf("%-*s ", wordWidth, word) + part[:coloured]}, span{plain, part[coloured:]})
	}
}

// wrap breaks prose so that it fits beside the time and the word.
func (l *LiveText) wrap(prose string) []string {
	beside := text{}
	if l.out.o.Width > 0 {
		// That of text keeps room for the indent and the labels of a report.
		beside.o.Width = max(l.out.o.Width-textStart, 1) + len(indent) + labelWidth
	}
	return beside.wrap(prose)
}

// parse reads a timestamp. One that is not valid is the zero time.
func parse(stamp string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// maxWords bounds the length of what comes from the wire and is not an address:
// commands, names, texts of evidence. JSON has them whole.
const maxWords = 64

// clip cleans s and cuts it to maxWords bytes.
func clip(s string) string {
	const dots = "..."
	if s = Clean(s); len(s) > maxWords {
		s = s[:maxWords-len(dots)] + dots
	}
	return s
}
