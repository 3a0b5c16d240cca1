package server

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// The data of a full synchronisation is an RDB file (rdbSaveRio and
// rdbLoadRioWithLoadingCtx of src/rdb.c): a head, then operations that each begin with
// a byte, of which most are the type of a value, with its key and the value behind it.
// Servers read what is written here; of what they write this reads what payload.go
// does, so lists only from nodes of the lab.

const (
	rdbMagic = "REDIS"
	// rdbVersionDigits is the length of the version behind it.
	rdbVersionDigits = 4

	// Operations (RDB_OPCODE_ in src/rdb.h).
	rdbSlotInfo = 244 // three lengths, in a cluster
	rdbIdle     = 248 // a length, about the next key
	rdbFreq     = 249 // a byte, about the next key
	rdbAux      = 250 // two strings: a name and something worth knowing
	rdbSizes    = 251 // two lengths: how many keys there are, and how many expire
	rdbSelect   = 254 // a length: the number of the database that follows
	rdbEnd      = 255 // then the checksum in 8 bytes

	// maxLoaded bounds how many keys and elements of lists are loaded: the smallest of
	// them take less room in a file than in memory.
	maxLoaded = 1 << 24
)

var (
	errNoRDB       = errors.New("load data: not an RDB file")
	errRDBCut      = errors.New("load data: a length or a string is none, or the end is missing")
	errRDBChecksum = errors.New("load data: the checksum is wrong")
	errRDBTooLarge = errors.New("load data: too many keys and elements")
)

// dump is all data as an RDB file.
func dump(k *keyspace) []byte {
	b := fmt.Appendf(nil, "%s%0*d", rdbMagic, rdbVersionDigits, payloadVersion)
	if n := k.entries.len(); n > 0 {
		b = append(b, rdbSelect, 0, rdbSizes)
		b = appendPayloadLength(b, n)
		b = appendPayloadLength(b, 0)
	}
	for _, e := range k.entries.order {
		b = append(b, e.payloadType())
		b = appendPayloadText(b, []byte(e.key))
		b = appendPayloadValue(b, e)
	}
	b = append(b, rdbEnd)
	return binary.LittleEndian.AppendUint64(b, crcOfPayload(b))
}

// load reads an RDB file. It refuses what the lab does not have: other databases than
// the first, keys that expire, functions, other types than strings and lists.
func load(b []byte) (*dataset, error) {
	head := len(rdbMagic) + rdbVersionDigits
	if len(b) < head || string(b[:len(rdbMagic)]) != rdbMagic {
		return nil, errNoRDB
	}
	version, err := strconv.ParseUint(string(b[len(rdbMagic):head]), 10, 16)
	if err != nil || version < 1 || version > payloadVersion {
		return nil, fmt.Errorf("load data: RDB version %q is not known", b[len(rdbMagic):head])
	}
	d := newDataset()
	r := payloadReader{rest: b[head:]}
	for loaded := 0; loaded <= maxLoaded; {
		op := r.take(1)
		if r.bad {
			return nil, errRDBCut
		}
		switch op[0] {
		case rdbEnd:
			// Files before version 5 have no checksum; one of 0 is none either.
			if version < 5 && len(r.rest) == 0 {
				return d, nil
			}
			sum := r.take(8)
			if r.bad || len(r.rest) > 0 {
				return nil, errRDBCut
			}
			if v := binary.LittleEndian.Uint64(sum); v != 0 && v != crcOfPayload(b[:len(b)-8]) {
				return nil, errRDBChecksum
			}
			return d, nil
		case payloadString, payloadList:
			key := string(r.text())
			e := r.value(op[0])
			if r.bad {
				return nil, errRDBCut
			}
			if d.get(key) != nil {
				return nil, fmt.Errorf("load data: key %.100q is there twice", key)
			}
			d.set(key, e)
			loaded++
			if e.items != nil {
				loaded += e.items.len()
			}
		default:
			if err := r.skip(op[0]); err != nil {
				return nil, err
			}
		}
	}
	return nil, errRDBTooLarge
}

// skip passes over what belongs to an operation that matters to no value.
func (r *payloadReader) skip(op byte) error {
	switch op {
	case rdbAux:
		r.text()
		r.text()
	case rdbSizes:
		r.length()
		r.length()
	case rdbSlotInfo:
		r.length()
		r.length()
		r.length()
	case rdbIdle:
		r.length()
	case rdbFreq:
		r.take(1)
	case rdbSelect:
		if db := r.length(); db != 0 {
			return fmt.Errorf("load data: database %d: there is only 0", db)
		}
	default:
		return fmt.Errorf("load data: operation or type %d is not known", op)
	}
	if r.bad {
		return errRDBCut
	}
	return nil
}
