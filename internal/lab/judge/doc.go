// Package judge lets programs that are not part of the lab use a pair of its servers
// while these fail over: [Serve] for whoever comes, and [Run] for one program, on which
// it then gives a verdict: how its client came through.
package judge
