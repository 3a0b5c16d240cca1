package wiretest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"testing"

	"ricochet/capture"
)

func generate(t testing.TB, k Kind, commands int) []capture.Packet {
	t.Helper()
	var file bytes.Buffer
	if err := Generate(&file, k, commands); err != nil {
		t.Fatal(err)
	}
	packets, err := ReadPcap(&file)
	if err != nil {
		t.Fatal(err)
	}
	return packets
}

// TestGenerateIsDeterministic pins the bytes: benchmarks of different versions
// can be compared only while these hold.
func TestGenerateIsDeterministic(t *testing.T) {
	want := map[Kind]string{
		Small:       "21f16bf5100efaa0",
		Pipelined:   "e4a401799db5394b",
		Large:       "c07c4072621c4ace",
		Connections: "e0af7d01f6226cf6",
		Tangled:     "2dff5bf133dbb26a",
	}
	for _, k := range Kinds() {
		h := sha256.New()
		if err := Generate(h, k, 1000); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(h.Sum(nil)[:8]); got != want[k] {
			t.Errorf("%v: got hash %s, want %s", k, got, want[k])
		}
	}
}

// key identifies the direction of a connection in an IPv4 frame.
func key(p capture.Packet) string { return string(p.Data[ethernetLen+12 : ethernetLen+ipv4Len+4]) }

// streams puts the payloads of every direction together by sequence number and
// fails on a gap or on a duplicate that differs.
func streams(t *testing.T, packets []capture.Packet) map[string][]byte {
	t.Helper()
	type part struct {
		at      uint32
		payload []byte
	}
	parts, first := map[string][]part{}, map[string]uint32{}
	for _, p := range packets {
		at, payload := tcpPayload(p)
		if p.Data[ethernetLen+ipv4Len+13]&flagSYN != 0 {
			first[key(p)] = at.seq
		}
		parts[key(p)] = append(parts[key(p)], part{at.seq, payload})
	}
	out := map[string][]byte{}
	for k, list := range parts {
		size := 0
		for _, p := range list {
			size = max(size, int(p.at-first[k])+len(p.payload))
		}
		// A FIN holds one number without a byte, so the last ACK may lie behind.
		stream, filled := make([]byte, size), 0
		seen := map[uint32]bool{}
		for _, p := range list {
			if len(p.payload) == 0 || seen[p.at] {
				continue
			}
			seen[p.at] = true
			filled += copy(stream[p.at-first[k]:], p.payload)
		}
		if size-filled > 1 {
			t.Errorf("%d of %d bytes missing from a stream", size-filled, size)
		}
		out[k] = stream[:filled]
	}
	return out
}

func TestGenerateHoldsTheCommandsAskedFor(t *testing.T) {
	const commands = 1003 // does not divide by the pipeline's depth
	tests := []struct {
		kind           Kind
		packets, conns int
	}{
		{Small, 2*commands + 6*loadClients, loadClients},
		{Pipelined, 2*63 + 6*loadClients, loadClients},
		{Large, 0, loadClients},
		{Connections, 8 * commands, commands},
		{Tangled, 0, loadClients},
	}
	for _, test := range tests {
		t.Run(test.kind.String(), func(t *testing.T) {
			packets := generate(t, test.kind, commands)
			if test.packets != 0 && len(packets) != test.packets {
				t.Errorf("got %d packets, want %d", len(packets), test.packets)
			}
			last := int64(0)
			for i, p := range packets {
				if p.Time <= last {
					t.Fatalf("packet %d is not later than the one before it", i+1)
				}
				last = p.Time
				describe(t, p) // checks the lengths
			}
			asked, answered := 0, 0
			all := streams(t, packets)
			if len(all) != 2*test.conns {
				t.Errorf("got %d directions, want those of %d connections", len(all), test.conns)
			}
			for _, s := range all {
				gets := bytes.Count(s, []byte("\r\nGET\r\n"))
				sets := bytes.Count(s, []byte("\r\nSET\r\n"))
				asked += gets + sets
				if gets+sets == 0 {
					answered += bytes.Count(s, []byte("+OK\r\n")) + bytes.Count(s, []byte("$"))
				}
			}
			if asked != commands || answered != commands {
				t.Errorf("got %d commands and %d replies, want %d", asked, answered, commands)
			}
		})
	}
}

func TestTangledHasSwappedAndDuplicatePackets(t *testing.T) {
	const commands = 50000
	duplicates, late := 0, 0
	next := map[string]uint32{}
	packets := generate(t, Tangled, commands)
	for _, p := range packets {
		at, payload := tcpPayload(p)
		if len(payload) == 0 {
			continue
		}
		if end := at.seq + uint32(len(payload)); int32(end-next[key(p)]) <= 0 && next[key(p)] != 0 {
			duplicates++
		} else {
			next[key(p)] = end
		}
		if !bytes.HasPrefix(payload, []byte("*")) && !acknowledgesSeen(p, next) {
			late++ // a reply before its command
		}
	}
	if share := float64(duplicates) / float64(len(packets)); share < 0.008 || share > 0.012 {
		t.Errorf("%.2f %% of packets are duplicates, want about 1", share*100)
	}
	if late == 0 {
		t.Error("no reply was captured before its command")
	}
}

// acknowledgesSeen reports whether a packet acknowledges nothing that is yet to
// be captured.
func acknowledgesSeen(p capture.Packet, next map[string]uint32) bool {
	k := key(p)
	back := k[4:8] + k[:4] + k[10:12] + k[8:10]
	ack := p.Data[ethernetLen+ipv4Len+8:][:4]
	return int32(uint32(ack[0])<<24|uint32(ack[1])<<16|uint32(ack[2])<<8|uint32(ack[3])-next[back]) <= 0
}

func TestGenerateMemoryDoesNotGrow(t *testing.T) {
	for _, k := range Kinds() {
		allocs := func(commands int) float64 {
			return testing.AllocsPerRun(3, func() {
				if err := Generate(io.Discard, k, commands); err != nil {
					t.Fatal(err)
				}
			})
		}
		// A buffer for each waiting reply may still have grown a little.
		if few, many := allocs(200), allocs(2000); many > few+2*loadBatch {
			t.Errorf("%v: %v allocations for 200 commands, %v for 2000", k, few, many)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestGenerateReportsErrors(t *testing.T) {
	if err := Generate(fullDisk{}, Small, 10); err == nil {
		t.Error("full disk: got no error")
	}
	if err := Generate(io.Discard, 0, 10); err == nil {
		t.Error("invalid kind: got no error")
	}
}

func TestParseKind(t *testing.T) {
	for _, k := range Kinds() {
		if got, err := ParseKind(k.String()); got != k || err != nil {
			t.Errorf("%v: got %v, %v", k, got, err)
		}
	}
	if _, err := ParseKind("invalid"); err == nil {
		t.Error("got no error")
	}
}

func BenchmarkGenerate(b *testing.B) {
	for _, k := range Kinds() {
		b.Run(k.String(), func(b *testing.B) {
			var size counter
			if err := Generate(&size, k, 10000); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if err := Generate(io.Discard, k, 10000); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }
