//go:build linux

package e2e

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/cilium/ebpf"
)

// A ricochet that is killed leaves nothing in the kernel.
func TestKilledItLeavesNothing(t *testing.T) {
	for _, mechanism := range mechanisms {
		t.Run(mechanism, func(t *testing.T) {
			program(t)
			s := bridged(t, 1, ipv4)
			server := startServers(t, s)[0]
			w := startWatch(t, s.watcher, "--capture", mechanism)
			server.ask(newLedger(), "PING")

			programs, maps := loaded(t, w.cmd.Process.Pid)
			if want := mechanism == "ebpf"; want != (len(programs) > 0) {
				t.Errorf("it has the programs %v", programs)
			}
			if n := packetSockets(t, s.watcher); n == 0 {
				t.Error("it has no packet socket")
			}
			checkNotPromiscuous(t, s.watcher)

			w.signal(syscall.SIGKILL)
			if status := w.wait(); status != -1 {
				t.Errorf("status %d after it was killed", status)
			}
			for _, id := range programs {
				eventually(t, "free the program", func() error {
					p, err := ebpf.NewProgramFromID(id)
					if err != nil {
						return nil
					}
					return fmt.Errorf("program %d is there: %w", id, p.Close())
				})
			}
			for _, id := range maps {
				eventually(t, "free the map", func() error {
					m, err := ebpf.NewMapFromID(id)
					if err != nil {
						return nil
					}
					return fmt.Errorf("map %d is there: %w", id, m.Close())
				})
			}
			eventually(t, "packet sockets", func() error { return unlike(packetSockets(t, s.watcher), 0) })
			checkNotPromiscuous(t, s.watcher)
		})
	}
}

// loaded lists the BPF programs and maps that a process holds.
func loaded(t *testing.T, pid int) (programs []ebpf.ProgramID, maps []ebpf.MapID) {
	t.Helper()
	dir := filepath.Join("/proc", strconv.Itoa(pid), "fdinfo")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatalf("list open files of ricochet: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			continue // it was closed since
		}
		for line := range strings.Lines(string(b)) {
			name, value, _ := strings.Cut(line, ":")
			id, _ := strconv.ParseUint(strings.TrimSpace(value), 10, 32)
			switch name {
			case "prog_id":
				programs = append(programs, ebpf.ProgramID(id))
			case "map_id":
				maps = append(maps, ebpf.MapID(id))
			}
		}
	}
	return programs, maps
}

// packetSockets counts the packet sockets of a namespace.
func packetSockets(t *testing.T, n *namespace) int {
	t.Helper()
	lines := -1 // the first is a heading
	if err := n.do(func() error {
		f, err := os.Open("/proc/thread-self/net/packet")
		if err != nil {
			return err
		}
		defer f.Close()
		s := bufio.NewScanner(f)
		for s.Scan() {
			lines++
		}
		return s.Err()
	}); err != nil {
		t.Fatalf("count packet sockets: %v", err)
	}
	return lines
}

func checkNotPromiscuous(t *testing.T, n *namespace) {
	t.Helper()
	links, err := n.link.LinkList()
	if err != nil {
		t.Fatalf("list interfaces: %v", err)
	}
	for _, l := range links {
		// The ports of a bridge are so by themselves.
		if a := l.Attrs(); a.MasterIndex == 0 && a.Promisc != 0 || a.Promisc > 1 {
			t.Errorf("interface %s is promiscuous, %d times", a.Name, a.Promisc)
		}
	}
}
