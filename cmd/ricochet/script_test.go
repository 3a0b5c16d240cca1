package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"ricochet/internal/wiretest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ricochet": main})
}

// TestScripts runs the real main, in processes of its own, as the scripts say.
// They find labelled captures in $CORPUS.
func TestScripts(t *testing.T) {
	corpus, err := filepath.Abs(filepath.Join("..", "..", "testdata", "corpus"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("CORPUS", corpus)
			// The race detector would let each process wait a second at its end.
			e.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Geteuid() == 0, nil
			case "devfull":
				_, err := os.Stat("/dev/full")
				return err == nil, nil
			}
			return false, nil
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"copies": copies,
			"unpack": unpack,
		},
	})
}

// unpack writes a capture without its compression: unpack FROM TO
func unpack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: unpack FROM TO")
	}
	packets, err := wiretest.ReadPcapFile(ts.MkAbs(args[0]))
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	ts.Check(wiretest.WritePcap(f, packets, true))
	ts.Check(f.Close())
}

// exits runs a program and checks its exit status: exits 2 ricochet analyze
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARG...]")
	}
	// A shell prints the status, for the error of Exec does not have it.
	words := quoteAll(args[1:])
	status := ts.MkAbs("status")
	err := ts.Exec("sh", "-c", strings.Join(words, " ")+"; echo $? >status")
	ts.Check(err)
	got := strings.TrimSpace(ts.ReadFile(status))
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// copies writes the first bytes of a file to another: copies FROM TO BYTES
func copies(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: copies FROM TO BYTES")
	}
	var n int
	for _, d := range args[2] {
		n = 10*n + int(d-'0')
	}
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data[:min(n, len(data))], 0o644))
}
