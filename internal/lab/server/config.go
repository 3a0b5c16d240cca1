package server

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// settings are what CONFIG SET changes besides Options.
type settings struct {
	readOnlyReplica bool // replica-read-only
}

func newSettings() settings { return settings{readOnlyReplica: true} }

func configCommands() []*command {
	return []*command{{name: "config", arity: -2, subs: []*command{
		{name: "get", arity: -3, flags: stale, run: (*Node).configGet},
		{name: "help", arity: 2, flags: stale, run: (*Node).help},
		{name: "resetstat", arity: 2, flags: stale, run: (*Node).configResetStat},
		{name: "rewrite", arity: 2, flags: stale, run: (*Node).configRewrite},
		{name: "set", arity: -4, flags: stale, run: (*Node).configSet},
	}}}
}

// parameter is one setting by its name.
type parameter struct {
	name string
	get  func(*Node) string
	// set changes it, and says what is wrong with a value. Nil: it is what it is.
	set func(n *Node, value string) (problem string)
}

// parameters are those that the lab obeys, those that are its own, whose names begin
// with lab-, and some that say how it is and that clients ask for.
func parameters() []parameter {
	stale := parameter{"replica-serve-stale-data",
		func(n *Node) string { return yesNo(!n.options.RefuseStale) },
		func(n *Node, value string) string {
			return parseYesNo(value, func(yes bool) { n.options.RefuseStale = !yes })
		}}
	readOnly := parameter{"replica-read-only",
		func(n *Node) string { return yesNo(n.settings.readOnlyReplica) },
		func(n *Node, value string) string {
			return parseYesNo(value, func(yes bool) { n.settings.readOnlyReplica = yes })
		}}
	return append([]parameter{
		stale, {"slave-serve-stale-data", stale.get, stale.set},
		readOnly, {"slave-read-only", readOnly.get, readOnly.set},
		oneOf("lab-order", []string{"pause-first", "redirect-first"},
			func(n *Node) int { return int(n.options.Order - PauseFirst) },
			func(n *Node, i int) {
				n.options.Order = PauseFirst + Order(i)
				n.checks = order(n.options.Order)
			}),
		oneOf("lab-blocked", []string{"disconnect", "redirect"},
			func(n *Node) int { return int(n.options.Blocked - Disconnect) },
			func(n *Node, i int) { n.options.Blocked = Disconnect + Blocked(i) }),
		oneOf("lab-psync-failover", []string{"answer", "lose", "reject", "drop"},
			func(n *Node) int { return int(n.options.Fault - NoFault) },
			func(n *Node, i int) { n.options.Fault = NoFault + Fault(i) }),
		{name: "cluster-enabled", get: func(n *Node) string { return yesNo(n.cluster != nil) }},
		{name: "port", get: func(n *Node) string { return itoa(int64(n.addr.Port())) }},
		{name: "bind", get: func(n *Node) string { return n.addr.Addr().String() }},
	}, fixedParameters()...)
}

// fixedParameters are what they are, on every node.
func fixedParameters() (list []parameter) {
	for _, p := range [][2]string{
		{"appendonly", "no"},
		{"databases", "1"},
		{"hz", itoa(int64(time.Second / cronPeriod))},
		{"maxclients", "10000"},
		{"maxmemory", "0"},
		{"maxmemory-policy", "noeviction"},
		{"min-replicas-to-write", "0"},
		{"notify-keyspace-events", ""},
		{"repl-backlog-size", itoa(maxBacklog)},
		{"repl-diskless-sync", "yes"},
		{"repl-diskless-sync-delay", "0"},
		{"repl-ping-replica-period", itoa(seconds(pingPeriod))},
		{"repl-timeout", itoa(seconds(linkTimeout))},
		{"replica-priority", "100"},
		{"requirepass", ""},
		{"save", ""},
		{"tcp-keepalive", "0"},
		{"timeout", "0"},
		{"tls-port", "0"},
	} {
		list = append(list, parameter{name: p[0], get: func(*Node) string { return p[1] }})
	}
	return list
}

// configGet is CONFIG GET pattern ...
func (n *Node) configGet(c *client, args [][]byte) {
	var found [][2]string
	for _, p := range sortedParameters() {
		for _, a := range args[2:] {
			pattern := strings.ToLower(string(a))
			if !matches(pattern, p.name) {
				continue
			}
			name := p.name
			if pattern == name {
				name = string(a) // as it was asked for
			}
			found = append(found, [2]string{name, p.get(n)})
			break
		}
	}
	c.out.Map(len(found))
	for _, f := range found {
		c.pair(f[0], f[1])
	}
}

func sortedParameters() []parameter {
	list := parameters()
	slices.SortFunc(list, func(a, b parameter) int { return strings.Compare(a.name, b.name) })
	return list
}

// configSet is CONFIG SET name value ...: all of it, or nothing.
func (n *Node) configSet(c *client, args [][]byte) {
	if len(args)%2 != 0 {
		c.fail(syntaxError)
		return
	}
	all := parameters()
	var list []parameter
	var values []string
	for i := 2; i < len(args); i += 2 {
		k := slices.IndexFunc(all, func(p parameter) bool { return strings.EqualFold(p.name, string(args[i])) })
		if k < 0 {
			c.fail(fmt.Sprintf("ERR Unknown option or number of arguments for CONFIG SET - '%s'", args[i]))
			return
		}
		p, value := all[k], string(args[i+1])
		problem := ""
		switch {
		case p.set == nil && value != p.get(n):
			problem = "can't set immutable config"
		case slices.ContainsFunc(list, func(q parameter) bool { return q.name == p.name }):
			problem = "duplicate parameter"
		}
		if problem != "" {
			c.fail(cannotSet(p, problem))
			return
		}
		list, values = append(list, p), append(values, value)
	}
	for i, p := range list {
		if p.set == nil {
			continue // to what it is
		}
		old := p.get(n)
		if problem := p.set(n, values[i]); problem != "" {
			for k, q := range slices.Backward(list[:i]) {
				if q.set != nil {
					q.set(n, values[k])
				}
			}
			c.fail(cannotSet(p, problem))
			return
		}
		values[i] = old
	}
	c.out.OK()
}

func cannotSet(p parameter, problem string) string {
	return fmt.Sprintf("ERR CONFIG SET failed (possibly related to argument '%s') - %s", p.name, problem)
}

// configResetStat is CONFIG RESETSTAT.
func (n *Node) configResetStat(c *client, _ [][]byte) {
	clear(n.errors)
	n.ran = 0
	c.out.OK()
}

// configRewrite is CONFIG REWRITE.
func (n *Node) configRewrite(c *client, _ [][]byte) {
	c.fail("ERR The server is running without a config file")
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func parseYesNo(value string, set func(bool)) (problem string) {
	switch strings.ToLower(value) {
	case "yes":
		set(true)
	case "no":
		set(false)
	default:
		return "argument must be 'yes' or 'no'"
	}
	return ""
}

// oneOf is a setting that has one of several words for a value.
func oneOf(name string, words []string, get func(*Node) int, set func(*Node, int)) parameter {
	return parameter{name,
		func(n *Node) string { return words[get(n)] },
		func(n *Node, value string) string {
			i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, value) })
			if i < 0 {
				return "argument(s) must be one of the following: " + strings.Join(words, ", ")
			}
			set(n, i)
			return ""
		}}
}
