package pipeline

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"ricochet/detect"
	"ricochet/internal/report"
)

// Bounds of what is counted one by one.
const (
	maxRedirectNodes  = 256  // nodes, for Stats; the rest is one
	maxRedirectRoutes = 1024 // nodes with a target, for events; others are not told of
)

const (
	// routeEvery is how often redirects from one node to one target are told of,
	// in nanoseconds.
	routeEvery = 1_000_000_000
	// parkedAfter is how long, in nanoseconds, a redirect takes at least to come
	// of a command that was parked: a server gives redirects before it looks at
	// anything, so that an answer which takes longer was held back.
	parkedAfter = 10_000_000
)

// redirects counts redirect replies as they come.
type redirects struct {
	tell   func(*report.RedirectEvent)
	nodes  map[netip.AddrPort]*report.RedirectReplies
	others report.RedirectReplies // of nodes beyond the bound
	routes map[route]*traffic
	parked int64 // commands
	waited int64 // nanoseconds, in all
}

// route is a redirect from a node to a target.
type route struct {
	node   netip.AddrPort
	reply  detect.Reply
	target string
}

type traffic struct {
	count, total int64
	at, told     int64
}

func newRedirects(tell func(*report.RedirectEvent)) *redirects {
	return &redirects{tell: tell, nodes: map[netip.AddrPort]*report.RedirectReplies{}, routes: map[route]*traffic{}}
}

// add counts a redirect reply. A nil receiver counts nothing.
func (r *redirects) add(e *detect.Evidence) {
	if r == nil {
		return
	}
	if wait := e.At - e.Since; e.Since != 0 && wait >= parkedAfter {
		r.parked++
		r.waited += wait
	}
	n := r.nodes[e.Conn.Server]
	switch {
	case n != nil:
	case len(r.nodes) < maxRedirectNodes:
		n = &report.RedirectReplies{}
		r.nodes[e.Conn.Server] = n
	default:
		n = &r.others
	}
	switch e.Reply {
	case detect.Redirect:
		n.Redirect++
	case detect.Moved:
		n.Moved++
	case detect.Ask:
		n.Ask++
	}
	k := route{e.Conn.Server, e.Reply, e.Detail.Target}
	t := r.routes[k]
	if t == nil {
		if len(r.routes) >= maxRedirectRoutes {
			return
		}
		t = &traffic{}
		r.routes[k] = t
	}
	t.count++
	t.total++
	t.at = e.At
	if t.told == 0 {
		r.say(k, t)
	}
}

func (r *redirects) say(k route, t *traffic) {
	r.tell(&report.RedirectEvent{
		Type: "redirect", At: stamp(t.at), Node: k.node.String(), Reply: k.reply.String(), Target: k.target, Count: t.count, Total: t.total,
	})
	t.told, t.count = t.at, 0
}

// advance tells of the redirects that went on. What was not told of for long is
// forgotten, and is told as new when it comes again.
func (r *redirects) advance(now int64) {
	for _, k := range slices.SortedFunc(maps.Keys(r.routes), route.compare) {
		switch t := r.routes[k]; {
		case t.count > 0 && now-t.told >= routeEvery:
			r.say(k, t)
		case t.count == 0 && now-t.at >= 60*routeEvery && len(r.routes) >= maxRedirectRoutes/2:
			delete(r.routes, k)
		}
	}
}

func (a route) compare(b route) int {
	if c := a.node.Compare(b.node); c != 0 {
		return c
	}
	if a.reply != b.reply {
		return int(a.reply) - int(b.reply)
	}
	return strings.Compare(a.target, b.target)
}

// list returns the counts by node.
func (r *redirects) list() []report.NodeRedirects {
	out := []report.NodeRedirects{}
	for _, n := range slices.SortedFunc(maps.Keys(r.nodes), netip.AddrPort.Compare) {
		out = append(out, report.NodeRedirects{Node: n.String(), RedirectReplies: *r.nodes[n]})
	}
	if r.others.Sum() > 0 {
		out = append(out, report.NodeRedirects{Node: "other", RedirectReplies: r.others})
	}
	return out
}
