// Package server is a small Valkey: what clients see of a server around a FAILOVER, in
// code that is short enough to be read. A [Node] speaks RESP2 and RESP3, replicates to
// other nodes over connections, and hands its role over to one of them. The order in
// which it checks a command before it runs it is data (order.go), so that it can be the
// order of Valkey 8.0.0-rc1, under which clients bounce, or that of the fix.
//
// What it does is what valkey-server 8.0.1 does; docs/lab.md lists the differences. It
// keeps everything in memory and lives in a [world.World], so that nothing here needs a
// lock: all happens within events of that world.
package server
