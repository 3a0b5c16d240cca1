package client

import (
	"net/netip"
	"time"

	"ricochet/internal/lab/world"
)

// batch is tasks that are sent together to one node. When all are answered the client
// decides what comes next.
type batch struct {
	client *Client
	tasks  []*task
	node   netip.AddrPort
	asked  bool // after ASKING
	fresh  bool // a redirect sends it there: see Reconnects
	moves  bool // and it is the shared connection that is to go there: see Shares

	link  *link // that it was sent on; nil: it was not
	left  int   // replies to come
	timer *world.Timer
	off   bool // not to be sent any more
}

// newBatch makes a batch of tasks.
func newBatch(c *Client, node netip.AddrPort, tasks ...*task) *batch {
	b := &batch{client: c, node: node, tasks: tasks}
	for _, t := range tasks {
		t.batch = b
	}
	return b
}

// add adds a task.
func (b *batch) add(t *task) {
	b.tasks = append(b.tasks, t)
	t.batch = b
}

// send sends all tasks.
func (b *batch) send(l *link) {
	if b.off {
		return
	}
	b.link = l
	for _, t := range b.tasks {
		b.left += t.send(l, b.asked)
	}
}

// answered counts a reply, or one that will not come.
func (b *batch) answered() {
	if b.left--; b.left == 0 {
		b.client.settle(b)
	}
}

// refused has the batch go elsewhere: nothing of it was sent.
func (b *batch) refused(l *link, _ error) {
	if !b.off {
		b.client.fallBack(b, l.node)
	}
}

// later dispatches the batch when d has passed.
func (b *batch) later(d time.Duration) {
	if d == 0 {
		b.client.dispatch(b)
		return
	}
	b.timer = b.client.host.After(d, func() { b.client.dispatch(b) })
}

// cancel has the batch not be sent, unless it was, and tells whether that is so.
func (b *batch) cancel() bool {
	if b.link != nil {
		return false
	}
	b.off = true
	b.timer.Stop()
	return true
}

// batches is batches to be made, one for each way to go.
type batches struct {
	client *Client
	all    []*batch
}

// add adds a task that goes to a node.
func (s *batches) add(t *task, node netip.AddrPort, asked, fresh, moves bool) {
	for _, b := range s.all {
		if b.node == node && b.asked == asked && b.fresh == fresh && b.moves == moves {
			b.add(t)
			return
		}
	}
	b := newBatch(s.client, node, t)
	b.asked, b.fresh, b.moves = asked, fresh, moves
	s.all = append(s.all, b)
}
