//go:build linux

// Command guest is the first process of a virtual machine that package vmtest
// boots. It makes the system fit to run a program, runs the steps of the plan,
// reports them on the second serial port, and switches the machine off.
//
// Started as "guest probe" it is one of these steps instead.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"

	"ricochet/internal/vmtest"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "probe" {
		os.Exit(probe())
	}
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "guest: belongs into a virtual machine, as its first process")
		os.Exit(2)
	}
	if err := run(); err != nil {
		fmt.Println("guest:", err)
	}
	unix.Sync()
	err := unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	fmt.Println("guest: power off:", err) // and the kernel panics as its first process ends
}

// run reports an error only where there is no report to say it in.
func run() (err error) {
	if err := mountAll(); err != nil {
		return err
	}
	port, err := os.OpenFile(vmtest.ReportPath, os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return fmt.Errorf("open the report: %w", err)
	}
	defer func() { err = errors.Join(err, port.Close()) }()
	r := &reporter{json.NewEncoder(port)}

	if err := prepare(r); err != nil {
		if err := r.send(vmtest.Event{Output: err.Error()}); err != nil {
			return err
		}
	}
	return r.send(vmtest.Event{Done: true})
}

// prepare makes the system ready and runs the plan.
func prepare(r *reporter) error {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return fmt.Errorf("ask for the kernel's release: %w", err)
	}
	if err := r.send(vmtest.Event{Kernel: unix.ByteSliceToString(name.Release[:])}); err != nil {
		return err
	}
	if err := loadModules(); err != nil {
		return err
	}
	if err := raiseLoopback(); err != nil {
		return err
	}
	text, err := os.ReadFile(vmtest.PlanPath)
	if err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	var plan []vmtest.Step
	if err := json.Unmarshal(text, &plan); err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	for _, s := range plan {
		if err := r.run(s); err != nil {
			return err
		}
	}
	return nil
}

// reporter writes events.
type reporter struct{ enc *json.Encoder }

func (r *reporter) send(e vmtest.Event) error {
	if err := r.enc.Encode(e); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// run runs a step to its end. The error is that of the report; that the step
// failed is in the report.
func (r *reporter) run(s vmtest.Step) error {
	out := &output{reporter: r, step: s.Name}
	cmd := exec.Command(s.Args[0], s.Args[1:]...)
	cmd.Dir = "/tmp"
	cmd.Env = append([]string{"PATH=/bin", "HOME=/tmp", "TMPDIR=/tmp"}, s.Env...)
	cmd.Stdout, cmd.Stderr = out, out
	if s.User != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Credential:  &syscall.Credential{Uid: s.User, Gid: s.User},
			AmbientCaps: s.Capabilities,
		}
	}
	err := cmd.Run()
	exit := 0
	if err != nil {
		exit = -1
		var ended *exec.ExitError
		if errors.As(err, &ended) {
			exit = ended.ExitCode()
		}
		if exit == -1 {
			if err := r.send(vmtest.Event{Step: s.Name, Output: err.Error() + "\n"}); err != nil {
				return err
			}
		}
	}
	return r.send(vmtest.Event{Step: s.Name, Exit: &exit})
}

// output reports what a step writes. The two streams of a step share one, so
// that only one write is under way at a time.
type output struct {
	*reporter
	step string
}

func (o *output) Write(b []byte) (int, error) {
	if err := o.send(vmtest.Event{Step: o.step, Output: string(b)}); err != nil {
		return 0, err
	}
	return len(b), nil
}
