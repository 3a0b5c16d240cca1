package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"ricochet/internal/pipeline"
	"ricochet/internal/wiretest"
)

const (
	// maxFuzzInput bounds the files that are fuzzed, in bytes: what takes longer
	// finds no more.
	maxFuzzInput = 1 << 17
	// maxFuzzTime is far more than such a file may take, even with the race
	// detector on a busy machine.
	maxFuzzTime = 30 * time.Second
	// maxFuzzMemory bounds the bytes that one analysis allocates in all, and so
	// what it ever holds.
	maxFuzzMemory = 256 << 20
	// fuzzPackets is how many packets a seed has.
	fuzzPackets = 80
)

// FuzzAnalyze reads any bytes as a capture, as analyze does. It must neither
// panic nor hang nor take much memory, and what one worker reports must be valid
// JSON and the same, byte for byte, as what two report in tiny batches.
func FuzzAnalyze(f *testing.F) {
	for _, seed := range fuzzSeeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > maxFuzzInput {
			t.Skip("large")
		}
		one, opened := analyzeBytes(t, file, pipeline.Options{Workers: 1})
		two, again := analyzeBytes(t, file, pipeline.WithBatch(pipeline.Options{Workers: 2}, 3, 1<<12))
		if opened != again {
			t.Fatalf("opened: %v with one worker, %v with two", opened, again)
		}
		if !opened {
			return
		}
		if !json.Valid([]byte(one)) {
			t.Fatalf("invalid JSON: %s", one)
		}
		if one != two {
			t.Fatalf("one worker: %s\ntwo workers: %s", one, two)
		}
	})
}

// analyzeBytes returns the JSON of a report, and false if the bytes are no
// capture at all.
func analyzeBytes(t *testing.T, file []byte, o pipeline.Options) (string, bool) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	overdue := time.AfterFunc(maxFuzzTime, func() { panic("the analysis hangs") })
	defer overdue.Stop()
	o.Stdin = bytes.NewReader(file)
	r, err := pipeline.Analyze(context.Background(), []string{"-"}, o)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > maxFuzzMemory {
		t.Fatalf("%d bytes allocated for a file of %d", n, len(file))
	}
	if err != nil {
		return "", false
	}
	return jsonOf(t, r), true
}

// fuzzSeeds are the starts of the labelled captures from where the first
// redirects are, whole and spoilt, and scripts in several encapsulations.
func fuzzSeeds(f *testing.F) [][]byte {
	f.Helper()
	var seeds [][]byte
	rng := rand.New(rand.NewPCG(1, 2))
	add := func(file []byte) {
		seeds = append(seeds, file)
		spoilt := bytes.Clone(file)
		for range 1 + len(spoilt)/500 {
			spoilt[24+rng.IntN(len(spoilt)-24)] ^= byte(1 << rng.IntN(8))
		}
		seeds = append(seeds, spoilt, spoilt[:len(spoilt)/2])
	}
	for _, s := range corpus(f) {
		packets := excerpt(wiretest.Snap(readFile(f, s.clientFiles(f)[0]), 400), fuzzPackets)
		add(pcapBytes(f, packets))
		add(pcapBytes(f, wiretest.Shuffle(wiretest.Drop(packets, 5, 1), 20, 2)))
	}
	for _, e := range wiretest.Encaps() {
		add(pcapBytes(f, wiretest.Encapsulate(script(f, bouncing), e)))
	}
	return seeds
}
