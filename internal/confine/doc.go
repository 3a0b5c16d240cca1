// Package confine gives up the rights that watch does not need, in two steps:
// Start before anything is opened, and Attached once everything is.
//
// A program that parses what anybody may send is a target. Whoever takes it over
// after Attached finds a process without a capability that cannot open a file,
// run a program or call another host over TCP, as far as the kernel can see to
// that; how far it could is what Attached returns. What was opened before keeps
// working: packet sockets and the programs attached to them, memory mapped from
// their rings, netlink sockets, the listener of the metrics, the terminal.
//
// Both steps act on all threads of the process and on those that begin later.
// Elsewhere than on Linux they do nothing.
package confine

// Access is what the process must still be able to do after Attached.
type Access struct {
	// WriteDir is the directory in which files may still be created, written,
	// renamed and removed, those in its subdirectories included, but not read;
	// or "": none. A file that is open already needs no mention: only rotation
	// needs the directory.
	WriteDir string
	// Maps says that BPF maps which are open will be read or written by system
	// calls. It costs nothing but on kernels before 5.19 that are closed to the
	// unprivileged, as most are: there CAP_BPF is kept.
	Maps bool
}
