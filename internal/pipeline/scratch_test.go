package pipeline_test

import (
	"fmt"
	"strings"
	"testing"

	"ricochet/capture"
	"ricochet/internal/pipeline"
	"ricochet/internal/wiretest"
)

func TestScratch(t *testing.T) {
	show := func(name string, o pipeline.Options, src capture.Source) {
		r, out := outputsOf(t, o, src)
		fmt.Printf("=== %s: %s\n%s--- %q\n--- next %s\n", name, r.Verdict, out.text, r.Reasons, r.Coverage.Next)
	}
	s := func(name, text string) { show(name, pipeline.Options{}, wiretest.NewSource("m", script(t, text))) }
	tls := "\"\\x16\\x03\\x01\\x00\\x05hello\""
	tlsConn := func(c string) string {
		return fmt.Sprintf("open %s>A\n%s>A %s\nA>%s %s\n%s>A \"\\x17\\x03\\x03\\x00\\x05hello\"\n", c, c, tls, c, tls, c)
	}
	s("tls only", tlsConn("c1.a")+tlsConn("c1.b"))
	s("tls and resp", tlsConn("c1.a")+tlsConn("c1.b")+"open c1.c>A\nc1.c>A *GET k\nA>c1.c $v\n")
	s("tls and resp third", tlsConn("c1.a")+"open c1.d>A\nc1.d>A *GET k\nA>c1.d $v\nopen c1.c>A\nc1.c>A *GET k\nA>c1.c $v\n")
	s("empty", "")
	show("udp", pipeline.Options{}, wiretest.NewSource("m", udp(t)))
	s("commands only", "join c1.a>A\n"+strings.Repeat("c1.a>A *GET k\n", 5))
	s("replies only", "join c1.a>A\n"+strings.Repeat("A>c1.a $v\n", 5))
	s("http", "host W 10.0.0.9:8080\nopen c1.a>W\nc1.a>W \"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\"\nW>c1.a \"HTTP/1.1 200 OK\\r\\n\\r\\nhello\"\n")
	s("http on 6379", "open c1.a>A\nc1.a>A \"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\"\nA>c1.a \"HTTP/1.1 200 OK\\r\\n\\r\\nhello\"\n")
	show("port matches nothing", pipeline.Options{Ports: []uint16{9999}}, wiretest.NewSource("m", script(t, bouncing)))
	show("only syn", pipeline.Options{}, wiretest.NewSource("m", script(t, "open c1.a>A\nclose c1.a")))
	show("syn silent", pipeline.Options{}, wiretest.NewSource("m", script(t, "silent c1.a>A\nrefuse c1.b>A")))
	s("unseen", "open c1.a>A\n1ms c1.a>A *GET k\n2ms A>c1.a -REDIRECT {B}\n")
	s("unseen aliased", "open c1.a>A\n1ms c1.a>A *GET k\n2ms A>c1.a -MOVED 7 node-b.example:6379\n")
	s("half bounce unseen", "open c1.a>A\n1ms c1.a>A *GET k\n2ms A>c1.a -REDIRECT {B}\n5ms c1.a>A *GET k\n6ms A>c1.a -REDIRECT {B}\n8ms c1.a>A *GET k\n9ms A>c1.a $v")
	s("bouncing", bouncing)
	for _, sc := range corpus(t) {
		p := readFile(t, sc.clientFiles(t)[0])
		for _, d := range damages {
			switch d.name {
			case "none", "drop-5%", "drop-50%", "snap-96", "snap-200", "skip-1.2s":
				show(sc.name+" "+d.name, pipeline.Options{}, wiretest.NewSource("m", d.do(clone(p))))
			}
		}
	}
}

func udp(t testing.TB) []capture.Packet {
	var out []capture.Packet
	for _, p := range wiretest.VXLAN(script(t, bouncing)) {
		d := append([]byte(nil), p.Data...)
		d[14+20+2], d[14+20+3] = 0, 53
		p.Data = d
		out = append(out, p)
	}
	return out
}
