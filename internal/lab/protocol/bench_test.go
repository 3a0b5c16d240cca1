package protocol_test

import (
	"testing"

	"ricochet/internal/lab/protocol"
)

func BenchmarkRequests(b *testing.B) {
	in := []byte("*2\r\n$3\r\nGET\r\n$5\r\nkey:1\r\n")
	var r protocol.Requests
	b.ReportAllocs()
	for b.Loop() {
		r.Feed(in)
		if _, ok, err := r.Next(); !ok {
			b.Fatal(err)
		}
	}
}

func BenchmarkReplies(b *testing.B) {
	in := []byte("$5\r\nvalue\r\n")
	var r protocol.Replies
	b.ReportAllocs()
	for b.Loop() {
		r.Feed(in)
		if _, ok, err := r.Next(); !ok {
			b.Fatal(err)
		}
	}
}

func BenchmarkRepliesRESP3(b *testing.B) {
	in := []byte("%2\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$5\r\nproto\r\n:3\r\n")
	var r protocol.Replies
	b.ReportAllocs()
	for b.Loop() {
		r.Feed(in)
		if _, ok, err := r.Next(); !ok {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriter(b *testing.B) {
	var w protocol.Writer
	value := []byte("value")
	b.ReportAllocs()
	for b.Loop() {
		w.Reset()
		w.Bulk(value)
	}
}

func BenchmarkAppendCommand(b *testing.B) {
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = protocol.AppendCommand(dst[:0], "GET", "key:1")
	}
}
