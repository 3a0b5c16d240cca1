package replay_test

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"ricochet/capture"
	"ricochet/internal/replay"
	"ricochet/internal/wiretest"
)

func source(times ...time.Duration) *replay.Source {
	const start = 1_700_000_000e9
	var packets []capture.Packet
	for i, t := range times {
		packets = append(packets, capture.Packet{Time: start + int64(t), Number: int64(i + 1), Data: []byte{byte(i)}})
	}
	return replay.New(wiretest.NewSource("s", packets))
}

// All packets come, in order, none before its time, and waiting is told.
func TestReplayKeepsTheTime(t *testing.T) {
	times := []time.Duration{0, 5e6, 100e6, 90e6, 120e6}
	s := source(times...)
	defer s.Close()
	start := time.Now()
	var p capture.Packet
	var last int64
	n, idle := 0, 0
	for {
		switch err := s.Next(&p); {
		case errors.Is(err, capture.ErrIdle):
			idle++
			if p.Time < last {
				t.Errorf("time goes back from %d to %d while nothing comes", last, p.Time)
			}
			last = p.Time
			continue
		case errors.Is(err, io.EOF):
			if n != len(times) || idle < 3 {
				t.Errorf("%d packets, %d times idle", n, idle)
			}
			return
		case err != nil:
			t.Fatal(err)
		}
		if n++; p.Number != int64(n) || p.Data[0] != byte(n-1) {
			t.Errorf("packet %d is number %d", n, p.Number)
		}
		if d := time.Since(start); d < times[n-1] {
			t.Errorf("packet %d came after %v, it was captured after %v", n, d, times[n-1])
		}
	}
}

func TestCloseEndsTheWait(t *testing.T) {
	s := source(0, time.Hour)
	ended := make(chan error, 1)
	go func() {
		var p capture.Packet
		for {
			if err := s.Next(&p); err != nil && !errors.Is(err, capture.ErrIdle) {
				ended <- err
				return
			}
		}
	}()
	s.Close()
	s.Close()
	select {
	case err := <-ended:
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("got %v, want os.ErrClosed", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Next still waits")
	}
}
