package judge_test

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"ricochet/internal/lab/judge"
	"ricochet/internal/lab/server"
	"ricochet/internal/report"
)

// run judges one of the test's clients.
func run(t *testing.T, client string, orders ...server.Order) (*judge.Verdict, *report.Report) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(clientVariable, client)
	var out bytes.Buffer
	v, r, err := judge.Run(context.Background(), judge.Options{
		Command: []string{self}, Output: &out, Orders: orders, Bounce: 400 * time.Millisecond,
		Warmup: 20, WarmupTime: 5 * time.Second, After: 700 * time.Millisecond, Grace: 5 * time.Second, MaxHops: 16,
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	var text bytes.Buffer
	if err := v.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", text.String())
	return v, r
}

func TestValkeyGoFollowsWithoutEnd(t *testing.T) {
	v, r := run(t, "valkey-go", server.PauseFirst, server.RedirectFirst)
	if v.Verdict != judge.Bounces {
		t.Errorf("the verdict is %s: %s", v.Verdict, v.Summary)
	}
	if v.Client.Announced == 0 {
		t.Error("it was not seen to announce that it follows")
	}
	fixed, bug := v.Phases[0], v.Phases[1]
	if fixed.Redirected == 0 || fixed.MaxHops != 1 || fixed.Lost != 0 {
		t.Errorf("with the fix: %+v", fixed)
	}
	if bug.MaxHops <= 16 || bug.BacksOff || bug.ConnectionsPerHop < 0.5 {
		t.Errorf("with the bug: %+v", bug)
	}
	if r.Verdict != "bounced" {
		t.Errorf("the analyzer says %s", r.Verdict)
	}
}

func TestGoRedisDoesNotFollow(t *testing.T) {
	v, _ := run(t, "go-redis", server.PauseFirst)
	if v.Verdict != judge.DoesNot || v.Client.Announced != 0 || v.Phases[0].Errors["READONLY"] == 0 {
		t.Errorf("the verdict is %s: %s; %+v", v.Verdict, v.Summary, v.Phases[0])
	}
}

func TestManners(t *testing.T) {
	for _, tt := range []struct {
		client  string
		orders  []server.Order
		verdict string
		check   func(*judge.Verdict) bool
	}{
		{"limited", []server.Order{server.PauseFirst}, judge.Clean, func(v *judge.Verdict) bool { return v.Phases[0].MaxHops == 1 }},
		{"limited", []server.Order{server.RedirectFirst}, judge.Loses, func(v *judge.Verdict) bool { return v.Phases[0].Lost > 0 }},
		{"backs-off", []server.Order{server.RedirectFirst}, judge.Clean, func(v *judge.Verdict) bool { return v.Phases[0].BacksOff }},
		{"stays", []server.Order{server.PauseFirst}, judge.DoesNot, func(v *judge.Verdict) bool { return v.Phases[0].Followed == 0 }},
		{"ends", []server.Order{server.PauseFirst}, judge.CannotTell, func(v *judge.Verdict) bool { return len(v.Phases) == 0 }},
	} {
		t.Run(tt.client+" "+tt.verdict, func(t *testing.T) {
			v, _ := run(t, tt.client, tt.orders...)
			if v.Verdict != tt.verdict {
				t.Errorf("the verdict is %s: %s", v.Verdict, v.Summary)
			} else if !tt.check(v) {
				t.Errorf("%+v", v.Phases)
			}
		})
	}
}

func TestAProgramThatCannotBeStarted(t *testing.T) {
	_, _, err := judge.Run(context.Background(), judge.Options{Command: []string{"/does/not/exist"}, Output: &bytes.Buffer{}, Warmup: 1, WarmupTime: time.Second})
	if err == nil || !strings.Contains(err.Error(), "start /does/not/exist") {
		t.Errorf("got %v", err)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Second)
	defer stop()
	replied := make(chan string, 1)
	r, err := judge.Serve(ctx, judge.ServeOptions{Every: time.Second, LinkDelay: time.Millisecond, Ready: func(primary, _ netip.AddrPort) {
		go func() {
			c, err := net.Dial("tcp", primary.String())
			if err != nil {
				replied <- err.Error()
				return
			}
			defer c.Close()
			_, _ = c.Write([]byte("PING\r\n"))
			b := make([]byte, 7)
			_, _ = c.Read(b)
			replied <- string(b)
		}()
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := <-replied; got != "+PONG\r\n" {
		t.Errorf("got %q", got)
	}
	if len(r.Failovers) == 0 {
		t.Error("the report tells of no failover")
	}
}
