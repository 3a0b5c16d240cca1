//go:build linux

package bpf

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// verdict is what the program makes of a frame.
type verdict string

const (
	match    verdict = "match"
	other    verdict = "other"
	unparsed verdict = "unparsed"
)

// judge runs a frame and returns the verdict, and the record if there is one.
func judge(t testing.TB, tap *Tap, r reader, frame []byte) (verdict, *Record) {
	t.Helper()
	before := counters(t, tap)
	run(t, tap, frame)
	after := counters(t, tap)
	all := r.records(t)
	got := Counters{
		Seen:         after.Seen - before.Seen,
		Matched:      after.Matched - before.Matched,
		MatchedBytes: after.MatchedBytes - before.MatchedBytes,
		Unparsed:     after.Unparsed - before.Unparsed,
		Records:      after.Records - before.Records,
	}
	switch n := uint64(len(frame)); {
	case got == Counters{Seen: 1, Matched: 1, MatchedBytes: n, Records: 1} && len(all) == 1:
		return match, &all[0]
	case got == Counters{Seen: 1} && all == nil:
		return other, nil
	case got == Counters{Seen: 1, Unparsed: 1} && all == nil:
		return unparsed, nil
	}
	t.Fatalf("counters %+v, then %+v; %d records", before, after, len(all))
	return "", nil
}

type sample struct {
	name   string
	layers []layer
	want   verdict
}

func repeat(n int, l layer) []layer { return slices.Repeat([]layer{l}, n) }

// samples are frames with a payload behind them, for the ports 6379 and 7000 to
// 7010 and with tunnels.
func samples() []sample {
	options := make([]byte, 40)
	noLength4 := change(func(b []byte) { b[2], b[3] = 0, 0 })
	noLength6 := change(func(b []byte) { b[4], b[5] = 0, 0 })
	return []sample{
		{"ipv4", []layer{ethernet(0x800), ipv4(6, 0), tcp(6379)}, match},
		{"ipv4 that must not be fragmented", []layer{ethernet(0x800), ipv4(6, 0x4000), tcp(6379)}, match},
		{"ipv4 with options", []layer{ethernet(0x800), ipv4(6, 0, options...), tcp(6379, options...)}, match},
		{"ipv4 without a length", []layer{ethernet(0x800), noLength4, ipv4(6, 0), tcp(6379)}, match},
		{"ipv6", []layer{ethernet(0x86dd), ipv6(6), tcp(6379)}, match},
		{"ipv6 without a length", []layer{ethernet(0x86dd), noLength6, ipv6(6), tcp(6379)}, match},
		{"port in the other direction", []layer{ethernet(0x800), ipv4(6, 0), segment{from: 6379, to: 50000}.layer()}, match},
		{"start of a range", []layer{ethernet(0x800), ipv4(6, 0), tcp(7000)}, match},
		{"end of a range", []layer{ethernet(0x86dd), ipv6(6), tcp(7010)}, match},
		{"before a range", []layer{ethernet(0x800), ipv4(6, 0), tcp(6999)}, other},
		{"behind a range", []layer{ethernet(0x800), ipv4(6, 0), tcp(7011)}, other},
		{"port with the bytes swapped", []layer{ethernet(0x800), ipv4(6, 0), tcp(0xeb18)}, other},
		{"port 0", []layer{ethernet(0x800), ipv4(6, 0), tcp(0)}, other},
		{"port 65535", []layer{ethernet(0x800), ipv4(6, 0), tcp(65535)}, other},
		{"tcp header that is too short", []layer{ethernet(0x800), ipv4(6, 0), change(func(b []byte) { b[12] = 0x40 }), tcp(6379)}, match},

		{"tag", []layer{ethernet(0x8100), tag(0x800), ipv4(6, 0), tcp(6379)}, match},
		{"two tags", []layer{ethernet(0x88a8), tag(0x8100), tag(0x86dd), ipv6(6), tcp(6379)}, match},
		{"two old tags", []layer{ethernet(0x9100), tag(0x9100), tag(0x800), ipv4(6, 0), tcp(6379)}, match},
		{"eight tags", slices.Concat([]layer{ethernet(0x8100)}, repeat(7, tag(0x8100)), []layer{tag(0x800), ipv4(6, 0), tcp(6379)}), match},
		{"nine tags", slices.Concat([]layer{ethernet(0x8100)}, repeat(8, tag(0x8100)), []layer{tag(0x800), ipv4(6, 0), tcp(6379)}), unparsed},
		{"tag around something else", []layer{ethernet(0x8100), tag(0x806), ipv4(6, 0), tcp(6379)}, other},

		{"arp", []layer{ethernet(0x806), ipv4(6, 0), tcp(6379)}, other},
		{"802.3", []layer{ethernet(60), ipv4(6, 0), tcp(6379)}, other},
		{"icmp", []layer{ethernet(0x800), ipv4(1, 0), tcp(6379)}, other},
		{"udp", []layer{ethernet(0x800), ipv4(17, 0), udp(6379)}, other},
		{"ip in ip", []layer{ethernet(0x800), ipv4(4, 0), ipv4(6, 0), tcp(6379)}, other},
		{"ipv4 of another version", []layer{ethernet(0x800), change(func(b []byte) { b[0] = 0x55 }), ipv4(6, 0), tcp(6379)}, unparsed},
		{"ipv4 header that is too short", []layer{ethernet(0x800), change(func(b []byte) { b[0] = 0x44 }), ipv4(6, 0), tcp(6379)}, unparsed},
		{"ipv6 of another version", []layer{ethernet(0x86dd), ipv4(6, 0), tcp(6379), tcp(6379)}, unparsed},

		{"first fragment of ipv4", []layer{ethernet(0x800), ipv4(6, 0x2000), tcp(6379)}, match},
		{"later fragment of ipv4", []layer{ethernet(0x800), ipv4(6, 0x2001), tcp(6379)}, unparsed},
		{"last fragment of ipv4", []layer{ethernet(0x800), ipv4(6, 0x1000), tcp(6379)}, unparsed},
		{"later fragment of icmp", []layer{ethernet(0x800), ipv4(1, 0x2001), tcp(6379)}, other},
		{"later fragment of udp", []layer{ethernet(0x800), ipv4(17, 1), udp(4789)}, unparsed},
		{"atomic fragment of ipv6", []layer{ethernet(0x86dd), ipv6(44), fragment(6, 0), tcp(6379)}, match},
		{"first fragment of ipv6", []layer{ethernet(0x86dd), ipv6(44), fragment(6, 1), tcp(6379)}, match},
		{"later fragment of ipv6", []layer{ethernet(0x86dd), ipv6(44), fragment(6, 9), tcp(6379)}, unparsed},
		{"last fragment of ipv6", []layer{ethernet(0x86dd), ipv6(44), fragment(6, 8), tcp(6379)}, unparsed},
		{"later fragment of icmp over ipv6", []layer{ethernet(0x86dd), ipv6(44), fragment(58, 8), tcp(6379)}, other},

		{"hop by hop", []layer{ethernet(0x86dd), ipv6(0), extension(6, 0), tcp(6379)}, match},
		{"routing", []layer{ethernet(0x86dd), ipv6(43), extension(6, 2), tcp(6379)}, match},
		{"destination options", []layer{ethernet(0x86dd), ipv6(60), extension(6, 1), tcp(6379)}, match},
		{"authentication", []layer{ethernet(0x86dd), ipv6(51), authentication(6), tcp(6379)}, match},
		{"all extension headers", []layer{ethernet(0x86dd), ipv6(0), extension(60, 0), extension(43, 1), extension(44, 3), fragment(51, 1), authentication(60), extension(6, 0), tcp(6379)}, match},
		{"eight extension headers", slices.Concat([]layer{ethernet(0x86dd), ipv6(60)}, repeat(7, extension(60, 0)), []layer{extension(6, 0), tcp(6379)}), match},
		{"nine extension headers", slices.Concat([]layer{ethernet(0x86dd), ipv6(60)}, repeat(8, extension(60, 0)), []layer{extension(6, 0), tcp(6379)}), unparsed},
		{"extension header around udp", []layer{ethernet(0x86dd), ipv6(60), extension(17, 0), udp(6379)}, other},
		{"nothing behind an extension header", []layer{ethernet(0x86dd), ipv6(60), extension(59, 0), tcp(6379)}, other},

		{"vxlan", []layer{ethernet(0x800), ipv4(17, 0), udp(4789), vxlan(), ethernet(0x800), ipv4(6, 0), tcp(6379)}, match},
		{"vxlan on the port of linux, ipv6, tag", []layer{ethernet(0x86dd), ipv6(17), udp(8472), vxlan(), ethernet(0x8100), tag(0x86dd), ipv6(6), tcp(6379)}, match},
		{"vxlan around another port", []layer{ethernet(0x800), ipv4(17, 0), udp(4789), vxlan(), ethernet(0x800), ipv4(6, 0), tcp(80)}, other},
		{"vxlan without its flag", []layer{ethernet(0x800), ipv4(17, 0), udp(4789), header(make([]byte, 8)...), ethernet(0x800), ipv4(6, 0), tcp(6379)}, other},
		{"vxlan in vxlan", []layer{ethernet(0x800), ipv4(17, 0), udp(4789), vxlan(), ethernet(0x800), ipv4(17, 0), udp(4789), vxlan(), ethernet(0x800), ipv4(6, 0), tcp(6379)}, other},
		{"geneve", []layer{ethernet(0x800), ipv4(17, 0), udp(6081), geneve(0x6558), ethernet(0x800), ipv4(6, 0), tcp(6379)}, match},
		{"geneve with options", []layer{ethernet(0x86dd), ipv6(17), udp(6081), geneve(0x6558, make([]byte, 252)...), ethernet(0x86dd), ipv6(6), tcp(6379)}, match},
		{"geneve around ip", []layer{ethernet(0x800), ipv4(17, 0), udp(6081), geneve(0x86dd, 1, 2, 3, 4), ipv6(6), tcp(6379)}, match},
		{"geneve around something else", []layer{ethernet(0x800), ipv4(17, 0), udp(6081), geneve(0x806), ipv4(6, 0), tcp(6379)}, other},
		{"geneve of another version", []layer{ethernet(0x800), ipv4(17, 0), udp(6081), change(func(b []byte) { b[0] |= 0x40 }), geneve(0x6558), ethernet(0x800), ipv4(6, 0), tcp(6379)}, other},
	}
}

func sampleOptions() Options {
	return Options{Ports: []PortRange{{6379, 6379}, {7000, 7010}}, Tunnels: true}
}

func TestParse(t *testing.T) {
	tap := load(t, sampleOptions())
	r := newReader(t, tap)
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			frame := build([]byte("PING\r\n"), s.layers...)
			got, record := judge(t, tap, r, frame)
			if got != s.want {
				t.Fatalf("got %s, want %s", got, s.want)
			}
			if record != nil {
				checkWhole(t, record, frame)
			}
		})
	}
}

// checkWhole checks that a record is that of a frame which run was given.
func checkWhole(t *testing.T, r *Record, frame []byte) {
	t.Helper()
	if !bytes.Equal(r.Data, frame) {
		t.Errorf("data % x, want % x", r.Data, frame)
	}
	if r.Wire != len(frame) || r.Ifindex != 1 || r.Outgoing || r.RawIP || len(r.Spans) != 0 || r.Time <= 0 {
		t.Errorf("record %+v of %d bytes", r, len(frame))
	}
}

func TestParseRawIP(t *testing.T) {
	tap := load(t, sampleOptions())
	r := newReader(t, tap)
	if err := tap.SetInterface(1, Interface{RawIP: true}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []sample{
		{"ipv4", []layer{ipv4(6, 0), tcp(6379)}, match},
		{"ipv6", []layer{ipv6(60), extension(6, 0), tcp(6379)}, match},
		{"vxlan", []layer{ipv4(17, 0), udp(4789), vxlan(), ethernet(0x800), ipv4(6, 0), tcp(6379)}, match},
		{"another port", []layer{ipv4(6, 0), tcp(80)}, other},
		{"neither", []layer{header(0x50), ipv4(6, 0), tcp(6379), tcp(6379)}, unparsed},
	} {
		t.Run(s.name, func(t *testing.T) {
			frame := build(nil, s.layers...)
			got, record := judge(t, tap, r, frame)
			if got != s.want {
				t.Fatalf("got %s, want %s", got, s.want)
			}
			if record != nil && (!record.RawIP || !bytes.Equal(record.Data, frame)) {
				t.Errorf("record %+v", record)
			}
		})
	}
}

// Short of its last header a frame cannot be judged, however much is missing.
func TestParseCutHeaders(t *testing.T) {
	tap := load(t, sampleOptions())
	r := newReader(t, tap)
	for _, s := range samples() {
		if s.want != match {
			continue
		}
		frame := build(nil, s.layers...)
		last := build(nil, s.layers[len(s.layers)-1:]...)
		// The options behind the TCP header are not looked at.
		enough := len(frame) - len(last) + 20
		for n := 1; n < len(frame); n++ {
			want := match
			if n < enough {
				want = unparsed
			}
			if got, _ := judge(t, tap, r, frame[:n]); got != want {
				t.Errorf("%s: %d of %d bytes: %s, want %s", s.name, n, len(frame), got, want)
			}
		}
	}
}

func TestParseAllPorts(t *testing.T) {
	tap := load(t, Options{})
	r := newReader(t, tap)
	for _, s := range []sample{
		{"port 0", []layer{ethernet(0x800), ipv4(6, 0), tcp(0)}, match},
		{"port 80", []layer{ethernet(0x86dd), ipv6(6), tcp(80)}, match},
		{"udp", []layer{ethernet(0x800), ipv4(17, 0), udp(80)}, other},
		{"later fragment of ipv4", []layer{ethernet(0x800), ipv4(6, 0x2001), header(1, 2, 3)}, match},
		{"later fragment of ipv6", []layer{ethernet(0x86dd), ipv6(44), fragment(6, 8), header(1, 2, 3)}, match},
		{"vxlan, which was not asked for", []layer{ethernet(0x800), ipv4(17, 0), udp(4789), vxlan(), ethernet(0x800), ipv4(6, 0), tcp(6379)}, other},
	} {
		t.Run(s.name, func(t *testing.T) {
			if got, _ := judge(t, tap, r, build(nil, s.layers...)); got != s.want {
				t.Errorf("got %s, want %s", got, s.want)
			}
		})
	}
}

// Whatever the bytes, the program returns 0 and counts the frame once.
func TestParseRandomFrames(t *testing.T) {
	tap := load(t, sampleOptions())
	r := newReader(t, tap)
	random := rand.New(rand.NewPCG(1, 2))
	all := samples()
	count := map[verdict]int{}
	for i := range 20000 {
		frame := build(make([]byte, random.IntN(1200)), all[random.IntN(len(all))].layers...)
		for range random.IntN(4) {
			frame[random.IntN(min(len(frame), 120))] = byte(random.Uint32())
		}
		frame = frame[:max(1, len(frame)-random.IntN(len(frame)/8+1))]
		if i%10 == 0 {
			for j := range frame {
				frame[j] = byte(random.Uint32())
			}
		}
		got, record := judge(t, tap, r, frame)
		count[got]++
		if record != nil && len(record.Spans) == 0 && !bytes.Equal(record.Data, frame) {
			t.Fatalf("% x became % x", frame, record.Data)
		}
	}
	for _, v := range []verdict{match, other, unparsed} {
		if count[v] < 100 {
			t.Errorf("%d frames are %s: the test tests little", count[v], v)
		}
	}
}

func TestSnaplen(t *testing.T) {
	for _, snaplen := range []int{1, 2, 54, 100, 1000, MaxSnaplen} {
		t.Run(fmt.Sprint(snaplen), func(t *testing.T) {
			tap := load(t, Options{Snaplen: snaplen})
			r := newReader(t, tap)
			for _, n := range []int{0, 1, 46, 946, 947, 1500} {
				frame := build(make([]byte, n), ethernet(0x800), ipv4(6, 0), tcp(6379))
				run(t, tap, frame)
				all := r.records(t)
				if len(all) != 1 || all[0].Wire != len(frame) || !bytes.Equal(all[0].Data, frame[:min(snaplen, len(frame))]) {
					t.Errorf("%d bytes: %+v", len(frame), all)
				}
			}
		})
	}
}
