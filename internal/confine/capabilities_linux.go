package confine

import (
	"fmt"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// kept are the capabilities that live capture needs: to load a program that
// reads packets into a ring buffer (CAP_BPF and CAP_PERFMON, both new in Linux
// 5.8, as the ring buffer is), and to open a packet socket.
func kept() []cap.Value { return []cap.Value{cap.BPF, cap.NET_RAW, cap.PERFMON} }

// Start gives up all capabilities but CAP_BPF, CAP_NET_RAW and CAP_PERFMON, and
// of these it keeps those that the process has. Nothing that it runs could get
// any: the inheritable and the ambient set are empty afterwards, the bounding set
// too if CAP_SETPCAP allows it, and no_new_privs is set. It is called before the
// first socket is opened and fails only where the kernel refuses to take rights
// away.
//
// Root without capabilities is a user like others: from here on it may only
// create files where permissions let root do so, which the home of the user who
// called sudo mostly does not.
//
// CAP_SYS_ADMIN, which stood for CAP_BPF before Linux 5.8, is not kept: without
// a ring buffer there is nothing to load, and packet sockets do without. Nor is
// CAP_SYS_RESOURCE, which before Linux 5.11 raises the limit of locked memory
// that maps count against: Start uses it to lift that limit while it is there.
func Start() error {
	liftMemlock()
	if _, err := cap.Prctlw(unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return fmt.Errorf("set no_new_privs: %w", err)
	}
	if err := dropBound(); err != nil {
		return fmt.Errorf("clear bounding set: %w", err)
	}
	return setCapabilities(kept()...)
}

// liftMemlock lifts the limit of locked memory if the process may. If it may not,
// the limit is left to whoever set it, and too low a one shows at the first map.
func liftMemlock() {
	unlimited := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	_ = unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unlimited)
}

// dropBound empties the bounding set if CAP_SETPCAP is permitted. Without it the
// set stays as it is, and no_new_privs alone keeps a program that is run from
// getting what the set would let it have.
func dropBound() error {
	now := cap.GetProc()
	if may, err := now.GetFlag(cap.Permitted, cap.SETPCAP); err != nil || !may {
		return err
	}
	if err := now.SetFlag(cap.Effective, true, cap.SETPCAP); err != nil {
		return err
	}
	if err := now.SetProc(); err != nil {
		return err
	}
	for v := range cap.MaxBits() {
		if err := cap.DropBound(v); err != nil {
			return err
		}
	}
	return nil
}

// setCapabilities makes the permitted and the effective set those of values that
// are permitted now, and the inheritable set empty, and so the ambient one, which
// holds nothing that is not inheritable (capabilities(7)).
func setCapabilities(values ...cap.Value) error {
	now, next := cap.GetProc(), cap.NewSet()
	for _, v := range values {
		// A capability that this kernel does not know is one it does not have.
		if has, err := now.GetFlag(cap.Permitted, v); err != nil || !has {
			continue
		}
		for _, set := range []cap.Flag{cap.Permitted, cap.Effective} {
			if err := next.SetFlag(set, true, v); err != nil {
				return fmt.Errorf("keep %v: %w", v, err)
			}
		}
	}
	if err := next.SetProc(); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	return nil
}
