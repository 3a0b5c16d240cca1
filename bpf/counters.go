//go:build linux

package bpf

import (
	"fmt"
)

// Counters say what the program has done since it was loaded. Frames on
// interfaces that are not allowed, and the outgoing copies on loopback, are not
// in them at all.
//
// Every matched frame makes one record or is dropped: once the program rests,
// Matched is Records plus Dropped.
type Counters struct {
	Seen         uint64 // frames
	Matched      uint64 // frames with a port that was asked for
	MatchedBytes uint64 // their lengths
	Dropped      uint64 // matched frames for which the ring had no room
	DroppedBytes uint64 // their lengths
	Unparsed     uint64 // frames whose ports could not be found; see locate in headers.h
	Records      uint64 // matched frames that were put into the ring
	Cut          uint64 // records with spans
	CutBytes     uint64 // bytes that were left out between their spans
}

// Counters returns the counters, summed over the processors.
func (t *Tap) Counters() (Counters, error) {
	var sum Counters
	var each []tapTally
	if err := t.objects.Counters.Lookup(uint32(0), &each); err != nil {
		return Counters{}, fmt.Errorf("read counters: %w", err)
	}
	for _, c := range each {
		sum.Seen += c.Seen
		sum.Matched += c.Matched
		sum.MatchedBytes += c.MatchedBytes
		sum.Dropped += c.Dropped
		sum.DroppedBytes += c.DroppedBytes
		sum.Unparsed += c.Unparsed
		sum.Records += c.Records
		sum.Cut += c.Cut
		sum.CutBytes += c.CutBytes
	}
	return sum, nil
}
