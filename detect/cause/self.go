package cause

import (
	"net/netip"
	"strconv"
	"strings"

	"ricochet/detect"
	"ricochet/detect/chain"
	"ricochet/detect/topology"
)

// self: a standalone node that answers REDIRECT with its own address has that
// address for its primary (server.c, processCommand).
func (f *Facts) self(g *chain.Finding) Cause {
	node := g.Nodes[0]
	if g.Kinds[0] != g.Redirects {
		return Cause{
			Summary: node.String() + " names itself as the owner of the slots it refuses: clients and the node do not mean the same by that address",
			Settle:  "compare CLUSTER SHARDS on the node with the address clients connect to; a proxy or a DNS name in front of several nodes does this",
			Proofs:  shown(g),
		}
	}
	var proof []topology.Proof
	sure := Certain
	for _, c := range g.Examples {
		for _, h := range c.OrderedHops() {
			if to := h.Target(); to.IsValid() && f.Nodes.Canonical(to) == f.Nodes.Canonical(node) && len(proof) == 0 {
				if _, ok := detect.ParseTarget(strings.TrimPrefix(h.Line, "REDIRECT "), node); !ok {
					sure = Likely // by a name, which may lead elsewhere by now
				}
				proof = append(proof, topology.Proof{Place: h.Place, Kind: "redirect", Text: node.String() + " answered -" + h.Line})
			}
		}
	}
	if len(proof) == 0 {
		proof, sure = f.ledBack(g, node), Likely
	}
	if len(proof) == 0 {
		return Cause{Summary: "the name in its redirects led nowhere else", Settle: "capture the clients' DNS lookups, or resolve the name on a client host"}
	}
	for _, g := range f.Failovers.Orders() {
		if o := g.Order; g.Node == f.Nodes.Canonical(node) && o.Verb == "REPLICAOF" && !o.NoOne && g.Accepted() {
			proof = append(proof, topology.Proof{Place: g.Place, Kind: "command", Text: o.Text + " was answered +" + o.Line})
		}
	}
	return Cause{
		ID: SelfReplication, Confidence: sure, Proofs: proof,
		Summary:  node.String() + " sends its clients to itself: it is a replica of its own address",
		Remedy:   "make the node a primary, or give it the primary that it should have",
		Commands: []string{cli(node, "REPLICAOF NO ONE") + "   # or REPLICAOF the node that should be its primary"},
	}
}

// ledBack returns the redirects of a node to a name that is known to lead to it.
func (f *Facts) ledBack(g *chain.Finding, node netip.AddrPort) []topology.Proof {
	for _, c := range g.Examples {
		for _, h := range c.OrderedHops() {
			host, port, ok := split(strings.TrimPrefix(h.Line, "REDIRECT "))
			if !ok {
				continue
			}
			if to, ok := f.Nodes.Resolve(host, port, node); ok && f.Nodes.Canonical(to) == f.Nodes.Canonical(node) {
				return []topology.Proof{{Place: h.Place, Kind: "redirect", Text: node.String() + " answered -" + h.Line + ", and that name leads to it"}}
			}
		}
	}
	return nil
}

// split takes host and port apart, at the last colon.
func split(target string) (host string, port uint16, ok bool) {
	i := strings.LastIndexByte(target, ':')
	if i < 0 {
		return "", 0, false
	}
	n, err := strconv.ParseUint(target[i+1:], 10, 16)
	return target[:i], uint16(n), err == nil
}
