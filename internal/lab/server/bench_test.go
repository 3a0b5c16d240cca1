package server

import (
	"bufio"
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"

	"ricochet/internal/lab/world"
)

// BenchmarkClients measures what a node carries with 200 clients, each of which waits
// for the reply to one command before it sends the next, over sockets of loopback: the
// clients' work is in the figure.
func BenchmarkClients(b *testing.B) {
	const clients = 200
	w := world.New(world.Options{Wire: world.Live})
	var n *Node
	var err error
	w.Do(func() { n, err = Start(w.Host("node", netip.MustParseAddr("127.0.0.1")), Options{}) })
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var ran sync.WaitGroup
	ran.Go(func() { _ = w.Run(ctx, 0) })
	defer func() {
		cancel()
		ran.Wait()
		w.Close()
	}()

	b.ReportAllocs()
	b.ResetTimer()
	var working sync.WaitGroup
	for i := range clients {
		working.Go(func() {
			conn, err := net.Dial("tcp", n.Addr().String())
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			replies := bufio.NewReader(conn)
			for range (b.N + clients - 1 - i) / clients {
				if _, err := conn.Write([]byte("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n")); err != nil {
					b.Error(err)
					return
				}
				if line, err := replies.ReadString('\n'); err != nil || line != "+OK\r\n" {
					b.Errorf("got %q, %v", line, err)
					return
				}
			}
		})
	}
	working.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
}
