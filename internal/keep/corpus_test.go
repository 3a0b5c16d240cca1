package keep_test

import (
	"path/filepath"
	"strings"
	"testing"

	"ricochet/internal/keep"
	"ricochet/internal/wiretest"
)

// TestCorpus holds that an analysis of what was written of each labelled capture
// says what one of the capture says.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("../../testdata/corpus/*/*.pcap.zst")
	if err != nil || len(files) == 0 {
		t.Fatalf("no labelled captures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimPrefix(file, "../../testdata/corpus/"), func(t *testing.T) {
			packets, err := wiretest.ReadPcapFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name, stats := write(t, keep.Options{}, packets)
			if stats.Packets != int64(len(packets)) {
				t.Errorf("%d of %d packets", stats.Packets, len(packets))
			}
			if stats.Cut > 0 || stats.Repeated > 0 || stats.Opaque > 0 {
				t.Logf("%+v", stats)
			}
			sameReport(t, analyze(t, name), analyze(t, file))
		})
	}
}
