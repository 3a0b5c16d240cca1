package pipeline

import (
	"net/netip"
	"slices"

	"ricochet/detect/chain"
)

// filter chooses what is shown, by client and by node. An empty filter lets all
// pass.
type filter struct {
	clients, nodes []string
	// conns has the connections of clients that were asked for by address and
	// port: a finding knows its connections by number only.
	conns map[uint64]struct{}
}

// maxFilterConns bounds filter.conns. One port is used again so often only in a
// capture made to do so; what is over the bound is not shown.
const maxFilterConns = 1 << 16

func newFilter(clients, nodes []string) *filter {
	return &filter{clients: normal(clients), nodes: normal(nodes), conns: map[uint64]struct{}{}}
}

// normal writes addresses the way reports show them; what is no address is a
// client's name and stays as it is.
func normal(wanted []string) []string {
	var out []string
	for _, w := range wanted {
		if a, err := netip.ParseAddr(w); err == nil {
			w = a.Unmap().String()
		} else if a, err := netip.ParseAddrPort(w); err == nil {
			w = netip.AddrPortFrom(a.Addr().Unmap(), a.Port()).String()
		}
		out = append(out, w)
	}
	return out
}

// note takes in a finished chain, so that its finding passes if the chain does.
func (f *filter) note(c *chain.Chain) {
	if len(f.clients) > 0 && len(f.conns) < maxFilterConns && slices.Contains(f.clients, c.Conn.Client.String()) {
		f.conns[c.Conn.ID] = struct{}{}
	}
}

func matches(wanted []string, a netip.AddrPort) bool {
	return slices.Contains(wanted, a.String()) || slices.Contains(wanted, a.Addr().String())
}

// chain reports whether a chain is to be shown.
func (f *filter) chain(c *chain.Chain) bool {
	if len(f.clients) > 0 && !f.client(c) {
		return false
	}
	return len(f.nodes) == 0 || slices.ContainsFunc(c.Nodes(), func(n netip.AddrPort) bool { return matches(f.nodes, n) })
}

// client reports whether a chain is one of the clients asked for.
func (f *filter) client(c *chain.Chain) bool {
	return matches(f.clients, c.Conn.Client) || slices.Contains(f.clients, c.Client.Root().Name)
}

// finding reports whether a finding is to be shown.
func (f *filter) finding(g *chain.Finding) bool {
	if len(f.clients) > 0 && !slices.ContainsFunc(g.Shares(), f.share) && !slices.ContainsFunc(g.Examples, f.client) {
		return false
	}
	nodes := slices.Concat(g.Nodes, g.Cycle, g.Dead, g.Unseen)
	return len(f.nodes) == 0 || slices.ContainsFunc(nodes, func(n netip.AddrPort) bool { return matches(f.nodes, n) })
}

// share reports whether a client's part in a finding is to be shown.
func (f *filter) share(s *chain.Share) bool {
	if slices.Contains(f.clients, s.Client.Host.String()) || slices.Contains(f.clients, s.Client.Name) {
		return true
	}
	for id := range s.Connections {
		if _, ok := f.conns[id]; ok {
			return true
		}
	}
	return false
}
