package metrics

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// deadline is how long these tests wait for what should come at once.
const deadline = 30 * time.Second

// serve serves metrics on loopback until the test ends, and returns the address
// and a function that ends it and waits.
func serve(t *testing.T) (addr string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, newMetrics()) }()
	stop = func() error {
		cancel()
		select {
		case err := <-ended:
			ended <- err // for the next call
			return err
		case <-time.After(deadline):
			return errors.New("Serve does not end")
		}
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), stop
}

// dial connects. What is read from the connection has to come before deadline.
func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(deadline)); err != nil {
		t.Fatal(err)
	}
	return c
}

// ask sends a request on a connection and returns the status.
func ask(c net.Conn, header string) (int, error) {
	if _, err := fmt.Fprintf(c, "GET /metrics HTTP/1.1\r\nHost: x\r\n%s\r\n", header); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func TestServeEndsWithItsContext(t *testing.T) {
	addr, stop := serve(t)
	idle := dial(t, addr)
	if code, err := ask(idle, ""); code != http.StatusOK {
		t.Fatalf("status %d, %v", code, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, err := idle.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the idle connection: %v, want io.EOF", err)
	}
}

func TestServeEndsAlthoughAClientHangs(t *testing.T) {
	addr, stop := serve(t)
	hanging := dial(t, addr)
	if _, err := io.WriteString(hanging, "GET /metrics HTTP/1.1\r\nHost:"); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestServeReportsAListenerThatFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := Serve(context.Background(), l, newMetrics()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
}

func TestHeadersAreBounded(t *testing.T) {
	addr, _ := serve(t)
	code, err := ask(dial(t, addr), "X: "+strings.Repeat("x", 4*maxHeader)+"\r\n")
	// The server may hang up before the reply is read.
	if err == nil && code != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", code)
	}
}

// Connections beyond the bound wait until one of those before is closed.
func TestConnectionsAreBounded(t *testing.T) {
	const most = 2
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limit(inner, most)
	accepted := make(chan net.Conn)
	ended := make(chan error, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- c
		}
	}()
	for range most + 1 {
		dial(t, inner.Addr().String())
	}
	first, second := <-accepted, <-accepted
	if n := len(l.slots); n != most {
		t.Errorf("%d slots are taken, want %d", n, most)
	}
	select {
	case <-accepted:
		t.Error("a connection beyond the bound was accepted")
	default:
	}
	first.Close()
	first.Close() // gives back no second slot
	third := <-accepted
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept ended with %v", err)
	}
	second.Close()
	third.Close()
	if n := len(l.slots); n != 0 {
		t.Errorf("%d slots are taken at the end", n)
	}
	l.Close()
}
