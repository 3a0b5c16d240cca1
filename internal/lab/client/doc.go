// Package client is the lab's own clients: they send commands to nodes, follow
// redirects in the several ways of real libraries, and write down what became of every
// command. That [Log] is the truth that the analyzer's report on the same traffic is
// held against, so it is kept from what a caller knows, and never from bytes on a wire.
//
// The layers, from the top: a caller thinks of things to do (caller.go); these are
// tasks, a command or a transaction each (task.go), and go out in batches (batch.go).
// What a batch comes back with decides where its tasks go next (follow.go, shared.go).
// A link is a connection, with replies paired by position (link.go).
//
// Everything here happens within events of a world: there are no goroutines and no
// locks, and the same seed gives the same commands.
package client
