package world_test

import (
	"fmt"
	"testing"
	"time"

	"ricochet/internal/lab/world"
)

// ms is a time of the scripts below.
func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// stage is a server and a client, 10 ms apart.
type stage struct {
	*talk
	w              *world.World
	tape           tape
	server, client *world.Host
	listener       *world.Listener
	theirs         *party // who the server's connection belongs to
}

// at has something happen at a time.
func (s *stage) at(n int, f func()) {
	s.w.Host("", local).After(ms(n), f)
}

// connect has the client connect now and do f.
func (s *stage) connect(f func(p *party)) { dial(s.talk, s.client, s.listener.Addr(), f) }

// script is something that happens on a stage, what those say who live there, and
// what the tape shows.
type script struct {
	name string
	play func(*stage)
	talk []string // nil: not looked at
	tape []string // nil: only checked
}

func send(s string) func(*party) { return func(p *party) { p.conn.Send([]byte(s)) } }

func scripts() []script {
	return []script{
		{
			name: "a question and its answer",
			play: func(s *stage) { s.connect(send("abc")) },
			talk: []string{"10ms server accepts", "20ms client connected", "30ms server got abc", "40ms client got ABC"},
			tape: []string{
				`0s #1 > SYN 0 bytes "", heard 0`, `10ms #1 < SYN 0 bytes "", heard 0`, `20ms #1 > 0 bytes "", heard 0`,
				`20ms #1 > 3 bytes "abc", heard 0`, `30ms #1 < 3 bytes "ABC", heard 3`, `40ms #1 > 0 bytes "", heard 3`,
			},
		},
		{
			name: "what is sent in one event goes together",
			play: func(s *stage) {
				s.connect(func(p *party) {
					p.conn.Send([]byte("ab"))
					p.conn.Send(nil)
					p.conn.Send([]byte("c"))
				})
			},
			talk: []string{"10ms server accepts", "20ms client connected", "30ms server got abc", "40ms client got ABC"},
		},
		{
			name: "a client that closes",
			play: func(s *stage) {
				s.connect(func(p *party) {
					p.conn.Send([]byte("abc"))
					p.onData = func(p *party, _ string) { p.conn.Close(); p.conn.Close(); p.conn.Send([]byte("x")) }
				})
			},
			talk: []string{
				"10ms server accepts", "20ms client connected", "30ms server got abc", "40ms client got ABC",
				"50ms server over: EOF",
			},
			tape: []string{
				`0s #1 > SYN 0 bytes "", heard 0`, `10ms #1 < SYN 0 bytes "", heard 0`, `20ms #1 > 0 bytes "", heard 0`,
				`20ms #1 > 3 bytes "abc", heard 0`, `30ms #1 < 3 bytes "ABC", heard 3`,
				`40ms #1 > FIN 0 bytes "", heard 3`, `50ms #1 < FIN heard FIN 0 bytes "", heard 3`,
				`60ms #1 > heard FIN 0 bytes "", heard 3`,
			},
		},
		{
			name: "closing sends what was given before",
			play: func(s *stage) {
				s.connect(func(p *party) { p.conn.Send([]byte("abc")); p.conn.Close() })
			},
			talk: []string{"10ms server accepts", "20ms client connected", "30ms server got abc", "30ms server over: EOF"},
			tape: []string{
				`0s #1 > SYN 0 bytes "", heard 0`, `10ms #1 < SYN 0 bytes "", heard 0`, `20ms #1 > 0 bytes "", heard 0`,
				`20ms #1 > 3 bytes "abc", heard 0`, `20ms #1 > FIN 0 bytes "", heard 0`,
				`30ms #1 < 3 bytes "ABC", heard 3`, `30ms #1 < FIN heard FIN 0 bytes "", heard 3`,
				`40ms #1 > 0 bytes "", heard 3`, `40ms #1 > heard FIN 0 bytes "", heard 3`,
			},
		},
		{
			name: "a server that closes while it gets data",
			play: func(s *stage) { s.connect(send("bye")) },
			talk: []string{
				"10ms server accepts", "20ms client connected", "30ms server got bye", "40ms client got BYE",
				"40ms client over: EOF",
			},
			tape: []string{
				`0s #1 > SYN 0 bytes "", heard 0`, `10ms #1 < SYN 0 bytes "", heard 0`, `20ms #1 > 0 bytes "", heard 0`,
				`20ms #1 > 3 bytes "bye", heard 0`, `30ms #1 < 3 bytes "BYE", heard 3`,
				`30ms #1 < FIN 0 bytes "", heard 3`, `40ms #1 > 0 bytes "", heard 3`,
				`40ms #1 > FIN heard FIN 0 bytes "", heard 3`, `50ms #1 < heard FIN 0 bytes "", heard 3`,
			},
		},
		{
			name: "both close at the same time, with data under way",
			play: func(s *stage) {
				s.connect(func(p *party) { s.client.After(ms(30), func() { p.conn.Send([]byte("c")); p.conn.Close() }) })
				s.at(50, func() { s.theirs.conn.Send([]byte("s")); s.theirs.conn.Close() })
			},
			talk: []string{"10ms server accepts", "20ms client connected"},
			tape: []string{
				`0s #1 > SYN 0 bytes "", heard 0`, `10ms #1 < SYN 0 bytes "", heard 0`, `20ms #1 > 0 bytes "", heard 0`,
				`50ms #1 < 1 bytes "s", heard 0`, `50ms #1 < FIN 0 bytes "", heard 0`,
				`50ms #1 > 1 bytes "c", heard 0`, `50ms #1 > FIN 0 bytes "", heard 0`,
				`60ms #1 > 0 bytes "", heard 1`, `60ms #1 > heard FIN 0 bytes "", heard 1`,
				`60ms #1 < 0 bytes "", heard 1`, `60ms #1 < heard FIN 0 bytes "", heard 1`,
			},
		},
		{
			name: "a reset loses what the event sent",
			play: func(s *stage) {
				s.connect(func(p *party) {
					p.conn.Send([]byte("abc"))
					p.onData = func(p *party, _ string) { p.conn.Send([]byte("lost")); p.conn.Reset(); p.conn.Reset() }
				})
			},
			talk: []string{
				"10ms server accepts", "20ms client connected", "30ms server got abc", "40ms client got ABC",
				"50ms server over: connection reset",
			},
			tape: []string{
				`0s #1 > SYN 0 bytes "", heard 0`, `10ms #1 < SYN 0 bytes "", heard 0`, `20ms #1 > 0 bytes "", heard 0`,
				`20ms #1 > 3 bytes "abc", heard 0`, `30ms #1 < 3 bytes "ABC", heard 3`, `40ms #1 > RST 0 bytes "", heard 3`,
			},
		},
		{
			name: "nobody listens",
			play: func(s *stage) { s.listener.Close(); s.connect(nil) },
			talk: []string{"20ms client: connection refused"},
			tape: []string{`0s #1 > SYN 0 bytes "", heard 0`, `10ms #1 < RST 0 bytes "", heard 0`},
		},
		{
			name: "the server is killed before the SYN is there",
			play: func(s *stage) { s.connect(nil); s.at(5, s.server.Kill) },
			talk: []string{"20ms client: connection refused"},
			tape: []string{`0s #1 > SYN 0 bytes "", heard 0`, `10ms #1 < RST 0 bytes "", heard 0`},
		},
		{
			name: "the server is killed before the client knows that it has accepted",
			play: func(s *stage) { s.connect(send("abc")); s.at(15, s.server.Kill) },
			talk: []string{"10ms server accepts", "20ms client connected", "25ms client over: EOF"},
			tape: []string{
				`0s #1 > SYN 0 bytes "", heard 0`, `10ms #1 < SYN 0 bytes "", heard 0`, `15ms #1 < FIN 0 bytes "", heard 0`,
				`20ms #1 > 0 bytes "", heard 0`, `20ms #1 > 3 bytes "abc", heard 0`, `25ms #1 > FIN heard FIN 0 bytes "", heard 0`,
				`30ms #1 < 0 bytes "", heard 3`, `35ms #1 < heard FIN 0 bytes "", heard 3`,
			},
		},
		{
			name: "the client is killed while it connects",
			play: func(s *stage) { s.connect(send("abc")); s.at(15, s.client.Kill) },
			talk: []string{"10ms server accepts", "30ms server over: connection reset"},
			tape: []string{
				`0s #1 > SYN 0 bytes "", heard 0`, `10ms #1 < SYN 0 bytes "", heard 0`, `20ms #1 > RST 0 bytes "", heard 0`,
			},
		},
		{
			name: "the client is killed before it is refused",
			play: func(s *stage) { s.listener.Close(); s.connect(nil); s.at(15, s.client.Kill) },
			tape: []string{`0s #1 > SYN 0 bytes "", heard 0`, `10ms #1 < RST 0 bytes "", heard 0`},
		},
		{
			name: "a killed server has no timers, refuses, and listens again",
			play: func(s *stage) {
				s.connect(func(p *party) {})
				s.at(30, func() {
					s.server.After(ms(20), func() { s.say("never") })
					s.server.Kill()
					s.connect(nil)
				})
				s.at(60, func() {
					s.server.After(ms(1), func() { s.say("timer of the second life") })
					s.serveAgain()
					s.connect(func(p *party) {})
				})
			},
			talk: []string{
				"10ms server accepts", "20ms client connected", "40ms client over: EOF", "50ms client: connection refused",
				"61ms timer of the second life", "70ms server accepts", "80ms client connected",
			},
		},
		{
			name: "data of an earlier life is nobody's",
			play: func(s *stage) {
				s.connect(send("abc")) // arrives at 30ms
				s.at(25, func() { s.server.Kill(); s.serveAgain() })
			},
			talk: []string{"10ms server accepts", "20ms client connected", "35ms client over: EOF"},
		},
		{
			name: "a server that kills itself while it gets data",
			play: func(s *stage) { s.connect(send("die")) },
			talk: []string{
				"10ms server accepts", "20ms client connected", "30ms server got die", "40ms client got DIE",
				"40ms client over: EOF",
			},
		},
		{
			name: "a deaf server accepts, acknowledges, and answers later in order",
			play: func(s *stage) {
				s.server.Deafen()
				s.server.After(ms(45), func() { s.say("timer") })
				s.connect(func(p *party) {
					p.conn.Send([]byte("a"))
					s.client.After(ms(10), func() { p.conn.Send([]byte("b")) })
					s.client.After(ms(70), func() { p.conn.Send([]byte("c")) }) // at 100ms
				})
				// Due with what the server has missed, and asked for before it.
				s.at(100, s.server.Hear)
			},
			talk: []string{
				"20ms client connected", "100ms server accepts", "100ms server got a", "100ms server got b", "100ms timer",
				"100ms server got c", "110ms client got A", "110ms client got B", "110ms client got C",
			},
			tape: []string{
				`0s #1 > SYN 0 bytes "", heard 0`, `10ms #1 < SYN 0 bytes "", heard 0`, `20ms #1 > 0 bytes "", heard 0`,
				`20ms #1 > 1 bytes "a", heard 0`,
				`30ms #1 > 1 bytes "b", heard 0`, `30ms #1 < 0 bytes "", heard 1`, `40ms #1 < 0 bytes "", heard 2`,
				`90ms #1 > 1 bytes "c", heard 0`, `100ms #1 < 1 bytes "A", heard 2`, `100ms #1 < 1 bytes "B", heard 2`,
				`100ms #1 < 1 bytes "C", heard 3`,
				`110ms #1 > 0 bytes "", heard 1`, `110ms #1 > 0 bytes "", heard 2`, `110ms #1 > 0 bytes "", heard 3`,
			},
		},
		{
			name: "a server that goes deaf again while it catches up",
			play: func(s *stage) {
				s.server.Deafen()
				s.connect(func(p *party) {
					p.conn.Send([]byte("a"))
					s.client.After(ms(1), func() { p.conn.Send([]byte("stop")) })
					s.client.After(ms(2), func() { p.conn.Send([]byte("b")) })
				})
				s.at(50, func() { s.server.Hear(); s.server.Hear() })
				s.at(70, s.server.Hear)
			},
			talk: []string{
				"20ms client connected", "50ms server accepts", "50ms server got a", "50ms server got stop",
				"60ms client got A", "60ms client got STOP", "70ms server got b", "80ms client got B",
			},
		},
		{
			name: "a deaf server is killed: what it has not read, it resets",
			play: func(s *stage) {
				s.connect(send("a"))
				s.connect(func(p *party) {})
				s.at(25, s.server.Deafen)
				s.at(50, func() { s.server.Kill() })
			},
			talk: []string{
				"10ms server accepts", "10ms server accepts", "20ms client connected", "20ms client connected",
				"60ms client over: connection reset", "60ms client over: EOF",
			},
		},
		{
			name: "a deaf server is killed before it has accepted",
			play: func(s *stage) {
				s.server.Deafen()
				s.connect(func(*party) {})
				s.at(50, func() { s.server.Kill(); s.serveAgain() })
			},
			talk: []string{"20ms client connected", "60ms client over: connection reset"},
		},
		{
			name: "a deaf server's listener is closed before it has accepted",
			play: func(s *stage) {
				s.server.Deafen()
				s.connect(func(*party) {})
				s.at(50, func() { s.listener.Close(); s.listener.Close(); s.server.Hear() })
			},
			talk: []string{"20ms client connected", "60ms client over: connection reset"},
		},
		{
			name: "a deaf server answers a client that has reset the connection",
			play: func(s *stage) {
				s.at(15, s.server.Deafen)
				s.connect(func(p *party) {
					p.conn.Send([]byte("a"))
					s.client.After(ms(5), p.conn.Reset)
				})
				s.at(50, s.server.Hear)
			},
			talk: []string{
				"10ms server accepts", "20ms client connected", "50ms server got a", "50ms server over: connection reset",
			},
			tape: []string{
				`0s #1 > SYN 0 bytes "", heard 0`, `10ms #1 < SYN 0 bytes "", heard 0`, `20ms #1 > 0 bytes "", heard 0`,
				`20ms #1 > 1 bytes "a", heard 0`, `25ms #1 > RST 0 bytes "", heard 0`, `30ms #1 < 0 bytes "", heard 1`,
			},
		},
		{
			name: "a timer that is stopped is silent, missed or not",
			play: func(s *stage) {
				first := s.server.After(ms(10), func() { s.say("never") })
				second := s.server.After(ms(10), func() { s.say("never") })
				third := s.server.After(ms(30), func() { s.say("third") })
				s.at(5, first.Stop)
				s.at(6, func() { first.Stop(); s.server.Deafen() })
				s.at(15, func() { second.Stop(); s.server.Hear() })
				s.at(40, third.Stop)
				var none *world.Timer
				none.Stop()
			},
			talk: []string{"30ms third"},
		},
	}
}

// serveAgain is the server listening as it did.
func (s *stage) serveAgain() {
	l, err := s.server.Listen(s.listener.Addr().Port(), func(c *world.Conn) {
		s.say("server accepts")
		p := &party{talk: s.talk, name: "server", conn: c, onData: s.answer}
		s.theirs = p
		c.Handle(p)
	})
	if err != nil {
		s.say("listen: %v", err)
		return
	}
	s.listener = l
}

// answer is what the server does, with some words for which it does something else.
func (s *stage) answer(p *party, data string) {
	reply(p, data)
	switch data {
	case "bye":
		p.conn.Close()
	case "die":
		s.server.Kill()
	case "stop":
		s.server.Deafen()
	}
}

func newStage(t *testing.T, wire world.Wire) *stage {
	t.Helper()
	s := &stage{}
	s.w = newWorld(t, world.Options{Wire: wire, Latency: ms(10), Tape: &s.tape})
	s.talk = &talk{w: s.w}
	s.server, s.client = s.w.Host("server", local), s.w.Host("client", local)
	s.listener = serve(t, s.talk, s.server, 0, nil) // finds a port
	s.listener.Close()
	s.serveAgain()
	return s
}

// What the scripts come to is the same on both wires whose order is the world's.
func TestScripts(t *testing.T) {
	for wire, name := range map[world.Wire]string{world.Memory: "memory", world.Loopback: "loopback"} {
		for _, sc := range scripts() {
			t.Run(fmt.Sprintf("%s/%s", name, sc.name), func(t *testing.T) {
				s := newStage(t, wire)
				sc.play(s)
				run(t, s.w)
				if sc.talk != nil {
					expectLines(t, "talk", s.lines, sc.talk)
				}
				if sc.tape != nil {
					expectLines(t, "tape", s.tape.lines, sc.tape)
				}
				s.tape.expect(t)
			})
		}
	}
}
