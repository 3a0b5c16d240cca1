package bus

// Slots is a set of slots as the wire has it: a bit a slot, the lowest bit of the
// first byte first (bitmapTestBit).
type Slots []byte

// Has reports whether a slot is in the set.
func (s Slots) Has(slot uint16) bool { return s[slot/8]&(1<<(slot%8)) != 0 }

// Ranges returns the slots as ranges, both ends included, in order.
func (s Slots) Ranges() [][2]uint16 {
	var ranges [][2]uint16
	for i := 0; i < len(s)*8; {
		if i%8 == 0 && s[i/8] == 0 {
			i += 8
			continue
		}
		if !s.Has(uint16(i)) {
			i++
			continue
		}
		from := i
		for i < len(s)*8 && s.Has(uint16(i)) {
			i++
		}
		ranges = append(ranges, [2]uint16{uint16(from), uint16(i - 1)})
	}
	return ranges
}
