//go:build linux

package bpf

import (
	"encoding/binary"
	"slices"
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

// change is a layer that adds nothing but edits what it is given.
func change(edit func(b []byte)) layer {
	return func(inner []byte) []byte { edit(inner); return inner }
}

func be16(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }

func ethernet(kind int) layer { return header(append(make([]byte, 12), be16(kind)...)...) }

func tag(kind int) layer { return header(append([]byte{0x20, 42}, be16(kind)...)...) }

// ipv4 is a header from 127.0.0.1 to 127.0.0.2; field holds flags and offset.
func ipv4(protocol byte, field int, options ...byte) layer {
	return func(inner []byte) []byte {
		n := 20 + len(options)
		h := slices.Concat([]byte{byte(0x40 | n/4), 0}, be16(n+len(inner)), be16(7), be16(field),
			[]byte{64, protocol, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2}, options)
		return append(h, inner...)
	}
}

// ipv6 is a header from fd00::1 to fd00::2.
func ipv6(next byte) layer {
	return func(inner []byte) []byte {
		h := slices.Concat([]byte{0x60, 0, 0, 0}, be16(len(inner)), []byte{next, 64},
			[]byte{0xfd, 15: 1}, []byte{0xfd, 15: 2})
		return append(h, inner...)
	}
}

// extension is an IPv6 extension header of 8 + 8*words bytes.
func extension(next byte, words int) layer {
	return header(append([]byte{next, byte(words)}, make([]byte, 6+8*words)...)...)
}

// authentication is an AH with 12 bytes of check value.
func authentication(next byte) layer {
	return header(append([]byte{next, 4}, make([]byte, 22)...)...)
}

// fragment is an IPv6 fragment header; field holds offset and flag.
func fragment(next byte, field int) layer {
	return header(slices.Concat([]byte{next, 0}, be16(field), []byte{0, 0, 0, 7})...)
}

func udp(port int) layer {
	return func(inner []byte) []byte {
		return slices.Concat(be16(40000), be16(port), be16(8+len(inner)), []byte{0, 0}, inner)
	}
}

func vxlan() layer { return header(8, 0, 0, 0, 0, 0, 42, 0) }

func geneve(kind int, options ...byte) layer {
	return header(slices.Concat([]byte{byte(len(options) / 4), 0}, be16(kind), []byte{0, 0, 42, 0}, options)...)
}

// segment is a TCP header.
type segment struct {
	from, to int
	seq      uint32
	flags    byte
	options  []byte
}

func (s segment) layer() layer {
	n := 20 + len(s.options)
	h := slices.Concat(be16(s.from), be16(s.to), binary.BigEndian.AppendUint32(nil, s.seq), []byte{0, 0, 0, 1},
		[]byte{byte(n / 4 << 4), s.flags, 1, 0, 0, 0, 0, 0}, s.options)
	return header(h...)
}

const (
	ack = 0x10
	psh = 0x08
	syn = 0x02
)

// tcp is the header of a segment from port 50000 to the given one.
func tcp(port int, options ...byte) layer {
	return segment{from: 50000, to: port, seq: 0x01020304, flags: ack | psh, options: options}.layer()
}
