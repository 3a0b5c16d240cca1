package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// outFile is a file that appears under its name only once it is whole. What is no
// regular file, as /dev/stdout, is written to as it is.
type outFile struct {
	io.Writer
	pending *renameio.PendingFile // nil: no regular file
	plain   *os.File
}

// createOut creates a file beside the one that is to be replaced.
func createOut(name string, mode fs.FileMode) (*outFile, error) {
	if st, err := os.Stat(name); err == nil && !st.Mode().IsRegular() {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &outFile{Writer: f, plain: f}, nil
	}
	p, err := renameio.NewPendingFile(name, renameio.WithPermissions(mode), renameio.WithTempDir(filepath.Dir(name)))
	if err != nil {
		return nil, err
	}
	return &outFile{Writer: p, pending: p}, nil
}

// commit has the file appear.
func (o *outFile) commit() error {
	if o.pending == nil {
		return o.plain.Close()
	}
	return o.pending.CloseAtomicallyReplace()
}

// discard leaves what was there before. It does nothing after commit.
func (o *outFile) discard() {
	if o.pending == nil {
		o.plain.Close()
		return
	}
	// What is in the way of removing it was in the way of writing it, and is told.
	_ = o.pending.Cleanup()
}
