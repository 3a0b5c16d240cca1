package frame

import (
	"testing"

	"ricochet/capture"
)

// carrier is a way to carry a segment that the decoder follows to its end.
type carrier struct {
	name   string
	link   capture.LinkType
	layers []layer
	// alone marks what gopacket does not decode, so that it is no oracle.
	alone bool
}

func carriers() []carrier {
	const (
		ether = capture.LinkEthernet
		raw   = capture.LinkRaw
	)
	return []carrier{
		{"ethernet, ipv4", ether, []layer{eth(0x800), ip4(6), seg()}, false},
		{"ethernet, ipv4, tcp options", ether, []layer{eth(0x800), ip4(6), seg(timestamps...)}, false},
		{"ethernet, ipv4 options", ether, []layer{eth(0x800), ip4(6, 1, 1, 1, 0), seg()}, false},
		{"ethernet, ipv6", ether, []layer{eth(0x86dd), ip6(6), seg()}, false},
		{"ethernet, padding", ether, []layer{eth(0x800), trailer(6), ip4(6), seg()}, false},
		{"ethernet, ipv6, padding", ether, []layer{eth(0x86dd), trailer(6), ip6(6), seg()}, false},
		{"802.3, snap", ether, []layer{eth3(), snap(0, 0x800), ip4(6), seg()}, false},
		{"802.3, snap, 802.1h", ether, []layer{eth3(), snap(0xf8, 0x86dd), ip6(6), seg()}, false},
		{"802.3 behind a tag", ether, []layer{eth(0x8100), eth3Tag(), snap(0, 0x800), ip4(6), seg()}, true},

		{"loopback, little endian", capture.LinkNull, []layer{header(2, 0, 0, 0), ip4(6), seg()}, false},
		{"loopback, big endian", capture.LinkNull, []layer{header(0, 0, 0, 2), ip4(6), seg()}, false},
		{"loopback, ipv6 on linux", capture.LinkNull, []layer{header(10, 0, 0, 0), ip6(6), seg()}, true},
		{"loopback, ipv6 on windows", capture.LinkNull, []layer{header(23, 0, 0, 0), ip6(6), seg()}, true},
		{"loopback, ipv6 on netbsd", capture.LinkNull, []layer{header(24, 0, 0, 0), ip6(6), seg()}, true},
		{"loopback, ipv6 on freebsd", capture.LinkNull, []layer{header(0, 0, 0, 28), ip6(6), seg()}, true},
		{"loopback, ipv6 on macos", capture.LinkNull, []layer{header(30, 0, 0, 0), ip6(6), seg()}, true},
		{"openbsd loopback", capture.LinkLoop, []layer{header(0, 0, 0, 24), ip6(6), seg()}, true},

		{"raw, ipv4", raw, []layer{ip4(6), seg()}, true},
		{"raw, ipv6", raw, []layer{ip6(6), seg()}, true},
		{"raw, other number", capture.LinkRawDLT, []layer{ip6(6), seg()}, true},
		{"raw ipv4", capture.LinkIPv4, []layer{ip4(6), seg()}, false},
		{"raw ipv6", capture.LinkIPv6, []layer{ip6(6), seg()}, false},

		{"cooked 1, ipv4", capture.LinkLinuxSLL, []layer{cooked1(0x800), ip4(6), seg()}, false},
		{"cooked 1, ipv6", capture.LinkLinuxSLL, []layer{cooked1(0x86dd), ip6(6), seg()}, false},
		{"cooked 1, tag", capture.LinkLinuxSLL, []layer{cooked1(0x8100), tag(0x800), ip4(6), seg()}, false},
		{"cooked 1, snap", capture.LinkLinuxSLL, []layer{cooked1(4), snap(0, 0x800), ip4(6), seg()}, true},
		{"cooked 2, ipv4", capture.LinkLinuxSLL2, []layer{cooked2(0x800), ip4(6), seg(timestamps...)}, true},
		{"cooked 2, ipv6", capture.LinkLinuxSLL2, []layer{cooked2(0x86dd), ip6(6), seg()}, true},
		{"cooked 2, tag", capture.LinkLinuxSLL2, []layer{cooked2(0x8100), tag(0x800), ip4(6), seg()}, true},

		{"tag", ether, []layer{eth(0x8100), tag(0x800), ip4(6), seg()}, false},
		{"qinq", ether, []layer{eth(0x88a8), tag(0x8100), tag(0x86dd), ip6(6), seg()}, false},
		{"old qinq", ether, []layer{eth(0x9100), tag(0x8100), tag(0x800), ip4(6), seg()}, true},
		{"eight tags", ether, []layer{eth(0x8100), tag(0x8100), tag(0x8100), tag(0x8100), tag(0x8100), tag(0x8100), tag(0x8100), tag(0x8100), tag(0x800), ip4(6), seg()}, false},

		{"hop-by-hop", ether, []layer{eth(0x86dd), ip6(0), ext(6, 1), seg()}, true}, // gopacket takes it for cut
		{"routing", ether, []layer{eth(0x86dd), ip6(43), ext(6, 0), seg()}, false},
		{"destination options", ether, []layer{eth(0x86dd), ip6(60), ext(6, 0), seg()}, false},
		{"authentication, ipv6", ether, []layer{eth(0x86dd), ip6(51), auth(6), seg()}, false},
		{"authentication, ipv4", ether, []layer{eth(0x800), ip4(51), auth(6), seg()}, false},
		{"chain of extensions", ether, []layer{eth(0x86dd), ip6(0), ext(60, 0), ext(43, 0), ext(51, 2), auth(60), ext(6, 0), seg()}, true},
		{"atomic fragment", ether, []layer{eth(0x86dd), ip6(44), ip6Fragment(6, 1, 0, false), seg()}, true},
		{"sixteen extensions", raw, append(append([]layer{ip6(60)}, repeat(15, ext(60, 0))...), ext(6, 0), seg()), true},

		{"vxlan", ether, []layer{eth(0x800), ip4(17), udp(4789), vxlan(), eth(0x800), ip4(6), seg()}, false},
		{"vxlan over ipv6, linux port", ether, []layer{eth(0x86dd), ip6(17), udp(8472), vxlan(), eth(0x86dd), ip6(6), seg()}, true},
		{"vxlan with padding inside", ether, []layer{eth(0x800), ip4(17), udp(4789), vxlan(), eth(0x800), trailer(10), ip4(6), seg()}, false},
		{"vxlan with a tag inside", ether, []layer{eth(0x8100), tag(0x800), ip4(17), udp(4789), vxlan(), eth(0x8100), tag(0x800), ip4(6), seg()}, false},
		{"vxlan with a udp length of 0", ether, []layer{eth(0x800), ip4(17), change(func(b []byte) { b[4], b[5] = 0, 0 }), udp(4789), vxlan(), eth(0x800), ip4(6), seg()}, true},
		{"vxlan with bytes behind udp", ether, []layer{eth(0x800), ip4(17), trailer(4), udp(4789), vxlan(), eth(0x800), ip4(6), seg()}, false},
		{"geneve, bridged", ether, []layer{eth(0x800), ip4(17), udp(6081), geneve(0x6558), eth(0x800), ip4(6), seg()}, false},
		{"geneve, options, ipv4", ether, []layer{eth(0x800), ip4(17), udp(6081), geneve(0x800, 1, 2, 3, 1, 9, 9, 9, 9), ip4(6), seg()}, false},
		{"geneve, ipv6", ether, []layer{eth(0x86dd), ip6(17), udp(6081), geneve(0x86dd), ip6(6), seg()}, false},
		{"gre, bridged", ether, []layer{eth(0x800), ip4(47), gre(0, 0x6558), eth(0x800), ip4(6), seg()}, false},
		{"gre, ipv4", ether, []layer{eth(0x800), ip4(47), gre(0, 0x800), ip4(6), seg()}, false},
		{"gre, key, ipv6", ether, []layer{eth(0x800), ip4(47), gre(greKey, 0x86dd), ip6(6), seg()}, false},
		{"gre, checksum, key, sequence", ether, []layer{eth(0x800), ip4(47), gre(greChecksum|greKey|greSequence, 0x800), ip4(6), seg()}, false},
		{"erspan i", ether, []layer{eth(0x800), ip4(47), gre(0, 0x88be), eth(0x800), ip4(6), seg()}, true},
		{"erspan ii", ether, []layer{eth(0x800), ip4(47), gre(greSequence, 0x88be), erspan2(), eth(0x800), ip4(6), seg()}, false},
		{"erspan iii", ether, []layer{eth(0x800), ip4(47), gre(greSequence, 0x22eb), erspan3(0), eth(0x86dd), ip6(6), seg()}, true},
		{"erspan iii, subheader", ether, []layer{eth(0x800), ip4(47), gre(greSequence, 0x22eb), erspan3(1), eth(0x800), ip4(6), seg()}, true},
		{"erspan iii, ip", ether, []layer{eth(0x800), ip4(47), gre(greSequence, 0x22eb), erspan3(2 << 10), ip4(6), seg()}, true},
		{"ip in ip", ether, []layer{eth(0x800), ip4(4), ip4(6), seg()}, false},
		{"6in4", ether, []layer{eth(0x800), ip4(41), ip6(6), seg()}, false},
		{"4in6", ether, []layer{eth(0x86dd), ip6(4), ip4(6), seg()}, false},
		{"6in6 behind an extension", ether, []layer{eth(0x86dd), ip6(60), ext(41, 0), ip6(6), seg()}, true},
		{"vxlan in gre in 6in4", ether, []layer{eth(0x800), ip4(41), ip6(47), gre(greKey, 0x800), ip4(17), udp(4789), vxlan(), eth(0x800), ip4(6), seg()}, false},
		{"eight tunnels", raw, append(repeat(8, ip4(4)), ip4(6), seg()), true},
	}
}

// eth3Tag is a VLAN tag followed by the length of an 802.3 frame.
func eth3Tag() layer {
	return func(inner []byte) []byte { return tag(len(inner))(inner) }
}

func repeat(n int, l layer) []layer {
	var all []layer
	for range n {
		all = append(all, l)
	}
	return all
}

func TestSegmentIsFoundInEveryCarrier(t *testing.T) {
	for _, c := range carriers() {
		t.Run(c.name, func(t *testing.T) {
			for _, payload := range [][]byte{reply, nil} {
				var d Decoder
				var s Segment
				data := build(payload, c.layers...)
				if v := d.Decode(c.link, data, len(data), 0, &s); v != TCP {
					t.Fatalf("verdict %v", v)
				}
				check(t, &s, payload, len(payload))
			}
		})
	}
}

// Bytes behind the frame, such as a checksum that the card left there, change
// nothing: every carrier ends in an IP header that says how long it is.
func TestBytesBehindTheFrameAreIgnored(t *testing.T) {
	for _, c := range carriers() {
		t.Run(c.name, func(t *testing.T) {
			var d Decoder
			var s Segment
			data := append(build(reply, c.layers...), 1, 2, 3, 4)
			if v := d.Decode(c.link, data, len(data), 0, &s); v != TCP {
				t.Fatalf("verdict %v", v)
			}
			check(t, &s, reply, len(reply))
		})
	}
}

func TestCutAtEveryByte(t *testing.T) {
	for _, c := range carriers() {
		t.Run(c.name, func(t *testing.T) {
			data := build(reply, c.layers...)
			// The segment ends where its payload does, which padding may follow.
			empty := build(nil, c.layers...)
			start := len(empty) - padding(c)
			for n := range data {
				var d Decoder
				var s Segment
				v := d.Decode(c.link, data[:n:n], len(data), 0, &s)
				if n < start {
					if v != Short {
						t.Fatalf("%d of %d bytes: %v", n, len(data), v)
					}
					continue
				}
				if v != TCP {
					t.Fatalf("%d of %d bytes: %v", n, len(data), v)
				}
				check(t, &s, reply[:min(n-start, len(reply))], len(reply))
			}
		})
	}
}

// padding returns how many bytes follow the segment in a carrier.
func padding(c carrier) int {
	const mark = "mark"
	data := build([]byte(mark), c.layers...)
	for n := 0; ; n++ {
		if end := len(data) - n; string(data[end-len(mark):end]) == mark {
			return n
		}
	}
}

// A mirror port may cut packets before they reach the capture, which then
// claims to have kept them whole. The IP length knows better.
func TestCutBeforeTheCapture(t *testing.T) {
	for _, c := range carriers() {
		if c.name == "vxlan with a udp length of 0" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			data := build(reply, c.layers...)
			n := len(data) - padding(c) - 7
			var d Decoder
			var s Segment
			if v := d.Decode(c.link, data[:n], n, 0, &s); v != TCP {
				t.Fatalf("verdict %v", v)
			}
			check(t, &s, reply[:len(reply)-7], len(reply))
		})
	}
}

func TestLengthOfZeroReachesToTheEnd(t *testing.T) {
	noLength4 := change(func(b []byte) { b[2], b[3] = 0, 0 })
	noLength6 := change(func(b []byte) { b[4], b[5] = 0, 0 })
	tests := []struct {
		name   string
		layers []layer
	}{
		{"ipv4", []layer{eth(0x800), noLength4, ip4(6), seg()}},
		{"ipv6", []layer{eth(0x86dd), noLength6, ip6(6), seg()}},
		{"jumbogram", []layer{eth(0x86dd), noLength6, ip6(0), header(6, 0, 0xc2, 4, 0, 1, 0x86, 0xa0), seg()}},
		{"inside vxlan", []layer{eth(0x800), ip4(17), udp(4789), vxlan(), eth(0x800), noLength4, ip4(6), seg()}},
		{"everything in vxlan", []layer{eth(0x800), noLength4, ip4(17), change(func(b []byte) { b[4], b[5] = 0, 0 }), udp(4789), vxlan(), eth(0x86dd), noLength6, ip6(6), seg()}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			large := make([]byte, 30000)
			if test.name == "jumbogram" || test.name == "everything in vxlan" {
				large = make([]byte, 100000)
			}
			data := build(large, test.layers...)
			start := len(data) - len(large)
			for _, n := range []int{len(data), start + 10} {
				var d Decoder
				var s Segment
				if v := d.Decode(capture.LinkEthernet, data[:n], len(data), 0, &s); v != TCP {
					t.Fatalf("verdict %v", v)
				}
				check(t, &s, large[:n-start], len(large))
			}
		})
	}
}

func TestVerdictOnWhatIsNoSegment(t *testing.T) {
	const ether = capture.LinkEthernet
	set := func(at int, v byte) layer { return change(func(b []byte) { b[at] = v }) }
	quoted := build(nil, ip4(1), header(3, 3, 0, 0, 0, 0, 0, 0), ip4(6), seg())
	tests := []struct {
		name string
		link capture.LinkType
		data []byte
		want Verdict
	}{
		{"unknown link type", 105, build(reply, ip4(6), seg()), UnknownLink},
		{"arp", ether, build(make([]byte, 28), eth(0x806)), Other},
		{"spanning tree", ether, build(make([]byte, 35), eth3(), header(0x42, 0x42, 3)), Other},
		{"802.2 of 3 bytes", ether, build([]byte{0, 1, 0xbf}, eth3(), trailer(43)), Other},
		{"snap without ip", ether, build(make([]byte, 40), eth3(), snap(0, 0x80f3)), Other},
		{"snap of a vendor", ether, build(make([]byte, 40), eth3(), snap(0x0c, 0x2000)), Other},
		{"type between length and type", ether, build(make([]byte, 40), eth(1501)), Other},
		{"udp", ether, build(reply, eth(0x800), ip4(17), udp(53)), Other},
		{"icmp error that quotes a segment", ether, build(quoted, eth(0x800)), Other},
		{"ipv6 without next header", ether, build(nil, eth(0x86dd), ip6(59)), Other},
		{"esp", ether, build(make([]byte, 40), eth(0x86dd), ip6(50)), Other},
		{"vxlan without valid network", ether, build(reply, eth(0x800), ip4(17), udp(4789), set(0, 0), vxlan(), eth(0x800), ip4(6), seg()), Other},
		{"geneve of another version", ether, build(reply, eth(0x800), ip4(17), udp(6081), set(0, 0x40), geneve(0x800), ip4(6), seg()), Other},
		{"geneve without ip", ether, build(reply, eth(0x800), ip4(17), udp(6081), geneve(0x8847)), Other},
		{"pptp", ether, build(reply, eth(0x800), ip4(47), set(1, 1), gre(greKey, 0x880b)), Other},
		{"gre keepalive", ether, build(nil, eth(0x800), ip4(47), gre(0, 0)), Other},
		{"gre with source routes", ether, build(make([]byte, 40), eth(0x800), ip4(47), gre(greRouting, 0x800)), Other},
		{"erspan ii of another version", ether, build(reply, eth(0x800), ip4(47), gre(greSequence, 0x88be), set(0, 0), erspan2(), eth(0x800), ip4(6), seg()), Other},
		{"erspan iii of another version", ether, build(reply, eth(0x800), ip4(47), gre(greSequence, 0x22eb), set(0, 0x10), erspan3(0), eth(0x800), ip4(6), seg()), Other},
		{"erspan iii of another frame type", ether, build(reply, eth(0x800), ip4(47), gre(greSequence, 0x22eb), erspan3(1<<10), eth(0x800), ip4(6), seg()), Other},
		{"loopback of another family", capture.LinkNull, build(reply, header(7, 0, 0, 0)), Other},
		{"cooked netlink", capture.LinkLinuxSLL, build(reply, set(2, 824>>8), set(3, 824&0xff), cooked1(0), ip4(6), seg()), Other},
		{"cooked radiotap", capture.LinkLinuxSLL2, build(reply, set(8, 803>>8), set(9, 803&0xff), cooked2(0x800), ip4(6), seg()), Other},
		{"cooked can bus", capture.LinkLinuxSLL, build(reply, cooked1(0x0c)), Other},

		{"no bytes at all", ether, nil, Malformed},
		{"runt", ether, build(nil, eth(0x800))[:13], Malformed},
		{"raw of version 5", capture.LinkRaw, build(reply, set(0, 0x55), ip4(6), seg()), Malformed},
		{"raw of no bytes", capture.LinkRaw, nil, Malformed},
		{"ipv4 in an ipv6 link", capture.LinkIPv6, build(reply, ip4(6), seg()), Malformed},
		{"ipv6 announced as ipv4", ether, build(reply, eth(0x800), ip6(6), seg()), Malformed},
		{"ipv4 header too short", ether, build(reply, eth(0x800), set(0, 0x44), ip4(6), seg()), Malformed},
		{"ipv4 header beyond its length", ether, build(nil, eth(0x800), set(0, 0x4f), ip4(6), seg()), Malformed},
		{"ipv4 length below its header", ether, build(reply, eth(0x800), set(3, 19), set(2, 0), ip4(6), seg()), Malformed},
		{"ipv4 that ends in the tcp header", ether, build(reply, eth(0x800), set(3, 39), set(2, 0), ip4(6), seg()), Malformed},
		{"ipv6 that ends in the tcp header", ether, build(reply, eth(0x86dd), set(5, 19), ip6(6), seg()), Malformed},
		{"extension beyond the packet", ether, build(nil, eth(0x86dd), ip6(60), header(6, 9, 0, 0, 0, 0, 0, 0), seg()), Malformed},
		{"tcp offset below 5", ether, build(reply, eth(0x800), ip4(6), set(12, 0x40), seg()), Malformed},
		{"tcp offset beyond the segment", ether, build(nil, eth(0x800), ip4(6), set(12, 0x60), seg()), Malformed},
		{"udp length below its header", ether, build(reply, eth(0x800), ip4(17), set(5, 7), set(4, 0), udp(4789), vxlan()), Malformed},
		{"geneve options beyond the packet", ether, build(nil, eth(0x800), ip4(17), udp(6081), set(0, 0x3f), geneve(0x800), ip4(6), seg()), Malformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var d Decoder
			var s Segment
			if v := d.Decode(test.link, test.data, len(test.data), 0, &s); v != test.want {
				t.Errorf("verdict %v, want %v", v, test.want)
			}
			if c := d.Counters(); c != (Counters{}) {
				t.Errorf("counters %+v", c)
			}
		})
	}
}

func TestNestingBeyondABoundIsCounted(t *testing.T) {
	const raw = capture.LinkRaw
	tests := []struct {
		name string
		link capture.LinkType
		data []byte
	}{
		{"tags", capture.LinkEthernet, build(reply, append(append([]layer{eth(0x8100)}, repeat(8, tag(0x8100))...), tag(0x800), ip4(6), seg())...)},
		{"ipv4 in ipv4", raw, build(reply, append(repeat(9, ip4(4)), ip4(6), seg())...)},
		{"ipv6 in ipv6", raw, build(reply, append(repeat(9, ip6(41)), ip6(6), seg())...)},
		{"gre", raw, build(reply, append(repeat(9, func(b []byte) []byte { return build(b, ip4(47), gre(0, 0x800)) }), ip4(6), seg())...)},
		{"vxlan", raw, build(reply, append(repeat(9, func(b []byte) []byte { return build(b, ip4(17), udp(4789), vxlan(), eth(0x800)) }), ip4(6), seg())...)},
		{"extensions", raw, build(reply, append(append([]layer{ip6(60)}, repeat(16, ext(60, 0))...), ext(6, 0), seg())...)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var d Decoder
			var s Segment
			if v := d.Decode(test.link, test.data, len(test.data), 0, &s); v != Malformed {
				t.Errorf("verdict %v", v)
			}
			if c := d.Counters(); c != (Counters{TooDeep: 1}) {
				t.Errorf("counters %+v", c)
			}
		})
	}
}

func TestVerdictsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for v := range FragmentLost + 2 {
		name := v.String()
		if invalid := v == whole || v > FragmentLost; invalid != (name == "invalid") || !invalid && seen[name] {
			t.Errorf("verdict %d is called %q", v, name)
		}
		seen[name] = true
	}
}
