package bus

import (
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// fixture returns the bytes that a file of testdata describes.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	type stretch struct {
		at   int64
		data []byte
	}
	var all []stretch
	length := 0
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		switch {
		case f[0] == "#":
			continue
		case f[0] == "length":
			length, err = strconv.Atoi(f[1])
		default:
			digits, times, repeated := strings.Cut(f[1], "*")
			n := 1
			if repeated {
				n, err = strconv.Atoi(times)
			}
			at, bad := strconv.ParseInt(f[0], 16, 32)
			data, worse := hex.DecodeString(strings.Repeat(digits, n))
			if bad != nil || worse != nil {
				t.Fatalf("%s: %q", name, line)
			}
			all = append(all, stretch{at, data})
		}
		if err != nil {
			t.Fatalf("%s: %q: %v", name, line, err)
		}
	}
	b := make([]byte, length)
	for _, s := range all {
		copy(b[s.at:], s.data)
	}
	return b
}

// log is a Handler that writes down what it is given, a line a message.
type log struct {
	out     strings.Builder
	skipped int
	begun   int
}

func (l *log) Begin()             { l.begun++ }
func (l *log) Unread()            { l.out.WriteString("unread\n") }
func (l *log) Skipped(n int)      { l.skipped += n }
func (l *log) Message(m *Message) { l.out.WriteString(describe(m)) }

// describe writes a message: of IDs, the first six digits.
func describe(m *Message) string {
	var b strings.Builder
	short := func(id ID) string { return id.String()[:min(6, len(id.String()))] }
	say := func(on bool, format string, args ...any) {
		if on {
			fmt.Fprintf(&b, " "+format, args...)
		}
	}
	fmt.Fprintf(&b, "%v %s %s:%d@%d", m.Type, short(m.Sender), m.IP, m.Port, m.BusPort)
	say(m.OtherPort != 0, "or :%d", m.OtherPort)
	say(true, "%s", role(m.Flags))
	say(m.ReplicaOf != ID{}, "of %s", short(m.ReplicaOf))
	say(true, "%d/%d+%d", m.Epoch, m.Clock, m.Offset)
	say(true, "%v", m.Slots.Ranges())
	say(len(m.Hostname) > 0, "host %s", m.Hostname)
	say(m.Shard != ID{}, "shard %s", short(m.Shard))
	say(m.Marks&Paused != 0, "paused")
	say(m.Marks&Forced != 0, "forced")
	say(m.Down, "down")
	say(m.About != ID{}, "about %s %d %v", short(m.About), m.AboutEpoch, m.AboutSlots.Ranges())
	say(m.Cut, "cut")
	b.WriteByte('\n')
	for i := range m.Gossips() {
		g := m.Gossip(i)
		fmt.Fprintf(&b, "  %s %s:%d@%d %s\n", short(g.ID), g.IP, g.Port, g.BusPort, role(g.Flags))
	}
	return b.String()
}

func role(f Flags) string {
	words := f.Words()
	switch {
	case f&Primary != 0:
		words = append([]string{"primary"}, words...)
	case f&Replica != 0:
		words = append([]string{"replica"}, words...)
	}
	return strings.Join(words, ",")
}
