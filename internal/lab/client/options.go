package client

import (
	"net/netip"
	"time"
)

// Habit is how a client follows redirects.
type Habit int

// Habits. All but Shares have one caller, who waits for one thing to be done, or one
// batch of things, before the next.
const (
	_ Habit = iota
	// Keeps has a connection a node, and keeps it.
	Keeps
	// Reconnects has one connection, and makes a new one for every hop.
	Reconnects
	// Pipelines sends several things at a time, sometimes one of them twice. Those that
	// are redirected are sent again together.
	Pipelines
	// Shares has several callers use one connection without waiting for each other.
	// Each redirect to the primary replaces it by a new one, while those before live on
	// for 5 s, and who was redirected tries again on whichever it is by then. So does
	// the standalone client of valkey-go. In a cluster there is one for each node.
	Shares
	// Stays follows no redirect: to it they are errors.
	Stays
)

// Options say what a client is like.
type Options struct {
	Name  string // without spaces; what CLIENT SETNAME says, and the log
	Habit Habit  // required
	// Nodes is where the client starts, and what it falls back to when a node refuses,
	// in turn. There is at least one.
	Nodes []netip.AddrPort
	// Redirects has it say CLIENT CAPA redirect, and follow REDIRECT.
	Redirects bool
	// ReadOnly has it say READONLY.
	ReadOnly bool
	// Cluster has it follow MOVED and ASK, and remember the owners of slots that MOVED
	// names.
	Cluster bool
	// AskingForgotten is a fault: it goes where ASK points without saying ASKING.
	AskingForgotten bool
	// Protocol is 2, or 3: it says HELLO 3. 0: 2.
	Protocol int
	// Library and LibraryVersion are what CLIENT SETINFO says, if they are not empty.
	Library, LibraryVersion string
	// Next thinks of things to do. n counts the things of all callers.
	Next Work
	// Think is how long a caller waits between two things, on average; 0: not at all.
	Think time.Duration
	// Limit is how many redirects a command takes: with the last of them it is given
	// up. 0: any number.
	Limit int
	// Backoff is how long a caller waits before it follows a redirect, doubled with
	// each one of a command up to MaxBackoff; 0: not at all.
	Backoff time.Duration
	// Timeout is how long a reply may take. Then the connection is closed and the
	// command is given up; a new connection that takes so long counts as refused.
	// Commands that the server may block have all the time. 0: waits.
	Timeout time.Duration
	// Callers is how many callers Shares has; 0: one.
	Callers int
	// Batch is how many things Pipelines sends at a time, at most; 0: eight.
	Batch int
}

const (
	// MaxBackoff is the longest that a caller waits before it follows a redirect,
	// unless its Backoff is longer.
	MaxBackoff = 2 * time.Second
	// retryAfter is how long it takes until a client goes elsewhere after a node has
	// refused it, or has ended the connection instead of answering.
	retryAfter = 50 * time.Millisecond
	// replacedFor is how long a shared connection lives on after it was replaced.
	replacedFor = 5 * time.Second
	// defaultBatch is how many things are sent at a time at most.
	defaultBatch = 8
)

// follows tells whether the client follows a redirect.
func (o *Options) follows(k kind) bool {
	switch {
	case o.Habit == Stays:
		return false
	case k == toPrimary:
		return o.Redirects
	}
	return o.Cluster
}

// backoff is how long to wait before following a redirect, which is the n-th.
func (o *Options) backoff(n int) time.Duration {
	d := o.Backoff
	for ; n > 1 && d > 0 && d < MaxBackoff; n-- {
		d *= 2
	}
	return min(d, max(MaxBackoff, o.Backoff))
}

// greeting is what a new connection begins with. Real libraries send it at once too.
func (o *Options) greeting() []hello {
	var g []hello
	switch {
	case o.Protocol == 3 && o.Name != "":
		g = append(g, hello{[]string{"HELLO", "3", "SETNAME", o.Name}, true})
	case o.Protocol == 3:
		g = append(g, hello{[]string{"HELLO", "3"}, true})
	case o.Name != "":
		g = append(g, hello{[]string{"CLIENT", "SETNAME", o.Name}, true})
	}
	if o.Redirects {
		g = append(g, hello{[]string{"CLIENT", "CAPA", "redirect"}, false})
	}
	if o.Library != "" {
		g = append(g, hello{[]string{"CLIENT", "SETINFO", "LIB-NAME", o.Library}, false})
	}
	if o.LibraryVersion != "" {
		g = append(g, hello{[]string{"CLIENT", "SETINFO", "LIB-VER", o.LibraryVersion}, false})
	}
	if o.ReadOnly {
		g = append(g, hello{[]string{"READONLY"}, true})
	}
	return g
}
