package pcapfile

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// maxZstdWindow bounds the memory that a zstd frame can ask for, in bytes. It is
// what the zstd command accepts when it is not told otherwise (--long=27).
const maxZstdWindow = 128 << 20

// compression is how an input is compressed, recognised by its first bytes.
type compression uint8

const (
	_ compression = iota
	uncompressed
	gzipped // RFC 1952
	zstded  // RFC 8878
)

// sniffCompression looks at the magic numbers of RFC 1952, section 2.3.1, and of
// RFC 8878, sections 3.1.1 and 3.1.2. A zstd stream may start with a skippable
// frame, which parallel compressors do write.
func sniffCompression(b []byte) compression {
	switch {
	case len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b:
		return gzipped
	case len(b) >= 4 && b[0] == 0x28 && b[1] == 0xb5 && b[2] == 0x2f && b[3] == 0xfd,
		len(b) >= 4 && b[0]&0xf0 == 0x50 && b[1] == 0x2a && b[2] == 0x4d && b[3] == 0x18:
		return zstded
	}
	return uncompressed
}

// decompressor turns the errors of a decompressor into text that names it.
type decompressor struct {
	r    io.Reader
	name string
}

// decompress returns what the compressed stream holds. Members of gzip and
// frames of zstd that follow each other are one stream.
func decompress(raw *window, c compression) (io.Reader, error) {
	if c == gzipped {
		r, err := gzip.NewReader(raw)
		if err != nil {
			return nil, compressionError("gzip", err)
		}
		return &decompressor{r, "gzip"}, nil
	}
	// With a concurrency of 1 the decoder starts no goroutines: it works within
	// Read, so there is nothing to stop in Close, which may run while Next
	// reads, and a merge of many files does not get four workers for each.
	r, err := zstd.NewReader(raw,
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxZstdWindow),
		zstd.WithDecoderMaxMemory(maxZstdWindow))
	if err != nil {
		return nil, compressionError("zstd", err)
	}
	return &decompressor{r, "zstd"}, nil
}

func (d *decompressor) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil && err != io.EOF {
		err = compressionError(d.name, err)
	}
	return n, err
}

func compressionError(name string, err error) error {
	// A decompressor that is given a cut stream must not look like a capture
	// that ended in peace.
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("decompress %s: the compressed data is cut short", name)
	}
	return fmt.Errorf("decompress %s: %w", name, err)
}
