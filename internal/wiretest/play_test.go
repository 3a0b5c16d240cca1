package wiretest

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"
)

// texts returns the payloads of packets as one line each: from which host, when,
// what, with CRLF shown as a blank.
func texts(t *testing.T, c *Capture) []string {
	t.Helper()
	var out []string
	for _, p := range c.Packets {
		line := describe(t, p)
		if i := strings.Index(line, ` "`); i >= 0 {
			at, rest, _ := strings.Cut(line, " ")
			src, _, _ := strings.Cut(rest, ":")
			out = append(out, at+" "+src+" "+strings.ReplaceAll(line[i+1:], `\r\n`, " "))
		}
	}
	return out
}

func TestPlay(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		want         []string
	}{
		{"answer a millisecond later", "0ms open c1.a>A\n5ms c1.a>A *GET k => -REDIRECT {B}\nack c1.a>A\n", []string{
			`5ms 10.0.0.11 "*2 $3 GET $1 k "`, `6ms 10.0.0.1 "-REDIRECT 10.0.0.2:6379 "`,
		}},
		{"arrow in quotes", "0ms open c1.a>A\n5ms c1.a>A *GET \"k => v\"\n", []string{`5ms 10.0.0.11 "*2 $3 GET $6 k => v "`}},
		{"client", "0ms client c1.a>A shop\n", []string{
			`200µs 10.0.0.11 "*3 $6 CLIENT $7 SETNAME $4 shop "`, `400µs 10.0.0.1 "+OK "`,
			`600µs 10.0.0.11 "*3 $6 CLIENT $4 CAPA $8 redirect "`, `800µs 10.0.0.1 "+OK "`,
		}},
		{"handshake", "0ms handshake B.r>A 8.0.1 192.0.2.7\n", []string{
			`200µs 10.0.0.2 "*1 $4 PING "`, `400µs 10.0.0.1 "+PONG "`,
			`600µs 10.0.0.2 "*3 $8 REPLCONF $14 listening-port $4 6379 "`, `800µs 10.0.0.1 "+OK "`,
			`1ms 10.0.0.2 "*3 $8 REPLCONF $10 ip-address $9 192.0.2.7 "`, `1.2ms 10.0.0.1 "+OK "`,
			`1.4ms 10.0.0.2 "*5 $8 REPLCONF $4 capa $3 eof $4 capa $6 psync2 *3 $8 REPLCONF $7 version $5 8.0.1 "`, `1.6ms 10.0.0.1 "+OK +OK "`,
		}},
		{"repeated text", "0ms open c1.a>A\n1ms c1.a>A *PSYNC <40*f> 1 => +CONTINUE {40*e}\n", []string{
			`1ms 10.0.0.11 "*3 $5 PSYNC $40 ` + strings.Repeat("f", 40) + ` $1 1 "`, `2ms 10.0.0.1 "+CONTINUE ` + strings.Repeat("e", 40) + ` "`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := texts(t, mustParse(t, tt.script))
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestBusMessage(t *testing.T) {
	c := mustParse(t, `
host Bbus 10.0.0.2:16379
0ms open A.bus>Bbus
1ms bus A.bus>Bbus ping id=a flags=primary+myself epoch=7 slots=0-8,16383 paused about=c@C:replica+fail
2ms bus Bbus>A.bus fail id=b flags=replica of=a about=c
`)
	const start = ethernetLen + ipv4Len + tcpLen
	ping, fail := c.Packets[3].Data[start:], c.Packets[4].Data[start:]
	be := binary.BigEndian
	for _, check := range []struct {
		what      string
		got, want uint64
	}{
		{"length", uint64(be.Uint32(ping[4:])), busHeaderLen + busGossipLen},
		{"real length", uint64(len(ping)), busHeaderLen + busGossipLen},
		{"port", uint64(be.Uint16(ping[10:])), 6379},
		{"gossip entries", uint64(be.Uint16(ping[14:])), 1},
		{"epoch", be.Uint64(ping[24:]), 7},
		{"first slots", uint64(be.Uint16(ping[80:])), 0xff01},
		{"last slot", uint64(ping[80+2047]), 0x80},
		{"flags", uint64(be.Uint16(ping[2250:])), 17},
		{"paused", uint64(ping[2253]), 1},
		{"gossip port", uint64(be.Uint16(ping[busHeaderLen+94:])), 6379},
		{"gossip flags", uint64(be.Uint16(ping[busHeaderLen+98:])), 10},
		{"port of the server", uint64(be.Uint16(fail[10:])), 6379},
		{"type of fail", uint64(be.Uint16(fail[12:])), 3},
		{"length of fail", uint64(len(fail)), busHeaderLen + idLen},
	} {
		if check.got != check.want {
			t.Errorf("%s: %d, want %d", check.what, check.got, check.want)
		}
	}
	if id := string(fail[2128:][:idLen]) + string(fail[busHeaderLen:]); id != strings.Repeat("a", idLen)+strings.Repeat("c", idLen) {
		t.Errorf("IDs %q", id)
	}
}

func TestPlayRefuses(t *testing.T) {
	for _, script := range []string{
		"0ms client", "0ms client c1.a>A x y", "0ms handshake A>c1.a 8", "0ms replicate B.r>A 8.0.1 xy",
		"0ms bus A.b>B ping", "0ms open A.b>B\nbus A.b>B nonsense", "0ms open A.b>B\nbus A.b>B ping slots=1-99999",
		"0ms open c1.a>A\nc1.a>A *GET <x*y>",
	} {
		if _, err := Parse(script); err == nil {
			t.Errorf("%q was accepted", script)
		}
	}
}

func TestVantage(t *testing.T) {
	c := mustParse(t, `
0ms open c1.a>A
1ms c1.a>A *GET k => $v
5ms open c2.a>B
6ms c2.a>B *GET k => $v
`)
	seen, err := c.SeenAt("A", "c1")
	if err != nil {
		t.Fatal(err)
	}
	count := map[int]int64{}
	for _, p := range seen.Packets {
		count[p.Origin]++
		if p.Number != count[p.Origin] {
			t.Errorf("packet %d of capture %d has number %d", count[p.Origin], p.Origin, p.Number)
		}
	}
	if count[0] != 5 || count[1] != 5 || len(count) != 2 {
		t.Errorf("packets by capture: %v", count)
	}
	// The command leaves the client first, the reply leaves the server first.
	ask, reply := seen.Packets[len(seen.Packets)-4:][:2], seen.Packets[len(seen.Packets)-2:]
	if ask[0].Origin != 1 || reply[0].Origin != 0 || ask[1].Time-ask[0].Time != int64(100*time.Microsecond) {
		t.Errorf("command seen by %d first, reply by %d", ask[0].Origin, reply[0].Origin)
	}
	without, err := c.Without("c2")
	if err != nil || len(without.Packets) != 5 {
		t.Errorf("without c2: %v packets, %v", len(without.Packets), err)
	}
	if _, err := c.SeenAt("Q"); err == nil {
		t.Error("a host that the script does not know was accepted")
	}
}

func TestInOrder(t *testing.T) {
	c := mustParse(t, "5ms open c1.a>A\n1ms open c2.a>A\n").InOrder()
	for i, p := range c.Packets {
		if p.Number != int64(i+1) || i > 0 && p.Time < c.Packets[i-1].Time {
			t.Errorf("packet %d: number %d, time %d", i, p.Number, p.Time)
		}
	}
}
