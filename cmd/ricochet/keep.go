package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/pflag"

	"ricochet/capture"
	"ricochet/internal/keep"
	"ricochet/internal/pipeline"
)

// keepFlags say where watched packets are kept.
type keepFlags struct {
	name   string
	size   int // MB
	files  int
	values bool
}

func (f *keepFlags) define(flags *pflag.FlagSet) {
	flags.Var(&value{kind: "FILE", example: "redis.pcapng", set: stored(&f.name, func(s string) (string, error) { return s, nil })},
		"write", "keep the packets in `FILE` (pcapng), values replaced by filler")
	flags.Var(&value{text: "0", kind: "MB", example: "100", set: stored(&f.size, number(0, 1<<20))},
		"write-size", "start another file when one has `MB` megabytes; 0: one file")
	flags.Var(&value{text: "0", kind: "N", example: "10", set: stored(&f.files, number(0, 1<<20))},
		"write-files", "keep the last `N` files; 0: all")
	flags.BoolVar(&f.values, "keep-values", false, "keep values as they are; credentials are always replaced")
}

func (f *keepFlags) check() error {
	switch {
	case f.name == "" && (f.size > 0 || f.files > 0 || f.values):
		return usage("ricochet watch --write redis.pcapng", "--write-size, --write-files and --keep-values are for --write")
	case f.files > 0 && f.size == 0:
		return usage("ricochet watch --write redis.pcapng --write-size 100 --write-files 10", "--write-files is for --write-size")
	}
	return nil
}

// dir is the directory in which files come and go while packets are kept; empty
// if none do.
func (f *keepFlags) dir() string {
	if f.size == 0 {
		return ""
	}
	return filepath.Dir(f.name)
}

// number reads a whole number within bounds.
func number(low, high int) func(string) (int, error) {
	return func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < low || n > high {
			return 0, fmt.Errorf("must be a number from %d to %d", low, high)
		}
		return n, nil
	}
}

// open creates the file; it returns nil if there is to be none. Sources lists what
// is captured from when it is asked.
func (f *keepFlags) open(ports []uint16, sources func() []capture.Stats) (*keeper, error) {
	if f.name == "" {
		return nil, nil
	}
	w, err := keep.Create(keep.Options{
		Name: f.name, MaxBytes: int64(f.size) * 1e6, MaxFiles: f.files, KeepValues: f.values,
		Ports: pipeline.PortRanges(ports),
		Interface: func(origin int) string {
			if all := sources(); origin < len(all) {
				return all[origin].Name
			}
			return fmt.Sprintf("interface %d", origin)
		},
	})
	if err != nil {
		hint := ""
		if errors.Is(err, fs.ErrExist) {
			hint = "nothing is overwritten: choose another name, or remove the file first"
		}
		return nil, &failure{status: exitFailed, err: err, hint: hint}
	}
	return &keeper{w, f}, nil
}

// keeper is the file of the packets that are kept.
type keeper struct {
	*keep.Writer
	flags *keepFlags
}

func (k *keeper) close() error { return k.Close() }

// discard removes the file again, in which nothing was kept.
func (k *keeper) discard() {
	k.Close()
	if k.flags.size == 0 {
		os.Remove(k.flags.name)
	}
}
