package conform

import "net/netip"

// target is what scripts are played to: nodes that can be started and stopped. Its
// methods fail the test if they cannot do it.
type target interface {
	// start starts a node and returns where it listens: at the same address each time.
	start(node string) netip.AddrPort
	// stop keeps a node from doing anything until cont, as SIGSTOP does.
	stop(node string)
	cont(node string)
	// refusal is the command that has a node refuse to take over from its primary, or
	// accept it again: any other error is as good as a lack of rights.
	refusal(refuse bool) []string
	// kill ends a node at once.
	kill(node string)
}
