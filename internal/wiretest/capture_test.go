package wiretest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"reflect"
	"testing"

	"ricochet/capture"
)

func TestSourceYieldsEveryPacketAndCounts(t *testing.T) {
	c := mustParse(t, bothFamilies)
	s := c.Source("script")
	var p capture.Packet
	for i, want := range c.Packets {
		if err := s.Next(&p); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(p, want) {
			t.Errorf("packet %d: got %+v, want %+v", i+1, p, want)
		}
	}
	last := p.Data
	if err := s.Next(&p); err != io.EOF {
		t.Errorf("at the end: got %v, want EOF", err)
	}
	if last[0] != spoilt {
		t.Error("data of the packet before is still valid after Next")
	}
	stats, err := s.Stats()
	if err != nil || len(stats) != 1 {
		t.Fatalf("got %v, %v", stats, err)
	}
	bytes := stats[0].Bytes
	want := capture.Stats{Name: "script", Format: "memory", Link: "ethernet", Packets: 11, Bytes: bytes, First: BaseTime, Last: BaseTime + 6e6, Truncated: 1}
	if stats[0] != want || bytes == 0 {
		t.Errorf("got %+v, want %+v", stats[0], want)
	}
}

func TestClosedSourceYieldsNothing(t *testing.T) {
	s := mustParse(t, "open c1.x>A").Source("script")
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Next(new(capture.Packet)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v, want %v", err, os.ErrClosed)
	}
}

func TestPcapIsReadBackAsWritten(t *testing.T) {
	for _, e := range Encaps() {
		c := mustParse(t, bothFamilies+"7000123ns ack c2.y>B\n").As(e)
		for _, nanos := range []bool{true, false} {
			var file bytes.Buffer
			if err := c.WritePcap(&file, nanos); err != nil {
				t.Fatal(err)
			}
			got, err := ReadPcap(&file)
			if err != nil {
				t.Fatal(err)
			}
			want := clone(c.Packets)
			for i := range want {
				if !nanos {
					want[i].Time -= want[i].Time % 1000
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%v, nanos %v: packets differ", e, nanos)
			}
		}
	}
}

func TestReadPcapTakesGzipAndStopsAtDamage(t *testing.T) {
	var file, packed bytes.Buffer
	if err := mustParse(t, "open c1.x>A").WritePcap(&file, true); err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(&packed)
	z.Write(file.Bytes()[:file.Len()-1])
	z.Close()
	got, err := ReadPcap(&packed)
	if len(got) != 2 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %d packets, %v", len(got), err)
	}
	for _, bad := range []string{"", "short", "this is no capture file at all"} {
		if got, err := ReadPcap(bytes.NewReader([]byte(bad))); err == nil || got != nil {
			t.Errorf("%q: got %v, %v", bad, got, err)
		}
	}
	huge := append(file.Bytes()[:fileLen+8:fileLen+8], 0, 0, 0, 0x80, 0, 0, 0, 0x80)
	if _, err := ReadPcap(bytes.NewReader(huge)); err == nil {
		t.Error("a packet of 2 GB was taken")
	}
}

func TestWritePcapRefusesMixedLinkTypes(t *testing.T) {
	c := mustParse(t, "open c1.x>A")
	c.Packets = append(c.Packets, c.As(Raw).Packets...)
	if err := c.WritePcap(io.Discard, true); err == nil {
		t.Error("got no error")
	}
}
