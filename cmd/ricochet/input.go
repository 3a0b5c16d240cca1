package main

import (
	"errors"

	"ricochet/capture/pcapfile"
)

// inputHint says what to do about an input that could not be read.
func inputHint(err error) string {
	var input *pcapfile.Error
	if !errors.As(err, &input) {
		return ""
	}
	switch input.Kind {
	case pcapfile.NotFound:
		return "is the path right? name a capture, a directory with captures, or - for standard input"
	case pcapfile.Permission:
		return "sudo ricochet analyze " + quote(input.Name) + ", or make a copy that you may read"
	case pcapfile.Empty:
		return "was tcpdump stopped before it saw a packet? capture again: tcpdump -i any -s 0 -w redis.pcap 'port 6379'"
	case pcapfile.Text:
		return "ricochet reads pcap and pcapng, as written by tcpdump -w"
	case pcapfile.NotCapture:
		return "ricochet reads pcap and pcapng; for other formats: editcap -F pcapng " + quote(input.Name) + " redis.pcapng"
	case pcapfile.BadHeader:
		return "was the file cut off or changed while it was copied? compare its size with the original"
	case pcapfile.BadCompression:
		return "is the file damaged? test it with gzip -t or zstd -t"
	case pcapfile.NoCaptures:
		return "captures are looked for directly in a directory, not below it: name the files or the right directory"
	}
	return ""
}
