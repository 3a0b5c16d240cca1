package main

import (
	"bufio"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Metrics are served while a capture is played, and a signal ends it with a report.
func TestWatchServesMetrics(t *testing.T) {
	file := filepath.Join("..", "..", "testdata", "corpus", "self-redirect-v801", "host-c.pcap.zst")
	cmd := exec.Command("ricochet", "watch", "--read", file, "--metrics", ":0", "-o", "json")
	var stdout strings.Builder
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	overdue := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	defer overdue.Stop()
	line, err := bufio.NewReader(stderr).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "ricochet: metrics at ")
	if !ok || !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Fatalf("standard error: %q", line)
	}
	get := func(url string) string {
		r, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.Status + " " + string(body)
	}
	deadline := time.Now().Add(20 * time.Second)
	for !strings.Contains(get(url), "\nricochet_bounces_open{rule=\"self-redirect\"} 1\n") {
		if time.Now().After(deadline) {
			t.Fatalf("no bounce shows:\n%s", get(url))
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := get(strings.Replace(url, "/metrics", "/readyz", 1)); !strings.HasPrefix(got, "200") {
		t.Errorf("readyz: %s", got)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(stdout.String(), `"verdict": "bounced"`) {
		t.Errorf("report: %s", stdout.String())
	}
}
