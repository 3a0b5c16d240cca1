package live

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"ricochet/capture"
)

// TestRingFull writes more than the ring holds while nobody reads: what matched
// is what was yielded and what was dropped, to the packet.
func TestRingFull(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		for _, c := range []struct {
			name     string
			payload  int
			frames   int
			unwanted bool // every other frame is of another port
		}{
			{"small frames", 10, 20000, false},
			{"small frames among others", 10, 20000, true},
			{"large frames", 60000, 200, false},
		} {
			t.Run(c.name, func(t *testing.T) {
				n := newNamespace(t)
				tap := n.plug(t, "tap0", unix.IFF_TAP)
				s := n.open(t, Options{Mechanism: mechanism, Ports: only6379(), RingBytes: 256 << 10})
				payload := string(make([]byte, c.payload))
				frame := ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 0, 0, tcpSegment(1, 6379, payload)))
				other := ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 0, 0, tcpSegment(1, 6380, payload)))
				for range c.frames {
					if _, err := tap.Write(frame); err != nil {
						t.Fatal(err)
					}
					if !c.unwanted {
						continue
					}
					if _, err := tap.Write(other); err != nil {
						t.Fatal(err)
					}
				}
				full, err := s.Health()
				if err != nil || full.RingUsed < full.RingBytes/2 || full.RingUsed > full.RingBytes {
					t.Errorf("%+v, %v when the ring is full", full, err)
				}
				yielded := len(pending(t, s))
				h, err := s.Health()
				if err != nil {
					t.Fatal(err)
				}
				if h.Matched != int64(c.frames) || h.Dropped == 0 || h.Matched != int64(yielded)+h.Dropped || h.RingUsed != 0 {
					t.Errorf("%d frames were written and %d yielded: %+v", c.frames, yielded, h)
				}
				wantBytes := int64(len(frame) * c.frames)
				if mechanism == MechanismPacket {
					wantBytes = int64(len(frame) * yielded) // the rest is not known
				}
				if h.MatchedBytes != wantBytes {
					t.Errorf("%d bytes matched, want %d", h.MatchedBytes, wantBytes)
				}
				// And the capture goes on.
				if _, err := tap.Write(frame); err != nil {
					t.Fatal(err)
				}
				if got := rest(t, s); len(got) != 1 || got[0].Number != int64(yielded)+1 {
					t.Errorf("%d packets after the ring was full", len(got))
				}
			})
		}
	})
}

// TestStopWhileTrafficFlows stops in the midst of it.
func TestStopWhileTrafficFlows(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		n := newNamespace(t)
		tap := n.plug(t, "tap0", unix.IFF_TAP)
		s := n.open(t, Options{Mechanism: mechanism, Ports: only6379()})
		end, ended := make(chan struct{}), make(chan error)
		go func() {
			for {
				select {
				case <-end:
					ended <- nil
					return
				default:
				}
				if _, err := tap.Write(ping(1)); err != nil {
					ended <- err
					return
				}
			}
		}()
		yielded := 0
		for p := new(capture.Packet); yielded < 1000; {
			switch err := s.Next(p); {
			case err == nil:
				yielded++
			case !errors.Is(err, capture.ErrIdle):
				t.Fatal(err)
			}
		}
		yielded += len(rest(t, s))
		close(end)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if h, err := s.Health(); err != nil || h.Matched != int64(yielded)+h.Dropped {
			t.Errorf("%d packets were yielded: %+v, %v", yielded, h, err)
		}
	})
}
