package frame

import (
	"bytes"
	"encoding/binary"
	"testing"
	"unsafe"

	"ricochet/capture"
)

// within reports whether part lies in the memory of one of the buffers.
func within(part []byte, buffers ...[]byte) bool {
	if len(part) == 0 {
		return true
	}
	start := uintptr(unsafe.Pointer(unsafe.SliceData(part)))
	for _, b := range buffers {
		first := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
		if first <= start && start+uintptr(len(part)) <= first+uintptr(len(b)) {
			return true
		}
	}
	return false
}

// buffers returns what a decoder holds fragments in.
func buffers(d *Decoder) [][]byte {
	var all [][]byte
	if d.frags != nil {
		for i := range d.frags.places {
			all = append(all, d.frags.places[i].buf)
		}
	}
	return all
}

// FuzzDecode decodes a packet whole and once more cut after some byte. What is
// known of the cut packet must not differ from what is known of the whole.
func FuzzDecode(f *testing.F) {
	for _, c := range carriers() {
		data := build(reply, c.layers...)
		f.Add(uint16(c.link), data, uint32(len(data)), uint16(len(data)-20))
	}
	for _, p := range split4(build(reply, seg()), 6, 7, 24, eth(0x800)) {
		f.Add(uint16(capture.LinkEthernet), p.data, uint32(p.wire), uint16(40))
	}
	f.Add(uint16(capture.LinkRaw), build(reply, change(func(b []byte) { b[2], b[3] = 0, 0 }), ip4(6), seg()), uint32(1<<20), uint16(60))
	f.Fuzz(func(t *testing.T, number uint16, data []byte, wire uint32, cut uint16) {
		link, length := capture.LinkType(number), max(int(wire), len(data))
		before := bytes.Clone(data)
		var d, again, third Decoder
		var s, s2, s3 Segment
		v := d.Decode(link, data, int(wire), 0, &s)
		if v == whole || v >= FragmentLost {
			t.Fatalf("verdict %d", v)
		}
		if v == TCP {
			if len(s.Payload) > s.Len {
				t.Fatalf("%d bytes of a payload of %d", len(s.Payload), s.Len)
			}
			if !within(s.Payload, data) {
				t.Fatal("payload outside the packet")
			}
		}
		if v2 := again.Decode(link, data, int(wire), 0, &s2); v2 != v || v == TCP && !agree(&s, &s2) {
			t.Fatalf("%v, %+v, then %v, %+v", v, s, v2, s2)
		}

		n := int(cut) % (len(data) + 1)
		v3 := third.Decode(link, data[:n:n], length, 0, &s3)
		if v3 != Short && v3 != v {
			t.Fatalf("%v, but %v when cut after %d bytes", v, v3, n)
		}
		if v3 == TCP {
			if !bytes.HasPrefix(s.Payload, s3.Payload) {
				t.Fatalf("payload %q, but %q when cut", s.Payload, s3.Payload)
			}
			if s3.Payload = s.Payload; !agree(&s, &s3) {
				t.Fatalf("%+v, but %+v when cut", s, s3)
			}
		}
		if !bytes.Equal(data, before) {
			t.Fatal("the packet was changed")
		}
	})
}

// sequence writes packets one after another, each behind its length.
func sequence(packets ...[]byte) []byte {
	var b []byte
	for _, p := range packets {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(p))), p...)
	}
	return b
}

// FuzzSequence feeds one decoder many packets, a second apart.
func FuzzSequence(f *testing.F) {
	var nested, both [][]byte
	for i, p := range split4(build(reply, seg()), 6, 7, 24) {
		for _, q := range split4(p.data, 4, 100+i, 32) {
			nested = append(nested, q.data)
		}
	}
	for _, p := range split6(build(reply, seg()), 6, 7, 8) {
		both = append(both, p.data, p.data)
	}
	f.Add(sequence(nested...))
	f.Add(sequence(both...))
	f.Fuzz(func(t *testing.T, packets []byte) {
		var d, twin Decoder
		var s, s2 Segment
		var held, refused int64
		for at := int64(0); len(packets) >= 2; at += second {
			n := min(int(binary.BigEndian.Uint16(packets)), len(packets)-2)
			data := packets[2 : 2+n]
			packets = packets[2+n:]
			v := d.Decode(capture.LinkRaw, data, n, at, &s)
			switch v {
			case Held:
				held++
			case FragmentLost:
				refused++
			case TCP:
				if len(s.Payload) > s.Len || !within(s.Payload, append(buffers(&d), data)...) {
					t.Fatalf("payload of %d bytes, length %d", len(s.Payload), s.Len)
				}
			case whole:
				t.Fatal("no verdict")
			}
			if v2 := twin.Decode(capture.LinkRaw, data, n, at, &s2); v2 != v || v == TCP && !agree(&s, &s2) {
				t.Fatalf("%v, %+v, its twin %v, %+v", v, s, v2, s2)
			}
			c := d.Counters()
			if lost := c.Expired + c.Evicted; c.Waiting < 0 || lost+c.Waiting > held || c.Refused != refused {
				t.Fatalf("%d held, %d refused: counters %+v", held, refused, c)
			}
			total := 0
			for _, b := range buffers(&d) {
				total += len(b)
			}
			if total > MaxFragmentBytes {
				t.Fatalf("%d bytes of buffers", total)
			}
		}
	})
}
