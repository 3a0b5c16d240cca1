package wiretest

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ricochet/capture"
)

func TestRawRedirects(t *testing.T) {
	const join = "seq A>c1.x 4294967290\njoin c1.x>A\n"
	type counts struct{ redirect, moved, ask int }
	tests := []struct {
		name, script string
		want         counts
	}{
		{"one of each in a pipeline", "A>c1.x -REDIRECT {B} | -MOVED 5 {B} | +OK | -ASK 16383 {B}", counts{1, 1, 1}},
		{"IPv6, hostname and empty host", "A>c1.x -MOVED 5 fd00::1:6379 | -MOVED 5 db.example:1 | -MOVED 5 :6379", counts{0, 3, 0}},
		{"the same reply twice is two", "A>c1.x -MOVED 5 {B}\nA>c1.x -MOVED 5 {B}", counts{0, 2, 0}},
		{"the same packet twice is one", "A>c1.x -MOVED 5 {B}\nagain A>c1.x", counts{0, 1, 0}},
		{"another connection counts", "join c1.y>A\nA>c1.x -MOVED 5 {B}\nA>c1.y -MOVED 5 {B}", counts{0, 2, 0}},
		{"lost", "lose A>c1.x -MOVED 5 {B}", counts{}},
		{"cut before the end of the line", "cut 21 A>c1.x -MOVED 5 {B}", counts{}},
		{"cut after the end of the line", "cut 24 A>c1.x -MOVED 5 {B} | $value", counts{0, 1, 0}},
		{"spread over two packets", "mss 10\nA>c1.x -MOVED 5 {B}", counts{}},
		{"within a line", `A>c1.x "+a -MOVED 5 10.0.0.2:6379\r\n"`, counts{}},
		{"in an array", `A>c1.x *[+OK -"REDIRECT {B}"]`, counts{1, 0, 0}},
		{"other errors", "A>c1.x -MOVED | -ERR x | -ASK a {B} | -REDIRECT nowhere | -MOVED 5 x:y | -TRYAGAIN", counts{}},
		{"resent in other pieces after a wrap", "A>c1.x +OK | -ASK 1 {B}\nseq A>c1.x 4294967290\njoin c1.x>A\nA>c1.x +OK\nA>c1.x -ASK 1 {B}", counts{0, 0, 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := RawRedirects(mustParse(t, join+test.script).Packets)
			want := map[string]int{"REDIRECT": test.want.redirect, "MOVED": test.want.moved, "ASK": test.want.ask}
			if !maps.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestRawRedirectsIgnoresPaddingAndOtherPackets(t *testing.T) {
	c := mustParse(t, "host B [fd00::b]\nhost c1 [fd00::1]\njoin c1.x>B\nB>c1.x -MOVED 5 {B}")
	padded := clone(c.Packets)
	padded[0].Data = append(padded[0].Data[:padded[0].Len:padded[0].Len], "-MOVED 5 a:1\r\n"...)
	if got := RawRedirects(padded)["MOVED"]; got != 1 {
		t.Errorf("got %d, want 1", got)
	}
	for _, e := range []Encap{Raw, Tagged, InGRE} {
		if got := RawRedirects(c.As(e).Packets)["MOVED"]; got != 0 {
			t.Errorf("%v: got %d, want none", e, got)
		}
	}
}

const corpus = "../../testdata/corpus"

// scenarios returns the captures of the corpus by scenario and host.
func scenarios(t *testing.T) map[string]map[string][]capture.Packet {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpus, "*", "host-*.pcap.zst"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures in %s: %v", corpus, err)
	}
	out := map[string]map[string][]capture.Packet{}
	for _, f := range files {
		packets, err := ReadPcapFile(f)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		name := filepath.Base(filepath.Dir(f))
		if out[name] == nil {
			out[name] = map[string][]capture.Packet{}
		}
		out[name][filepath.Base(f)] = packets
	}
	return out
}

func total(counts map[string]int) int {
	return counts["REDIRECT"] + counts["MOVED"] + counts["ASK"]
}

// TestRawRedirectsAgreeWithTheClientsLogs holds the count against what the
// clients of the corpus logged, from their hosts and from all hosts.
func TestRawRedirectsAgreeWithTheClientsLogs(t *testing.T) {
	for name, hosts := range scenarios(t) {
		data, err := os.ReadFile(filepath.Join(corpus, name, "truth.json"))
		if err != nil {
			t.Fatal(err)
		}
		var truth struct {
			Redirects int `json:"redirect_replies"`
			Wire      *struct {
				Redirects map[string]int `json:"redirect_replies"`
			} `json:"wire"`
		}
		if err := json.Unmarshal(data, &truth); err != nil {
			t.Fatal(err)
		}
		want := truth.Redirects
		if truth.Wire != nil { // a real client, which keeps no log
			want = total(truth.Wire.Redirects)
		}
		var clients, all []capture.Packet
		for host, packets := range hosts {
			all = append(all, packets...)
			if host == "host-c.pcap.zst" || host == "host-d.pcap.zst" {
				clients = append(clients, packets...)
			}
		}
		if got := total(RawRedirects(clients)); got != want {
			t.Errorf("%s: got %d redirects on the clients' hosts, truth is %d", name, got, want)
		}
		if got := total(RawRedirects(all)); got != want {
			t.Errorf("%s: got %d redirects on all hosts, truth is %d", name, got, want)
		}
	}
}

// TestRawRedirectsOfDamagedCaptures checks what each damage may do to the count.
func TestRawRedirectsOfDamagedCaptures(t *testing.T) {
	packets := scenarios(t)["self-redirect-v801"]["host-c.pcap.zst"]
	whole := total(RawRedirects(packets))
	for _, test := range []struct {
		name     string
		packets  []capture.Packet
		low, top int
	}{
		{"shuffled", Shuffle(packets, 10, 1), whole, whole},
		{"duplicated", Duplicate(packets, 5, 1), whole, whole},
		{"clock off", Skew(packets, time.Hour), whole, whole},
		{"long snap", Snap(packets, 200), whole, whole},
		{"short snap", Snap(packets, 66), 0, 0},
		{"5 % dropped", Drop(packets, 5, 1), whole * 90 / 100, whole - 1},
		{"all dropped", Drop(packets, 100, 1), 0, 0},
	} {
		if got := total(RawRedirects(test.packets)); got < test.low || got > test.top {
			t.Errorf("%s: got %d redirects of %d, want %d to %d", test.name, got, whole, test.low, test.top)
		}
	}
}

func BenchmarkRawRedirects(b *testing.B) {
	packets := generate(b, Small, 10000)
	b.ReportAllocs()
	for b.Loop() {
		RawRedirects(packets)
	}
}
