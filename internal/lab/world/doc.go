// Package world is what the lab's servers and clients live in: one clock, one queue
// of events, hosts, and connections between them. Everything in a world happens one
// event at a time, so that servers and clients need no locks, and with the same seed
// the same things happen in the same order at the same times of the world's clock.
//
// How the bytes of a connection travel is the world's [Wire]: in memory, over TCP
// sockets of the loopback interface that both ends of are the world's own (the order
// of events is the same as in memory), or, for programs that are not part of the lab,
// over sockets and by the clock on the wall.
//
// A host has two layers. Its kernel accepts connections, acknowledges bytes and
// refuses what nobody listens for, even while the host is deaf or after it was
// killed. Its process is the code that lives there: handlers and timers. An event may
// be for either, or for one and then the other.
package world
