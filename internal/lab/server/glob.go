package server

// matches tells whether s is what a pattern of KEYS, SCAN, PSUBSCRIBE or CONFIG GET
// describes: `*` any bytes, `?` one, `[ab-d]` one of these, `[^a]` one that is not,
// a backslash the byte behind it (stringmatchlen of src/util.c). As there, an empty
// string matches only an empty pattern, and a `[` needs no end.
func matches(pattern, s string) bool {
	if s == "" {
		return pattern == ""
	}
	// Where to go on when the rest does not match: the latest star takes a byte more.
	// An earlier one need not be tried again.
	star, taken := -1, 0
	p, i := 0, 0
	for i < len(s) {
		if p < len(pattern) && pattern[p] == '*' {
			star, taken = p, i
			p++
			continue
		}
		if p < len(pattern) {
			if next, ok := matchesOne(pattern, p, s[i]); ok {
				p = next
				i++
				continue
			}
		}
		if star < 0 {
			return false
		}
		taken++
		p, i = star+1, taken
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchesOne tells whether a byte is what the pattern has at p, and where the pattern
// goes on.
func matchesOne(pattern string, p int, b byte) (next int, ok bool) {
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '[':
		return matchesClass(pattern, p+1, b)
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return p + 1, pattern[p] == b
}

// matchesClass is matchesOne for what follows a `[`.
func matchesClass(pattern string, p int, b byte) (next int, ok bool) {
	not := p < len(pattern) && pattern[p] == '^'
	if not {
		p++
	}
	for ; p < len(pattern) && pattern[p] != ']'; p++ {
		switch left := len(pattern) - p; {
		case left >= 2 && pattern[p] == '\\':
			p++
			ok = ok || pattern[p] == b
		case left >= 3 && pattern[p+1] == '-':
			low, high := min(pattern[p], pattern[p+2]), max(pattern[p], pattern[p+2])
			ok = ok || low <= b && b <= high
			p += 2
		default:
			ok = ok || pattern[p] == b
		}
	}
	return min(p+1, len(pattern)), ok != not
}
