package protocol

// maxKept is how much memory a buffer keeps that is empty, in bytes.
const maxKept = 64 << 10

// buffer is what has arrived and is not read yet.
type buffer struct {
	bytes []byte
	from  int // what precedes has been read
}

// add copies data to the end, and reports whether there was room.
func (b *buffer) add(data []byte) bool {
	if len(data) > maxWaiting-b.len() {
		return false
	}
	switch {
	case b.len() == 0:
		b.bytes, b.from = b.bytes[:0], 0
		if cap(b.bytes) > maxKept {
			b.bytes = nil
		}
	case b.from > len(b.bytes)/2:
		b.bytes = b.bytes[:copy(b.bytes, b.rest())]
		b.from = 0
	}
	b.bytes = append(b.bytes, data...)
	return true
}

func (b *buffer) len() int { return len(b.bytes) - b.from }

// rest is what waits, until the next call of add.
func (b *buffer) rest() []byte { return b.bytes[b.from:] }

// skip takes n bytes off the front.
func (b *buffer) skip(n int) { b.from += n }
