package judge_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/valkey-io/valkey-go"
	"go.uber.org/goleak"
)

// clientVariable tells the test binary, run as the program under judgement, which client
// it is to be.
const clientVariable = "RICOCHET_TEST_CLIENT"

func TestMain(m *testing.M) {
	if name := os.Getenv(clientVariable); name != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		clients()[name](ctx, os.Getenv("VALKEY_ADDR"))
		return
	}
	goleak.VerifyTestMain(m)
}

// clients are programs to judge. Each works until it is asked to end.
func clients() map[string]func(context.Context, string) {
	return map[string]func(context.Context, string){
		"valkey-go": valkeyGo,
		"go-redis":  goRedis,
		"limited":   func(ctx context.Context, addr string) { handmade(ctx, addr, 5, 0) },
		"backs-off": func(ctx context.Context, addr string) { handmade(ctx, addr, 1000, 20*time.Millisecond) },
		"stays":     func(ctx context.Context, addr string) { handmade(ctx, addr, 0, 0) },
		"silent":    func(ctx context.Context, _ string) { <-ctx.Done() },
		"ends":      func(context.Context, string) {},
	}
}

// valkeyGo follows redirects, without a limit and without a pause.
func valkeyGo(ctx context.Context, addr string) {
	c, err := valkey.NewClient(valkey.ClientOption{
		InitAddress: []string{addr}, ClientName: "judged", DisableCache: true,
		Standalone: valkey.StandaloneOption{EnableRedirect: true},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer c.Close()
	for n := 0; ctx.Err() == nil; n++ {
		_ = c.Do(ctx, c.B().Set().Key(fmt.Sprint("key:", n)).Value("value").Build()).Error()
		_ = c.Do(ctx, c.B().Get().Key(fmt.Sprint("key:", n)).Build()).Error()
		time.Sleep(2 * time.Millisecond)
	}
}

// goRedis does not know redirects of a server that is no cluster.
func goRedis(ctx context.Context, addr string) {
	c := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: 1})
	defer c.Close()
	for n := 0; ctx.Err() == nil; n++ {
		_ = c.Set(ctx, fmt.Sprint("key:", n), "value", 0).Err()
		_ = c.Get(ctx, fmt.Sprint("key:", n)).Err()
		time.Sleep(2 * time.Millisecond)
	}
}

// handmade follows up to limit redirects of a command, on connections that it keeps,
// and waits before each, twice as long each time.
func handmade(ctx context.Context, addr string, limit int, wait time.Duration) {
	conns := map[string]net.Conn{}
	replies := map[string]*bufio.Reader{}
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	ask := func(addr, command string) string {
		if conns[addr] == nil {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				return "-ERR " + err.Error()
			}
			conns[addr], replies[addr] = c, bufio.NewReader(c)
			fmt.Fprint(c, "CLIENT CAPA redirect\r\n")
			_, _ = replies[addr].ReadString('\n')
		}
		_ = conns[addr].SetDeadline(time.Now().Add(5 * time.Second))
		fmt.Fprint(conns[addr], command+"\r\n")
		line, err := replies[addr].ReadString('\n')
		if err != nil {
			return "-ERR " + err.Error()
		}
		return line
	}
	for n := 0; ctx.Err() == nil; n++ {
		command := fmt.Sprintf("INCR key:%d", n)
		reply, pause := ask(addr, command), wait
		for hops := 0; hops < limit && strings.HasPrefix(reply, "-REDIRECT ") && ctx.Err() == nil; hops++ {
			time.Sleep(pause)
			pause *= 2
			addr = strings.TrimSpace(strings.TrimPrefix(reply, "-REDIRECT "))
			reply = ask(addr, command)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
