package decode

import "ricochet/decode/view"

// Told is something that was said about who is primary and who is replica. It is
// reused; a Handler that keeps one keeps a copy. What it points to stays valid.
type Told struct {
	Conn  *Conn
	Asked Mark // of the first byte of the command that led to it; Time is 0 if there is none or it was not seen
	Got   Mark // of the first byte of what said it
	// One of these is set. What a Sentinel published reaches its readers through
	// another server: then Self is set of none of the Nodes. A joined link of which
	// the ends were taken for each other comes with a Conn that has them right.
	Nodes []view.Node // what a server, the Conn's Server unless FromClient, says of itself and of others
	Order *view.Order // a command that changes roles, with its answer
	Sync  *view.Sync  // a step of a replication link: once as it is sent, and once as it is answered
	// Bus is the type of the cluster bus message that Nodes come from, in lower
	// case (ping, fail, failover-auth-request, mfstart, ...); empty otherwise.
	Bus string
	// FromClient says that the client side of the connection speaks.
	FromClient bool
}
