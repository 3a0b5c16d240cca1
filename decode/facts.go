package decode

// fact is what a confirmed command changes of its connection.
type fact uint8

const (
	noFact fact = iota
	factName
	factLibName
	factLibVer
	factCapa
)

// stageFacts keeps what a command changes of its connection until the reply
// confirms it. It is to be called right after the command was queued.
func (s *session) stageFacts(c *command, w *waiting) {
	q := &s.queue
	switch c.special {
	case hello:
		w.proto = c.hello.proto
		if c.hello.named {
			w.what = factName
			w.value = q.keep(c.hello.name)
		}
		w.user = q.keep(c.hello.user)
	case auth:
		if c.args > 0 {
			w.user = q.keep(c.arglist[0])
		} else {
			w.user = q.keep([]byte("default"))
		}
	case client:
		var value []byte
		switch {
		case c.is(0, "SETNAME") && c.args > 1:
			w.what, value = factName, c.arglist[1]
		case c.is(0, "SETINFO") && c.args > 2 && c.is(1, "LIB-NAME"):
			w.what, value = factLibName, c.arglist[2]
		case c.is(0, "SETINFO") && c.args > 2 && c.is(1, "LIB-VER"):
			w.what, value = factLibVer, c.arglist[2]
		case c.is(0, "CAPA") && c.has("REDIRECT"):
			w.what = factCapa
		}
		w.value = q.keep(value)
	}
}

// apply follows what a command does to its connection once it was answered.
func (s *session) apply(w *waiting) {
	if w.special == exec || w.special == discard {
		s.tx.done = w.first + w.queued
	}
	if s.rep.status != OK {
		if w.special == multi && !w.inMulti && w.transaction == s.tx.number {
			s.tx.open = false
		}
		return
	}
	switch w.special {
	case hello:
		if w.proto != 0 && w.proto != s.facts.Proto {
			s.change(func(c *Conn) { c.Proto = w.proto })
		}
	case reset:
		s.subs, s.monitor = subscriptions{}, false
		s.change(func(c *Conn) { c.Proto, c.ReadOnly, c.Name, c.User = 2, false, "", "" })
	case monitor:
		s.monitor = true
	case readonly, readwrite:
		if on := w.special == readonly; on != s.facts.ReadOnly {
			s.change(func(c *Conn) { c.ReadOnly = on })
		}
	}
	if user := w.user.of(s.queue.arena); len(user) > 0 && string(user) != s.facts.User {
		s.change(func(c *Conn) { c.User = string(user) })
	}
	value := w.value.of(s.queue.arena)
	switch w.what {
	case factName:
		if string(value) != s.facts.Name {
			s.change(func(c *Conn) { c.Name = string(value) })
		}
	case factLibName:
		s.library(string(value), s.libVersion)
	case factLibVer:
		s.library(s.libName, string(value))
	case factCapa:
		s.capable()
	}
}

// library notes what CLIENT SETINFO said so far.
func (s *session) library(name, version string) {
	s.libName, s.libVersion = name, version
	if version != "" {
		name += " " + version
	}
	if name != s.facts.Library {
		s.change(func(c *Conn) { c.Library = name })
	}
}

// capable notes that the client announced that it follows -REDIRECT.
func (s *session) capable() {
	if s.facts.Capa == CapaYes {
		return
	}
	s.t.stats.Capa++
	s.change(func(c *Conn) { c.Capa = CapaYes })
}

// change hands out a new Conn with a fact changed, leaving the old one as it is.
func (s *session) change(f func(*Conn)) {
	c := *s.facts
	c.Shadow = nil
	f(&c)
	s.facts = &c
}
