// Package bpf captures TCP segments in the kernel: an eBPF program copies the
// frames of the ports that were asked for into a ring buffer.
//
// The program is a socket filter. It is attached to a packet socket and accepts
// nothing for it, so the socket stays empty; what it looks at are the copies
// that the kernel makes for such sockets. It has no means to change, delay or
// drop traffic, and it is gone when the last descriptor of it is closed, however
// that comes about. It needs Linux 5.8, CAP_NET_RAW for the socket, and CAP_BPF
// and CAP_PERFMON to be loaded.
//
// Of a frame everything is kept but the middle of long values, without which the
// structure of the stream can still be followed (see values.h). The replies to INFO
// and CLUSTER NODES, which say who is primary, are kept whole. What is left of a
// frame with long values is a Record with Spans.
//
// tap.bpf.c is the program. headers.h finds the TCP segment in a frame, values.h
// the long values in a segment, told.h those of them that are kept; ring.h puts
// together what goes into the ring, and record.h says what that is. Everything
// else of the package is Go. clang compiles the program into the two objects of
// this folder, which are committed: to build ricochet takes no clang. To generate
// them takes clang, llvm-strip and the headers of libbpf; the same versions make
// the same bytes.
package bpf

//go:generate go tool bpf2go -tags linux -target bpfel,bpfeb -cflags "-O2 -mcpu=v2 -Wall -Wextra -Werror" tap tap.bpf.c
