package wiretest

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ricochet/capture"
)

// describe renders a packet as one line: time, who to whom, flags, sequence and
// acknowledgement numbers, payload. It trusts the headers to be in place.
func describe(t *testing.T, p capture.Packet) string {
	t.Helper()
	ip := p.Data[ethernetLen:]
	var src, dst netip.Addr
	var tcp []byte
	if ip[0]>>4 == 4 {
		if got := int(binary.BigEndian.Uint16(ip[2:])) + ethernetLen; got != p.Len {
			t.Errorf("IPv4 length makes a frame of %d bytes, packet has %d", got, p.Len)
		}
		src, dst = netip.AddrFrom4([4]byte(ip[12:])), netip.AddrFrom4([4]byte(ip[16:]))
		tcp = ip[ipv4Len:]
	} else {
		if got := int(binary.BigEndian.Uint16(ip[4:])) + ethernetLen + ipv6Len; got != p.Len {
			t.Errorf("IPv6 length makes a frame of %d bytes, packet has %d", got, p.Len)
		}
		src, dst = netip.AddrFrom16([16]byte(ip[8:])), netip.AddrFrom16([16]byte(ip[24:]))
		tcp = ip[ipv6Len:]
	}
	var flags []byte
	for i, c := range []byte("FSRPA") {
		if tcp[13]&(1<<i) != 0 {
			flags = append(flags, c)
		}
	}
	line := fmt.Sprintf("%v %v>%v %s %d %d", time.Duration(p.Time-BaseTime),
		netip.AddrPortFrom(src, binary.BigEndian.Uint16(tcp)),
		netip.AddrPortFrom(dst, binary.BigEndian.Uint16(tcp[2:])),
		flags, binary.BigEndian.Uint32(tcp[4:]), binary.BigEndian.Uint32(tcp[8:]))
	if payload := tcp[tcpLen:]; len(payload) > 0 {
		line += fmt.Sprintf(" %q", payload)
	}
	return line
}

func mustParse(t testing.TB, script string) *Capture {
	t.Helper()
	c, err := Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParseEvents(t *testing.T) {
	// Sequence numbers are chosen in each script, so that a reader can check them.
	const chosen = "seq c1.x>A 100\nseq A>c1.x 500\n"
	const up, down = "10.0.0.11:40001>10.0.0.1:6379", "10.0.0.1:6379>10.0.0.11:40001"
	tests := []struct {
		name   string
		script string
		want   string
	}{
		{"comments and blank lines make no packet", "# a comment\n\n  # another\n", ""},
		{"open is three packets at its time", chosen + "3ms open c1.x>A # why",
			"3ms " + up + " S 100 0\n3ms " + down + " SA 500 101\n3ms " + up + " A 101 501"},
		{"data acknowledges what the peer sent", chosen + "join c1.x>A\n1ms c1.x>A \"ping\"\n2ms A>c1.x +OK\nc1.x>A \"x\"",
			"1ms " + up + " PA 100 500 \"ping\"\n2ms " + down + " PA 500 104 \"+OK\\r\\n\"\n2ms " + up + " PA 104 505 \"x\""},
		{"lost data advances the numbers", chosen + "join c1.x>A\nlose c1.x>A \"ping\"\nA>c1.x \"y\"\nc1.x>A \"x\"",
			"0s " + down + " PA 500 104 \"y\"\n0s " + up + " PA 104 501 \"x\""},
		{"again repeats lost data", chosen + "join c1.x>A\nlose c1.x>A \"ping\"\n1ms again c1.x>A",
			"1ms " + up + " PA 100 500 \"ping\""},
		{"again repeats cut data whole", chosen + "join c1.x>A\ncut 2 c1.x>A \"ping\"\nagain c1.x>A",
			"0s " + up + " PA 100 500 \"pi\"\n0s " + up + " PA 100 500 \"ping\""},
		{"cut beyond the payload cuts nothing", chosen + "join c1.x>A\ncut 9 c1.x>A \"ping\"",
			"0s " + up + " PA 100 500 \"ping\""},
		{"swapped packets leave their times behind", chosen + "join c1.x>A\n1ms c1.x>A \"a\"\n2ms c1.x>A \"b\"\nswap",
			"1ms " + up + " PA 101 500 \"b\"\n2ms " + up + " PA 100 500 \"a\""},
		{"mss cuts data", chosen + "join c1.x>A\nmss 3\nc1.x>A \"abcd\"",
			"0s " + up + " PA 100 500 \"abc\"\n0s " + up + " PA 103 500 \"d\""},
		{"sequence numbers wrap", "seq c1.x>A 4294967294\nseq A>c1.x 7\njoin c1.x>A\nc1.x>A \"abcd\"\nA>c1.x \"x\"",
			"0s " + up + " PA 4294967294 7 \"abcd\"\n0s " + down + " PA 7 2 \"x\""},
		{"ack carries nothing", chosen + "join c1.x>A\nA>c1.x \"x\"\nack c1.x>A",
			"0s " + down + " PA 500 100 \"x\"\n0s " + up + " A 100 501"},
		{"client closes first", chosen + "join c1.x>A\nclose c1.x",
			"0s " + up + " FA 100 500\n0s " + down + " FA 500 101\n0s " + up + " A 101 501"},
		{"server closes first", chosen + "join c1.x>A\nclose A>c1.x",
			"0s " + down + " FA 500 100\n0s " + up + " FA 100 501\n0s " + down + " A 501 101"},
		{"server resets", chosen + "join c1.x>A\nreset A>c1.x", "0s " + down + " RA 500 100"},
		{"refused connection", chosen + "refuse c1.x>A", "0s " + up + " S 100 0\n0s " + down + " RA 0 101"},
		{"silent target", chosen + "silent c1.x>A", "0s " + up + " S 100 0"},
		{"each name has a port of its own", "silent c1.x>A\nsilent c1.y>B\nsilent c2.x>A\nsilent B.repl>K",
			"0s " + up + " S 66536 0\n" +
				"0s 10.0.0.11:40002>10.0.0.2:6379 S 132072 0\n" +
				"0s 10.0.0.12:40001>10.0.0.1:6379 S 197608 0\n" +
				"0s 10.0.0.2:40001>10.0.0.21:6379 S 263144 0"},
		{"opened again: same port, other numbers", "silent c1.x>A\nsilent c1.x>A",
			"0s " + up + " S 66536 0\n0s " + up + " S 132072 0"},
		{"declared hosts", "host A 10.1.0.1:7000\nhost app 10.9.9.9\nsilent app.x>A",
			"0s 10.9.9.9:40001>10.1.0.1:7000 S 66536 0"},
		{"IPv6", "host A [fd00::a]:7000\nhost c1 [fd00::1]\nseq c1.x>A 1\nsilent c1.x>A",
			"0s [fd00::1]:40001>[fd00::a]:7000 S 1 0"},
		{"time may go back", "5ms silent c1.x>A\n4ms silent c1.x>A",
			"5ms " + up + " S 66536 0\n4ms " + up + " S 132072 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for i, p := range mustParse(t, test.script).Packets {
				got = append(got, describe(t, p))
				if p.Number != int64(i+1) || p.Link != capture.LinkEthernet {
					t.Errorf("packet %d has number %d and link type %d", i+1, p.Number, p.Link)
				}
			}
			if got := strings.Join(got, "\n"); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"the line is named", "\n# two\n1ms jump c1.x>A", `line 3: unknown event "jump"`},
		{"time alone", "1ms", "line 1: time without an event"},
		{"bad time", "1parsec open c1.x>A", "line 1: parse time"},
		{"not opened", "c1.x>A +OK", "line 1: c1.x>A is not open"},
		{"silent is not open", "silent c1.x>A\nc1.x>A +OK", "line 2: c1.x>A is not open"},
		{"node opens", "open A>c1.x", "only a client connects"},
		{"no client", "open A>B", "want client.name>node"},
		{"two clients", "open c1.x>c2.y", "want client.name>node"},
		{"unknown name", "open app.x>A", `unknown name "app"`},
		{"unknown connection", "close c1.x", `"c1.x" names no connection`},
		{"mixed families", "host A [fd00::a]\nopen c1.x>A", "one is IPv4, the other IPv6"},
		{"host after use", "silent c1.x>A\nhost A 10.0.0.9", "host A: already declared or used"},
		{"host without address", "host A", "host A: "},
		{"host with a zone", "host A [fe80::1%eth0]", "no form on the wire"},
		{"nothing to repeat", "open c1.x>A\nagain c1.x>A", "no data packet to repeat"},
		{"nothing to swap", "swap", "two packets before it"},
		{"sequence number too large", "seq c1.x>A 4294967296", "parse sequence number"},
		{"mss of nothing", "mss 0", `mss "0"`},
		{"cut without a number", "cut A>c1.x +OK", `cut "A>c1.x"`},
		{"no data", "join c1.x>A\nc1.x>A", "line 2: missing value"},
		{"too much", "join c1.x>A\n" + strings.Repeat("c1.x>A $<16000000>\n", 5), "capture exceeds"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := Parse(test.script)
			if err == nil || c != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, %v, want an error with %q", c, err, test.want)
			}
		})
	}
}

func TestCutPacketKeepsItsLengthOnTheWire(t *testing.T) {
	c := mustParse(t, "join c1.x>A\ncut 20 A>c1.x $<100>")
	p := c.Packets[0]
	const headers, payload = ethernetLen + ipv4Len + tcpLen, len("$100\r\n") + 100 + 2
	if p.Len != headers+payload || len(p.Data) != headers+20 {
		t.Errorf("got %d of %d bytes", len(p.Data), p.Len)
	}
}

func TestBaseTime(t *testing.T) {
	if got := time.Unix(0, BaseTime).UTC().Format(time.RFC3339Nano); got != "2026-01-02T03:04:05Z" {
		t.Errorf("got %s", got)
	}
}
