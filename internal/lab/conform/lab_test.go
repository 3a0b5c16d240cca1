package conform

import (
	"context"
	"net/netip"
	"testing"

	"ricochet/internal/lab/server"
	"ricochet/internal/lab/world"
)

// labTarget plays scripts to the lab's servers, over sockets.
type labTarget struct {
	t     testing.TB
	world *world.World
	hosts map[string]*world.Host
	addrs map[string]netip.AddrPort
}

func newLabTarget(t testing.TB) *labTarget {
	l := &labTarget{
		t:     t,
		world: world.New(world.Options{Seed: 1, Wire: world.Live}),
		hosts: map[string]*world.Host{},
		addrs: map[string]netip.AddrPort{},
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- l.world.Run(ctx, 0) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && err != context.Canceled {
			t.Errorf("run the world: %v", err)
		}
		if err := l.world.Close(); err != nil {
			t.Errorf("close the world: %v", err)
		}
	})
	return l
}

func (l *labTarget) start(node string) netip.AddrPort {
	l.t.Helper()
	if _, ok := l.addrs[node]; !ok {
		l.addrs[node] = freeAddr(l.t)
	}
	var err error
	l.world.Do(func() {
		if l.hosts[node] == nil {
			l.hosts[node] = l.world.Host(node, loopback())
		}
		_, err = server.Start(l.hosts[node], server.Options{
			Port:    l.addrs[node].Port(),
			Order:   server.PauseFirst,
			Blocked: server.Disconnect,
		})
	})
	if err != nil {
		l.t.Fatalf("start node %s: %v", node, err)
	}
	return l.addrs[node]
}

func (l *labTarget) stop(node string) { l.world.Do(l.hosts[node].Deafen) }
func (l *labTarget) cont(node string) { l.world.Do(l.hosts[node].Hear) }
func (l *labTarget) kill(node string) { l.world.Do(l.hosts[node].Kill) }

func (l *labTarget) refusal(refuse bool) []string {
	if refuse {
		return []string{"CONFIG", "SET", "lab-psync-failover", "reject"}
	}
	return []string{"CONFIG", "SET", "lab-psync-failover", "answer"}
}
