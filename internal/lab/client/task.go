package client

import (
	"errors"
	"time"

	"ricochet/internal/lab/protocol"
)

// task is a thing to do: a command, or a transaction, which is done again as a whole.
type task struct {
	caller *caller
	words  [][]string // of a transaction, the commands between MULTI and EXEC
	batch  *batch     // that it is in; nil: none at present

	// commands is what the log knows of words, and after them of EXEC. What was
	// answered is nil: sent again, it is another one.
	commands []*Command
	hops     int       // redirects so far
	redirect *redirect // the first that this attempt met; nil: none
	err      error     // why replies of this attempt are lost; nil: none is
}

// newTask begins a task.
func newTask(k *caller, words [][]string) *task {
	t := &task{caller: k, words: words, commands: make([]*Command, len(words))}
	if t.transaction() {
		t.commands = append(t.commands, nil)
	}
	t.begin()
	return t
}

func (t *task) transaction() bool { return len(t.words) > 1 }

// begin begins the commands of another attempt.
func (t *task) begin() {
	t.redirect, t.err = nil, nil
	for i, c := range t.commands {
		switch {
		case c != nil:
		case i < len(t.words):
			t.commands[i] = t.caller.client.ledger.begin(text(t.words[i]))
		default:
			t.commands[i] = t.caller.client.ledger.begin("EXEC")
		}
	}
}

// send sends the task. How many replies it takes is what it returns.
func (t *task) send(l *link, asked bool) (replies int) {
	if asked {
		l.write([]string{"ASKING"}, t, overhead)
		replies++
	}
	if t.transaction() {
		// ASKING before MULTI holds for all of the transaction.
		l.write([]string{"MULTI"}, t, overhead)
		replies++
	}
	for i, w := range t.words {
		l.write(w, t, i)
	}
	if t.transaction() {
		l.write([]string{"EXEC"}, t, len(t.words))
	}
	return replies + len(t.commands)
}

// overhead is the part of what is sent that is no command of the task.
const overhead = -1

// reply takes the reply to a part.
func (t *task) reply(part int, v protocol.Value) {
	b := t.batch
	if part != overhead {
		t.take(part, v)
	}
	b.answered()
}

// take notes what a part was answered with.
func (t *task) take(part int, v protocol.Value) {
	c, now, b := t.commands[part], t.now(), t.batch
	if !v.IsError() {
		c.served(now, b.link.node, b.asked)
		t.commands[part] = nil
		return
	}
	r, ok := parseRedirect(v.Str, b.link.node)
	if !ok {
		c.end(now, Failed, v.Str)
		t.commands[part] = nil
		return
	}
	c.hop(Hop{At: now, Node: b.link.node, Asked: b.asked, Reply: v.Str})
	if t.redirect == nil {
		t.redirect = &r
	}
}

// lost notes that a part is not answered. A command that was not redirected before is
// over, and what is sent in its place is another one.
func (t *task) lost(part int, err error) {
	b := t.batch
	t.err = err
	switch {
	case part == overhead:
	case t.caller.client.stopped:
		t.end(part, Open, "")
	case errors.Is(err, errTimeout):
		t.end(part, GivenUp, err.Error())
	case t.commands[part].HopCount == 0:
		t.end(part, Failed, err.Error())
	}
	b.answered()
}

// done tells whether nothing is left to do after an attempt, and ends what is not to
// go on.
func (t *task) done() bool {
	o, r := &t.caller.client.o, t.redirect
	if r != nil {
		t.hops++
	}
	switch {
	case r == nil && t.err == nil:
	case t.caller.client.stopped:
		t.endAll(Open, "")
	case errors.Is(t.err, errTimeout):
		t.endAll(GivenUp, t.err.Error())
	case r == nil:
		return false
	case !o.follows(r.kind):
		t.endAll(GivenUp, "redirect is not followed")
	case !r.node.IsValid():
		t.endAll(GivenUp, "redirect names no address")
	case o.Limit > 0 && t.hops >= o.Limit:
		t.endAll(GivenUp, "too many redirects")
	default:
		return false
	}
	return true
}

// end ends the command of a part.
func (t *task) end(part int, o Outcome, text string) {
	t.commands[part].end(t.now(), o, text)
	t.commands[part] = nil
}

// endAll ends all commands that are under way.
func (t *task) endAll(o Outcome, text string) {
	for i, c := range t.commands {
		if c != nil {
			t.end(i, o, text)
		}
	}
}

func (t *task) now() time.Time { return t.caller.client.host.World().Now() }
