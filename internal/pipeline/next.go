package pipeline

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// maxNextPorts bounds the ports that a suggested capture filter lists.
const maxNextPorts = 8

// tcpdump is a command that captures whole packets into a file. Note says what
// to look out for, and may be empty.
func tcpdump(options, file, filter, note string) string {
	s := fmt.Sprintf("tcpdump -i any -s 0 %s-w %s '%s'", options, file, filter)
	if note != "" {
		s += "   # " + note
	}
	return s
}

// more suggests another capture of the same servers.
func (r *run) more(note string) string { return tcpdump("", "more.pcap", r.servers(), note) }

// servers is a capture filter for the ports asked for, else for those of the
// servers that were seen, else for the one where they mostly are.
func (r *run) servers() string {
	ports := slices.Clone(r.o.Ports)
	if len(ports) == 0 {
		for _, n := range r.d.nodes.Nodes() {
			ports = append(ports, n.Addr.Port())
		}
	}
	slices.Sort(ports)
	ports = slices.Compact(ports)
	if len(ports) == 0 {
		return "tcp port 6379"
	}
	if first, last := ports[0], ports[len(ports)-1]; len(ports) > 1 && int(last-first) == len(ports)-1 {
		return fmt.Sprintf("tcp portrange %d-%d", first, last)
	}
	if len(ports) > maxNextPorts {
		return "tcp"
	}
	var each []string
	for _, p := range ports {
		each = append(each, fmt.Sprintf("tcp port %d", p))
	}
	return strings.Join(each, " or ")
}

// unseenNodes suggests the capture that shows the nodes clients were sent to.
func unseenNodes(nodes []netip.AddrPort) string {
	var each []string
	for _, n := range nodes[:min(len(nodes), maxNextPorts)] {
		each = append(each, fmt.Sprintf("host %s and tcp port %d", n.Addr(), n.Port()))
	}
	if len(each) > 1 {
		for i := range each {
			each[i] = "(" + each[i] + ")"
		}
	}
	return tcpdump("", "more.pcap", strings.Join(each, " or "), "")
}
