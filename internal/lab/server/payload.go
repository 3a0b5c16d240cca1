package server

import (
	"encoding/binary"
	"hash/crc64"
	"strconv"
)

// What DUMP answers and MIGRATE carries: the type of a value, the value in the form of
// an RDB file, the version of that form, and a checksum of all that
// (createDumpPayload of src/cluster.c, rdbSaveObject of src/rdb.c). Servers read what
// is written here. Of what they write this reads strings, if they are not compressed.

const (
	// payloadVersion is RDB_VERSION of Valkey 8.0.
	payloadVersion = 11
	// payloadString and payloadList are the types (RDB_TYPE_ in src/rdb.h). The second is
	// that of elements one behind the other, which servers read and no longer write.
	payloadString, payloadList = 0, 1
	// payloadTail is the length of version and checksum in bytes.
	payloadTail = 2 + 8
)

// Answers to what is no payload.
const (
	payloadUnsound = "ERR DUMP payload version or checksum are wrong"
	payloadUnknown = "ERR Bad data format"
)

// appendPayload appends a value.
func appendPayload(b []byte, e *entry) []byte {
	from := len(b)
	b = appendPayloadValue(append(b, e.payloadType()), e)
	b = binary.LittleEndian.AppendUint16(b, payloadVersion)
	return binary.LittleEndian.AppendUint64(b, crcOfPayload(b[from:]))
}

func (e *entry) payloadType() byte {
	if e.items != nil {
		return payloadList
	}
	return payloadString
}

// appendPayloadValue appends what follows the type of a value.
func appendPayloadValue(b []byte, e *entry) []byte {
	if e.items == nil {
		return appendPayloadText(b, e.text)
	}
	b = appendPayloadLength(b, e.items.len())
	for i := range e.items.len() {
		b = appendPayloadText(b, e.items.at(i))
	}
	return b
}

func appendPayloadText(b, text []byte) []byte {
	return append(appendPayloadLength(b, len(text)), text...)
}

// appendPayloadLength appends a length in 6, 14 or 32 bits (rdbSaveLen).
func appendPayloadLength(b []byte, n int) []byte {
	switch {
	case n < 1<<6:
		return append(b, byte(n))
	case n < 1<<14:
		return binary.BigEndian.AppendUint16(b, 1<<14|uint16(n))
	default:
		return binary.BigEndian.AppendUint32(append(b, 0x80), uint32(n))
	}
}

// readPayload reads a value. The problem is the answer to what is none. Nothing is
// allocated for what was only announced.
func readPayload(b []byte) (e *entry, problem string) {
	if len(b) < payloadTail {
		return nil, payloadUnsound
	}
	body := b[:len(b)-payloadTail]
	version := binary.LittleEndian.Uint16(b[len(body):])
	sum := binary.LittleEndian.Uint64(b[len(b)-8:])
	// A sum of 0 is none (verifyDumpPayload).
	if version > payloadVersion || sum != 0 && sum != crcOfPayload(b[:len(b)-8]) {
		return nil, payloadUnsound
	}
	if len(body) == 0 {
		return nil, payloadUnknown
	}
	r := payloadReader{rest: body[1:]}
	e = r.value(body[0])
	if r.bad || len(r.rest) > 0 {
		return nil, payloadUnknown
	}
	return e, ""
}

// payloadReader takes the parts of a value one by one. Once one of them is none, all
// that follow are empty.
type payloadReader struct {
	rest []byte
	bad  bool
}

// take takes n bytes.
func (r *payloadReader) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// maxElements bounds the length of a list that is read: elements may take less room in a
// payload than in memory.
const maxElements = 1 << 24

// value takes what follows the type of a value.
func (r *payloadReader) value(kind byte) *entry {
	switch kind {
	case payloadString:
		return &entry{text: r.text()}
	case payloadList:
		n := r.length()
		r.bad = r.bad || n == 0 || n > maxElements
		e := &entry{items: &list{}}
		for i := uint64(0); i < n && !r.bad; i++ {
			e.items.push(false, r.text())
		}
		return e
	default:
		r.bad = true
		return nil
	}
}

// length takes a length (rdbLoadLen).
func (r *payloadReader) length() uint64 {
	n, special := r.header()
	if special {
		r.bad = true
		return 0
	}
	return n
}

// header takes the length of a string, or, if it is special, the number of another form.
func (r *payloadReader) header() (n uint64, special bool) {
	first := r.take(1)
	if r.bad {
		return 0, false
	}
	switch low := uint64(first[0] & 0x3f); first[0] >> 6 {
	case 0:
		return low, false
	case 1:
		if next := r.take(1); !r.bad {
			return low<<8 | uint64(next[0]), false
		}
	case 2:
		if b := r.take(4); low == 0 && !r.bad {
			return uint64(binary.BigEndian.Uint32(b)), false
		}
		r.bad = true // as are strings of 4 GiB
	default:
		return low, true
	}
	return 0, false
}

// text takes a string, or a number of 8, 16 or 32 bits in place of its digits
// (rdbLoadIntegerObject). The bytes are a copy.
func (r *payloadReader) text() []byte {
	n, special := r.header()
	if !special {
		return append([]byte{}, r.take(n)...)
	}
	var v int64
	switch {
	case n > 2:
		r.bad = true // compressed
		return nil
	default:
		b := r.take(1 << n)
		if r.bad {
			return nil
		}
		switch n {
		case 0:
			v = int64(int8(b[0]))
		case 1:
			v = int64(int16(binary.LittleEndian.Uint16(b)))
		case 2:
			v = int64(int32(binary.LittleEndian.Uint32(b)))
		}
	}
	return strconv.AppendInt(nil, v, 10)
}

// crcOfPayload is the CRC-64 of src/crc64.c: the polynomial of Jones, reflected, which
// begins with 0 and is not inverted at the end, where the one of hash/crc64 is twice.
func crcOfPayload(b []byte) uint64 {
	const jones = 0x95ac9329ac4bc9b5
	return ^crc64.Update(^uint64(0), crc64.MakeTable(jones), b)
}
