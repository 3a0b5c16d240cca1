package main

// Rules for what ricochet says:
//
//   - Standard output has the result and nothing else; everything that is said
//     about it goes to standard error.
//   - A message is one line: "ricochet: ", then lower case, no full stop.
//   - A message that the user can act on is followed by one "hint: " line, with a
//     command that would work or the one thing to check.
//   - When all went well, nothing is said.
//   - Whoever closes standard output early has read enough: that is no error.
//   - Names and values from outside cannot break the line or the terminal.
//   - Colours and the progress bar are for terminals only. NO_COLOR and TERM=dumb
//     are honoured; --color has the last word.

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"unicode"
)

// Exit statuses.
const (
	exitBounced      = 1 // with --exit-code: the verdict is bounced
	exitUsage        = 2 // wrong usage
	exitFailed       = 3 // an input could not be read, or the output not be written
	exitInconclusive = 4 // with --exit-code: the verdict is inconclusive
)

// failure is an exit status other than 0 and what to say about it.
type failure struct {
	status int
	err    error  // nil: the status says it all
	hint   string // empty: there is no good one
}

func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit status %d", f.status)
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// ui is what the program talks through.
type ui struct {
	stdin    io.Reader
	stdout   *output
	stderr   io.Writer
	getenv   func(string) string
	terminal func(*os.File) (columns int, ok bool)
}

// exit says what went wrong, if anything, and returns the exit status.
func (u *ui) exit(err error) int {
	if err == nil || brokenPipe(err) {
		return 0
	}
	f := &failure{status: exitFailed, err: err}
	errors.As(err, &f)
	if f.err != nil {
		u.message("%v", f.err)
	}
	if f.hint != "" {
		fmt.Fprintf(u.stderr, "hint: %s\n", oneLine(f.hint))
	}
	return f.status
}

// message says one line on standard error.
func (u *ui) message(format string, args ...any) {
	fmt.Fprintf(u.stderr, "ricochet: %s\n", oneLine(fmt.Sprintf(format, args...)))
}

// isTerminal reports whether one of the streams is a terminal that understands
// escape sequences, and how many columns it has (0: unknown).
func (u *ui) isTerminal(stream any) (columns int, ok bool) {
	f, isFile := stream.(*os.File)
	if !isFile || u.getenv("TERM") == "dumb" {
		return 0, false
	}
	return u.terminal(f)
}

// oneLine replaces what would break a line or a terminal. Unlike report.Clean
// it leaves letters of all languages, which file names are made of.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// quote makes s one word for a shell.
func quote(s string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./:,=@%+", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func quoteAll(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = quote(w)
	}
	return out
}

// output is standard output. It remembers the first error of a write.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// failed returns the first error as one about standard output.
func (o *output) failed() error {
	if o.err == nil {
		return nil
	}
	// The name "/dev/stdout" of the PathError says less than the words here.
	err := o.err
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &failure{status: exitFailed, err: fmt.Errorf("write to standard output: %w", err)}
}

// brokenPipe reports whether err says that nobody reads what is written.
func brokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
