package stream

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the expected lines of testdata/*.txt; commit only differences you understand")

// TestScripts runs testdata/*.txt. A script is a list of cases, each a fresh
// half and budget; a line is a comment (#), a command, or what came of the
// command above it (-> a chunk, = the counters):
//
//	case NAME            begin a case
//	max BYTES            set the bound of the budget
//	at DURATION          set the time of what follows
//	start SEQ            call Start
//	seg SEQ DATA OPTION  push a segment; DATA is text, N*C for the byte C N times, or - for none;
//	                     options: syn fin rst len=N ack=N
//	acked SEQ [TIMES]    call Acked
//	flush, reset         call Flush, Reset
//	stats                print the counters of the budget that are not 0
//
// A chunk shows its sequence number, its data (long data as a length), the
// packet it is from, and what is not the ordinary: a gap, a start within a
// segment (inner), the end. Sequence numbers may be negative: -4 is 2^32-4.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("find scripts: %v, %d found", err, len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := runScript(t, want)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			compare(t, got, want)
		})
	}
}

// compare reports the first line in which got and want differ, with its case.
func compare(t *testing.T, got, want []byte) {
	t.Helper()
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	name, command := "", ""
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Fatalf("line %d, %s, after %q:\n got %q\nwant %q", i+1, name, command, a, b)
		}
		if strings.HasPrefix(a, "case ") {
			name = a
		}
		if !strings.HasPrefix(a, "->") {
			command = a
		}
	}
}

// bench is what a case runs on.
type bench struct {
	t      *testing.T
	half   Half
	budget Budget
	mark   Mark
	out    bytes.Buffer
}

// runScript runs a script and returns it with the results as they are.
func runScript(t *testing.T, script []byte) []byte {
	b := &bench{t: t}
	lines := bufio.NewScanner(bytes.NewReader(script))
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "->") || strings.HasPrefix(line, "=") {
			continue
		}
		fmt.Fprintln(&b.out, line)
		if words := strings.Fields(line); len(words) > 0 && !strings.HasPrefix(line, "#") {
			b.run(words)
		}
	}
	b.close()
	return b.out.Bytes()
}

func (b *bench) run(words []string) {
	switch arg := words[1:]; words[0] {
	case "case":
		b.close()
		b.half, b.budget, b.mark = Half{}, Budget{}, Mark{}
	case "max":
		b.budget.Max = b.number(arg[0])
	case "at":
		d, err := time.ParseDuration(arg[0])
		if err != nil {
			b.t.Fatal(err)
		}
		b.mark.Time = int64(d)
	case "start":
		b.half.Start(uint32(b.number(arg[0])))
		b.drain()
	case "seg":
		s := b.segment(arg)
		b.expect(b.half.Push(&s, &b.budget))
	case "acked":
		times := int64(1)
		if len(arg) > 1 {
			times = b.number(arg[1])
		}
		for range times {
			b.expect(b.half.Acked(uint32(b.number(arg[0]))))
		}
	case "flush":
		b.expect(b.half.Flush())
	case "reset":
		b.half.Reset()
	case "stats":
		b.stats()
	default:
		b.t.Fatalf("unknown command %q", words)
	}
}

func (b *bench) number(s string) int64 {
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *bench) segment(arg []string) Segment {
	b.mark.Packet++
	s := Segment{Mark: b.mark, Seq: uint32(b.number(arg[0])), Data: []byte(arg[1])}
	if n, c, ok := strings.Cut(arg[1], "*"); ok {
		s.Data = bytes.Repeat([]byte(c), int(b.number(n)))
	} else if arg[1] == "-" {
		s.Data = nil
	}
	s.Len = len(s.Data)
	for _, option := range arg[2:] {
		switch name, value, _ := strings.Cut(option, "="); name {
		case "syn":
			s.SYN = true
		case "fin":
			s.FIN = true
		case "rst":
			s.RST = true
		case "len":
			s.Len = int(b.number(value))
		case "ack":
			s.Ack = uint32(b.number(value))
		default:
			b.t.Fatalf("unknown option %q", option)
		}
	}
	return s
}

// expect drains the half, which must have something just if more is true.
func (b *bench) expect(more bool) {
	if got := b.drain(); got != more {
		b.t.Errorf("the call reported %v, Next had something: %v\n%s", more, got, b.out.Bytes())
	}
}

func (b *bench) drain() bool {
	var c Chunk
	n := 0
	for ; b.half.Next(&c); n++ {
		fmt.Fprintf(&b.out, "-> %d", int32(c.Seq))
		if len(c.Data) > 20 {
			fmt.Fprintf(&b.out, " (%d bytes)", len(c.Data))
		} else if len(c.Data) > 0 {
			fmt.Fprintf(&b.out, " %s", c.Data)
		}
		fmt.Fprintf(&b.out, " #%d", c.Mark.Packet)
		if c.Ack != 0 {
			fmt.Fprintf(&b.out, " ack=%d", c.Ack)
		}
		if c.Gap == Unknown {
			fmt.Fprintf(&b.out, " gap=unknown")
		} else if c.Gap != 0 {
			fmt.Fprintf(&b.out, " gap=%d", c.Gap)
		}
		if c.End {
			fmt.Fprintf(&b.out, " end")
		} else if !c.First {
			fmt.Fprintf(&b.out, " inner")
		}
		fmt.Fprintln(&b.out)
	}
	return n > 0
}

func (b *bench) stats() {
	b.out.WriteByte('=')
	for _, c := range []struct {
		name string
		n    int64
	}{
		{"held", b.budget.Held}, {"retransmitted", b.budget.Retransmitted}, {"overlaps", b.budget.Overlaps},
		{"out-of-order", b.budget.OutOfOrder}, {"stray", b.budget.Stray}, {"truncated", b.budget.Truncated},
		{"lost", b.budget.Lost}, {"forced", b.budget.Forced},
	} {
		if c.n != 0 {
			fmt.Fprintf(&b.out, " %s=%d", c.name, c.n)
		}
	}
	b.out.WriteByte('\n')
}

// close ends a case: whatever it was about, Reset leaves nothing behind.
func (b *bench) close() {
	b.half.Reset()
	if b.budget.Held != 0 {
		b.t.Errorf("held %d bytes after Reset\n%s", b.budget.Held, b.out.Bytes())
	}
}
