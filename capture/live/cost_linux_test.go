package live

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ricochet/capture"
)

// cpuTime is what this process has used of the CPU so far.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestIdle waits for packets that do not come.
func TestIdle(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		n := newNamespace(t)
		s := n.open(t, Options{Mechanism: mechanism})
		const stretch = time.Second
		used, start, reports := cpuTime(t), time.Now(), 0
		last := start.UnixNano() - int64(time.Second)
		for time.Since(start) < stretch {
			var p capture.Packet
			if err := s.Next(&p); !errors.Is(err, capture.ErrIdle) {
				t.Fatalf("Next reports %v, want %v", err, capture.ErrIdle)
			}
			reports++
			if now := time.Now().UnixNano(); p.Time <= last || p.Time > now {
				t.Fatalf("idle up to %d after %d, at %d", p.Time, last, now)
			}
			last = p.Time
		}
		took := time.Since(start)
		if share := float64(cpuTime(t)-used) / float64(took); share > 0.05 {
			t.Errorf("doing nothing takes %.1f %% of a core", 100*share)
		} else {
			t.Logf("doing nothing takes %.2f %% of a core, %d reports", 100*share, reports)
		}
		if age := time.Duration(time.Now().UnixNano() - last); age > time.Second {
			t.Errorf("idle up to %v ago", age)
		}
	})
}

// TestTrickle reads packets that come one by one: each is a reason to wake up,
// but not to stay awake.
func TestTrickle(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		n := newNamespace(t)
		tap := n.plug(t, "tap0", unix.IFF_TAP)
		s := n.open(t, Options{Mechanism: mechanism})
		const packets = 50
		written := make(chan error, 1)
		go func() {
			tick := time.NewTicker(4 * time.Millisecond)
			defer tick.Stop()
			for range packets {
				<-tick.C
				if _, err := tap.Write(ping(1)); err != nil {
					written <- err
					return
				}
			}
			written <- nil
		}()
		worst := time.Duration(0)
		for got := 0; got < packets; {
			var p capture.Packet
			switch err := s.Next(&p); {
			case err == nil:
				got++
				worst = max(worst, time.Duration(time.Now().UnixNano()-p.Time))
			case !errors.Is(err, capture.ErrIdle):
				t.Fatal(err)
			}
		}
		if err := <-written; err != nil {
			t.Fatal(err)
		}
		t.Logf("a packet waited %v at worst", worst)
		if worst > time.Second {
			t.Errorf("a packet waited %v", worst)
		}
	})
}

// TestWakeUp fills the ring while its reader sleeps for long.
func TestWakeUp(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		n := newNamespace(t)
		tap := n.plug(t, "tap0", unix.IFF_TAP)
		s := n.open(t, Options{Mechanism: mechanism, RingBytes: 1 << 20})
		woken := make(chan struct{})
		go func() {
			s.engine.wait(10 * patience)
			close(woken)
		}()
		payload := string(make([]byte, 8000))
		frame := ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 0, 0, tcpSegment(1, 6379, payload)))
		for end := time.Now().Add(patience); ; {
			write(t, tap, frame)
			select {
			case <-woken:
				return
			default:
			}
			if time.Now().After(end) {
				t.Fatal("the reader sleeps on while the ring is full")
			}
		}
	})
}

// TestFewPacketsDoNotWake lets some packets gather.
func TestFewPacketsDoNotWake(t *testing.T) {
	n := newNamespace(t)
	tap := n.plug(t, "tap0", unix.IFF_TAP)
	s := n.open(t, Options{Mechanism: MechanismEBPF})
	const nap = 200 * time.Millisecond
	for range 3 {
		write(t, tap, ping(1))
		start := time.Now()
		slept := make(chan time.Duration)
		go func() {
			s.engine.wait(nap)
			slept <- time.Since(start)
		}()
		for range 10 {
			write(t, tap, ping(1))
		}
		if d := <-slept; d < nap {
			t.Errorf("woken after %v by a few packets", d)
		}
	}
}

// TestNextAllocatesNothing reads packets that wait.
func TestNextAllocatesNothing(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		n := newNamespace(t)
		tap := n.plug(t, "tap0", unix.IFF_TAP)
		s := n.open(t, Options{Mechanism: mechanism})
		const packets = 2000
		for range packets + 100 {
			write(t, tap, ping(1))
		}
		var p capture.Packet
		got := 0
		if allocations := testing.AllocsPerRun(packets, func() {
			for {
				if err := s.Next(&p); err == nil {
					got++
					return
				} else if !errors.Is(err, capture.ErrIdle) {
					t.Fatal(err)
				}
			}
		}); allocations > 0 {
			t.Errorf("%v allocations a packet", allocations)
		}
		if got < packets {
			t.Errorf("only %d packets", got)
		}
	})
}

// BenchmarkNext reads packets that wait in the ring, without the time it takes to
// put them there.
func BenchmarkNext(b *testing.B) {
	for _, mechanism := range []string{MechanismEBPF, MechanismPacket} {
		b.Run(mechanism, func(b *testing.B) {
			n := newNamespace(b)
			tap := n.plug(b, "tap0", unix.IFF_TAP)
			s := n.open(b, Options{Mechanism: mechanism, Ports: only6379()})
			const batch = 5000
			var p capture.Packet
			b.ReportAllocs()
			b.StopTimer()
			for done := 0; done < b.N; {
				for range batch {
					write(b, tap, ping(1))
				}
				until(b, "all packets can be read", func() bool { return mechanism == MechanismEBPF || waiting(s) == batch })
				b.StartTimer()
				for range min(batch, b.N-done) {
					for err := capture.ErrIdle; err != nil; err = s.Next(&p) {
						if !errors.Is(err, capture.ErrIdle) {
							b.Fatal(err)
						}
					}
					done++
				}
				b.StopTimer()
				pending(b, s)
			}
		})
	}
}

// waiting counts the packets in the blocks that the kernel has handed over.
func waiting(s *Source) (packets int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ring := s.engine.(*packetEngine).ring
	for i := range ring.count {
		if ring.ready(i) {
			_, header := ring.block(i)
			packets += int(header.Num_pkts)
		}
	}
	return packets
}
