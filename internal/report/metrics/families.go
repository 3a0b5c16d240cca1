package metrics

import "github.com/prometheus/client_golang/prometheus"

// family numbers the metrics by name.
type family int

const (
	_ family = iota
	buildInfo
	bouncesOpen
	bouncesTotal
	failoversOpen
	failoversTotal
	failoverViolations
	bouncedCommands
	redirectedCommands
	redirects
	redirectHops
	commands
	replies
	errorReplies
	parkedCommands
	parkedSeconds
	nodeRole
	blind
	blindBytes
	capturePackets
	captureDropped
	captureDroppedBytes
	ringBytes
	ringUsed
	connections
	cpuSeconds
	memoryBytes
	families
)

// described is a family with what Prometheus is to know of it.
type described struct {
	desc   *prometheus.Desc
	kind   prometheus.ValueType // not of the histogram
	labels int                  // how many there are
}

// describe returns all families, by number.
func describe() [families]described {
	const counter, gauge = prometheus.CounterValue, prometheus.GaugeValue
	d := func(kind prometheus.ValueType, name, help string, labels ...string) described {
		return described{prometheus.NewDesc(name, help, labels, nil), kind, len(labels)}
	}
	return [families]described{
		buildInfo:           d(gauge, "ricochet_build_info", "Always 1, with the version of ricochet.", "version"),
		bouncesOpen:         d(gauge, "ricochet_bounces_open", "Findings that go on, by rule.", "rule"),
		bouncesTotal:        d(counter, "ricochet_bounces_total", "Findings, by rule.", "rule"),
		failoversOpen:       d(gauge, "ricochet_failovers_open", "Failovers that go on."),
		failoversTotal:      d(counter, "ricochet_failovers_total", "Failovers that ended, by kind and outcome.", "kind", "outcome"),
		failoverViolations:  d(counter, "ricochet_failover_violations_total", "Failovers that broke a promise, by the check that shows it.", "check"),
		bouncedCommands:     d(counter, "ricochet_bounced_commands_total", "Commands that some node redirected twice or more."),
		redirectedCommands:  d(counter, "ricochet_redirected_commands_total", "Commands that were redirected."),
		redirects:           d(counter, "ricochet_redirects_total", "Redirect replies, by kind and by the node that gave them.", "kind", "node"),
		redirectHops:        d(0, "ricochet_redirect_hops", "Redirect replies that a redirected command met until it ended."),
		commands:            d(counter, "ricochet_commands_total", "Commands of clients."),
		replies:             d(counter, "ricochet_replies_total", "Replies to clients."),
		errorReplies:        d(counter, "ricochet_errors_total", "Error replies that are no redirects, by their first word.", "error"),
		parkedCommands:      d(counter, "ricochet_parked_commands_total", "Commands that waited longer than 10 ms to be redirected."),
		parkedSeconds:       d(counter, "ricochet_parked_seconds_total", "Time for which these commands waited."),
		nodeRole:            d(gauge, "ricochet_node_role", "1 for the role in which a node was last seen, 0 for the others; for the node other, how many further nodes there are in a role.", "node", "role"),
		blind:               d(counter, "ricochet_blind_total", "Things that could not be seen, by cause.", "cause"),
		blindBytes:          d(counter, "ricochet_blind_bytes_total", "Bytes that could not be seen, by cause.", "cause"),
		capturePackets:      d(counter, "ricochet_capture_packets_total", "Packets read from the capture."),
		captureDropped:      d(counter, "ricochet_capture_dropped_packets_total", "Packets lost because the ring was full."),
		captureDroppedBytes: d(counter, "ricochet_capture_dropped_bytes_total", "Bytes on the wire of the packets lost because the ring was full."),
		ringBytes:           d(gauge, "ricochet_capture_ring_bytes", "Size of the ring between the kernel and ricochet."),
		ringUsed:            d(gauge, "ricochet_capture_ring_used_bytes", "How much of the ring waits to be read."),
		connections:         d(counter, "ricochet_connections_total", "Connections that speak RESP, or should by their port."),
		cpuSeconds:          d(counter, "process_cpu_seconds_total", "Processor time that ricochet took, in user and kernel mode."),
		memoryBytes:         d(gauge, "process_resident_memory_bytes", "Resident memory of ricochet."),
	}
}
