package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

func infoCommands() []*command {
	return []*command{
		{name: "info", arity: -1, flags: stale, run: (*Node).info},
	}
}

// info is INFO [section ...]. The sections have those fields of the server that the
// lab can fill, in its order (genValkeyInfoString of src/server.c). What is no section
// is left out.
func (n *Node) info(c *client, args [][]byte) {
	var wanted []string
	for _, a := range args[1:] {
		wanted = append(wanted, strings.ToLower(string(a)))
	}
	all := len(wanted) == 0 || slices.ContainsFunc(wanted, func(s string) bool {
		return s == "default" || s == "all" || s == "everything"
	})
	var sections []string
	for _, s := range []struct {
		name  string
		write func(*infoText)
	}{
		{"Server", n.infoServer},
		{"Clients", n.infoClients},
		{"Stats", n.infoStats},
		{"Replication", n.infoReplication},
		{"Errorstats", n.infoErrors},
		{"Cluster", n.infoCluster},
		{"Keyspace", n.infoKeyspace},
	} {
		if all || slices.Contains(wanted, strings.ToLower(s.name)) {
			var t infoText
			t.WriteString("# " + s.name + "\r\n")
			s.write(&t)
			sections = append(sections, t.String())
		}
	}
	c.out.Verbatim("txt", strings.Join(sections, "\r\n"))
}

// infoText is the lines of a section.
type infoText struct{ strings.Builder }

func (t *infoText) add(name string, value any) { fmt.Fprintf(t, "%s:%v\r\n", name, value) }

func (n *Node) infoServer(t *infoText) {
	up := n.now().Sub(n.started)
	mode := "standalone"
	if n.cluster != nil {
		mode = "cluster"
	}
	t.add("redis_version", "7.2.4") // what Valkey is compatible with
	t.add("server_name", "valkey")
	t.add("valkey_version", n.version())
	t.add("server_mode", mode)
	t.add("process_id", 0) // it is not a process
	t.add("run_id", n.id)
	t.add("tcp_port", n.addr.Port())
	t.add("server_time_usec", n.now().UnixMicro())
	t.add("uptime_in_seconds", seconds(up))
	t.add("uptime_in_days", int(up/(24*time.Hour)))
	t.add("hz", int(time.Second/cronPeriod))
	t.add("configured_hz", int(time.Second/cronPeriod))
	t.add("config_file", "")
}

func (n *Node) infoClients(t *infoText) {
	var clients, waiting, tracking, subscribers, watching int
	for _, c := range n.clients {
		for _, count := range []struct {
			of *int
			on bool
		}{
			{&clients, c.replica == nil},
			{&waiting, c.blocked != nil || c.parked != nil},
			{&tracking, c.tracking != nil},
			{&subscribers, c.subscriptions() > 0},
			{&watching, len(c.watched) > 0},
		} {
			if count.on {
				*count.of++
			}
		}
	}
	t.add("connected_clients", clients)
	t.add("blocked_clients", waiting)
	t.add("tracking_clients", tracking)
	t.add("pubsub_clients", subscribers)
	t.add("watching_clients", watching)
	t.add("total_watched_keys", len(n.keys.watched))
	t.add("total_blocking_keys", len(n.keys.waiting))
}

func (n *Node) infoStats(t *infoText) {
	errors := 0
	for _, count := range n.errors {
		errors += count
	}
	t.add("total_commands_processed", n.ran)
	t.add("pubsub_channels", n.countDistinct(func(c *client) []string { return c.channels }))
	t.add("pubsub_patterns", n.countDistinct(func(c *client) []string { return c.patterns }))
	t.add("tracking_total_keys", len(n.keys.tracked))
	t.add("total_error_replies", errors)
}

// infoReplication has what analyzers of failovers read, above all role,
// master_failover_state and the replication IDs.
func (n *Node) infoReplication(t *infoText) {
	r := &n.repl
	if r.follows() {
		t.add("role", "slave")
		n.infoPrimary(t)
	} else {
		t.add("role", "master")
	}
	t.add("connected_slaves", len(r.replicas))
	for i, p := range r.replicas {
		host, port := p.name()
		state, lag := "send_bulk", int64(0)
		if p.online {
			state, lag = "online", seconds(n.now().Sub(p.heard))
		}
		t.add(fmt.Sprintf("slave%d", i), fmt.Sprintf("ip=%s,port=%d,state=%s,offset=%d,lag=%d,type=replica",
			host, port, state, p.acknowledged, lag))
	}
	active, first := 0, int64(0)
	if r.backlog != nil {
		active, first = 1, r.begin()
	}
	t.add("replicas_waiting_psync", 0)
	t.add("master_failover_state", n.failover.state)
	t.add("master_replid", r.id)
	t.add("master_replid2", r.id2)
	t.add("master_repl_offset", r.offset)
	t.add("second_repl_offset", r.offset2)
	t.add("repl_backlog_active", active)
	t.add("repl_backlog_size", maxBacklog)
	t.add("repl_backlog_first_byte_offset", first)
	t.add("repl_backlog_histlen", len(r.backlog))
}

// infoPrimary is what a replica says of its primary.
func (n *Node) infoPrimary(t *infoText) {
	r := &n.repl
	status, heard, syncing := "down", int64(-1), 0
	if r.state == linkConnected {
		status, heard = "up", seconds(n.now().Sub(r.link.heard))
	}
	if r.state == linkSync {
		syncing = 1
	}
	t.add("master_host", r.primaryHost)
	t.add("master_port", r.primaryPort)
	t.add("master_link_status", status)
	t.add("master_last_io_seconds_ago", heard)
	t.add("master_sync_in_progress", syncing)
	t.add("slave_read_repl_offset", r.offset)
	t.add("slave_repl_offset", r.offset)
	t.add("replicas_repl_buffer_size", 0)
	t.add("replicas_repl_buffer_peak", 0)
	if r.state != linkConnected {
		down := int64(-1) // it has not been up
		if !r.lost.IsZero() {
			down = seconds(n.now().Sub(r.lost))
		}
		t.add("master_link_down_since_seconds", down)
	}
	readOnly := 0
	if n.settings.readOnlyReplica {
		readOnly = 1
	}
	t.add("slave_priority", 100)
	t.add("slave_read_only", readOnly)
	t.add("replica_announced", 1)
}

func (n *Node) infoErrors(t *infoText) {
	for _, code := range slices.Sorted(maps.Keys(n.errors)) {
		t.add("errorstat_"+code, fmt.Sprintf("count=%d", n.errors[code]))
	}
}

func (n *Node) infoCluster(t *infoText) {
	enabled := 0
	if n.cluster != nil {
		enabled = 1
	}
	t.add("cluster_enabled", enabled)
}

func (n *Node) infoKeyspace(t *infoText) {
	if keys := n.keys.entries.len(); keys > 0 {
		t.add("db0", fmt.Sprintf("keys=%d,expires=0,avg_ttl=0", keys))
	}
}
