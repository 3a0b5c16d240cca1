package live

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"ricochet/capture"
)

// holdings lists what this process has of BPF: the numbers of its programs, and
// how many of its files and mappings are of programs and maps.
func holdings(t testing.TB) (programs []ebpf.ProgramID, things int) {
	t.Helper()
	files, err := filepath.Glob("/proc/self/fdinfo/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // that of the listing itself
		}
		for line := range strings.Lines(string(text)) {
			var id ebpf.ProgramID
			if n, _ := fmt.Sscanf(line, "prog_id: %d", &id); n == 1 {
				programs = append(programs, id)
			}
			if strings.HasPrefix(line, "prog_id:") || strings.HasPrefix(line, "map_id:") {
				things++
			}
		}
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return programs, things + strings.Count(string(maps), "bpf-map")
}

// packetSockets counts the packet sockets in the namespace.
func packetSockets(t testing.TB, n *namespace) int {
	t.Helper()
	lines := 0
	n.do(t, func() error {
		f, err := os.Open("/proc/thread-self/net/packet")
		if err != nil {
			return err
		}
		defer f.Close()
		for scan := bufio.NewScanner(f); scan.Scan(); {
			lines++
		}
		return nil
	})
	return lines - 1 // the first says what is what
}

// TestCloseLeavesNothing closes a source in each state it may be in.
func TestCloseLeavesNothing(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		for _, c := range []struct {
			name string
			use  func(*testing.T, *Source, *os.File)
		}{
			{"never read", func(*testing.T, *Source, *os.File) {}},
			{"stopped", func(t *testing.T, s *Source, _ *os.File) { rest(t, s) }},
			{"with packets unread", func(t *testing.T, _ *Source, tap *os.File) { write(t, tap, ping(1)) }},
			{"with a packet in use", func(t *testing.T, s *Source, tap *os.File) {
				write(t, tap, ping(7))
				var p capture.Packet
				for err := capture.ErrIdle; err != nil; err = s.Next(&p) {
					if !errors.Is(err, capture.ErrIdle) {
						t.Fatal(err)
					}
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if got := string(dissect(t, p).payload); got != "ping 7" {
					t.Errorf("after Close the packet says %q", got)
				}
				if err := s.Next(&p); err != os.ErrClosed {
					t.Errorf("Next reports %v", err)
				}
			}},
		} {
			t.Run(c.name, func(t *testing.T) {
				runtime.GC()
				programs, before := holdings(t)
				n := newNamespace(t)
				tap := n.plug(t, "tap0", unix.IFF_TAP)
				s := n.open(t, Options{Mechanism: mechanism, Ports: only6379()})
				during, _ := holdings(t)
				if got := packetSockets(t, n); got != 1 {
					t.Fatalf("%d packet sockets while capturing", got)
				}
				c.use(t, s, tap)
				for range 2 {
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
				}
				if err := s.Next(new(capture.Packet)); err != os.ErrClosed {
					t.Errorf("Next reports %v", err)
				}
				if got := packetSockets(t, n); got != 0 {
					t.Errorf("%d packet sockets are left", got)
				}
				// Package ebpf leaves the memory of constants to the garbage collector.
				until(t, "programs and maps are gone", func() bool {
					runtime.GC()
					_, after := holdings(t)
					return after <= before
				})
				for _, id := range during {
					if !slices.Contains(programs, id) {
						until(t, "the program is gone", func() bool { return !programExists(t, id) })
					}
				}
				if mechanism == MechanismEBPF && len(during) <= len(programs) {
					t.Error("there was no program")
				}
			})
		}
	})
}

// programExists looks for a program among all of this host.
func programExists(t testing.TB, id ebpf.ProgramID) bool {
	t.Helper()
	p, err := ebpf.NewProgramFromID(id)
	if errors.Is(err, os.ErrNotExist) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return true
}

func write(t testing.TB, tap *os.File, frame []byte) {
	t.Helper()
	if _, err := tap.Write(frame); err != nil {
		t.Fatal(err)
	}
}

// TestCloseWhileReading closes while Next waits, or is about to.
func TestCloseWhileReading(t *testing.T) {
	forEach(t, func(t *testing.T, mechanism string) {
		for range 20 {
			n := newNamespace(t)
			s := n.open(t, Options{Mechanism: mechanism, Ports: only6379()})
			reading, ended := make(chan struct{}), make(chan error)
			go func() {
				var p capture.Packet
				close(reading)
				for {
					if err := s.Next(&p); err != nil && !errors.Is(err, capture.ErrIdle) {
						ended <- err
						return
					}
				}
			}()
			<-reading
			health := make(chan error)
			go func() {
				_, err := s.Health()
				health <- err
			}()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err != os.ErrClosed {
				t.Fatalf("Next reports %v", err)
			}
			if err := <-health; err != nil {
				t.Fatal(err)
			}
		}
	})
}
