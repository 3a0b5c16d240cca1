package protocol_test

import (
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"ricochet/internal/lab/protocol"
	"ricochet/internal/testenv"
)

// TestServerAgrees sends each of the requests to a real server, and then, over
// another connection, the commands that were found in it: the replies are the same,
// and then comes the error.
func TestServerAgrees(t *testing.T) {
	socket := valkey(t)
	for _, tt := range requests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := commands(tt.in, len(tt.in))
			var clean []byte
			for _, args := range found {
				clean = protocol.AppendCommandBytes(clean, args)
			}
			want := exchange(t, socket, clean)
			if err != nil {
				want += "-ERR " + err.Error() + "\r\n"
			}
			if got := exchange(t, socket, []byte(tt.in)); got != want {
				t.Errorf("the server replies %.200q, want %.200q", got, want)
			}
		})
	}
}

// valkey starts a server and returns the name of its socket.
func valkey(t *testing.T) string {
	t.Helper()
	path := testenv.RequireCommand(t, "valkey-server")
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(path, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("unix", socket)
		if err == nil {
			c.Close()
			return socket
		}
		if time.Now().After(end) {
			t.Fatalf("valkey-server does not listen: %v", err)
		}
	}
}

// exchange sends all of in, and returns all that the server sends until it closes.
func exchange(t *testing.T, socket string, in []byte) string {
	t.Helper()
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := c.Write(in); err != nil {
		t.Fatal(err)
	}
	c.(*net.UnixConn).CloseWrite()
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}
