package view

import "ricochet/decode/resp"

// Reply collects the elements of one reply, to be read when it is whole. Over a
// bound the rest is left out. The zero value is ready for use.
type Reply struct {
	elements []element
	bytes    []byte // the texts
	// inside is set while the pairs of an attribute pass, which belong to no
	// reply; depth is that of the attribute.
	inside bool
	depth  int
	short  bool
}

// element is one element. Aggregates of all kinds are the same here: RESP2 writes
// as arrays what RESP3 writes as maps.
type element struct {
	n        int64
	from, to uint32 // of its text
	depth    uint8
	kind     resp.Kind
	whole    bool // its text is there to the end
}

// elementSize is the size of an element in memory, in bytes.
const elementSize = 24

// retain is the memory, in bytes, up to which a Reply keeps it when it is emptied.
const retain = 32 << 10

// Reset empties the Reply for the next one.
func (r *Reply) Reset() {
	if r.Size() > retain {
		*r = Reply{}
		return
	}
	*r = Reply{elements: r.elements[:0], bytes: r.bytes[:0]}
}

// Size returns the memory that the Reply takes, in bytes.
func (r *Reply) Size() int { return cap(r.elements)*elementSize + cap(r.bytes) }

// Short reports whether something of the reply is missing: it was lost, or over a
// bound, or not what such a reply holds. What was read of it is right all the same.
func (r *Reply) Short() bool { return r.short }

// Cut leaves out whatever of the reply is still to come.
func (r *Reply) Cut() { r.short = true }

// Add takes the next element. It keeps nothing of t.
func (r *Reply) Add(t *resp.Token) {
	if r.inside && t.Depth > r.depth {
		return
	}
	if r.inside = t.Kind == resp.Attribute; r.inside {
		r.depth = t.Depth
		return
	}
	limit := MaxPayload
	if t.Depth == 0 {
		limit = MaxWhole
	}
	head := t.Head[:min(len(t.Head), limit)]
	if r.short || len(r.elements) >= MaxElements || len(r.bytes)+len(head) > MaxBytes {
		r.short = true
		return
	}
	e := element{n: t.N, depth: uint8(t.Depth), kind: t.Kind, from: uint32(len(r.bytes))}
	r.bytes = append(r.bytes, head...)
	e.to = uint32(len(r.bytes))
	e.whole = !t.Cut && t.N == int64(len(head))
	r.elements = append(r.elements, e)
}

// item is an element of a Reply, to be read together with those within it.
type item struct {
	r *Reply
	i int
}

// top returns the outermost element.
func (r *Reply) top() (item, bool) { return item{r, 0}, len(r.elements) > 0 }

// kids yields the elements directly within an aggregate, with their positions.
func (it item) kids(yield func(int, item) bool) {
	es := it.r.elements
	depth, n := es[it.i].depth, 0
	for j := it.i + 1; j < len(es) && es[j].depth > depth; j++ {
		if es[j].depth == depth+1 {
			if !yield(n, item{it.r, j}) {
				return
			}
			n++
		}
	}
}

// pairs yields the keys of a map, or of an array that stands for one, with their
// values. Keys that are no text are passed over.
func (it item) pairs(yield func([]byte, item) bool) {
	var key []byte
	for i, k := range it.kids {
		if i%2 == 0 {
			key = k.bytes()
		} else if key != nil && !yield(key, k) {
			return
		}
	}
}

func (it item) element() *element { return &it.r.elements[it.i] }

// isList reports whether the element is an aggregate that is not null.
func (it item) isList() bool {
	switch e := it.element(); e.kind {
	case resp.Array, resp.Map, resp.Set, resp.Push:
		return e.n != resp.NullLen
	}
	return false
}

// part returns what is there of a text; nil if the element is no text.
func (it item) part() []byte {
	e := it.element()
	b := it.r.bytes[e.from:e.to:e.to]
	switch e.kind {
	case resp.Bulk, resp.String, resp.Error, resp.BulkError:
		if e.n < 0 {
			return nil
		}
		return b
	case resp.Verbatim:
		return b[min(len(b), len("txt:")):] // the format comes first
	}
	return nil
}

// bytes returns a text; nil if the element is none. One that is not whole makes
// the Reply a short one.
func (it item) bytes() []byte {
	b := it.part()
	if b != nil && !it.element().whole {
		it.r.short = true
		return nil
	}
	return b
}

// Line returns a reply that is one line: a status, or an error. It is valid until
// Reset.
func (r *Reply) Line() []byte {
	it, ok := r.top()
	if !ok {
		return nil
	}
	return it.part()
}

// text returns a text as it is shown.
func (it item) text() string { return text(it.bytes()) }

// number returns an integer, or a text that is one.
func (it item) number() (int64, bool) {
	if e := it.element(); e.kind == resp.Integer {
		return e.n, true
	}
	return decimal(it.bytes())
}

// port returns a port, or 0.
func (it item) port() uint16 {
	n, ok := it.number()
	if !ok || n < 1 || n > 65535 {
		return 0
	}
	return uint16(n)
}
