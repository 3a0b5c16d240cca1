package live

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"ricochet/capture"
)

// fake is an engine that a test fills.
type fake struct {
	packets  int // that wait
	passes   int // rounds of packets that do not matter, before these
	now      int64
	busy     bool // quiet does not know
	failure  error
	slept    []time.Duration
	sleeping chan struct{} // told of each sleep, if not nil
	wake     chan struct{} // ends a sleep
	calls    []string
}

func newFake() *fake { return &fake{wake: make(chan struct{}), now: 1e18} }

func (f *fake) read(frame *frame) (result, error) {
	switch {
	case f.failure != nil:
		return 0, f.failure
	case f.passes > 0:
		f.passes--
		return passed, nil
	case f.packets == 0:
		return empty, nil
	}
	f.packets--
	*frame = fakeFrame(f.now)
	return found, nil
}

func fakeFrame(now int64) frame {
	return frame{time: now, index: 1, hardware: hardwareEther, wire: 60, data: make([]byte, 60)}
}

func (f *fake) quiet() (int64, bool) { f.now++; return f.now, !f.busy }

func (f *fake) wait(d time.Duration) {
	f.slept = append(f.slept, d)
	if f.sleeping == nil {
		return
	}
	f.sleeping <- struct{}{}
	<-f.wake
}

func (f *fake) link(linkState) error            { return nil }
func (f *fake) resolve(int) (linkState, bool)   { return linkState{}, false }
func (f *fake) health() (capture.Health, error) { return capture.Health{Matched: 7}, nil }
func (f *fake) note(call string) error          { f.calls = append(f.calls, call); return nil }
func (f *fake) stop() error                     { return f.note("stop") }
func (f *fake) close() error                    { close(f.wake); return f.note("close") }
func (f *fake) release() error                  { return f.note("release") }
func (f *fake) source() *Source                 { return newSource(MechanismEBPF, "", f, newLinks(MechanismEBPF, nil)) }
func wantNext(t *testing.T, s *Source, want error) capture.Packet {
	t.Helper()
	var p capture.Packet
	if err := s.Next(&p); !errors.Is(err, want) {
		t.Fatalf("Next reports %v, want %v", err, want)
	}
	return p
}

func TestNextYieldsPacketsThenIdle(t *testing.T) {
	f := newFake()
	f.packets, f.passes = 2, 3
	s := f.source()
	wantNext(t, s, nil)
	if p := wantNext(t, s, nil); p.Number != 2 {
		t.Errorf("packet %d, want 2", p.Number)
	}
	if len(f.slept) > 0 {
		t.Errorf("slept %v while packets waited", f.slept)
	}
	a := wantNext(t, s, capture.ErrIdle)
	b := wantNext(t, s, capture.ErrIdle)
	if a.Time <= 1e18 || b.Time <= a.Time || a.Data != nil {
		t.Errorf("idle at %d, then at %d", a.Time, b.Time)
	}
	var sum time.Duration
	for _, d := range f.slept {
		if d < shortPause || d > longPause {
			t.Errorf("slept %v", d)
		}
		sum += d
	}
	if sum > 2*(idleAfter+longPause) {
		t.Errorf("slept %v before two reports of idleness", sum)
	}
}

func TestNextSleepsShortlyAfterPackets(t *testing.T) {
	f := newFake()
	s := f.source()
	for range 5 {
		wantNext(t, s, capture.ErrIdle)
	}
	f.packets, f.slept = 1, nil
	wantNext(t, s, nil)
	wantNext(t, s, capture.ErrIdle)
	if f.slept[0] != shortPause {
		t.Errorf("slept %v after a packet, want %v", f.slept[0], shortPause)
	}
}

func TestNextIsNotIdleWhileThePastIsOpen(t *testing.T) {
	f := newFake()
	f.busy = true
	f.sleeping = make(chan struct{})
	s := f.source()
	result := make(chan error)
	go func() { result <- s.Next(new(capture.Packet)) }()
	for range 10 {
		<-f.sleeping
		f.wake <- struct{}{}
	}
	<-f.sleeping
	f.busy = false // Next sleeps, so this is no race
	f.wake <- struct{}{}
	if err := <-result; err != capture.ErrIdle {
		t.Errorf("Next reports %v, want %v", err, capture.ErrIdle)
	}
}

func TestStopYieldsTheRest(t *testing.T) {
	f := newFake()
	f.packets = 2
	s := f.source()
	for range 2 { // the second does nothing
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	wantNext(t, s, nil)
	wantNext(t, s, nil)
	wantNext(t, s, io.EOF)
	wantNext(t, s, io.EOF)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantNext(t, s, os.ErrClosed)
	wantCalls(t, f, "stop", "close", "release")
}

func TestCloseUnblocksNext(t *testing.T) {
	f := newFake()
	f.sleeping = make(chan struct{}, 1)
	s := f.source()
	result := make(chan error)
	go func() { result <- s.Next(new(capture.Packet)) }()
	<-f.sleeping
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != os.ErrClosed {
		t.Errorf("Next reports %v, want %v", err, os.ErrClosed)
	}
	wantCalls(t, f, "stop", "close", "release")
}

func TestCloseLeavesThePacketInUse(t *testing.T) {
	f := newFake()
	f.packets = 1
	s := f.source()
	wantNext(t, s, nil)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	wantCalls(t, f, "stop", "close")
	wantNext(t, s, os.ErrClosed)
	wantNext(t, s, os.ErrClosed)
	wantCalls(t, f, "stop", "close", "release")
}

func TestHealthAfterClose(t *testing.T) {
	s := newFake().source()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	h, err := s.Health()
	if err != nil || h.Matched != 7 || h.Mechanism != MechanismEBPF {
		t.Errorf("health %+v, %v", h, err)
	}
}

func TestNextReportsFailure(t *testing.T) {
	f := newFake()
	f.failure = errors.New("broken")
	wantNext(t, f.source(), f.failure)
}

func TestUnusableLinkIsUnparsed(t *testing.T) {
	f := newFake()
	f.packets = 3
	s := f.source()
	if err := s.apply(linkState{index: 1, name: "ib0", hardware: 32}); err != nil {
		t.Fatal(err)
	}
	wantNext(t, s, capture.ErrIdle)
	if h, _ := s.Health(); h.Unparsed != 3 || h.Matched != 4 {
		t.Errorf("health %+v, want 3 unparsed of 7", h)
	}
}

func wantCalls(t *testing.T, f *fake, want ...string) {
	t.Helper()
	if len(f.calls) != len(want) {
		t.Fatalf("calls %v, want %v", f.calls, want)
	}
	for i := range want {
		if f.calls[i] != want[i] {
			t.Fatalf("calls %v, want %v", f.calls, want)
		}
	}
}

func TestOptionsCheck(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		ok   bool
	}{
		{"nothing", Options{}, true},
		{"everything", Options{Interfaces: []string{"lo"}, Ports: []PortRange{{1, 1}, {2, 65535}}, Snaplen: 1, RingBytes: 1, Mechanism: MechanismPacket}, true},
		{"a range that ends before it begins", Options{Ports: []PortRange{{2, 1}}}, false},
		{"a negative snaplen", Options{Snaplen: -1}, false},
		{"a negative ring", Options{RingBytes: -1}, false},
		{"too many interfaces", Options{Interfaces: make([]string, maxInterfaces+1)}, false},
		{"a mechanism that is none", Options{Mechanism: "pcap"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.o.check(); (err == nil) != c.ok {
				t.Errorf("error %v, want success %v", err, c.ok)
			}
		})
	}
}
