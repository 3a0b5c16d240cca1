package world

import (
	"container/heap"
	"time"
)

// event is something that will happen: first to the kernel of its host, always, and
// then to the process, later if that is deaf, not at all if it was killed. What is due
// at the same time happens in the order in which it was asked for.
type event struct {
	at    time.Duration
	order uint64
	index int   // in the queue; -1 if it is not there
	host  *Host // whom it happens to; nil: no process
	life  int   // the host's at the time
	seen  bool  // by the kernel

	kernel func() // what happens to the kernel; nil: nothing
	call   func() // what happens to the process; nil: nothing

	// What a connection brings happens to both, and needs no functions. Such an event
	// belongs to the world, which uses it again.
	conn *Conn
	data []byte
	end  error // the end of the connection; nil: data
	cost int   // what it adds to the queue of a link

	off bool // called off
}

// maxSpare is how many events are kept to be used again, and maxSpareData is how much
// data one of these may hold on to.
const (
	maxSpare     = 4096
	maxSpareData = 4 << 10
)

// at puts an event into the queue that happens to the process of a host.
func (w *World) at(when time.Duration, h *Host, call func()) *event {
	e := &event{host: h, call: call}
	w.push(when, e)
	return e
}

// arrival makes an event that brings something to an end of a connection.
func (w *World) arrival(c *Conn, end error) *event {
	var e *event
	if n := len(w.spare); n > 0 {
		e, w.spare = w.spare[n-1], w.spare[:n-1]
	} else {
		e = &event{}
	}
	*e = event{host: c.host, conn: c, end: end, data: e.data[:0]}
	return e
}

// push puts an event into the queue.
func (w *World) push(when time.Duration, e *event) {
	w.order++
	e.at, e.order = max(when, w.now), w.order
	if e.host != nil {
		e.life = e.host.life
	}
	w.requeue(e)
}

// requeue puts an event into the queue at the place that it has by its time and order.
func (w *World) requeue(e *event) {
	if w.closed {
		return
	}
	heap.Push(&w.events, e)
	if e.index == 0 {
		w.rouse()
	}
}

// step plays the next event.
func (w *World) step() {
	e := heap.Pop(&w.events).(*event)
	w.now = max(w.now, e.at)
	if !e.seen {
		e.seen = true
		e.toKernel()
	}
	switch h := e.host; {
	case h == nil, h.life != e.life:
	case h.deaf:
		h.miss(e)
		w.flush() // the kernel acknowledges
		return
	default:
		e.toProcess()
	}
	w.flush()
	w.recycle(e)
}

func (e *event) toKernel() {
	switch {
	case e.conn == nil:
		if e.kernel != nil {
			e.kernel()
		}
	case e.end == nil:
		e.conn.receive(e.data)
	default:
		e.conn.hangUp(e.end)
	}
}

func (e *event) toProcess() {
	switch {
	case e.conn == nil:
		if e.call != nil && !e.off {
			e.call()
		}
	case e.end == nil:
		e.conn.arrive(e.data)
	default:
		e.conn.over(e.end)
	}
}

// recycle takes back an event that is over.
func (w *World) recycle(e *event) {
	if e.conn == nil {
		e.kernel, e.call = nil, nil // but not the event: a Timer may hold it
		return
	}
	if e.cost > 0 {
		e.conn.link.played(e.cost)
	}
	if cap(e.data) > maxSpareData {
		e.data = nil
	}
	if e.conn = nil; len(w.spare) < maxSpare {
		w.spare = append(w.spare, e)
	}
}

// queue is a heap of events, the next one first.
type queue []*event

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	if q[i].at != q[j].at {
		return q[i].at < q[j].at
	}
	return q[i].order < q[j].order
}

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue) Push(e any) {
	e.(*event).index = len(*q)
	*q = append(*q, e.(*event))
}

func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	e.index = -1
	return e
}

// Timer is an event that can be called off.
type Timer struct{ event *event }

// Stop calls the event off, if it has not happened yet, and frees what it holds. A nil
// Timer is stopped.
func (t *Timer) Stop() {
	if t == nil || t.event.off {
		return
	}
	e := t.event
	e.off, e.call = true, nil
	if w := e.host.world; e.index >= 0 && !w.closed {
		heap.Remove(&w.events, e.index)
	}
}
