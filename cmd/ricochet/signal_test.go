package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ricochet/internal/wiretest"
)

// TestTerminatedWhileReading ends an analysis that waits for more of its input.
func TestTerminatedWhileReading(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		cmd := exec.Command("ricochet", "analyze", "-")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		overdue := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
		// There is more than a pipe holds, so once it is written the program reads.
		data := captured(t)
		if len(data) <= 64<<10 {
			t.Fatalf("%d bytes fit into a pipe", len(data))
		}
		if _, err := stdin.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %v", sig, err)
		}
		overdue.Stop()
		if got := stdout.String(); strings.Count(got, "\n") < 4 {
			t.Errorf("%v: standard output %q", sig, got)
		}
		if got := stderr.String(); got != "ricochet: interrupted; the report covers what was read until then\n" {
			t.Errorf("%v: standard error %q", sig, got)
		}
	}
}

// captured is a capture of the corpus, not compressed.
func captured(t *testing.T) []byte {
	t.Helper()
	packets, err := wiretest.ReadPcapFile(filepath.Join("..", "..", "testdata", "corpus", "self-redirect-v801", "host-c.pcap.zst"))
	if err != nil {
		t.Fatal(err)
	}
	var data bytes.Buffer
	if err := wiretest.WritePcap(&data, packets, true); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}
