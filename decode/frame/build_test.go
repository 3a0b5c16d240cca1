package frame

import (
	"encoding/binary"
	"slices"
	"testing"
)

// layer wraps what it is given in one header.
type layer func(inner []byte) []byte

// build wraps payload in layers, of which the first is the outermost.
func build(payload []byte, layers ...layer) []byte {
	for _, l := range slices.Backward(layers) {
		payload = l(payload)
	}
	return payload
}

// header is a layer that puts h in front.
func header(h ...byte) layer {
	return func(inner []byte) []byte { return slices.Concat(h, inner) }
}

// trailer is a layer that appends n bytes of padding.
func trailer(n int) layer {
	return func(inner []byte) []byte { return append(slices.Clone(inner), make([]byte, n)...) }
}

// change is a layer that adds nothing but edits what it is given.
func change(edit func(b []byte)) layer {
	return func(inner []byte) []byte { edit(inner); return inner }
}

func be16(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }

func eth(t int) layer {
	return header(append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}, be16(t)...)...)
}

func tag(t int) layer { return header(append([]byte{0x20, 42}, be16(t)...)...) }

// eth3 is an 802.3 header, whose type is the length of what follows.
func eth3() layer {
	return func(inner []byte) []byte { return eth(len(inner))(inner) }
}

func snap(oui byte, t int) layer {
	return header(append([]byte{0xaa, 0xaa, 3, 0, 0, oui}, be16(t)...)...)
}

func cooked1(t int) layer {
	return header(append([]byte{0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, be16(t)...)...)
}

func cooked2(t int) layer {
	return header(append(be16(t), 0, 0, 0, 0, 0, 2, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0)...)
}

// ip4 is an IPv4 header from 10.0.0.1 to 10.0.0.2, with options if any.
func ip4(protocol byte, options ...byte) layer { return ip4Fragment(protocol, 0, 0, options...) }

func ip4Fragment(protocol byte, id, field int, options ...byte) layer {
	return func(inner []byte) []byte {
		n := 20 + len(options)
		h := slices.Concat([]byte{byte(0x40 | n/4), 0}, be16(n+len(inner)), be16(id), be16(field),
			[]byte{64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}, options)
		return append(h, inner...)
	}
}

// ip6 is an IPv6 header from fd00::1 to fd00::2.
func ip6(next byte) layer {
	return func(inner []byte) []byte {
		h := slices.Concat([]byte{0x60, 0, 0, 0}, be16(len(inner)), []byte{next, 64},
			[]byte{0xfd, 15: 1}, []byte{0xfd, 15: 2})
		return append(h, inner...)
	}
}

// ext is an IPv6 extension header of 8 + 8*words bytes.
func ext(next byte, words int) layer {
	return header(append([]byte{next, byte(words)}, make([]byte, 6+8*words)...)...)
}

// auth is an authentication header with 12 bytes of check value.
func auth(next byte) layer { return header(append([]byte{next, 4}, make([]byte, 22)...)...) }

func ip6Fragment(next byte, id, offset int, more bool) layer {
	if more {
		offset |= 1
	}
	return header(slices.Concat([]byte{next, 0}, be16(offset), []byte{0, 0}, be16(id))...)
}

func udp(dst int) layer {
	return func(inner []byte) []byte {
		return slices.Concat(be16(40000), be16(dst), be16(8+len(inner)), []byte{0, 0}, inner)
	}
}

func vxlan() layer { return header(8, 0, 0, 0, 0, 0, 42, 0) }

func geneve(t int, options ...byte) layer {
	return header(slices.Concat([]byte{byte(len(options) / 4), 0}, be16(t), []byte{0, 0, 42, 0}, options)...)
}

// gre is a GRE header with the given flags and what these ask for.
func gre(flags, t int) layer {
	h := slices.Concat(be16(flags), be16(t))
	for _, f := range []int{greChecksum, greKey, greSequence} {
		if flags&f != 0 {
			h = append(h, 0, 0, 0, 7)
		}
	}
	return header(h...)
}

func erspan2() layer { return header(0x10, 42, 0, 1, 0, 0, 0, 0) }

func erspan3(last int) layer {
	h := append([]byte{0x20, 42, 0, 1, 0, 0, 0, 0, 0, 0}, be16(last)...)
	if last&1 != 0 {
		h = append(h, make([]byte, 8)...)
	}
	return header(h...)
}

// seg is the TCP header of the segment that all tests carry.
func seg(options ...byte) layer {
	n := 20 + len(options)
	return header(slices.Concat(be16(6379), be16(50000), []byte{1, 2, 3, 4, 5, 6, 7, 8},
		[]byte{byte(n / 4 << 4), byte(PSH | ACK), 1, 0, 0, 0, 0, 0}, options)...)
}

var (
	reply      = []byte("-MOVED 3999 10.0.0.2:6380\r\n")
	timestamps = []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}
)

// check compares a decoded segment with the one that seg and ip4 or ip6 build.
func check(t *testing.T, s *Segment, payload []byte, wire int) {
	t.Helper()
	src, dst := "10.0.0.1:6379", "10.0.0.2:50000"
	if s.Src.AddrPort().Addr().Is6() {
		src, dst = "[fd00::1]:6379", "[fd00::2]:50000"
	}
	if s.Src.AddrPort().String() != src || s.Dst.AddrPort().String() != dst {
		t.Errorf("endpoints %v, %v; want %s, %s", s.Src.AddrPort(), s.Dst.AddrPort(), src, dst)
	}
	if s.Seq != 0x01020304 || s.Ack != 0x05060708 || s.Flags != PSH|ACK {
		t.Errorf("seq %#x ack %#x flags %#x", s.Seq, s.Ack, s.Flags)
	}
	if string(s.Payload) != string(payload) || s.Len != wire {
		t.Errorf("payload %q, length %d; want %q, %d", s.Payload, s.Len, payload, wire)
	}
}
