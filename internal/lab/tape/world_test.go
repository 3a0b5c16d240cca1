package tape_test

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"ricochet/decode/frame"
	"ricochet/internal/lab/tape"
	"ricochet/internal/lab/world"
	"ricochet/internal/testenv"
)

// way is one direction of a connection.
type way struct{ src, dst netip.AddrPort }

// witness is a tape that also notes what was sent.
type witness struct {
	*tape.Tape
	sent map[way][]byte
}

func (w *witness) Segment(s *world.Segment) {
	k := way{s.Flow.Client, s.Flow.Server}
	if s.FromServer {
		k = way{k.dst, k.src}
	}
	w.sent[k] = append(w.sent[k], s.Data...)
	w.Tape.Segment(s)
}

// echo sends back what it gets. It closes when the other end does.
type echo struct{ conn *world.Conn }

func (e echo) Data(b []byte) { e.conn.Send(b) }
func (e echo) Closed(error)  {}

// talker sends the next piece when it has back the one before, and ends in its way.
type talker struct {
	conn   *world.Conn
	pieces []int
	left   int
	end    func(*world.Conn)
}

func (c *talker) Data(b []byte) {
	if c.left -= len(b); c.left == 0 {
		c.next()
	}
}

func (c *talker) Closed(error) {}

func (c *talker) next() {
	if len(c.pieces) == 0 {
		c.end(c.conn)
		return
	}
	c.left, c.pieces = c.pieces[0], c.pieces[1:]
	c.conn.Send(bytes.Repeat([]byte{byte('a' + len(c.pieces))}, c.left))
}

// play plays a world with connections of all sorts, and returns the file and what was
// sent.
func play(t *testing.T, seed uint64) ([]byte, map[way][]byte) {
	t.Helper()
	sent := map[way][]byte{}
	return record(t, func(tp *tape.Tape) {
		w := world.New(world.Options{
			Seed: seed, Wire: world.Memory, Start: start,
			Latency: time.Millisecond, Jitter: 3 * time.Millisecond, Tape: &witness{tp, sent},
		})
		defer w.Close()
		for _, ip := range []string{"127.0.0.1", "::1"} {
			addr := netip.MustParseAddr(ip)
			server, client := w.Host("server", addr), w.Host("client", addr)
			at := netip.AddrPortFrom(addr, 7001)
			if _, err := server.Listen(at.Port(), func(c *world.Conn) { c.Handle(echo{c}) }); err != nil {
				t.Fatal(err)
			}
			w.Do(func() {
				for i := range 40 {
					end := (*world.Conn).Close
					if i%5 == 4 {
						end = (*world.Conn).Reset
					}
					c := &talker{pieces: []int{1, 7, 1000, 5000, 40_000, 70_000}[:1+i%6], end: end}
					client.After(time.Duration(i)*time.Millisecond, func() {
						client.Dial(at, func(conn *world.Conn, err error) {
							if err != nil {
								t.Error(err)
								return
							}
							c.conn = conn
							conn.Handle(c)
							c.next()
						})
					})
				}
				client.Dial(netip.AddrPortFrom(addr, 7002), func(*world.Conn, error) {})
			})
		}
		if err := w.Run(context.Background(), time.Minute); err != nil {
			t.Fatal(err)
		}
	}), sent
}

// What was sent is what the frames carry, byte by byte, from SYN to FIN or RST, and
// nothing is acknowledged that was not sent.
func TestFramesCarryWhatWasSent(t *testing.T) {
	file, sent := play(t, 1)
	got := map[way][]byte{}
	next := map[way]uint32{}
	for i, s := range read(t, file) {
		k := way{s.Src.AddrPort(), s.Dst.AddrPort()}
		refuses := s.Flags&frame.RST != 0 && s.Seq == 0
		switch {
		case s.Flags&frame.SYN != 0:
			next[k] = s.Seq + 1
		case refuses:
		case s.Seq != next[k]:
			t.Fatalf("frame %d has sequence number %d, want %d", i, s.Seq, next[k])
		default:
			next[k] += uint32(len(s.Payload))
		}
		if s.Flags&frame.FIN != 0 {
			next[k]++
		}
		if s.Flags&frame.ACK != 0 {
			if ahead := int32(s.Ack - next[way{k.dst, k.src}]); ahead > 0 {
				t.Fatalf("frame %d acknowledges %d bytes that were not sent", i, ahead)
			}
		}
		got[k] = append(got[k], s.Payload...)
	}
	total := 0
	for k, want := range sent {
		if total += len(want); !bytes.Equal(got[k], want) {
			t.Errorf("%v: %d bytes, want %d", k, len(got[k]), len(want))
		}
	}
	if total < 2_000_000 || len(sent) < 160 {
		t.Errorf("only %d bytes in %d directions", total, len(sent))
	}
	if again, _ := play(t, 1); !bytes.Equal(again, file) {
		t.Error("another file the second time")
	}
}

// A critical reader finds nothing to object to.
func TestWiresharkIsContent(t *testing.T) {
	tshark := testenv.RequireCommand(t, "tshark")
	file, _ := play(t, 2)
	name := filepath.Join(t.TempDir(), "world.pcapng")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	count := func(filter string) string {
		cmd := exec.Command(tshark, "-r", name, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-Y", filter)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if out := count("tcp.analysis.flags or tcp.checksum.status != 1 or (ip and ip.checksum.status != 1) or _ws.malformed or not tcp"); out != "" {
		t.Errorf("objections:\n%.2000s", out)
	}
	for _, filter := range []string{
		"tcp.flags.syn == 1 and ip and tcp.options.mss_val == 65495 and tcp.options.wscale.shift == 14",
		"tcp.flags.syn == 1 and ipv6 and tcp.options.mss_val == 65475",
		"tcp.flags.reset == 1 and tcp.seq_raw == 0",
		"ip.flags.df == 1 and eth.src == 00:00:00:00:00:00",
		`frame.interface_name == "lo"`,
	} {
		if count(filter) == "" {
			t.Errorf("no frame with %s", filter)
		}
	}
}
