// Package conform holds the lab's servers against valkey-server 8.0.1: the same
// scripts of commands are played to both, and both have to give the same replies. It
// is made of tests only.
//
// The scripts are testdata/*.txt. A line is a step; the lines below it that begin with
// a tab are what came of it at valkey-server 8.0.1. Where that program is installed
// the test starts it and checks that they still hold, and -update writes them anew;
// elsewhere they stand for it.
//
//	node a                           start a node
//	follow b a                       make b a replica of a and wait until it is in sync
//	stop b, cont b, kill b, start b  stop and continue a node's process, end it, start it again at its address
//	refuse b, accept b               have b refuse to take over from its primary, or not
//	wait a role:slave                wait until INFO replication of the node contains the text
//	a1: SET key "va lue"             send a command on connection a1 to node a, and wait for one reply
//	a1> BLPOP list 0                 send it and do not wait
//	a1| "*1\r\n$4\r\n"               send these bytes
//	a1<                              wait for the next reply or push
//	a1 silent                        nothing comes for a moment
//	a1 blocked                       wait until the server lists the connection as blocked
//	a1 closed                        wait until the server has closed the connection; nothing else came
//	a1 close                         close it, and wait until the server has noticed
//	a1: scan MATCH k*                send SCAN until its cursor is 0, and sort the keys
//
// Connections are opened when they are used, anew after closed and close. {a} is the address of node a: in a
// command its host and its port as two words, {a:} as one word, {a.port} the port
// alone. What differs from one run to the next, like ports and replication IDs, is
// written as a name in braces: normalise_test.go lists all of it.
//
// Where the lab is meant to answer otherwise than the server, its reply follows in
// lines that begin with a tab and "lab ", and docs/lab.md has the reason.
package conform
