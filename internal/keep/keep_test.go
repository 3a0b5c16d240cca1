package keep_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"ricochet/capture"
	"ricochet/internal/keep"
	"ricochet/internal/wiretest"
)

// writer returns a Writer to memory.
func writer(t testing.TB, o keep.Options) (*keep.Writer, *memory) {
	t.Helper()
	var file memory
	w, err := keep.CreateOn(o, &file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w, &file
}

// take gives packets to w and reports how many are held then.
func take(t testing.TB, w *keep.Writer, packets ...capture.Packet) int {
	t.Helper()
	for i := range packets {
		if err := w.Packet(&packets[i]); err != nil {
			t.Fatal(err)
		}
	}
	held, _ := w.Held()
	return held
}

func TestPacketsStayWhatTheyAre(t *testing.T) {
	packets := script(t, conversation(100, "*SET key "+secret, replies()))
	for _, in := range []func([]capture.Packet) []capture.Packet{
		func(p []capture.Packet) []capture.Packet { return p }, wiretest.VXLAN, wiretest.GRE, wiretest.VLAN, wiretest.Cooked,
	} {
		original := in(packets)
		written, _, stats := kept(t, keep.Options{}, original)
		if stats.Packets != int64(len(original)) || stats.Cut != 0 || stats.Dropped != 0 {
			t.Errorf("%+v", stats)
		}
		was, is := payloads(original), payloads(written)
		for i := range original {
			a, b := &original[i], &written[i]
			if a.Time != b.Time || a.Len != b.Len || a.Link != b.Link || len(a.Data) != len(b.Data) {
				t.Fatalf("packet %d: %v became %v", i+1, a, b)
			}
			if head := len(a.Data) - len(was[i].data); !bytes.Equal(a.Data[:head], b.Data[:head]) || len(was[i].data) != len(is[i].data) {
				t.Fatalf("packet %d: the header changed", i+1)
			}
		}
	}
}

func TestPacketIsHeldUntilItsValueIsThere(t *testing.T) {
	packets := script(t, "mss 40\nopen c1.a>A\nc1.a>A *SET key <60>\nA>c1.a +OK")
	w, _ := writer(t, keep.Options{})
	if n := take(t, w, packets[:4]...); n != 1 {
		t.Fatalf("%d packets are held with the start of a value", n)
	}
	if n := take(t, w, packets[4:]...); n != 0 {
		t.Fatalf("%d packets are held at the end", n)
	}
}

func TestHoleIsFilledLate(t *testing.T) {
	packets := script(t, "open c1.a>A\n1ms c1.a>A *SET key value\n2ms c1.a>A *GET key\n3ms c1.a>A *GET other\nswap")
	packets[3], packets[4] = packets[4], packets[3] // the SET comes last but one
	w, file := writer(t, keep.Options{})
	if n := take(t, w, packets[:4]...); n != 1 {
		t.Fatalf("%d packets are held behind a hole", n)
	}
	take(t, w, packets[4:]...)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if s := w.Stats(); s.Cut != 0 || s.Repeated != 0 {
		t.Errorf("%+v", s)
	}
	for _, want := range []string{"GET\r\n$3\r\nkey", "GET\r\n$5\r\nother", "SET\r\n$3\r\nkey\r\n$5\r\n"} {
		if !strings.Contains(file.String(), want) {
			t.Errorf("%q is not seen", want)
		}
	}
}

func TestHoleThatStays(t *testing.T) {
	packets := script(t, "open c1.a>A\n1ms lose c1.a>A *SET key value\n2ms c1.a>A *GET key\n")
	for _, c := range []struct {
		name string
		pass func(*keep.Writer, int64) error
	}{
		{"as time passes", func(w *keep.Writer, now int64) error { return w.Idle(now) }},
		{"at the next packet", func(w *keep.Writer, now int64) error {
			return w.Packet(&capture.Packet{Time: now, Link: capture.LinkEthernet, Len: 14, Data: make([]byte, 14)})
		}},
		{"when the clock is set back", func(w *keep.Writer, now int64) error { return w.Idle(now - 3*keep.MaxHeldTime) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, file := writer(t, keep.Options{})
			last := packets[len(packets)-1].Time
			if n := take(t, w, packets...); n != 1 {
				t.Fatalf("%d packets are held", n)
			}
			if err := w.Idle(last + keep.MaxHeldTime); err != nil {
				t.Fatal(err)
			}
			if n, _ := w.Held(); n != 1 {
				t.Fatalf("%d packets are held until the time has come", n)
			}
			if err := c.pass(w, last+keep.MaxHeldTime+1); err != nil {
				t.Fatal(err)
			}
			if n, _ := w.Held(); n != 0 || w.Stats().Cut != 1 {
				t.Errorf("%d packets are held, %+v", n, w.Stats())
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(file.String(), "key") {
				t.Error("what was not understood is seen")
			}
		})
	}
}

func TestBoundsOfWhatIsHeld(t *testing.T) {
	for _, c := range []struct {
		name        string
		count, size int
		most        int
	}{
		{"packets", keep.MaxHeldPackets + 100, 10, keep.MaxHeldPackets},
		{"bytes", 100, 60000, 4 * (keep.MaxHeldBytes/60000 + 1)}, // with the handshakes
	} {
		t.Run(c.name, func(t *testing.T) {
			// Packets behind a hole, for each of as many connections as it takes.
			text := ""
			for i := range c.count {
				conn := fmt.Sprintf("c%d.x%d", i%9+1, i)
				text += fmt.Sprintf("open %[1]s>A\nlose %[1]s>A *PING\n%[1]s>A *SET key <%[2]d>\n", conn, c.size)
			}
			packets := script(t, text)
			w, _ := writer(t, keep.Options{})
			most := 0
			for i := range packets {
				most = max(most, take(t, w, packets[i]))
			}
			if most > c.most || most < c.most/2 {
				t.Errorf("up to %d packets are held", most)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if s := w.Stats(); s.Packets != int64(len(packets)) {
				t.Errorf("%d packets became %+v", len(packets), s)
			}
		})
	}
}

func TestRepeatedBytesAreBlank(t *testing.T) {
	packets := script(t, "open c1.a>A\nc1.a>A *GET key\nA>c1.a +OK\nagain c1.a>A")
	written, _, stats := kept(t, keep.Options{}, packets)
	if client, _ := streams(written); client != "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n"+strings.Repeat("x", 22) {
		t.Errorf("got %q", client)
	}
	if stats.Repeated != 1 || stats.Cut != 0 {
		t.Errorf("%+v", stats)
	}
}

func TestWhatIsBehindThePacketIsMuted(t *testing.T) {
	for _, text := range []string{"open c1.a>A", "open c1.a>A\nc1.a>A *GET key"} {
		packets := script(t, text)
		p := &packets[len(packets)-1]
		p.Data = append(append([]byte(nil), p.Data...), secret...)
		p.Len = len(p.Data)
		_, file, _ := kept(t, keep.Options{}, packets)
		if bytes.Contains(file, []byte(secret)) {
			t.Errorf("%s: padding is seen", text)
		}
	}
}

func TestPacketsThatAreNotTCP(t *testing.T) {
	header := func(s string) []byte { return []byte(s) }
	ethernet := "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02"
	ip := "\x45\x00\x00\x40\x00\x01\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02"
	fragment := "\x45\x00\x00\x3c\x00\x01\x20\x00\x40\x06\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02"
	for _, c := range []struct {
		name  string
		link  capture.LinkType
		head  []byte
		shown int
	}{
		{"ARP", capture.LinkEthernet, header(ethernet + "\x08\x06"), 14},
		{"UDP", capture.LinkEthernet, header(ethernet + "\x08\x00" + ip + "\x00\x35\x00\x35\x00\x2c\x00\x00"), 14 + 20},
		{"a fragment", capture.LinkEthernet, header(ethernet + "\x08\x00" + fragment), 14 + 20},
		{"no known link type", 9999, nil, 0},
		{"a source address and no more", capture.LinkEthernet, header(ethernet), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := append(c.head, strings.Repeat(secret, 4)...)
			packets := []capture.Packet{{Time: 1, Link: c.link, Len: len(data), Data: data}}
			written, file, stats := kept(t, keep.Options{}, packets)
			if bytes.Contains(file, []byte(secret)) || stats.Opaque != 1 {
				t.Errorf("the packet is seen, %+v", stats)
			}
			if got := written[0]; got.Len != len(data) || !bytes.HasPrefix(got.Data, data[:c.shown]) {
				t.Errorf("got %d bytes of %d: %q", len(got.Data), got.Len, got.Data)
			}
			a, b := analyze(t, packets), analyze(t, written)
			if fmt.Sprint(a.Blind) != fmt.Sprint(b.Blind) || a.Totals.Packets != b.Totals.Packets {
				t.Errorf("the reports differ: %v, %v", a.Blind, b.Blind)
			}
		})
	}
}

func TestLongPacketsAreCut(t *testing.T) {
	packets := script(t, "open c1.a>A\nc1.a>A *SET key v")
	p := &packets[len(packets)-1]
	p.Data = append(append([]byte(nil), p.Data...), make([]byte, 2*keep.MaxPacket)...)
	p.Len = len(p.Data)
	written, _, _ := kept(t, keep.Options{}, packets)
	if got := written[len(written)-1]; len(got.Data) != keep.MaxPacket || got.Len != p.Len {
		t.Errorf("%d bytes of %d", len(got.Data), got.Len)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("makes many packets")
	}
	w, _ := writer(t, keep.Options{})
	p := script(t, "open c1.a>A")[0]
	for i := range keep.MaxConns + 1000 {
		p.Data[14+12+3], p.Data[34], p.Data[35] = byte(i>>16), byte(i>>8), byte(i)
		p.Time += 1000
		take(t, w, p)
	}
	if n := w.Conns(); n != keep.MaxConns {
		t.Errorf("%d connections are remembered", n)
	}
}

func TestNothingIsAllocatedForAPacket(t *testing.T) {
	packets := script(t, "open c1.a>A\n"+strings.Repeat("c1.a>A *SET key value | *GET key | *HSET h f 1\nA>c1.a +OK | $v | :1\n", 1500))
	w, err := keep.Create(keep.Options{Name: tempFile(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	const warm = 100
	take(t, w, packets[:warm]...)
	i := warm
	if n := testing.AllocsPerRun(2000, func() {
		if err := w.Packet(&packets[i]); err != nil {
			t.Fatal(err)
		}
		i++
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}
