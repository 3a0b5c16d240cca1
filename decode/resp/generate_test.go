package resp

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// letters returns up to n letters.
func letters(rng *rand.Rand, n int) string {
	b := make([]byte, rng.IntN(n+1))
	for i := range b {
		b[i] = byte('a' + rng.IntN(26))
	}
	return string(b)
}

// writeBulk writes a bulk string of up to n letters.
func writeBulk(w *strings.Builder, rng *rand.Rand, kind Kind, n int) {
	s := letters(rng, n)
	if kind == Verbatim {
		s = "txt:" + s
	}
	fmt.Fprintf(w, "%c%d\r\n%s\r\n", kind, len(s), s)
}

// writeCommand writes a random command as an array.
func writeCommand(w *strings.Builder, rng *rand.Rand, _ int) {
	argc := 1 + rng.IntN(4)
	name := letters(rng, 10) + "X"
	fmt.Fprintf(w, "*%d\r\n$%d\r\n%s\r\n", argc, len(name), name)
	for range argc - 1 {
		writeBulk(w, rng, Bulk, 20)
	}
}

// writeReply writes a random reply or, below depth 0, an element of one.
func writeReply(w *strings.Builder, rng *rand.Rand, depth int) {
	if depth < 6 && rng.IntN(10) == 0 {
		writeMany(w, rng, Attribute, 2, depth)
	}
	kinds := []Kind{String, Error, Integer, Bulk, Null, Bool, Double, BigNumber, BulkError, Verbatim, Array, Map, Set, Push}
	if depth > 3 {
		kinds = kinds[:10]
	} else if depth > 0 {
		kinds = kinds[:13]
	}
	switch kind := kinds[rng.IntN(len(kinds))]; kind {
	case String, Error:
		fmt.Fprintf(w, "%c%s\r\n", kind, letters(rng, 20))
	case Integer, BigNumber:
		fmt.Fprintf(w, "%c%d\r\n", kind, rng.Int64()-1<<62)
	case Null:
		w.WriteString([]string{"_\r\n", "$-1\r\n", "*-1\r\n"}[rng.IntN(3)])
	case Bool:
		w.WriteString([]string{"#t\r\n", "#f\r\n"}[rng.IntN(2)])
	case Double:
		fmt.Fprintf(w, ",%g\r\n", rng.NormFloat64())
	case Bulk:
		if rng.IntN(5) > 0 {
			writeBulk(w, rng, kind, 40)
			return
		}
		w.WriteString("$?\r\n")
		for range rng.IntN(3) {
			s := letters(rng, 9) + "z"
			fmt.Fprintf(w, ";%d\r\n%s\r\n", len(s), s)
		}
		w.WriteString(";0\r\n")
	case BulkError, Verbatim:
		writeBulk(w, rng, kind, 40)
	case Map:
		writeMany(w, rng, kind, 2, depth)
	default:
		writeMany(w, rng, kind, 1, depth)
	}
}

// writeMany writes an aggregate of up to three groups of per elements.
func writeMany(w *strings.Builder, rng *rand.Rand, kind Kind, per, depth int) {
	n := rng.IntN(4)
	endless := kind.streamable() && rng.IntN(4) == 0
	if endless {
		fmt.Fprintf(w, "%c?\r\n", kind)
	} else {
		fmt.Fprintf(w, "%c%d\r\n", kind, n)
	}
	for range n * per {
		writeReply(w, rng, depth+1)
	}
	if endless {
		w.WriteString(".\r\n")
	}
}
