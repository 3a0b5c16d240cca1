//go:build linux

package bpf

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"ricochet/internal/testenv"
)

// The verifier takes the program with any options, in few steps: the limit is a
// million, and older kernels need more than newer ones. And the program is small
// enough to be attached to a socket: before Linux 6.7 its size counts towards
// net.core.optmem_max, by default 20480 bytes.
func TestVerifier(t *testing.T) {
	ports := []PortRange{{6379, 6380}}
	for _, o := range []Options{
		{},
		{Ports: ports},
		{Ports: ports, Tunnels: true, Interfaces: true},
		{Tunnels: true, Snaplen: 128},
		{Ports: ports, Values: true},
	} {
		info, err := load(t, o).objects.Tap.Info()
		if err != nil {
			t.Fatal(err)
		}
		if n, known := info.VerifiedInstructions(); known && n > 50000 {
			t.Errorf("%+v: %d steps", o, n)
		}
		if n, err := info.TranslatedSize(); err != nil || n > 18000 {
			t.Errorf("%+v: %d bytes, %v", o, n, err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, o := range []Options{{RingBytes: 1}, {Snaplen: -1}, {Ports: []PortRange{{2, 1}}}} {
		if tap, err := Load(o); err == nil {
			tap.Close()
			t.Errorf("%+v is no error", o)
		}
	}
}

func TestAttachRefuses(t *testing.T) {
	tap := load(t, Options{})
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := tap.Attach(int(f.Fd())); !errors.Is(err, unix.ENOTSOCK) {
		t.Errorf("got %v", err)
	}
}

// A connection over loopback is seen once, every byte of it, and goes on as if
// nobody looked. Nothing gets to the socket that the program is attached to.
func TestLoopbackConnection(t *testing.T) {
	enterNamespace(t)
	tap := load(t, Options{})
	if err := tap.SetInterface(loopbackIndex, Interface{Loopback: true}); err != nil {
		t.Fatal(err)
	}
	r := newReader(t, tap)
	socket := attach(t, tap)
	before := monotonic(t)

	request := strings.Repeat("*2\r\n$3\r\nGET\r\n$1\r\nx\r\n", 500)
	talk(t, request)

	var all []Record
	var seen []byte
	until(t, func() bool {
		for _, record := range r.records(t) {
			all = append(all, record)
			seen = append(seen, record.Data[54+12:]...) // time stamps are 12 bytes of options
		}
		return len(seen) >= 2*len(request)
	})
	if got := strings.Count(string(seen), "GET"); got != 1000 {
		t.Errorf("seen %d times what was sent 1000 times", got)
	}
	after := monotonic(t)
	for _, record := range all {
		if record.Outgoing || record.Ifindex != loopbackIndex || record.Time < before || record.Time > after {
			t.Errorf("record %+v, between %d and %d", record, before, after)
		}
	}
	if n, _, err := unix.Recvfrom(socket, make([]byte, 1), 0); err != unix.EAGAIN {
		t.Errorf("the socket received %d bytes: %v", n, err)
	}
}

// talk sends a request over loopback, has it sent back, and takes part in no more
// than the handshake, these bytes and the end.
func talk(t *testing.T, request string) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	var echo sync.WaitGroup
	echo.Go(func() {
		defer server.Close()
		if _, err := io.CopyN(server, server, int64(len(request))); err != nil {
			t.Error(err)
		}
	})
	if _, err := io.WriteString(client, request); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(client); err != nil || string(got) != request {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
	client.Close()
	echo.Wait()
}

func monotonic(t *testing.T) int64 {
	t.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		t.Fatal(err)
	}
	return now.Nano()
}

func TestInterfaces(t *testing.T) {
	l := newLoopback(t, Options{Interfaces: true})
	frame := build(nil, ethernet(0x800), ipv4(6, 0), tcp(6379))
	set := func(index uint32, i Interface) {
		t.Helper()
		if err := l.tap.SetInterface(index, i); err != nil {
			t.Fatal(err)
		}
	}
	// What is put passes by twice, as it leaves and as it comes back. Allowing
	// both gives a mark by which the test knows that the rest has passed.
	set(loopbackIndex, Interface{Allowed: true})
	l.put(t, frame)
	if both := l.await(t, 2); !both[0].Outgoing || both[1].Outgoing {
		t.Errorf("records %+v", both)
	}
	set(loopbackIndex, Interface{Loopback: true})
	l.put(t, frame)
	set(loopbackIndex+1, Interface{Allowed: true})
	l.put(t, frame)
	if err := l.tap.ForgetInterface(loopbackIndex); err != nil {
		t.Fatal(err)
	}
	l.put(t, frame)
	set(loopbackIndex, Interface{Allowed: true, Loopback: true})
	if record := l.send(t, frame); record.Outgoing {
		t.Errorf("record %+v", record)
	}
	if got := counters(t, l.tap); got.Seen != 3 || got.Records != 3 {
		t.Errorf("counters %+v", got)
	}
}

func TestForgetUnknownInterface(t *testing.T) {
	tap := load(t, Options{})
	for range 2 {
		if err := tap.ForgetInterface(7); err != nil {
			t.Error(err)
		}
		if err := tap.SetInterface(7, Interface{}); err != nil {
			t.Error(err)
		}
	}
}

func TestTooManyInterfaces(t *testing.T) {
	tap := load(t, Options{})
	for i := range uint32(MaxInterfaces) {
		if err := tap.SetInterface(i, Interface{Allowed: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := tap.SetInterface(MaxInterfaces, Interface{Allowed: true}); !errors.Is(err, unix.E2BIG) {
		t.Errorf("got %v", err)
	}
}

// Every frame that matches is in the ring or counted as dropped, with its bytes.
func TestRingFull(t *testing.T) {
	tap := load(t, Options{RingBytes: os.Getpagesize()})
	r := newReader(t, tap)
	var bytesIn, bytesKept uint64
	var frames, kept uint64
	for round := range 3 {
		for i := range 100 {
			frame := build(make([]byte, 13*i), ethernet(0x800), ipv4(6, 0), tcp(6379))
			run(t, tap, frame)
			frames++
			bytesIn += uint64(len(frame))
		}
		all := r.records(t)
		for _, record := range all {
			kept++
			bytesKept += uint64(record.Wire)
		}
		want := Counters{
			Seen: frames, Matched: frames, MatchedBytes: bytesIn, Records: kept,
			Dropped: frames - kept, DroppedBytes: bytesIn - bytesKept,
		}
		if got := counters(t, tap); got != want || len(all) == 0 || len(all) == 100 {
			t.Fatalf("round %d: %d records, counters %+v, want %+v", round, len(all), got, want)
		}
	}
}

// The reader sleeps until a quarter of the ring is full, and then is woken.
func TestWakeUp(t *testing.T) {
	const size = 1 << 20
	tap := load(t, Options{RingBytes: size})
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(epoll)
	// Edge-triggered: level-triggered, a ring that is not empty is always ready.
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET&math.MaxUint32}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, tap.Ring().FD(), &event); err != nil {
		t.Fatal(err)
	}
	ready := func(wait int) bool {
		n, err := unix.EpollWait(epoll, make([]unix.EpollEvent, 1), wait)
		if err != nil && err != unix.EINTR {
			t.Fatal(err)
		}
		return n > 0
	}
	ready(0)
	frame := build(make([]byte, 1000), ethernet(0x800), ipv4(6, 0), tcp(6379))
	perQuarter := size / wakesPerRing / (len(frame) + recordLen + 8)
	for range perQuarter - 10 {
		run(t, tap, frame)
	}
	if ready(20) {
		t.Error("woken although little waits")
	}
	for range 20 {
		run(t, tap, frame)
	}
	if !ready(10000) {
		t.Error("not woken")
	}
}

// The frame of the largest packet is kept whole, and of a larger one the start.
func TestLargeFrames(t *testing.T) {
	l := newLoopback(t, Options{})
	frame := build(bytes.Repeat([]byte("PING\r\n"), 10900), ethernet(0x800), ipv4(6, 0), tcp(6379))
	frame = append(frame, make([]byte, 65535+14-len(frame))...)
	for range 3 {
		if r := l.send(t, slices.Clone(frame)); r.Wire != len(frame) || !bytes.Equal(r.Data[1:], frame[1:]) {
			t.Errorf("%d bytes became %d", len(frame), len(r.Data))
		}
	}
	setMTU(t, 200000)
	frame = append(frame, make([]byte, 3000)...)
	if r := l.send(t, frame); r.Wire != len(frame) || !bytes.Equal(r.Data[1:], frame[1:MaxSnaplen]) {
		t.Errorf("%d bytes became %d", len(frame), len(r.Data))
	}
}

func setMTU(t *testing.T, mtu uint32) {
	t.Helper()
	fd := packetSocket(t)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	lo.SetUint32(mtu)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFMTU, lo); err != nil {
		t.Fatal(err)
	}
}

// When all descriptors are closed nothing is left in the kernel.
func TestNothingIsLeft(t *testing.T) {
	enterNamespace(t)
	tap := load(t, Options{})
	info, err := tap.objects.Tap.Info()
	if err != nil {
		t.Fatal(err)
	}
	id, ok := info.ID()
	if !ok {
		testenv.Skip(t, "needs a kernel that numbers programs")
	}
	socket := attach(t, tap)
	if err := tap.Close(); err != nil {
		t.Fatal(err)
	}
	if !exists(t, id) {
		t.Error("the socket does not keep the program")
	}
	if err := unix.Close(socket); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return !exists(t, id) })
}

func exists(t *testing.T, id ebpf.ProgramID) bool {
	t.Helper()
	p, err := ebpf.NewProgramFromID(id)
	if errors.Is(err, os.ErrNotExist) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	return true
}

// BenchmarkProgram measures the program alone, on a frame that is in the cache,
// as often as the ring has room for.
func BenchmarkProgram(b *testing.B) {
	const short = set + "$3\r\nxxx\r\n"
	for _, bench := range []struct {
		name    string
		port    uint16
		payload string
		repeat  int
	}{
		{"match", 6379, short, 100000},
		{"other", 80, short, 100000},
		{"value", 6379, set + bulk(3000), 100000},
		{"info", 6379, asBulk(infoText(3000)), 15000},
	} {
		b.Run(bench.name, func(b *testing.B) {
			frame := build([]byte(bench.payload), ethernet(0x800), ipv4(6, 0), tcp(6379, make([]byte, 12)...))
			data := append(make([]byte, 14, 14+len(frame)), frame...)
			tap := load(b, Options{Ports: []PortRange{{bench.port, bench.port}}, RingBytes: 64 << 20})
			r := newReader(b, tap)
			var total time.Duration
			for b.Loop() {
				_, each, err := tap.objects.Tap.Benchmark(data, bench.repeat, nil)
				if err != nil {
					b.Fatal(err)
				}
				total += each
				b.StopTimer()
				if got := counters(b, tap); got.Dropped != 0 {
					b.Fatalf("counters %+v", got)
				}
				r.records(b)
				b.StartTimer()
			}
			b.ReportMetric(float64(total.Nanoseconds())/float64(b.N), "ns/frame")
		})
	}
}
