// Package bpf captures TCP frames in the kernel: an eBPF program copies those
// of the ports that were asked for into a ring buffer.
//
// The program is a socket filter. It is attached to a packet socket and accepts
// nothing for it, so the socket stays empty; what it looks at are the copies
// that the kernel makes for such sockets. It has no means to change, delay or
// drop traffic, and it is gone when the last descriptor of it is closed, however
// that comes about.
//
// The program (tap.bpf.c and its headers) is compiled by clang into the objects
// of this folder, which are committed: building ricochet takes no clang.
package bpf

//go:generate go tool bpf2go -tags linux -target bpfel,bpfeb -cflags "-O2 -mcpu=v2 -Wall -Wextra -Werror" tap tap.bpf.c
