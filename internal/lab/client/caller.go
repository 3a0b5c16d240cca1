package client

import (
	"slices"
	"time"

	"ricochet/internal/lab/world"
)

// duplicates is how seldom a caller who pipelines sends a thing twice: one in so many.
const duplicates = 8

// caller is somebody who uses a client: it thinks of something to do, waits until that
// is done, and thinks again.
type caller struct {
	client *Client
	tasks  []*task // under way
	timer  *world.Timer
}

// begin begins the next thing, or the next few.
func (k *caller) begin() {
	c := k.client
	k.timer = nil
	for range c.several() {
		words := c.o.Next(c.thought, c.rand)
		c.thought++
		if len(words) == 0 {
			break
		}
		k.tasks = append(k.tasks, newTask(k, words))
		if c.o.Habit == Pipelines && c.rand.IntN(duplicates) == 0 {
			k.tasks = append(k.tasks, newTask(k, words))
		}
	}
	ways := batches{client: c}
	for _, t := range k.tasks {
		ways.add(t, c.route(t), false, false, false)
	}
	for _, b := range ways.all {
		c.dispatch(b)
	}
}

// rest thinks for a while, and begins the next thing.
func (k *caller) rest() {
	d := 2 * time.Duration(k.client.rand.Float64()*float64(k.client.o.Think))
	k.timer = k.client.host.After(d, k.begin)
}

// over says that a task is done.
func (k *caller) over(t *task) {
	k.tasks = slices.DeleteFunc(k.tasks, func(other *task) bool { return other == t })
	switch {
	case len(k.tasks) > 0:
	case k.client.stopped:
		k.client.check()
	case k.client.o.Think == 0:
		k.begin()
	default:
		k.rest()
	}
}

// stop begins nothing any more, and cuts what is not at a node at present.
func (k *caller) stop() {
	k.timer.Stop()
	for _, t := range slices.Clone(k.tasks) {
		if t.batch.cancel() {
			t.endAll(Open, "")
			k.over(t)
		}
	}
}
