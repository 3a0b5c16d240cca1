package live

import (
	"maps"
	"slices"
	"strconv"

	"ricochet/capture"
)

const (
	// maxEntries bounds the entries of Stats.
	maxEntries = 1024
	// maxLinks bounds the interfaces that are known at a time; hosts of
	// containers make and remove them all the time.
	maxLinks = 4096
	// otherLinks names the entry of those that come when there are maxEntries.
	otherLinks = "other"
	// mixedLinks is what Stats.Link says when packets differ in link type.
	mixedLinks = "mixed"
)

// linkState is what the kernel tells of an interface.
type linkState struct {
	index    int
	name     string
	hardware int // ARPHRD_ type
	gone     bool
}

// links knows the interfaces by their indexes, and counts what came from each.
// An index is given to one interface after the other, so what is counted belongs
// to the name. An interface that goes stays known, as some packets of it may
// still wait in the ring.
type links struct {
	format  string // of the entries
	byIndex map[int]*link
	byName  map[string]int // index of entries
	entries []capture.Stats
	kinds   []capture.LinkType // of the first packet of each entry

	last      *link // the one packets came from last, as they come in rows
	lastIndex int

	unusable int64 // packets of interfaces whose link layer is not understood
}

// link is an interface.
type link struct {
	name   string
	entry  int // index of entries, -1 before the first packet
	kind   capture.LinkType
	usable bool // kind is known
	gone   bool
}

// newLinks starts with an entry for each of the names.
func newLinks(format string, names []string) *links {
	l := &links{format: format, byIndex: map[int]*link{}, byName: map[string]int{}}
	for _, name := range names {
		l.entry(name)
	}
	return l
}

// apply takes over news of an interface.
func (l *links) apply(s linkState) {
	known := l.byIndex[s.index]
	if s.gone {
		if known != nil {
			known.gone = true
		}
		return
	}
	kind, usable := linkType(s.hardware)
	if known == nil {
		if len(l.byIndex) >= maxLinks {
			l.forget()
		}
		known = &link{}
		l.byIndex[s.index] = known
	}
	if known.name != s.name {
		known.entry = -1
	}
	known.name, known.kind, known.usable, known.gone = s.name, kind, usable, false
}

// changes adds to the interfaces that are there those that are not any more.
func (l *links) changes(there []linkState) []linkState {
	still := map[int]bool{}
	for _, s := range there {
		still[s.index] = true
	}
	news := slices.Clone(there)
	for index, k := range l.byIndex {
		if !k.gone && !still[index] {
			news = append(news, linkState{index: index, name: k.name, gone: true})
		}
	}
	return news
}

// forget makes place for interfaces: those that have gone are forgotten, or all
// if none has; these will be asked for when their next packet comes.
func (l *links) forget() {
	l.last = nil
	maps.DeleteFunc(l.byIndex, func(_ int, k *link) bool { return k.gone })
	if len(l.byIndex) >= maxLinks {
		clear(l.byIndex)
	}
}

// entry returns the index of the entry for a name.
func (l *links) entry(name string) int {
	if i, ok := l.byName[name]; ok {
		return i
	}
	if len(l.entries) >= maxEntries-1 {
		name = otherLinks
		if i, ok := l.byName[name]; ok {
			return i
		}
	}
	l.entries = append(l.entries, capture.Stats{Name: name, Format: l.format})
	l.kinds = append(l.kinds, 0)
	l.byName[name] = len(l.entries) - 1
	return len(l.entries) - 1
}

// account counts a frame and makes a packet of it. It returns false if nothing
// can be made of the link layer. An interface that is not known is asked for by
// resolve; its packets may be faster than the news of it.
func (l *links) account(f *frame, p *capture.Packet, resolve func(int) (linkState, bool)) bool {
	from := l.last
	if from == nil || l.lastIndex != f.index {
		from = l.find(f, resolve)
	}
	if !from.usable {
		l.unusable++
		return false
	}
	if from.entry < 0 {
		from.entry = l.entry(from.name)
	}
	s := &l.entries[from.entry]
	if s.Packets == 0 {
		s.Link, l.kinds[from.entry] = linkName(from.kind), from.kind
		s.First, s.Last = f.time, f.time
	} else if l.kinds[from.entry] != from.kind {
		s.Link = mixedLinks
	}
	s.First, s.Last = min(s.First, f.time), max(s.Last, f.time)
	s.Packets++
	s.Bytes += int64(len(f.data))
	if f.wire > len(f.data) {
		s.Truncated++
	}
	*p = capture.Packet{Time: f.time, Link: from.kind, Origin: from.entry, Number: s.Packets, Len: f.wire, Data: f.data}
	return true
}

// find looks up the interface of a frame.
func (l *links) find(f *frame, resolve func(int) (linkState, bool)) *link {
	from := l.byIndex[f.index]
	if from == nil {
		s, ok := resolve(f.index)
		if !ok {
			// It has gone already.
			s = linkState{index: f.index, name: "interface " + strconv.Itoa(f.index), hardware: f.hardware}
		}
		l.apply(s)
		from = l.byIndex[f.index]
		from.gone = !ok
	}
	l.last, l.lastIndex = from, f.index
	return from
}

// stats copies the entries.
func (l *links) stats() []capture.Stats { return slices.Clone(l.entries) }
