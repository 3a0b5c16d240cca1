package live

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ricochet/capture"
)

// forEach runs a test with each mechanism.
func forEach(t *testing.T, test func(t *testing.T, mechanism string)) {
	for _, m := range []string{MechanismEBPF, MechanismPacket} {
		t.Run(m, func(t *testing.T) { test(t, m) })
	}
}

// rest stops the capture and returns all packets that wait.
func rest(t testing.TB, s *Source) []capture.Packet {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	return read(t, s, func(err error, _ capture.Packet) bool { return err == io.EOF })
}

// pending returns the packets that were captured before it was called, and maybe
// some more.
func pending(t testing.TB, s *Source) []capture.Packet {
	t.Helper()
	now := time.Now().UnixNano()
	return read(t, s, func(err error, p capture.Packet) bool { return errors.Is(err, capture.ErrIdle) && p.Time > now })
}

// read returns packets up to a report that is the last.
func read(t testing.TB, s *Source, last func(error, capture.Packet) bool) []capture.Packet {
	t.Helper()
	var all []capture.Packet
	for end := time.Now().Add(patience); ; {
		var p capture.Packet
		err := s.Next(&p)
		switch {
		case last(err, p):
			return all
		case errors.Is(err, capture.ErrIdle):
			if time.Now().After(end) {
				t.Fatal("reading does not end")
			}
			continue
		case err != nil:
			t.Fatal(err)
		}
		p.Data = bytes.Clone(p.Data)
		all = append(all, p)
	}
}

// echo serves one connection after the other and sends back what comes.
func echo(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.Copy(c, c)
		_ = c.Close()
	}
}

// exchange sends each of the messages and reads it back, then closes.
func exchange(t testing.TB, c net.Conn, messages []string) {
	t.Helper()
	for _, m := range messages {
		sent := make(chan error, 1)
		go func() {
			_, err := io.WriteString(c, m)
			sent <- err
		}()
		back := make([]byte, len(m))
		if _, err := io.ReadFull(c, back); err != nil {
			t.Fatal(err)
		}
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// messages are so many bytes in all, of which no two stretches are the same, and
// which are nothing of Valkey's.
func messages() (all []string) {
	for _, size := range []int{1, 100, 1500, 9000, 64 << 10, 200 << 10} {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, "<%d of %d>", i, size)
		}
		all = append(all, b.String()[:size])
	}
	return all
}

// segment is the TCP of a packet.
type segment struct {
	from, to uint16
	seq      uint32
	syn      bool
	payload  []byte
}

// dissect finds the TCP segment of a frame without tags or extension headers.
func dissect(t testing.TB, p capture.Packet) segment {
	t.Helper()
	b := p.Data
	if p.Link == capture.LinkEthernet {
		b = b[ethernetLen:]
	}
	if b[0]>>4 == 4 {
		b = b[int(b[0]&0xf)*4 : min(int(binary.BigEndian.Uint16(b[2:])), len(b))]
	} else {
		b = b[ipv6Len:]
	}
	return segment{
		from: binary.BigEndian.Uint16(b), to: binary.BigEndian.Uint16(b[2:]), seq: binary.BigEndian.Uint32(b[4:]),
		syn: b[13]&2 != 0, payload: b[int(b[12]>>4)*4:],
	}
}

// streams puts together what was sent from each port. Each segment must be seen
// once, but for the few that TCP sends again when the host is busy.
func streams(t testing.TB, packets []capture.Packet) map[uint16]string {
	t.Helper()
	text, start := map[uint16][]byte{}, map[uint16]uint32{}
	repeated := 0
	type seen struct {
		segment
		number int64
	}
	var segments []seen
	for _, p := range packets {
		if p.Len != len(p.Data) {
			t.Errorf("%d bytes of %d were kept of packet %d", len(p.Data), p.Len, p.Number)
		}
		s := dissect(t, p)
		switch {
		case s.syn:
			start[s.from] = s.seq + 1
		case len(s.payload) > 0:
			segments = append(segments, seen{s, p.Number})
		}
	}
	// Two processors may pass segments of a connection one before the other.
	slices.SortStableFunc(segments, func(a, b seen) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(int32(a.seq-start[a.from]), int32(b.seq-start[b.from])))
	})
	for _, s := range segments {
		at, have := int(s.seq-start[s.from]), len(text[s.from])
		if at > have {
			t.Fatalf("%d bytes are missing before packet %d", at-have, s.number)
		}
		if at < have {
			repeated++
		}
		if at+len(s.payload) > have {
			text[s.from] = append(text[s.from][:at], s.payload...)
		}
	}
	if repeated > len(packets)/4 {
		t.Errorf("%d of %d packets were seen again", repeated, len(packets))
	}
	whole := map[uint16]string{}
	for port, b := range text {
		whole[port] = string(b)
	}
	return whole
}

// wantBothWays checks that what a client sent was seen going to port 6379 and
// coming back, once each.
func wantBothWays(t testing.TB, packets []capture.Packet, sent []string) {
	t.Helper()
	both := streams(t, packets)
	if len(both) != 2 {
		t.Fatalf("%d streams, want 2", len(both))
	}
	for port, text := range both {
		if want := strings.Join(sent, ""); text != want {
			t.Errorf("%d bytes were seen from port %d, want %d", len(text), port, len(want))
		}
	}
}

// wantHealth checks that nothing was lost and that as many packets were matched
// as were yielded.
func wantHealth(t testing.TB, s *Source, yielded int) {
	t.Helper()
	h, err := s.Health()
	if err != nil {
		t.Fatal(err)
	}
	if h.Dropped != 0 || h.DroppedBytes != 0 || h.Matched != int64(yielded) || h.RingUsed != 0 || h.RingBytes == 0 {
		t.Errorf("%+v after %d packets", h, yielded)
	}
}

// device makes a TUN or TAP interface in the namespace of the calling thread,
// and returns a file whose writes are frames that come in.
func device(name string, mode uint16) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		return nil, err
	}
	request.SetUint16(mode | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		return nil, errors.Join(fmt.Errorf("make %s: %w", name, err), unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), name), nil
}

// plug makes a TUN or TAP interface in the namespace for as long as the test runs.
func (n *namespace) plug(t testing.TB, name string, mode uint16) *os.File {
	t.Helper()
	var f *os.File
	n.do(t, func() (err error) {
		if f, err = device(name, mode); err != nil {
			return err
		}
		return up(name)
	})
	t.Cleanup(func() { f.Close() })
	return f
}

// newRandom is the same in each run.
func newRandom(testing.TB) *rand.Rand { return rand.New(rand.NewPCG(5, 6)) }
