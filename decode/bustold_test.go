package decode_test

import (
	"fmt"
	"strings"

	"ricochet/decode"
	"ricochet/decode/view"
)

// told is a Handler that writes down what is said over the cluster bus, a line a
// node; lines that begin with a blank are about others than the sender.
type told struct {
	discard
	out   strings.Builder
	marks []int64 // packets
	conn  *decode.Conn
}

func (h *told) Told(x *decode.Told) {
	side := "server"
	if x.FromClient {
		side = "client"
	}
	for i, n := range x.Nodes {
		line := side + " " + x.Bus + ":"
		if i > 0 {
			line = " " + strings.TrimPrefix(n.Source, "cluster-") + ":"
		}
		fmt.Fprintln(&h.out, line, describeNode(&n))
	}
	h.conn = x.Conn
	h.marks = append(h.marks, x.Got.Packet)
}

// take returns what was written since it was called last.
func (h *told) take() string {
	s := h.out.String()
	h.out.Reset()
	return s
}

func describeNode(n *view.Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%.1s %s:%d", n.ID, n.Host, n.Port)
	say := func(on bool, format string, arg any) {
		if on {
			fmt.Fprintf(&b, " "+format, arg)
		}
	}
	say(n.BusPort != 0, "bus %d", n.BusPort)
	say(n.Role != "", "%s", n.Role)
	say(n.PrimaryID != "", "of %.1s", n.PrimaryID)
	say(n.Epoch != 0, "epoch %d", n.Epoch)
	say(n.Offset != 0, "offset %d", n.Offset)
	say(n.Slots != nil, "slots %v", n.Slots)
	say(n.Flags != nil, "flags %v", n.Flags)
	say(n.Hostname != "", "name %s", n.Hostname)
	say(n.Shard != "", "shard %.1s", n.Shard)
	return b.String()
}
