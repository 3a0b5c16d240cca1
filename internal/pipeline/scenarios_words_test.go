package pipeline_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// words are what is left of a line; the first error stays.
type words struct {
	list []string
	err  error
}

func (p *words) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	p.list = nil
}

// next returns the next word, empty if there is none.
func (p *words) next() string {
	if len(p.list) == 0 {
		return ""
	}
	w := p.list[0]
	p.list = p.list[1:]
	return w
}

func (p *words) must(word string) {
	if got := p.next(); got != word {
		p.fail("want %q, not %q", word, got)
	}
}

func (p *words) number() int64 {
	w := p.next()
	n, err := strconv.ParseInt(w, 10, 64)
	if err != nil {
		p.fail("want a number, not %q", w)
	}
	return n
}

// choice returns the alternatives of the next word, all of them known.
func (p *words) choice(known ...string) []string {
	w := p.next()
	all := strings.Split(w, "|")
	for _, a := range all {
		if !slices.Contains(known, a) {
			p.fail("%q is none of %s", a, strings.Join(known, ", "))
		}
	}
	return all
}

// maybe returns the alternatives of the next word if they are known, else nil.
func (p *words) maybe(known ...string) []string {
	if len(p.list) == 0 || !slices.Contains(known, strings.Split(p.list[0], "|")[0]) {
		return nil
	}
	return p.choice(known...)
}

// rest returns all words that are left, as text.
func (p *words) rest() string {
	s := strings.Join(p.list, " ")
	p.list = nil
	return s
}

func confidences() []string { return []string{"possible", "likely", "certain"} }
