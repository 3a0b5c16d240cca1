package vmtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ricochet/internal/vmtest"
)

// machine is a virtual machine that is yet to run.
type machine struct {
	qemu      string // the program
	kernel    string // the image
	initramfs string
}

// outcome is what a machine reported.
type outcome struct {
	kernel string // its release
	steps  map[string]*stepOutcome
	done   bool // the guest came to the end of its plan
	// trouble holds what went wrong with the guest itself.
	trouble strings.Builder
	console string // what the kernel wrote
}

// stepOutcome is how a step went. Exit is nil if it did not end.
type stepOutcome struct {
	output strings.Builder
	exit   *int
}

// run boots the machine and waits until it switches itself off, or until the
// context ends it. The machine has no disk, no network, and no devices but two
// serial ports. Its processor is emulated: it is there on hosts without KVM, too.
//
// It has no CMPXCHG16B (cx16), after which qemu 7.2 now and then leaves garbage in
// the flags: one boot of 6.12 in three crashed, and none without. Without a check
// of the timer the kernel does not panic where the host is too busy for that.
func (m machine) run(ctx context.Context, t *testing.T) (*outcome, error) {
	console := filepath.Join(t.TempDir(), "console")
	cmd := exec.CommandContext(ctx, m.qemu,
		"-accel", "tcg,thread=multi", "-cpu", "max,cx16=off", "-smp", "1", "-m", "512",
		"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
		"-kernel", m.kernel, "-initrd", m.initramfs,
		"-append", "console=ttyS0 quiet panic=-1 no_timer_check",
		"-serial", "file:"+console, "-serial", "stdio")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	report, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start qemu: %w", err)
	}
	out, err := read(report)
	// What follows an error is not read, but qemu must be able to write it.
	_, _ = io.Copy(io.Discard, report)
	if waited := cmd.Wait(); waited != nil {
		err = errors.Join(err, fmt.Errorf("run qemu: %w: %s", waited, complaints.String()))
	}
	err = errors.Join(err, context.Cause(ctx))
	if text, err := os.ReadFile(console); err == nil {
		out.console = string(text)
	}
	return out, err
}

// read reads a report to its end.
func read(r io.Reader) (*outcome, error) {
	out := &outcome{steps: map[string]*stepOutcome{}}
	for dec := json.NewDecoder(r); ; {
		var e vmtest.Event
		if err := dec.Decode(&e); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return out, fmt.Errorf("read the report: %w", err)
		}
		out.add(e)
	}
}

func (o *outcome) add(e vmtest.Event) {
	switch {
	case e.Kernel != "":
		o.kernel = e.Kernel
	case e.Done:
		o.done = true
	case e.Step == "":
		o.trouble.WriteString(e.Output)
	default:
		s := o.steps[e.Step]
		if s == nil {
			s = &stepOutcome{}
			o.steps[e.Step] = s
		}
		s.output.WriteString(e.Output)
		if e.Exit != nil {
			s.exit = e.Exit
		}
	}
}
