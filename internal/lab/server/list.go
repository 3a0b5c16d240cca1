package server

// list is the elements of a list. At either end one is added or taken in constant
// time. The zero value is empty.
type list struct {
	ring  [][]byte // its length is 0 or a power of two
	first int      // where in it the first element is
	size  int
}

func (l *list) len() int { return l.size }

// at returns an element, counted from 0.
func (l *list) at(i int) []byte { return l.ring[l.index(i)] }

// push adds an element at the front or at the back.
func (l *list) push(front bool, element []byte) {
	if l.size == len(l.ring) {
		l.grow()
	}
	if front {
		l.first = l.index(-1)
		l.ring[l.first] = element
	} else {
		l.ring[l.index(l.size)] = element
	}
	l.size++
}

// pop takes the element at the front or at the back. There has to be one.
func (l *list) pop(front bool) []byte {
	i := l.index(l.size - 1)
	if front {
		i = l.first
		l.first = l.index(1)
	}
	element := l.ring[i]
	l.ring[i] = nil
	l.size--
	return element
}

func (l *list) index(i int) int { return (l.first + i) & (len(l.ring) - 1) }

func (l *list) grow() {
	ring := make([][]byte, max(4, 2*len(l.ring)))
	for i := range l.size {
		ring[i] = l.at(i)
	}
	l.ring, l.first = ring, 0
}
