package chain

// lane says by which of its hooks a chain hangs on a list: it is on two lists at
// a time, the tracker's and its family's.
type lane uint8

const (
	inAll lane = iota
	inFamily
	lanes
)

// hook is a chain's neighbours on a list.
type hook struct{ prev, next *Chain }

// list is a doubly linked list of chains. Hanging the chains themselves on it
// saves an allocation or two for each hop.
type list struct {
	front, back *Chain
	n           int
	lane        lane
}

func (l *list) push(c *Chain) {
	c.hooks[l.lane] = hook{prev: l.back}
	if l.back != nil {
		l.back.hooks[l.lane].next = c
	} else {
		l.front = c
	}
	l.back = c
	l.n++
}

func (l *list) remove(c *Chain) {
	h := c.hooks[l.lane]
	if h.prev != nil {
		h.prev.hooks[l.lane].next = h.next
	} else {
		l.front = h.next
	}
	if h.next != nil {
		h.next.hooks[l.lane].prev = h.prev
	} else {
		l.back = h.prev
	}
	c.hooks[l.lane] = hook{}
	l.n--
}

// next returns the chain after c.
func (l *list) next(c *Chain) *Chain { return c.hooks[l.lane].next }
