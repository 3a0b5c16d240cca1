package bpf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"slices"
	"testing"
)

// encode is what the program makes of a record.
func encode(r *Record) []byte {
	order := binary.NativeEndian
	b := order.AppendUint64(nil, uint64(r.Time))
	for _, v := range []int{int(r.Ifindex), r.Wire, len(r.Data), r.End} {
		b = order.AppendUint32(b, uint32(v))
	}
	for _, v := range []int{r.Net, r.TCP, r.Payload} {
		b = order.AppendUint16(b, uint16(v))
	}
	var flags byte
	if r.Outgoing {
		flags |= recordOutgoing
	}
	if r.RawIP {
		flags |= recordRawIP
	}
	b = append(b, flags, byte(len(r.Spans)))
	if len(r.Spans) > 0 {
		for _, s := range r.Spans {
			b = order.AppendUint32(order.AppendUint32(b, uint32(s.From)), uint32(s.Keep))
		}
		b = append(b, make([]byte, max(0, MaxSpans-len(r.Spans))*spanLen)...)
	}
	return append(b, r.Data...)
}

// plainRecord and cutRecord are records as the program may write them.
func plainRecord() *Record {
	return &Record{Time: 1 << 40, Ifindex: 7, Wire: 90, Outgoing: true, Data: make([]byte, 60), Net: 14, TCP: 34, Payload: 54, End: 90}
}

func cutRecord() *Record {
	r := &Record{Time: 1, Ifindex: 1, Wire: 5060, RawIP: true, Net: 0, TCP: 20, Payload: 40, End: 5060}
	r.Spans = []Span{{40, 100}, {2000, 0}, {3000, 2060}}
	r.Data = make([]byte, 40+100+2060)
	return r
}

func fullRecord() *Record {
	r := cutRecord()
	r.Spans, r.Data = nil, r.Data[:r.Payload]
	for i := range MaxSpans {
		r.Spans = append(r.Spans, Span{From: r.Payload + i, Keep: 0})
	}
	return r
}

func TestUnmarshal(t *testing.T) {
	for _, want := range []*Record{plainRecord(), cutRecord(), fullRecord(), {Wire: 1, Data: []byte{1}}, {Data: []byte{}}} {
		var got Record
		if err := got.Unmarshal(encode(want)); err != nil {
			t.Error(err)
		}
		if !bytes.Equal(got.Data, want.Data) || !slices.Equal(got.Spans, want.Spans) {
			t.Errorf("got %d bytes and %v, want %d and %v", len(got.Data), got.Spans, len(want.Data), want.Spans)
		}
		got.Data, got.Spans, got.spans = want.Data, want.Spans, want.spans
		if !reflect.DeepEqual(&got, want) {
			t.Errorf("got %+v, want %+v", &got, want)
		}
	}
}

func TestUnmarshalDamaged(t *testing.T) {
	for _, test := range []struct {
		name string
		of   *Record
		edit func(r *Record)
	}{
		{"data longer than the frame", plainRecord(), func(r *Record) { r.Wire = len(r.Data) - 1 }},
		{"spans that do not start with the payload", cutRecord(), func(r *Record) { r.Spans[0].From++ }},
		{"overlapping spans", cutRecord(), func(r *Record) { r.Spans[1].From = r.Spans[0].From - 1 }},
		{"span that keeps more than it has", cutRecord(), func(r *Record) { r.Spans[1].Keep = 1001 }},
		{"span that keeps more than there is", cutRecord(), func(r *Record) { r.Spans[1].Keep = 1 }},
		{"span behind the end", cutRecord(), func(r *Record) { r.End = 2999 }},
		{"end behind the frame", cutRecord(), func(r *Record) { r.End = r.Wire + 1 }},
		{"no ip header", cutRecord(), func(r *Record) { r.Net = 1 }},
		{"no tcp header", cutRecord(), func(r *Record) { r.TCP++ }},
		{"more spans than there may be", fullRecord(), func(r *Record) { r.Spans = append(r.Spans, Span{From: r.End}) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.edit(test.of)
			var got Record
			if err := got.Unmarshal(encode(test.of)); !errors.Is(err, ErrSample) {
				t.Errorf("got %v, %+v", err, got)
			}
		})
	}
	for _, r := range []*Record{plainRecord(), cutRecord()} {
		whole := encode(r)
		for n := range whole {
			var got Record
			if err := got.Unmarshal(whole[:n]); !errors.Is(err, ErrSample) {
				t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
			}
		}
	}
}

func TestUnmarshalAllocatesNothing(t *testing.T) {
	for _, r := range []*Record{plainRecord(), cutRecord(), fullRecord()} {
		sample := encode(r)
		var got Record
		if n := testing.AllocsPerRun(100, func() {
			if err := got.Unmarshal(sample); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// A record that is accepted is in order: what it holds lies in the sample, and the
// spans tile the payload.
func FuzzUnmarshal(f *testing.F) {
	f.Add(encode(plainRecord()))
	f.Add(encode(cutRecord()))
	f.Add(encode(fullRecord()))
	f.Fuzz(func(t *testing.T, sample []byte) {
		var r Record
		if err := r.Unmarshal(sample); err != nil {
			if !errors.Is(err, ErrSample) {
				t.Fatal(err)
			}
			return
		}
		if len(r.Data) > r.Wire || len(r.Data) > len(sample) || len(r.Spans) > MaxSpans {
			t.Fatalf("%+v", r)
		}
		if len(r.Spans) == 0 {
			return
		}
		left, at := r.Data[r.Payload:], r.Payload
		for i, s := range r.Spans {
			end := r.End
			if i+1 < len(r.Spans) {
				end = r.Spans[i+1].From
			}
			if s.From != at || s.Keep > end-s.From {
				t.Fatalf("%+v", r)
			}
			left, at = left[s.Keep:], end
		}
		if len(left) != 0 || at != r.End || r.End > r.Wire || r.Net+minIP > r.TCP || r.TCP+minTCP > r.Payload {
			t.Fatalf("%+v", r)
		}
	})
}

func BenchmarkUnmarshal(b *testing.B) {
	for _, bench := range []struct {
		name   string
		record *Record
	}{{"plain", plainRecord()}, {"spans", cutRecord()}} {
		b.Run(bench.name, func(b *testing.B) {
			sample := encode(bench.record)
			var r Record
			b.ReportAllocs()
			for b.Loop() {
				if err := r.Unmarshal(sample); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
