package keep_test

import (
	"fmt"
	"os"
	"ricochet/capture"
	"ricochet/decode"
	"ricochet/decode/frame"
	"ricochet/internal/keep"
	"ricochet/internal/wiretest"
	"testing"
)

type rec struct{ l map[string]int }

func (r *rec) Command(x *decode.Exchange) {
	r.l[fmt.Sprintf("C %d %s %d", x.Sent.Packet, x.Name, x.Conn.Client.Port())]++
}
func (r *rec) Reply(x *decode.Exchange) {
	r.l[fmt.Sprintf("R %d %d", x.Got.Packet, x.Conn.Client.Port())]++
}
func (r *rec) Event(c *decode.Conn, e decode.Event, m decode.Mark) {
	r.l[fmt.Sprintf("E %d %d %d", m.Packet, e, c.Client.Port())]++
}
func dec(p []capture.Packet) *rec {
	r := &rec{map[string]int{}}
	t := decode.NewTable(decode.Options{}, r)
	var d frame.Decoder
	var s frame.Segment
	for i := range p {
		if d.Decode(p[i].Link, p[i].Data, p[i].Len, p[i].Time, &s) == frame.TCP {
			t.Segment(&s, decode.Mark{Time: p[i].Time, Packet: int64(i + 1)}, uint64(i+1))
		}
	}
	t.Flush()
	return r
}
func TestDbg(t *testing.T) {
	p, _ := wiretest.ReadPcapFile("../../testdata/corpus/" + os.Getenv("DBG"))
	if os.Getenv("DBGD") == "snap" {
		p = wiretest.Snap(p, 90)
	} else {
		p = wiretest.Drop(p, 2, 3)
	}
	name, _ := write(t, keep.Options{}, p)
	q := read(t, name)
	a, b := dec(p), dec(q)
	for k, v := range a.l {
		if b.l[k] != v {
			t.Logf("orig only %s %d/%d", k, v, b.l[k])
		}
	}
	for k, v := range b.l {
		if a.l[k] != v {
			t.Logf("file only %s %d/%d", k, v, a.l[k])
		}
	}
	var n int
	fmt.Sscan(os.Getenv("DBGN"), &n)
	for i := n - 6; i > 0 && i < n+3; i++ {
		t.Logf("%d len %d\n %.150q\n %.150q", i+1, p[i].Len, p[i].Data[26:], q[i].Data[26:])
	}
}
