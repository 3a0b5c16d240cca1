package view

import "strconv"

// cluster gathers what a message says about the nodes of a cluster.
type cluster struct {
	r     *Reply
	nodes []Node
	known map[string]int // index by ID, or by address where there is no ID
}

// take adds a node, or finds it again by its ID, and returns its index; -1 if
// there is no room or it cannot be told which one it is.
func (c *cluster) take(n *Node) int {
	key := n.ID
	if key == "" {
		if n.Port == 0 {
			return -1
		}
		key = n.Host + " " + strconv.Itoa(int(n.Port))
	}
	if i, ok := c.known[key]; ok {
		return i
	}
	if len(c.nodes) >= MaxNodes {
		c.r.short = true
		return -1
	}
	if c.known == nil {
		c.known = map[string]int{}
	}
	c.nodes = append(c.nodes, *n)
	c.known[key] = len(c.nodes) - 1
	return len(c.nodes) - 1
}

// readMyID reads the reply to CLUSTER MYID.
func readMyID(r *Reply) []Node {
	top, ok := r.top()
	if !ok {
		return nil
	}
	n := Node{Source: SourceMyID, Self: true, Mode: "cluster", ID: id(top.bytes())}
	if len(n.ID) != idLen || !hexadecimal(n.ID) {
		return nil
	}
	return []Node{n}
}

// hexadecimal reports whether an ID is one that a node made (util.c, getRandomHexChars).
func hexadecimal(id string) bool {
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
