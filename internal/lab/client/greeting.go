package client

import (
	"fmt"

	"ricochet/internal/lab/protocol"
)

// hello is a command that a connection begins with.
type hello struct {
	words []string
	must  bool // an error ends the connection: libraries put up with the others
}

// greeting waits for the replies to what a connection begins with.
type greeting struct {
	link   *link
	hellos []hello
}

// greet sends what the connection begins with, all at once.
func (l *link) greet(hellos []hello) {
	if len(hellos) == 0 {
		l.opened()
		return
	}
	g := &greeting{l, hellos}
	for i, h := range hellos {
		l.write(h.words, g, i)
	}
}

func (g *greeting) reply(part int, v protocol.Value) {
	switch h := g.hellos[part]; {
	case v.IsError() && h.must:
		g.link.end(fmt.Errorf("%v refused %s: %s", g.link.node, h.words[0], cut(v.Str)))
	case part == len(g.hellos)-1:
		g.link.opened()
	}
}

func (*greeting) lost(int, error) {} // who waits for the link is told
