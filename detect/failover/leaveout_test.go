package failover

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ricochet/detect"
)

// TestLessEvidenceClaimsNoMore plays the fixtures of healthy servers, and those in
// which nothing is certain, with some of their evidence left out: nothing is broken
// then either, and what was inferred becomes no more certain. Links are left alone:
// what is lost of them is evidence of its own (see TestLossBreaksNothing).
func TestLessEvidenceClaimsNoMore(t *testing.T) {
	for _, kind := range []string{"silent", "inferred"} {
		files, err := filepath.Glob(filepath.Join("testdata", kind+"-*.txt"))
		if err != nil || len(files) == 0 {
			t.Fatalf("find fixtures: %v, %d found", err, len(files))
		}
		for _, file := range files {
			if strings.Contains(file, "silent-dual-") {
				continue // what shows that one stood down may be what is left out
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in, _, _ := strings.Cut(string(data), "----\n")
			s := parse(t, in)
			r := rand.New(rand.NewPCG(1, 2))
			for try := range 40 {
				var pieces []piece
				var gone []int64
				for i, p := range s.pieces {
					// One piece at a time, then more and more of them.
					link := p.e.Kind == detect.Synced || p.e.Kind == detect.Closed
					if !link && (try < 20 && i == r.IntN(len(s.pieces)) || try >= 20 && r.IntN(100) < try) {
						gone = append(gone, p.e.Packet)
						continue
					}
					pieces = append(pieces, p)
				}
				k := s.playPieces(pieces)
				if b := broken(k); b != "" {
					t.Errorf("%s without %v: %s\n%s", filepath.Base(file), gone, b, describe(k))
					break
				}
				if got := describe(k); kind == "inferred" && strings.Contains(got, " certain ") {
					t.Errorf("%s without %v:\n%s", filepath.Base(file), gone, got)
					break
				}
			}
		}
	}
}
