package pcapfile

import (
	"fmt"

	"ricochet/capture"
)

// An evidence capture of ricochet's has packets of several captures, merged by their
// corrected times. Each was taken at a vantage point and is an interface of the file.
// They are read as captures of their own: how far their clocks may be off is part of
// what the packets prove.

// maxVantages bounds the vantage points of a file. One with more is read as any other.
const maxVantages = 64

// Vantage is what an evidence capture says of one of its vantage points.
type Vantage struct {
	Number, Of int // which it is, from 1, of how many
	// ClockError is how far its clock may be off, in nanoseconds; -1 if that is not
	// known.
	ClockError int64
}

const vantageFormat = "vantage point %d of %d, clock within %d ns"

// String is how the description of an interface says it.
func (v Vantage) String() string {
	return fmt.Sprintf(vantageFormat, v.Number, v.Of, v.ClockError)
}

// vantageOf reads the description of an interface.
func vantageOf(description []byte) (v Vantage, ok bool) {
	if len(description) > len(vantageFormat)+40 {
		return v, false
	}
	n, err := fmt.Sscanf(string(description), vantageFormat, &v.Number, &v.Of, &v.ClockError)
	ok = err == nil && n == 3 && v.Of > 1 && v.Of <= maxVantages && v.Number >= 1 && v.Number <= v.Of &&
		v.ClockError >= -1 && v.String() == string(description)
	return v, ok
}

// vantages returns what the interfaces described so far say of vantage points, nil if
// it is not all of them.
func (r *pcapngReader) vantages() []netInterface {
	var all []netInterface
	for _, in := range r.interfaces {
		if in.vantage.Of == 0 || all != nil && in.vantage.Of != len(all) {
			return nil
		}
		if all == nil {
			all = make([]netInterface, in.vantage.Of)
		}
		all[in.vantage.Number-1] = in
	}
	for _, in := range all {
		if in.vantage.Of == 0 {
			return nil
		}
	}
	return all
}

// split has the only file of the source read as captures of its vantage points, if it
// has several.
func (s *Source) split() {
	if len(s.files) != 1 {
		return
	}
	f := s.files[0]
	r, ok := f.reader.(*pcapngReader)
	if !ok {
		return
	}
	for _, in := range r.vantages() {
		f.apart = append(f.apart, apart{
			stats: capture.Stats{Name: f.stats.Name, Format: f.stats.Format, Vantage: in.name, ClockError: in.vantage.ClockError},
		})
	}
	r.apart = len(f.apart)
}

// apart is the part of a file that one vantage point saw.
type apart struct {
	stats     capture.Stats
	firstLink capture.LinkType
}
