package server

// DUMP and RESTORE: a value on its own (payload.go).

// dumpCommand is DUMP key.
func (n *Node) dumpCommand(c *client, args [][]byte) {
	e := n.keys.entries.get(string(args[1]))
	if e == nil {
		c.out.Null()
		return
	}
	c.out.Bulk(appendPayload(nil, e))
}

// restore is RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ
// frequency]. Keys do not expire in the lab: the ttl has to be 0.
func (n *Node) restore(c *client, args [][]byte) {
	replace, problem := restoreOptions(args)
	if problem != "" {
		c.fail(problem)
		return
	}
	key := string(args[1])
	if !replace && n.keys.entries.get(key) != nil {
		c.fail("BUSYKEY Target key name already exists.")
		return
	}
	switch ttl, ok := parseInt(args[2]); {
	case !ok:
		c.fail(notInteger)
		return
	case ttl < 0:
		c.fail("ERR Invalid TTL value, must be >= 0")
		return
	case ttl > 0:
		c.fail("ERR keys of the lab do not expire")
		return
	}
	e, problem := readPayload(args[3])
	if problem != "" {
		c.fail(problem)
		return
	}
	n.keys.entries.set(key, e)
	n.changed(key)
	n.ready(key)
	c.out.OK()
}

// restoreOptions reads the words behind the payload of RESTORE. The problem is the
// answer to what is none.
func restoreOptions(args [][]byte) (replace bool, problem string) {
	for i := 4; i < len(args); i++ {
		left := len(args) - 1 - i
		switch option := upper(args[i]); {
		case option == "REPLACE":
			replace = true
		case option == "ABSTTL":
		case option == "IDLETIME" && left >= 1:
			i++
			if idle, ok := parseInt(args[i]); !ok {
				return false, notInteger
			} else if idle < 0 {
				return false, "ERR Invalid IDLETIME value, must be >= 0"
			}
		case option == "FREQ" && left >= 1:
			i++
			if freq, ok := parseInt(args[i]); !ok {
				return false, notInteger
			} else if freq < 0 || freq > 255 {
				return false, "ERR Invalid FREQ value, must be >= 0 and <= 255"
			}
		default:
			return false, syntaxError
		}
	}
	return replace, ""
}
