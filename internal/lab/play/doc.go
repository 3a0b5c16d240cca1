// Package play plays scenarios: it starts the lab's servers and clients in a world,
// has an operator do what makes clients bounce, or what should not, and keeps what the
// clients lived through, for the analyzer's report on the same traffic to be held
// against.
package play
