package live

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"ricochet/capture"
)

// How long Next sleeps when nothing has come: shortPause after a packet, then
// twice as long each time until longPause. The kernel does not wake it for each
// packet, which would cost the traffic that is watched more than all else here.
const (
	shortPause = 5 * time.Millisecond
	longPause  = 20 * time.Millisecond
	// idleAfter is how long nothing must have come for Next to report ErrIdle.
	idleAfter = 10 * time.Millisecond
)

// Source captures packets as they pass. Its methods may be called from any
// goroutine, but for Next, which one goroutine calls at a time.
type Source struct {
	warning   string
	mechanism string
	follower  *follower // of interfaces; nil in tests

	mu      sync.Mutex // held but while Next sleeps
	engine  engine
	links   *links
	frame   frame
	pause   time.Duration
	lent    bool // the packet that Next yielded last lies in memory of engine
	state   state
	health  capture.Health // the last one, once closed
	failure error          // what health and close failed with
	once    sync.Once
}

var _ capture.Live = (*Source)(nil)

// state says how far the end of a capture has come.
type state int

const (
	capturing state = iota + 1
	stopped         // nothing is captured any more, packets may wait
	closed          // the packet that was lent is all that is left
	released        // nothing is left
)

// newSource starts to read from an engine.
func newSource(mechanism, warning string, e engine, l *links) *Source {
	return &Source{mechanism: mechanism, warning: warning, engine: e, links: l, pause: shortPause, state: capturing}
}

// Warning says in one line why packets are captured by AF_PACKET although eBPF
// would be cheaper, and how to allow it. It is empty if that was not tried, or
// did not fail.
func (s *Source) Warning() string { return s.warning }

// Mechanism is how packets are captured: MechanismEBPF or MechanismPacket.
func (s *Source) Mechanism() string { return s.mechanism }

// Next implements capture.Source. Besides what is said there, it reports io.EOF
// after Stop, once all that had been captured was yielded. The data of a packet
// may lie in memory that is shared with the kernel: it must not be written to.
func (s *Source) Next(p *capture.Packet) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lent = false
	for waited := time.Duration(0); ; {
		if s.state >= closed {
			if err := s.release(); err != nil {
				return errors.Join(err, os.ErrClosed)
			}
			return os.ErrClosed
		}
		r, err := s.engine.read(&s.frame)
		switch {
		case err != nil:
			return err
		case r == found && s.links.account(&s.frame, p, s.engine.resolve):
			s.lent, s.pause = true, shortPause
			return nil
		case r != empty:
			// Others who wait for the lock get their turn.
			s.mu.Unlock()
			s.mu.Lock()
			continue
		}
		if waited >= idleAfter || s.state == stopped {
			if t, ok := s.engine.quiet(); ok {
				*p = capture.Packet{Time: t}
				if s.state == stopped {
					return io.EOF
				}
				return capture.ErrIdle
			}
		}
		waited += s.sleep()
	}
}

// sleep waits for packets, longer each time, and returns how long at most.
func (s *Source) sleep() time.Duration {
	d := s.pause
	s.pause = min(2*s.pause, longPause)
	s.mu.Unlock()
	defer s.mu.Lock()
	s.engine.wait(d)
	return d
}

// Stats implements capture.Source. Its entries are the interfaces that were
// named, and those that packets came from, in the order in which they did. After
// 1024 all others share one entry, "other". What was dropped is not known for
// each interface: Health has the sum.
func (s *Source) Stats() ([]capture.Stats, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.links.stats(), nil
}

// Health implements capture.Live. After Close it reports what it was then. With
// AF_PACKET the kernel tells only how many packets it dropped, not their lengths:
// DroppedBytes is zero, and MatchedBytes counts the packets that were read.
func (s *Source) Health() (capture.Health, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state >= closed {
		return s.health, s.failure
	}
	return s.healthNow()
}

func (s *Source) healthNow() (capture.Health, error) {
	h, err := s.engine.health()
	h.Mechanism = s.mechanism
	h.Matched -= s.links.unusable
	h.Unparsed += s.links.unusable
	return h, err
}

// Stop ends the capture, but lets Next yield what was captured until then.
func (s *Source) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != capturing {
		return nil
	}
	s.state = stopped
	return s.engine.stop()
}

// Close implements capture.Source. It ends the capture and detaches everything.
// While a packet of Next is in use the memory that it lies in stays until the
// following Next, which reports os.ErrClosed.
func (s *Source) Close() error {
	var err error
	s.once.Do(func() { err = s.shut() })
	return err
}

func (s *Source) shut() error {
	s.mu.Lock()
	var errs []error
	if s.state == capturing {
		errs = append(errs, s.engine.stop())
	}
	s.health, s.failure = s.healthNow()
	s.state = closed
	errs = append(errs, s.failure, s.engine.close())
	if !s.lent {
		errs = append(errs, s.release())
	}
	s.mu.Unlock()
	// Without the lock, which the follower may be waiting for.
	s.follower.close()
	return errors.Join(errs...)
}

func (s *Source) release() error {
	if s.state == released {
		return nil
	}
	s.state = released
	return s.engine.release()
}

// apply takes over news of an interface.
func (s *Source) apply(l linkState) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != capturing {
		return nil
	}
	s.links.apply(l)
	return s.engine.link(l)
}

// relist takes over the interfaces that there are, after news of some were missed.
func (s *Source) relist() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != capturing {
		return nil
	}
	there, err := present(s.engine.resolve)
	if err != nil {
		return err
	}
	for _, l := range s.links.changes(there) {
		s.links.apply(l)
		// One that the engine has no place for does not keep out the others.
		_ = s.engine.link(l)
	}
	return nil
}
