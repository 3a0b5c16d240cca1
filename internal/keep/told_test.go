package keep_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ricochet/capture"
	"ricochet/decode"
	"ricochet/decode/frame"
	"ricochet/internal/keep"
	"ricochet/internal/wiretest"
)

// hearer is a Handler that writes down all that is told of roles.
type hearer struct {
	t    testing.TB
	told []string
}

func (*hearer) Command(*decode.Exchange)                      {}
func (*hearer) Reply(*decode.Exchange)                        {}
func (*hearer) Event(*decode.Conn, decode.Event, decode.Mark) {}
func (h *hearer) Told(x *decode.Told) {
	y := *x
	y.Conn = nil
	b, err := json.Marshal(&y)
	if err != nil {
		h.t.Fatal(err)
	}
	h.told = append(h.told, fmt.Sprintf("%v>%v %s", x.Conn.Client, x.Conn.Server, b))
}

// toldBy returns what packets tell of roles, and where.
func toldBy(t testing.TB, packets []capture.Packet) []string {
	h := &hearer{t: t}
	table := decode.NewTable(decode.Options{}, h)
	var dec frame.Decoder
	var seg frame.Segment
	for i := range packets {
		p := &packets[i]
		if dec.Decode(p.Link, p.Data, p.Len, p.Time, &seg) == frame.TCP {
			table.Segment(&seg, decode.Mark{Time: p.Time, Packet: int64(i + 1)}, uint64(i+1))
		}
	}
	table.Flush()
	return h.told
}

// sameTold holds that what is written of packets tells the same as they do, and
// returns how much that is.
func sameTold(t *testing.T, o keep.Options, packets []capture.Packet) int {
	t.Helper()
	want := toldBy(t, packets)
	written, _, _ := kept(t, o, packets)
	got := toldBy(t, written)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%d times something is told, not %d:\n got %s\nwant %s", len(got), len(want), entry(got, i), entry(want, i))
		}
	}
	return len(want)
}

func entry(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "nothing"
}

// scripts calls f for the scripts of the fixtures that match a pattern: those of
// one capture a file, or those of package decode, with several cases a file.
func scripts(t *testing.T, pattern string, f func(t *testing.T, script string)) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, body := range strings.Split("\n"+string(b), "\n== ") {
			name := strings.TrimSuffix(filepath.Base(file), ".txt")
			if i > 0 {
				var title string
				title, body, _ = strings.Cut(body, "\n")
				name += "/" + title
			}
			body, _, ok := strings.Cut(body, "----\n")
			if !ok {
				continue // what stands before the first case
			}
			// What a script says is not ordered by the wire is played as it stands.
			body = regexp.MustCompile(`(?m)^(unordered|end)$`).ReplaceAllString(body, "")
			// No server answers HELLO in another order.
			body = strings.Replace(body, "%[$mode $standalone]", "%[$server $valkey $mode $standalone]", 1)
			t.Run(name, func(t *testing.T) { f(t, body) })
		}
	}
}

// TestScriptsTellTheSame holds that what is written of the scripts of other tests
// tells the same, in segments of several sizes and from several places on.
func TestScriptsTellTheSame(t *testing.T) {
	told := 0
	each := func(t *testing.T, text string) {
		for _, mss := range []string{"", "mss 13\n"} {
			packets := script(t, mss+text)
			told += sameTold(t, keep.Options{}, packets)
			sameTold(t, keep.Options{KeepValues: true}, packets)
			sameTold(t, keep.Options{}, wiretest.Skip(packets, 9*time.Millisecond))
			sameTold(t, keep.Options{}, packets[min(3, len(packets)):]) // joined after a handshake
		}
	}
	scripts(t, "../../decode/testdata/*.txt", each)
	scripts(t, "../pipeline/testdata/scenarios/*.txt", each)
	if told < 500 {
		t.Errorf("only %d times anything was told", told)
	}
}

// TestScenarioFixtures holds that an analysis of what was written of the scenarios
// of package pipeline says what one of themselves says.
func TestScenarioFixtures(t *testing.T) {
	scripts(t, "../pipeline/testdata/scenarios/*.txt", func(t *testing.T, text string) {
		packets := script(t, text)
		for _, keepValues := range []bool{false, true} {
			written, _, _ := kept(t, keep.Options{KeepValues: keepValues}, packets)
			sameReport(t, analyze(t, written), analyze(t, packets), nil)
		}
	})
}

// TestCorpusTellsTheSame holds that what is written of each labelled capture tells
// the same, whatever has become of it on the way.
func TestCorpusTellsTheSame(t *testing.T) {
	told := 0
	corpus(t, "*", func(t *testing.T, packets []capture.Packet) {
		told += sameTold(t, keep.Options{}, packets)
		sameTold(t, keep.Options{KeepValues: true}, packets)
		if testing.Short() {
			return
		}
		t.Run("shuffled", func(t *testing.T) { sameTold(t, keep.Options{}, wiretest.Shuffle(packets, 10, 3)) })
		t.Run("joined", func(t *testing.T) { sameTold(t, keep.Options{}, wiretest.Skip(packets, time.Second)) })
		t.Run("lossy", func(t *testing.T) { sameTold(t, keep.Options{}, wiretest.Drop(packets, 20, 5)) })
	})
	if told < 500 {
		t.Errorf("only %d times anything was told", told)
	}
}
