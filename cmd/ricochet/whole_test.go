package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"ricochet/internal/pipeline"
	"ricochet/internal/wiretest"
)

const (
	servedScript = "open c1.a>A\nc1.a>A *GET k\nA>c1.a $v\n"
	tlsScript    = "open c1.a>A\nc1.a>A \"\\x16\\x03\\x01\\x00\\x05hello\"\nA>c1.a \"\\x16\\x03\\x03\\x00\\x05hello\"\n"
	bounceScript = "open c1.a>A\n1ms c1.a>A *GET k\n2ms A>c1.a -REDIRECT {A}\n3ms c1.a>A *GET k\n4ms A>c1.a -REDIRECT {A}\n5ms c1.a>A *GET k\n6ms A>c1.a $v\n"
)

// scripted is a script as a capture file.
func scripted(t *testing.T, script string) []byte {
	t.Helper()
	c, err := wiretest.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.WritePcap(&b, true); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWholeCommand gives captures to the command as it is, on standard input,
// and holds exit status, first line, JSON and NDJSON against each other.
func TestWholeCommand(t *testing.T) {
	served, bounced := scripted(t, servedScript), scripted(t, bounceScript)
	for _, c := range []struct {
		name    string
		file    []byte
		args    []string
		verdict string // "": there is no report
		status  int    // with --exit-code
		first   string // of the text, or of standard error if there is no report
	}{
		{"served", served, nil, "clean", 0, "no bounces: 1 command of 1 connection, none redirected"},
		{"bounced", bounced, nil, "bounced", exitBounced, "10.0.0.1:6379 sent 1 client back to itself"},
		{"bounced, and nothing of it shown", bounced, []string{"--client", "nobody"}, "bounced", exitBounced, "1 command bounced with 2 redirects, but no finding"},
		{"bounced, but failover required", bounced, []string{"--require", "failover"}, "bounced", exitBounced, "10.0.0.1:6379 sent"},
		{"TLS", scripted(t, tlsScript), nil, "inconclusive", exitInconclusive, "cannot tell: the traffic is encrypted"},
		{"no packets", scripted(t, ""), nil, "inconclusive", exitInconclusive, "cannot tell: the capture holds no packets"},
		{"other ports asked for", served, []string{"--port", "7000-7010"}, "inconclusive", exitInconclusive, "cannot tell: no RESP traffic on the ports asked for"},
		{"another time asked for", served, []string{"--to", "2020-01-01T00:00:00Z"}, "inconclusive", exitInconclusive, "cannot tell: the captures hold no packets between --from and --to"},
		{"failover required", served, []string{"--require", "failover"}, "inconclusive", exitInconclusive, "cannot tell: a failover is required"},
		{"commands required", served, []string{"--require", "commands=2"}, "inconclusive", exitInconclusive, "cannot tell: 1 command seen"},
		{"both directions required, and there", served, []string{"--require", "both-directions"}, "clean", 0, "no bounces: "},
		{"cut off after the commands", served[:len(served)-1], nil, "inconclusive", exitInconclusive, "cannot tell: one direction only: 1 command and no replies"},
		{"cut off in the header", served[:20], nil, "", exitFailed, "ricochet: read capture: "},
		{"no capture at all", []byte("hello, world\n"), nil, "", exitFailed, "ricochet: read capture: "},
		{"nothing", nil, nil, "", exitFailed, "ricochet: read capture: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := func(args ...string) (*fake, int) {
				f := newFake(pipeline.Analyze)
				f.stdin = bytes.NewReader(c.file)
				return f, f.run(t.Context(), append(append([]string{"analyze", "-"}, c.args...), args...))
			}
			f, status := run("--exit-code")
			said := f.out.String()
			if c.verdict == "" {
				if said != "" {
					t.Errorf("standard output %q", said)
				}
				said = f.err.String()
			}
			if status != c.status || !strings.HasPrefix(said, c.first) {
				t.Errorf("status %d, want %d; first line %.200q, want %q", status, c.status, said, c.first)
			}
			if c.verdict == "" {
				return
			}
			if f.err.Len() > 0 {
				t.Errorf("standard error %q", &f.err)
			}
			var whole, last struct {
				Type, Verdict string
				Reasons       []string
			}
			f, status = run("-o", "json")
			if err := json.Unmarshal(f.out.Bytes(), &whole); err != nil || status != 0 || whole.Verdict != c.verdict {
				t.Errorf("JSON: status %d, verdict %s, error %v", status, whole.Verdict, err)
			}
			if len(whole.Reasons) > 0 && !strings.HasPrefix(said, "cannot tell: "+whole.Reasons[0]+"\n") {
				t.Errorf("the first reason is %q, the first line %.200q", whole.Reasons[0], said)
			}
			f, _ = run("-o", "ndjson")
			lines := strings.Split(strings.TrimSpace(f.out.String()), "\n")
			if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Type != "report" || last.Verdict != c.verdict {
				t.Errorf("NDJSON ends with %q", lines[len(lines)-1])
			}
		})
	}
}
