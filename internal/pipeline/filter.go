package pipeline

import (
	"net/netip"
	"slices"

	"ricochet/detect/chain"
)

// filter chooses what is shown, by client and by node. An empty filter lets all
// pass.
type filter struct{ clients, nodes []string }

func newFilter(clients, nodes []string) *filter { return &filter{clients, nodes} }

func matches(wanted []string, a netip.AddrPort) bool {
	return slices.Contains(wanted, a.String()) || slices.Contains(wanted, a.Addr().String())
}

// chain reports whether a chain is to be shown.
func (f *filter) chain(c *chain.Chain) bool {
	if len(f.clients) > 0 && !matches(f.clients, c.Conn.Client) && !slices.Contains(f.clients, c.Client.Root().Name) {
		return false
	}
	return len(f.nodes) == 0 || slices.ContainsFunc(c.Nodes(), func(n netip.AddrPort) bool { return matches(f.nodes, n) })
}

// finding reports whether a finding is to be shown.
func (f *filter) finding(g *chain.Finding) bool {
	if len(f.clients) > 0 && !slices.ContainsFunc(g.Shares(), func(s *chain.Share) bool {
		return slices.Contains(f.clients, s.Client.Host.String()) || slices.Contains(f.clients, s.Client.Name) ||
			slices.ContainsFunc(g.Examples, f.chain)
	}) {
		return false
	}
	nodes := append(slices.Clone(g.Nodes), g.Cycle...)
	return len(f.nodes) == 0 || slices.ContainsFunc(nodes, func(n netip.AddrPort) bool { return matches(f.nodes, n) })
}
