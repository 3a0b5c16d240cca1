package client

import "time"

// pending is a command that has no reply yet.
type pending struct {
	to      receiver
	part    int
	sent    time.Duration
	patient bool // the server may keep it waiting at will
}

// fifo is what is pending on a link, the oldest first. Callers bound it: each waits for
// its batch.
type fifo struct {
	all  []pending
	from int // what precedes is gone
}

func (f *fifo) push(p pending) {
	if f.from > len(f.all)/2 {
		n := copy(f.all, f.all[f.from:])
		clear(f.all[n:])
		f.all, f.from = f.all[:n], 0
	}
	f.all = append(f.all, p)
}

func (f *fifo) pop() (pending, bool) {
	p, ok := f.first()
	if ok {
		f.all[f.from] = pending{}
		f.from++
	}
	return p, ok
}

func (f *fifo) first() (pending, bool) {
	if f.empty() {
		return pending{}, false
	}
	return f.all[f.from], true
}

func (f *fifo) empty() bool { return f.from == len(f.all) }

// patient tells whether all that is pending is patient.
func (f *fifo) patient() bool {
	for _, p := range f.all[f.from:] {
		if !p.patient {
			return false
		}
	}
	return true
}
