package pcapfile

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
)

// Kind says in what way an input is of no use, so that a caller can add a hint.
type Kind uint8

// The kinds of Error.
const (
	_              Kind = iota
	NotFound            // there is no such file
	Permission          // the file may not be read
	Unreadable          // the operating system reports another error
	Empty               // the file has 0 bytes, or decompresses to 0 bytes
	Text                // the file looks like text
	NotCapture          // the file is in a format that is not read
	BadHeader           // a capture whose header is cut short or of an unknown version
	BadCompression      // compressed, but the first bytes do not decompress
	NoCaptures          // no file was named, or a directory holds no capture
)

// Error is what Open reports: an input that yields nothing at all.
type Error struct {
	Name string // the input as the user named it; empty when no input was named
	Kind Kind
	Err  error // what went wrong, in words that go after the name; never nil
}

// Error returns one line, in lower case but for the name.
func (e *Error) Error() string {
	if e.Name == "" {
		return e.Err.Error()
	}
	return printable(e.Name) + ": " + e.Err.Error()
}

// Unwrap returns the cause, so that errors.Is(err, fs.ErrNotExist) works.
func (e *Error) Unwrap() error { return e.Err }

func newError(name string, kind Kind, text string) *Error {
	return &Error{Name: name, Kind: kind, Err: errors.New(text)}
}

// systemError classifies an error of the operating system.
func systemError(name string, err error) *Error {
	// The name is printed once, by Error, and not by the PathError too.
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	kind := Unreadable
	switch {
	case errors.Is(err, fs.ErrNotExist):
		kind = NotFound
	case errors.Is(err, fs.ErrPermission):
		kind = Permission
	}
	return &Error{Name: name, Kind: kind, Err: err}
}

// printable quotes a name that would break the line or the terminal.
func printable(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}

// damage ends a capture early. What was read before it stays valid.
type damage struct {
	at   int64 // offset of the first thing that could not be read, in the uncompressed capture
	text string
}

func (d *damage) Error() string { return d.text }
