package keep_test
import ("testing";"fmt";"ricochet/internal/keep";"ricochet/capture";"ricochet/decode";"ricochet/decode/frame")
type pr struct{ hearer }
func (*pr) Command(x *decode.Exchange) { fmt.Println("cmd", x.Ordinal, x.Name, x.Sent.Packet) }
func (*pr) Reply(x *decode.Exchange) { fmt.Println("rep", x.Ordinal, x.Name, x.Got.Packet, x.Status) }
func (*pr) Event(c *decode.Conn, e decode.Event, m decode.Mark) { fmt.Println("ev", e, m.Packet) }
func trace(t *testing.T, packets []capture.Packet) {
	h := &pr{hearer{t: t}}
	table := decode.NewTable(decode.Options{}, h)
	var dec frame.Decoder
	var seg frame.Segment
	for i := range packets {
		p := &packets[i]
		if dec.Decode(p.Link, p.Data, p.Len, p.Time, &seg) == frame.TCP {
			table.Segment(&seg, decode.Mark{Time: p.Time, Packet: int64(i + 1)}, uint64(i+1))
		}
	}
	table.Flush()
	s := table.Stats()
	fmt.Printf("%+v\n", s.Blind)
}
func dbg3(t *testing.T, packets []capture.Packet){
	w,_,_ := kept(t, keep.Options{}, packets)
	trace(t, packets); fmt.Println("=== kept"); trace(t, w)
}
