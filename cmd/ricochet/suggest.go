package main

// maxTypos is how many letters may be wrong in a name that still gets a
// suggestion.
const maxTypos = 2

// nearest is the name that is most like word, or empty if none is.
func nearest(word string, names []string) string {
	best, least := "", maxTypos+1
	for _, name := range names {
		if d := distance(word, name); d < least && d < len(name) {
			best, least = name, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour that turn a into b (optimal string alignment). Words so long that
// no flag is like them are far from everything.
func distance(a, b string) int {
	const longest = 32
	if len(a) > longest || len(b) > longest {
		return longest
	}
	var rows [3][longest + 1]int // of the prefixes of a: two before, one before, current
	before2, before, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		before[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(before[j]+cost, before[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before2[j-1]+1)
			}
		}
		before2, before, row = before, row, before2
	}
	return before[len(b)]
}
