package cause

import (
	"net/netip"

	"ricochet/detect/chain"
	"ricochet/detect/topology"
)

// readonly: a client writes to a replica again and again. No redirect is involved,
// so that none of the causes of a bounce is it.
func (f *Facts) readonly(g *chain.Finding) Cause {
	node := g.Nodes[0]
	c := Cause{Summary: "a client goes on writing to " + node.String() + ", which is a replica"}
	if p := f.primaryOf(node, g.Last); p.IsValid() {
		c.Summary += " of " + p.String()
		c.Remedy = "point the client at " + p.String() + ", or let it ask Sentinel or the cluster again after READONLY, or send CLIENT CAPA redirect"
	}
	return c
}

// primaryOf returns the node that a replica has for its primary at a time, the
// zero AddrPort if that is not known.
func (f *Facts) primaryOf(node netip.AddrPort, at int64) netip.AddrPort {
	n := f.Nodes.Find(node)
	if n == nil {
		return netip.AddrPort{}
	}
	if r := n.At(at); r != nil && r.Role == topology.Replica && r.Of.IsValid() {
		return f.Nodes.Canonical(r.Of)
	}
	return netip.AddrPort{}
}

// livePrimary returns a node of the group that was a primary at or after a time,
// other than those given.
func (f *Facts) livePrimary(of netip.AddrPort, at int64, but ...netip.AddrPort) netip.AddrPort {
next:
	for _, n := range f.Nodes.Nodes() {
		for _, b := range but {
			if n.Addr == b {
				continue next
			}
		}
		if n.Addr != of && !f.Nodes.SameGroup(n.Addr, of) {
			continue
		}
		for i := range n.Roles {
			if r := &n.Roles[i]; r.Role == topology.Primary && r.Until >= at {
				return n.Addr
			}
		}
	}
	return netip.AddrPort{}
}
