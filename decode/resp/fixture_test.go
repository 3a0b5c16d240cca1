package resp

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the expected transcripts under testdata; commit only differences that you understand")

// TestFixtures runs testdata/*.txt. A file is a series of cases, separated by
// empty lines:
//
//	# comment
//	server keep=8       which side; keep is what Begin returns, 64 by default
//	"+OK\r\n"           a chunk, a Go string
//	3 "+OK\r\n"         the string three times in one chunk
//	boundary "+OK\r\n"  a chunk that starts a segment
//	gap 5
//	skip 5
//	----
//	the expected transcript
//
// Cases that are never lost, up to an error, are also run byte by byte.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for c := range strings.SplitSeq(strings.TrimRight(string(b), "\n"), "\n\n") {
				script, want, _ := strings.Cut(c+"\n", "----\n")
				got, wasLost := runScript(t, script, math.MaxInt)
				if got != want && !*update {
					t.Errorf("%s----\n%s\nwant:\n%s", script, got, want)
				}
				if bytewise, _ := runScript(t, script, 1); !wasLost && toError(bytewise) != toError(got) {
					t.Errorf("%s---- byte by byte\n%s\nwant:\n%s", script, bytewise, got)
				}
				out = append(out, script+"----\n"+got)
			}
			if *update {
				if err := os.WriteFile(file, []byte(strings.Join(out, "\n")), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// toError returns the lines of a transcript up to the first error.
func toError(s string) string {
	if i := strings.Index(s, "error:"); i >= 0 {
		return s[:i+strings.IndexByte(s[i:], '\n')]
	}
	return s
}

// runScript returns the transcript of a case, and whether it was lost for
// another reason than an error.
func runScript(t *testing.T, script string, size int) (got string, wasLost bool) {
	t.Helper()
	var p Parser
	tr := &transcript{keep: 64}
	base := 0
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		word, arg, _ := strings.Cut(line, " ")
		count := 1
		if n, err := strconv.Atoi(word); err == nil {
			count, line = n, arg
		}
		switch word {
		case "#":
		case "server", "client":
			side := Server
			if word == "client" {
				side = Client
			}
			p.Init(side)
			if v, ok := strings.CutPrefix(arg, "keep="); ok {
				tr.keep = number(t, v)
			}
		case "gap":
			p.Gap(int64(number(t, arg)), tr)
			wasLost = wasLost || p.Lost()
		case "skip":
			p.Skip(int64(number(t, arg)))
		default:
			if word == "boundary" {
				p.Boundary()
				line = arg
			}
			s, err := strconv.Unquote(line)
			if err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			data := bytes.Repeat([]byte(s), count)
			tr.feed(&p, data, size, base)
			base += len(data)
		}
	}
	if p.Lost() {
		tr.WriteString("lost\n")
	}
	if p.Skipped() > 0 {
		fmt.Fprintf(tr, "skipped %d\n", p.Skipped())
	}
	return tr.String(), wasLost
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
