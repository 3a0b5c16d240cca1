package view

import "bytes"

// lines yields the lines of a reply that is one text, without their ends. The last
// one must have an end if the text is not whole: it may go on.
func (r *Reply) lines(yield func([]byte) bool) {
	it, ok := r.top()
	if !ok {
		return
	}
	b := it.part()
	if !it.element().whole {
		r.short = true
		b = b[:bytes.LastIndexByte(b, '\n')+1]
	}
	for len(b) > 0 {
		var line []byte
		line, b = next(b, '\n')
		if !yield(bytes.TrimSuffix(line, []byte{'\r'})) {
			return
		}
	}
}
