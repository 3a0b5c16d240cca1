// Package e2e tests ricochet as its users run it: the built program watches real
// servers and clients. It is tests and nothing else, and needs root and Linux.
//
// Everything happens in network namespaces that a test makes: servers, clients
// and ricochet run there, joined by a bridge, by tunnels or by a relay over TAP
// devices, and nothing of it reaches the namespace in which the test was started.
// A namespace has no name in the file system, and each process dies with the
// thread that started it: however a test ends, nothing stays behind.
//
// The clients follow redirects as libraries do and keep a ledger of what they
// sent and met. The ledger is the truth: what ricochet reports must equal it.
//
// TestScenarios plays what happens to servers in production, captures it at every
// host, and has the captures analysed together, the clients' alone and the first
// primary's alone. With -e2e.keep DIR the captures stay, each scenario's in a folder
// with the truth about it, and many variants are played too.
package e2e
