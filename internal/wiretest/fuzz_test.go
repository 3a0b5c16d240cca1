package wiretest

import (
	"bytes"
	"encoding/binary"
	"maps"
	"reflect"
	"strings"
	"testing"

	"ricochet/capture"
)

// FuzzParse holds Parse to this: an error names a line and comes without a
// capture; a capture has lengths that agree, is the same when parsed again, is seen
// whole from all hosts together, and survives being written and read in every encapsulation.
func FuzzParse(f *testing.F) {
	f.Add(bothFamilies)
	f.Add("seq c1.x>A 4294967290\nopen c1.x>A\nmss 7\nc1.x>A *SET k <40> | *PING\nlose A>c1.x +OK\nagain A>c1.x\nswap\nclose c1.x")
	f.Add("refuse c1.y>B\nsilent c1.y>B\njoin B.repl>A\ncut 3 A>B.repl %[$a *[:1 _ #t]] | |[$k ,1.5] | nil\nreset A>B.repl")
	f.Add("host A [fd00::1]:7\nhost c1 fd00::2\n1h open c1.x>A # why\nA>c1.x -\"MOVED 5 {A}\" | !x | \"raw\\r\\n\"")
	f.Add("client c1.x>A shop\nc1.x>A *GET k => -REDIRECT {B}\nreplicate B.r>A 8.0.1 a\nhandshake C.r>A 8 host\nC.r>A *PSYNC <40*a> 1 => +CONTINUE {40*b}")
	f.Add("host Bb 10.0.0.2:16379\nopen A.b>Bb\nbus A.b>Bb ping id=a flags=primary epoch=3 slots=0-9,77 paused about=c@C:fail\nbus Bb>A.b fail id=b of=a about=c")
	f.Fuzz(func(t *testing.T, script string) {
		c, err := Parse(script)
		if err != nil {
			if c != nil || !strings.HasPrefix(err.Error(), "line ") {
				t.Fatalf("got %v, %v", c, err)
			}
			return
		}
		if len(c.Packets) > 1000 {
			t.Skip("too long to try everything")
		}
		for i, p := range c.Packets {
			if len(p.Data) > p.Len || len(p.Data) == p.Len && frameLen(p.Data) != p.Len {
				t.Fatalf("packet %d: %d of %d bytes, headers say %d", i+1, len(p.Data), p.Len, frameLen(p.Data))
			}
		}
		if seen, err := c.SeenAt(c.Hosts()...); err != nil || len(seen.Packets) < len(c.Packets) {
			t.Fatalf("every host together sees %d of %d packets: %v", len(seen.Packets), len(c.Packets), err)
		}
		again, err := Parse(script)
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Fatal("the second run differs")
		}
		for _, e := range Encaps() {
			var file bytes.Buffer
			in := c.As(e)
			if len(in.Packets) != len(c.Packets) {
				t.Fatalf("%v: got %d packets, want %d", e, len(in.Packets), len(c.Packets))
			}
			if err := in.WritePcap(&file, true); err != nil {
				t.Fatal(err)
			}
			back, err := ReadPcap(&file)
			if err != nil || len(back) != len(in.Packets) {
				t.Fatalf("%v: read %d of %d packets: %v", e, len(back), len(in.Packets), err)
			}
			for i := range back {
				if !bytes.Equal(back[i].Data, in.Packets[i].Data) || back[i].Len != in.Packets[i].Len {
					t.Fatalf("%v: packet %d differs", e, i+1)
				}
			}
		}
	})
}

// frameLen returns the length of an Ethernet frame as its IP header has it.
func frameLen(frame []byte) int {
	if binary.BigEndian.Uint16(frame[12:]) == etherIPv4 {
		return ethernetLen + int(binary.BigEndian.Uint16(frame[ethernetLen+2:]))
	}
	return ethernetLen + ipv6Len + int(binary.BigEndian.Uint16(frame[ethernetLen+4:]))
}

// FuzzRawRedirects holds the count to this: neither order nor duplicates matter,
// more packets never make it less, and no count exceeds what the bytes can hold.
func FuzzRawRedirects(f *testing.F) {
	for _, p := range mustParse(f, bothFamilies+"B>c2.y -MOVED 1 {B} | -ASK 2 :1").Packets {
		f.Add(p.Data, []byte("\r\n-ASK 1 :1\r\n"))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		packets := []capture.Packet{
			{Link: capture.LinkEthernet, Len: len(a), Data: a},
			{Link: capture.LinkEthernet, Len: len(a) + len(b), Data: append(bytes.Clone(a), b...)},
		}
		got := RawRedirects(packets)
		if other := RawRedirects(Shuffle(packets, 100, 1)); !maps.Equal(got, other) {
			t.Errorf("in another order %v, was %v", other, got)
		}
		if other := RawRedirects(Duplicate(packets, 100, 1)); !maps.Equal(got, other) {
			t.Errorf("with duplicates %v, was %v", other, got)
		}
		if one := RawRedirects(packets[:1]); total(one) > total(got) {
			t.Errorf("one packet has %v, both have %v", one, got)
		}
		if lines := 2*bytes.Count(a, []byte("\r\n-")) + bytes.Count(b, []byte("\r\n-")) + 4; total(got) > lines {
			t.Errorf("got %v, more than there are lines", got)
		}
	})
}
