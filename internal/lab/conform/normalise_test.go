package conform

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What differs from run to run is replaced by a name in braces, and this is all of it:
//
//   - ports of nodes: {a.port}, and with the address in front {a}
//   - replication IDs and run IDs: {replid}
//   - the offsets in ROLE: {offset}
//   - the client's ID in HELLO and CLIENT ID: {id}
//   - in INFO, the values of the fields that infoField says; fields that it does not
//     know are left out, for the lab has few of them
//   - in CLIENT LIST and CLIENT INFO, the values of the fields that clientField says;
//     the lines of the connections that the test itself observes with are left out
//   - the order of keys in KEYS and SCAN, of settings in CONFIG GET, and of clients:
//     sorted
type normaliser struct {
	ports map[string]string // by decimal port, the node's name
}

func newNormaliser() *normaliser { return &normaliser{ports: map[string]string{}} }

// know remembers the address of a node.
func (n *normaliser) know(node string, addr netip.AddrPort) {
	n.ports[strconv.Itoa(int(addr.Port()))] = node
}

// lines is a reply to a command as it stands in a transcript. A text of several lines
// becomes as many.
func (n *normaliser) lines(words []string, r reply) []string {
	text := r.text
	r = n.shape(n.order(words, r))
	if len(words) == 2 && is(words, "CLIENT", "ID") && r.kind == ':' {
		r.text = "{id}"
	}
	if isInfo(text) || isClients(text) {
		kind := string(r.kind)
		if strings.HasPrefix(text, verbatim) {
			kind += verbatim
		}
		return append([]string{kind}, strings.Split(strings.TrimRight(r.text, "\n"), "\n")...)
	}
	return []string{r.String()}
}

// is tells whether a command begins with certain words.
func is(words []string, want ...string) bool {
	return len(words) >= len(want) && slices.EqualFunc(words[:len(want)], want, strings.EqualFold)
}

// order sorts what a server may order as it likes.
func (n *normaliser) order(words []string, r reply) reply {
	switch {
	case is(words, "KEYS"):
		sortReplies(r.items, 1)
	case is(words, "SCAN") && len(r.items) == 2:
		sortReplies(r.items[1].items, 1)
	case is(words, "CONFIG", "GET"):
		sortReplies(r.items, 2)
	}
	return r
}

// sortReplies sorts groups of replies by the text of the first of each.
func sortReplies(items []reply, group int) {
	groups := slices.Collect(slices.Chunk(slices.Clone(items), group))
	slices.SortFunc(groups, func(a, b []reply) int { return strings.Compare(a[0].text, b[0].text) })
	copy(items, slices.Concat(groups...))
}

// shape replaces what can be known by its place in a reply.
func (n *normaliser) shape(r reply) reply {
	r.items = slices.Clone(r.items)
	switch first := firstText(r); {
	case first == "server" && len(r.items) > 7 && r.items[6].text == "id":
		r.items[7].text = "{id}"
	case first == "master" && len(r.items) == 3 && r.items[1].kind == ':':
		r.items[1].text = "{offset}"
		for i, replica := range r.items[2].items {
			if len(replica.items) == 3 {
				r.items[2].items[i].items = slices.Clone(replica.items)
				r.items[2].items[i].items[2].text = "{offset}"
			}
		}
	case first == "slave" && len(r.items) == 5 && r.items[4].text != "-1":
		r.items[4].text = "{offset}"
	}
	for i, item := range r.items {
		r.items[i] = n.shape(item)
	}
	switch {
	case isInfo(r.text):
		r.text = n.info(r.text)
	case isClients(r.text):
		r.text = n.clients(r.text)
	default:
		r.text = n.names(r.text)
	}
	return r
}

func firstText(r reply) string {
	if len(r.items) == 0 {
		return ""
	}
	return r.items[0].text
}

// names replaces ports and replication IDs within a text.
func (n *normaliser) names(text string) string {
	for port, node := range n.ports {
		text = strings.ReplaceAll(text, loopback().String()+":"+port, "{"+node+"}")
		text = regexp.MustCompile(`\b`+port+`\b`).ReplaceAllString(text, "{"+node+".port}")
	}
	return regexp.MustCompile(`\b[0-9a-f]{40}\b`).ReplaceAllString(text, "{replid}")
}

// verbatim begins the texts that RESP3 has a type of its own for.
const verbatim = "txt:"

func isInfo(text string) bool {
	return strings.HasPrefix(strings.TrimPrefix(text, verbatim), "# ")
}

// info keeps of a text of INFO the sections and the fields that the lab has too.
func (n *normaliser) info(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimPrefix(text, verbatim)) {
		line = strings.TrimRight(line, "\r\n")
		name, value, isField := strings.Cut(line, ":")
		switch keep := infoField(name); {
		case !isField:
			b.WriteString(line)
		case keep == withoutValue:
			b.WriteString(name + ":*")
		case keep == withValue:
			b.WriteString(name + ":" + n.names(regexp.MustCompile(`(offset|lag)=-?\d+`).ReplaceAllString(value, "$1=*")))
		default:
			continue
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// keep says what is compared of a field.
type keep int

const (
	nothing keep = iota
	withoutValue
	withValue
)

// infoField says what is compared of a field of INFO.
func infoField(name string) keep {
	switch name {
	case "redis_version", "server_name", "valkey_version", "redis_mode", "server_mode", "tcp_port",
		"role", "connected_slaves", "master_failover_state", "master_host", "master_port",
		"master_link_status", "master_sync_in_progress", "slave_priority", "slave_read_only",
		"replica_announced", "repl_backlog_active":
		return withValue
	case "process_id", "run_id", "uptime_in_seconds", "master_replid", "master_replid2",
		"master_repl_offset", "second_repl_offset", "slave_repl_offset", "slave_read_repl_offset",
		"master_last_io_seconds_ago", "repl_backlog_size":
		return withoutValue
	}
	if strings.HasPrefix(name, "errorstat_") || regexp.MustCompile(`^slave\d+$`).MatchString(name) {
		return withValue
	}
	return nothing
}

// observer is the name of the connections by which the test looks at a node.
const observer = "conform"

func isClients(text string) bool {
	return regexp.MustCompile(`^(txt:)?id=\d+ addr=`).MatchString(text)
}

// clients is a text of CLIENT LIST or CLIENT INFO, without the observers and sorted:
// the server walks through its clients in turn and so changes their order.
func (n *normaliser) clients(text string) string {
	var lines []string
	for line := range strings.Lines(strings.TrimPrefix(text, verbatim)) {
		fields := strings.Fields(line)
		if slices.Contains(fields, "name="+observer) {
			continue
		}
		for i, f := range fields {
			if name, _, _ := strings.Cut(f, "="); clientField(name) == withoutValue {
				fields[i] = name + "=*"
			}
		}
		lines = append(lines, strings.Join(fields, " ")+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// clientField says what is compared of a field of CLIENT LIST.
func clientField(name string) keep {
	switch name {
	case "name", "db", "sub", "psub", "ssub", "multi", "watch", "flags", "cmd", "user", "redir", "resp",
		"lib-name", "lib-ver", "events":
		return withValue
	}
	return withoutValue
}
