package pcapfile

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"ricochet/capture"
)

// benchmark reads files of packets over and over; ns/op is for one packet.
func benchmark(b *testing.B, bytesPerPacket int, files map[string][]byte) {
	dir := write(b, files)
	b.ReportAllocs()
	b.SetBytes(int64(bytesPerPacket))
	var p capture.Packet
	s := open(b, Options{}, dir)
	b.ResetTimer()
	for range b.N {
		switch err := s.Next(&p); err {
		case nil:
		case io.EOF:
			s.Close()
			s = open(b, Options{}, dir)
		default:
			b.Fatal(err)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	classic, ngFile := manySmall(1 << 20)
	large := pcapHead(binary.LittleEndian, magicMicro, 1)
	for range 1600 {
		large = pcapRecord(large, binary.LittleEndian, 1, 0, 65000, strings.Repeat("x", 65000))
	}
	b.Run("pcap", func(b *testing.B) { benchmark(b, 90, map[string][]byte{"a": classic}) })
	b.Run("pcapng", func(b *testing.B) { benchmark(b, 108, map[string][]byte{"a": ngFile}) })
	b.Run("large", func(b *testing.B) { benchmark(b, 65016, map[string][]byte{"a": large}) })
	b.Run("merge3", func(b *testing.B) {
		benchmark(b, 90, map[string][]byte{"a": classic, "b": classic, "c": bytes.Clone(classic)})
	})
	b.Run("gzip", func(b *testing.B) { benchmark(b, 90, map[string][]byte{"a": gz(classic)}) })
	b.Run("zstd", func(b *testing.B) { benchmark(b, 90, map[string][]byte{"a": zs(classic)}) })
}
