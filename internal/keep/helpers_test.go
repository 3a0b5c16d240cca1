package keep_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"ricochet/capture"
	"ricochet/capture/pcapfile"
	"ricochet/decode/frame"
	"ricochet/internal/keep"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
	"ricochet/internal/wiretest"
)

// script returns the packets of a script.
func script(t testing.TB, text string) []capture.Packet {
	t.Helper()
	c, err := wiretest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c.Packets
}

// memory is a file in memory.
type memory struct{ bytes.Buffer }

func (m *memory) Truncate(size int64) error {
	m.Buffer.Truncate(int(size))
	return nil
}

func (m *memory) Close() error { return nil }

// kept returns the packets that are written of others, and the file as it is.
func kept(t testing.TB, o keep.Options, packets []capture.Packet) ([]capture.Packet, []byte, keep.Stats) {
	t.Helper()
	var file memory
	w, err := keep.CreateOn(o, &file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range packets {
		if err := w.Packet(&packets[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if held, searching := w.Held(); held != 0 || searching != 0 || w.Slots() != 0 || w.Bus() != 0 {
		t.Errorf("left after the end: %d packets, %d bytes of lost streams, %d commands, %d bytes of the bus",
			held, searching, w.Slots(), w.Bus())
	}
	src, err := pcapfile.Open([]string{"-"}, pcapfile.Options{Stdin: bytes.NewReader(file.Bytes())})
	if err != nil {
		t.Fatal(err)
	}
	return drain(t, src), file.Bytes(), w.Stats()
}

// write writes packets to files.
func write(t testing.TB, o keep.Options, packets []capture.Packet) keep.Stats {
	t.Helper()
	w, err := keep.Create(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range packets {
		if err := w.Packet(&packets[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.Stats()
}

// read returns the packets of files.
func read(t testing.TB, names ...string) []capture.Packet {
	t.Helper()
	src, err := pcapfile.Open(names, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return drain(t, src)
}

func drain(t testing.TB, src *pcapfile.Source) []capture.Packet {
	t.Helper()
	defer src.Close()
	var out []capture.Packet
	for {
		var p capture.Packet
		if err := src.Next(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		p.Data = append([]byte(nil), p.Data...)
		out = append(out, p)
	}
	stats, err := src.Stats()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stats {
		if s.Damage != "" {
			t.Errorf("%s: %s", s.Name, s.Damage)
		}
	}
	return out
}

// analyze returns what an analysis says of packets.
func analyze(t testing.TB, packets []capture.Packet) *report.Report {
	t.Helper()
	r, err := pipeline.Run(context.Background(), wiretest.NewSource("test", packets), pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sameReport compares two reports in all but what leave takes out of them.
func sameReport(t testing.TB, got, want *report.Report, leave func(*report.Report)) {
	t.Helper()
	same(t, text(t, got, leave), text(t, want, leave))
}

// sameStory compares two reports of the same packets that lie in different files:
// in all but the number of each packet and that of its file.
func sameStory(t testing.TB, got, want *report.Report) {
	t.Helper()
	same(t, withoutPlaces(t, text(t, got, nil)), withoutPlaces(t, text(t, want, nil)))
}

// withoutPlaces takes the numbers of packets and files out of a report.
func withoutPlaces(t testing.TB, text string) string {
	t.Helper()
	var r any
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	var strip func(any)
	strip = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "capture")
			delete(v, "packet")
			for _, e := range v {
				strip(e)
			}
		case []any:
			for _, e := range v {
				strip(e)
			}
		}
	}
	strip(r)
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func same(t testing.TB, g, w string) {
	t.Helper()
	if g == w {
		return
	}
	i := 0
	for i < len(g) && i < len(w) && g[i] == w[i] {
		i++
	}
	t.Errorf("the reports differ:\n got ...%.300s\nwant ...%.300s", g[max(0, i-150):], w[max(0, i-150):])
}

func text(t testing.TB, r *report.Report, leave func(*report.Report)) string {
	t.Helper()
	c := *r
	c.Captures = nil
	if leave != nil {
		leave(&c)
	}
	b, err := json.MarshalIndent(&c, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// payload is what a packet carries, and where.
type payload struct {
	flow [2]frame.Endpoint
	seq  uint32
	data []byte
}

// payloads returns what packets carry, one entry a packet.
func payloads(packets []capture.Packet) []payload {
	var dec frame.Decoder
	var seg frame.Segment
	out := make([]payload, len(packets))
	for i, p := range packets {
		if dec.Decode(p.Link, p.Data, p.Len, p.Time, &seg) == frame.TCP {
			out[i] = payload{[2]frame.Endpoint{seg.Src, seg.Dst}, seg.Seq, append([]byte(nil), seg.Payload...)}
		}
	}
	return out
}

// streams returns what clients sent and what servers sent, in the order of the
// packets.
func streams(packets []capture.Packet) (client, server string) {
	for _, p := range payloads(packets) {
		if p.flow[0].Port > p.flow[1].Port {
			client += string(p.data)
		} else {
			server += string(p.data)
		}
	}
	return client, server
}

// tempFile returns the name of a file that does not exist yet.
func tempFile(t testing.TB) string { return filepath.Join(t.TempDir(), "kept.pcapng") }
