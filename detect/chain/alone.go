package chain

import "ricochet/detect"

// maxCallers bounds the names by which the sendings of a family are counted. By
// further ones nothing is alone.
const maxCallers = 64

// tally counts the sendings of a family by the names of their connections, since a
// chain of that name was first open. Those of connections without a name are left out.
type tally map[uint64]uint32

// know begins to count by a name, with the sending that is being looked at.
func (y *tally) know(who uint64) {
	if who == 0 || len(*y) >= maxCallers {
		return
	}
	if *y == nil {
		*y = tally{}
	}
	if _, known := (*y)[who]; !known {
		(*y)[who] = 1
	}
}

// add counts a sending by a name that is known.
func (y *tally) add(who uint64) {
	if n, known := (*y)[who]; known {
		(*y)[who] = n + 1
	}
}

// alone reports whether the chain accounts for all sendings of its bytes but for spare:
// for all that are known of its host, or for those by the name that its connections
// have, while chains of that name were open. A client is told from the others of its
// host by its name, if it has one.
func (c *Chain) alone(spare uint32) bool {
	if c.family.sends <= c.sends+spare {
		return true
	}
	n, known := c.family.byName[c.who]
	return known && n <= c.sends+spare
}

// replaced reports whether a command comes on a connection that may have replaced the
// chain's last one meanwhile: it is newer than the command that was redirected, or has
// carried hardly more than what connections begin with.
func (c *Chain) replaced(e *detect.Evidence) bool {
	const beginning = 16 // commands
	return e.Conn.Opened != 0 && (e.Conn.Opened >= c.last.span.From || e.Ordinal <= beginning)
}
