package confine

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// What a child is told: the directory that it works in, with the subdirectories
// allowed and forbidden and some files in each; the subdirectory that it may
// write to, if any; an abstract Unix socket that somebody else listens on.
const (
	childDir    = "CONFINE_TEST_DIR"
	childWrites = "CONFINE_TEST_WRITES"
	childPeer   = "CONFINE_TEST_PEER"
)

// TestMain makes a process with childDir set a child: what Start and Attached
// take away, the process of the tests could not get back.
func TestMain(m *testing.M) {
	if os.Getenv(childDir) != "" {
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child goes through the two steps. After each it says so on standard output and
// waits for a line on standard input, and after the second it tries what should
// work and what should not.
func child() error {
	crowd()
	if err := Start(); err != nil {
		return err
	}
	in := bufio.NewScanner(os.Stdin)
	fmt.Println("started")
	in.Scan()

	h, err := hold()
	if err != nil {
		return err
	}
	a := Access{}
	if sub := os.Getenv(childWrites); sub != "" {
		a.WriteDir = filepath.Join(os.Getenv(childDir), sub)
	}
	effect, err := Attached(a)
	if err != nil {
		return err
	}
	crowd()
	fmt.Println("attached")
	in.Scan()
	fmt.Println(effect)
	fmt.Println(h.listener.Addr())
	return errors.Join(tryAll(attempts(h, a)), h.capture())
}

// crowd makes the process have several threads.
func crowd() {
	ready := make(chan bool)
	for range 4 {
		go func() {
			runtime.LockOSThread()
			ready <- true
			select {}
		}()
	}
	for range 4 {
		<-ready
	}
}

// held is what watch has open when it calls Attached.
type held struct {
	socket   int // a packet socket, or -1 if the process may have none
	listener net.Listener
	statm    *os.File
	written  *os.File
}

func hold() (h held, err error) {
	h.socket = -1
	if may, _ := cap.GetProc().GetFlag(cap.Effective, cap.NET_RAW); may {
		allProtocols := int(unix.ETH_P_ALL<<8 | unix.ETH_P_ALL>>8) // in network order
		if h.socket, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, allProtocols); err != nil {
			return h, err
		}
		short := unix.Timeval{Usec: 50_000}
		if err = unix.SetsockoptTimeval(h.socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &short); err != nil {
			return h, err
		}
	}
	if h.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return h, err
	}
	if h.statm, err = os.Open("/proc/self/statm"); err != nil {
		return h, err
	}
	h.written, err = os.OpenFile(filepath.Join(os.Getenv(childDir), "forbidden", "open"), os.O_WRONLY, 0)
	return h, err
}

// capture accepts a connection and checks that the packet socket, if there is
// one, sees what is sent over it.
func (h held) capture() error {
	conn, err := h.listener.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	mark := []byte("a mark that only this process sends")
	packet := make([]byte, 1<<16)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if _, err := conn.Write(mark); err != nil {
			return err
		}
		if h.socket < 0 {
			return nil
		}
		n, err := unix.Read(h.socket, packet)
		if err == nil && bytes.Contains(packet[:n], mark) {
			return nil
		}
		if err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("read packet socket: %w", err)
		}
	}
	return errors.New("packet socket: nothing of what was sent")
}

// attempt is something that a confined process does, and what comes of it from
// that version of landlock on.
type attempt struct {
	name string
	abi  int
	want error // nil: it works
	do   func() error
}

func tryAll(all []attempt) error {
	var failures []error
	for _, a := range all {
		if landlockABI() < a.abi {
			continue
		}
		if got := a.do(); !errors.Is(got, a.want) {
			failures = append(failures, fmt.Errorf("%s: got error %v, want %v", a.name, got, a.want))
		}
	}
	return errors.Join(failures...)
}

func attempts(h held, a Access) []attempt {
	dir := os.Getenv(childDir)
	allowed, forbidden := filepath.Join(dir, "allowed"), filepath.Join(dir, "forbidden")
	var inside error // of what WriteDir allows
	if a.WriteDir == "" {
		inside = unix.EACCES
	}
	return []attempt{
		{"read a file of the system", 1, unix.EACCES, reading("/etc/passwd")},
		{"list a directory", 1, unix.EACCES, reading("/")},
		{"open a file of its own process", 1, unix.EACCES, reading("/proc/self/statm")},
		{"read a file of its own process that is open", 0, nil, func() error {
			_, err := h.statm.ReadAt(make([]byte, 1), 0)
			return err
		}},
		{"write to a file that is open", 0, nil, func() error {
			_, err := h.written.WriteString("more")
			return err
		}},
		{"create a file elsewhere", 1, unix.EACCES, creating(filepath.Join(forbidden, "new"))},
		{"create a file in the parent of the directory", 1, unix.EACCES, creating(filepath.Join(dir, "new"))},
		{"remove a file elsewhere", 1, unix.EACCES, func() error { return os.Remove(filepath.Join(forbidden, "old")) }},
		{"create a file in the directory", 1, inside, creating(filepath.Join(allowed, "new"))},
		{"truncate a file in the directory", 3, inside, func() error { return os.Truncate(filepath.Join(allowed, "open"), 1) }},
		{"rename a file in the directory", 1, inside, func() error {
			return os.Rename(filepath.Join(allowed, "open"), filepath.Join(allowed, "renamed"))
		}},
		{"remove a file in the directory", 1, inside, func() error { return os.Remove(filepath.Join(allowed, "old")) }},
		{"read a file in the directory", 1, unix.EACCES, reading(filepath.Join(allowed, "kept"))},
		{"make a directory in the directory", 1, unix.EACCES, func() error { return os.Mkdir(filepath.Join(allowed, "d"), 0o700) }},
		{"link to elsewhere from the directory", 1, unix.EACCES, func() error {
			return os.Symlink("/etc/passwd", filepath.Join(allowed, "link"))
		}},
		{"run a shell", 1, unix.EACCES, func() error {
			_, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "exit"}, &os.ProcAttr{})
			return err
		}},
		{"connect", 4, unix.EACCES, func() error {
			_, err := net.Dial("tcp", h.listener.Addr().String())
			return err
		}},
		{"bind", 4, unix.EACCES, func() error {
			s, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				return err
			}
			defer unix.Close(s)
			return unix.Bind(s, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
		}},
		{"open a packet socket", 0, unix.EPERM, func() error {
			_, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
			return err
		}},
		{"take a capability back", 0, unix.EPERM, func() error {
			set := cap.NewSet()
			if err := set.SetFlag(cap.Permitted, true, cap.NET_RAW); err != nil {
				return err
			}
			return set.SetProc()
		}},
		{"signal another process", 6, unix.EPERM, func() error { return unix.Kill(os.Getppid(), 0) }},
		{"signal itself", 0, nil, func() error { return unix.Kill(os.Getpid(), 0) }},
		{"connect to an abstract socket", 6, unix.EPERM, func() error {
			_, err := net.Dial("unix", os.Getenv(childPeer))
			return err
		}},
		{"stop a thread that does not yield", 0, nil, preempt},
	}
}

func reading(name string) func() error {
	return func() error {
		f, err := os.Open(name)
		if err == nil {
			f.Close()
		}
		return err
	}
}

func creating(name string) func() error {
	return func() error {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = f.WriteString("text")
		return errors.Join(err, f.Close())
	}
}

// preempt collects garbage while a goroutine runs that the runtime can only stop
// by a signal from one of its threads to another.
func preempt() error {
	var stop atomic.Bool
	go func() {
		for !stop.Load() {
		}
	}()
	collected := make(chan bool)
	go func() {
		runtime.GC()
		close(collected)
	}()
	defer stop.Store(true)
	select {
	case <-collected:
		return nil
	case <-time.After(20 * time.Second):
		return syscall.ETIMEDOUT
	}
}
