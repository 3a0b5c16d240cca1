package world_test

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"ricochet/internal/lab/world"
	"ricochet/internal/testenv"
)

// 200 clients with one command at a time each, and a program that is not ours.
func TestLiveCarriesBenchmark(t *testing.T) {
	program := testenv.RequireCommand(t, "valkey-benchmark")
	w := newLive(t, world.Options{Tape: nothing{}})
	h := w.Host("server", local)
	var l *world.Listener
	var err error
	w.Do(func() {
		l, err = h.Listen(0, func(c *world.Conn) { c.Handle(answer{c}) })
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "-h", "127.0.0.1", "-p", fmt.Sprint(l.Addr().Port()),
		"-c", "200", "-n", "200000", "-P", "1", "-t", "ping_mbulk", "-q").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(out), "\r", "\n")), "\n")
	t.Log(lines[len(lines)-1])
}

// nothing is a tape that keeps nothing.
type nothing struct{}

func (nothing) Segment(*world.Segment) {}

// answer answers as a server would to which every command is PING.
type answer struct{ conn *world.Conn }

func (a answer) Data(b []byte) {
	for range bytes.Count(b, []byte("*")) {
		a.conn.Send([]byte("+PONG\r\n"))
	}
}

func (a answer) Closed(error) {}
