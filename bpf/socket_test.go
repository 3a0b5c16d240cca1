//go:build linux

package bpf

import (
	"encoding/binary"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ricochet/internal/testenv"
)

// loopbackIndex is the index of the loopback interface in every network
// namespace.
const loopbackIndex = 1

// enterNamespace moves the test into a network namespace of its own, with the
// loopback interface up. The thread ends with the test, and the namespace with it.
func enterNamespace(t testing.TB) {
	t.Helper()
	testenv.RequireRoot(t)
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatalf("unshare: %v", err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	lo.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		t.Fatalf("set lo up: %v", err)
	}
}

// packetSocket opens a packet socket that receives nothing yet.
func packetSocket(t testing.TB) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// attach makes the program the filter of a packet socket that listens on all
// interfaces of this namespace, and returns the socket.
func attach(t testing.TB, tap *Tap) int {
	t.Helper()
	fd := packetSocket(t)
	if err := tap.Attach(fd); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_ALL)}); err != nil {
		t.Fatal(err)
	}
	return fd
}

func htons(v uint16) uint16 { return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, v)) }

// loopback is the loopback interface of a namespace, with the program on it.
type loopback struct {
	tap *Tap
	reader
	out int // a packet socket
}

func newLoopback(t testing.TB, o Options) *loopback {
	t.Helper()
	enterNamespace(t)
	tap := load(t, o)
	if err := tap.SetInterface(loopbackIndex, Interface{Loopback: true}); err != nil {
		t.Fatal(err)
	}
	l := &loopback{tap: tap, reader: newReader(t, tap), out: packetSocket(t)}
	attach(t, tap)
	return l
}

// put sends a frame to nobody.
func (l *loopback) put(t testing.TB, frame []byte) {
	t.Helper()
	frame[0] = 2 // not the address of lo: no part of the kernel answers
	to := &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_IP), Ifindex: loopbackIndex}
	if err := unix.Sendto(l.out, frame, 0, to); err != nil {
		t.Fatalf("send %d bytes: %v", len(frame), err)
	}
}

// await returns the next n records.
func (l *loopback) await(t testing.TB, n int) (all []Record) {
	t.Helper()
	until(t, func() bool {
		all = append(all, l.records(t)...)
		return len(all) >= n
	})
	if len(all) != n {
		t.Fatalf("%d records, want %d", len(all), n)
	}
	return all
}

// send sends a frame and returns the record of it.
func (l *loopback) send(t testing.TB, frame []byte) *Record {
	t.Helper()
	l.put(t, frame)
	return &l.await(t, 1)[0]
}

// until waits for something to happen.
func until(t testing.TB, happened func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !happened(); time.Sleep(50 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatal("it does not happen")
		}
	}
}
