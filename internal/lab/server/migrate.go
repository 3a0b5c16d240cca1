package server

import (
	"net/netip"
	"time"
)

// MIGRATE moves keys to another node (migrateCommand of src/cluster.c). The server does
// nothing else meanwhile, so that nobody can see, or change, a key that is on its way:
// here all other commands wait (notMigrating). So two servers that move keys to each
// other at the same time wait for each other until it takes one of them too long.

// defaultMigrateTimeout is how long a migration waits for the other node if it was not
// said, or was said to be nothing.
const defaultMigrateTimeout = time.Second

// migration is a MIGRATE under way.
type migration struct {
	node          *Node
	client        *client
	blocked       *blocked // of the client
	name          string   // of the other node: host:port as it was given
	to            netip.AddrPort
	db            int64
	timeout       time.Duration
	copy, replace bool
	auth          []string // the AUTH command; nil: none
	keys          []string

	carrier  *carrier
	retried  bool
	before   int    // answers to come before those to RESTORE
	refused  string // the first error among the answers
	preluded bool   // it came before RESTORE: nothing counts as moved
	restored int    // answers to RESTORE so far
	gone     [][]byte
}

// Answers for when the other node cannot be reached, or says nothing.
const (
	migrateNoAddress = "IOERR error or timeout connecting to the client"
	migrateNoWrite   = "IOERR error or timeout writing to target instance"
	migrateNoRead    = "IOERR error or timeout reading to target instance"
)

// notMigrating has commands wait while keys are on their way.
func notMigrating(n *Node, r *request) outcome {
	if n.migrating != nil && !r.client.obeyed() {
		return parked
	}
	return pass
}

// migrateKeys is the keys of a MIGRATE: the third word, or all behind KEYS.
func migrateKeys(args [][]byte) [][]byte {
	for i := 6; i < len(args); i++ {
		switch upper(args[i]) {
		case "KEYS":
			if len(args[3]) == 0 {
				return args[i+1:]
			}
			return args[3:4] // it will be refused
		case "AUTH":
			i++
		case "AUTH2":
			i += 2
		}
	}
	return args[3:4]
}

// migrate is MIGRATE host port key|"" db timeout [COPY] [REPLACE] [AUTH password |
// AUTH2 user password] [KEYS key ...].
func (n *Node) migrate(c *client, args [][]byte) {
	m, problem := parseMigrate(args)
	if problem != "" {
		c.fail(problem)
		return
	}
	m.node, m.client = n, c
	for _, key := range migrateKeys(args) {
		if n.keys.entries.get(string(key)) != nil {
			m.keys = append(m.keys, string(key))
		}
	}
	if len(m.keys) == 0 {
		c.out.Simple("NOKEY")
		return
	}
	if m.to, problem = migrateTarget(string(args[1]), string(args[2])); problem != "" {
		c.fail(problem)
		return
	}
	n.migrating = m
	m.blocked = &blocked{
		request: &request{client: c, args: args},
		serve:   func(string) bool { return false },
	}
	n.block(c, m.blocked, 0)
	m.begin()
}

// parseMigrate reads the words of a MIGRATE but its keys. The problem is the answer to
// what is none.
func parseMigrate(args [][]byte) (m *migration, problem string) {
	m = &migration{name: string(args[1]) + ":" + string(args[2])}
options:
	for i := 6; i < len(args); i++ {
		left := len(args) - 1 - i
		switch option := upper(args[i]); {
		case option == "COPY":
			m.copy = true
		case option == "REPLACE":
			m.replace = true
		case option == "AUTH" && left >= 1:
			m.auth = []string{"AUTH", string(args[i+1])}
			i++
		case option == "AUTH2" && left >= 2:
			m.auth = []string{"AUTH", string(args[i+1]), string(args[i+2])}
			i += 2
		case option == "KEYS":
			if len(args[3]) > 0 {
				return nil, "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"
			}
			break options
		default:
			return nil, syntaxError
		}
	}
	db, ok := parseInt(args[4])
	timeout, also := parseInt(args[5])
	if !ok || !also {
		return nil, notInteger
	}
	m.db, m.timeout = db, time.Duration(timeout)*time.Millisecond
	if m.timeout <= 0 {
		m.timeout = defaultMigrateTimeout
	}
	return m, ""
}

// begin has the keys carried to the other node, by a connection that there is or by a
// new one.
func (m *migration) begin() {
	if c := m.node.carriers[m.name]; c != nil {
		m.send(c)
		return
	}
	m.node.carry(m)
}

// send sends the keys over a connection.
func (m *migration) send(c *carrier) {
	n := m.node
	m.carrier = c
	c.take(m)
	if m.auth != nil {
		c.send(m.auth...)
		m.before++
	}
	if c.db != m.db {
		c.send("SELECT", itoa(m.db))
		m.before++
	}
	restore := "RESTORE"
	if n.cluster != nil {
		restore = "RESTORE-ASKING"
	}
	for _, key := range m.keys {
		words := []string{restore, key, "0", string(appendPayload(nil, n.keys.entries.get(key)))}
		if m.replace {
			words = append(words, "REPLACE")
		}
		c.send(words...)
	}
}

// answered takes an answer of the other node: the error that it is, or "".
func (m *migration) answered(problem string) {
	if problem != "" && m.refused == "" {
		m.refused = problem
	}
	if m.before > 0 {
		m.before--
		m.preluded = m.preluded || problem != ""
		return
	}
	if problem == "" && !m.preluded && !m.copy {
		key := m.keys[m.restored]
		m.node.keys.entries.remove(key)
		m.node.changed(key)
		m.gone = append(m.gone, []byte(key))
	}
	if m.restored++; m.restored < len(m.keys) {
		return
	}
	if m.refused != "" {
		m.carrier.db = -1
		m.end("ERR Target instance replied with error: " + m.refused)
		return
	}
	m.carrier.db = m.db
	m.end("")
}

// lost hears that the connection is gone, or was not made. If nothing was answered yet,
// it is tried once more: the other node may only have closed an idle connection.
func (m *migration) lost(problem string) {
	if m.restored == 0 && !m.retried {
		m.retried = true
		m.before, m.refused, m.preluded = 0, "", false
		m.begin()
		return
	}
	m.end(problem)
}

// late hears that the other node did not answer in time.
func (m *migration) late() {
	if m.carrier != nil {
		m.carrier.drop()
	}
	m.end(migrateNoRead)
}

// end answers the MIGRATE, and takes up the commands that waited for its end. Replicas
// hear that the keys that arrived are gone.
func (m *migration) end(problem string) {
	n, c := m.node, m.client
	n.migrating = nil
	if m.carrier != nil {
		m.carrier.release()
	}
	if len(m.gone) > 0 {
		n.propagate([][][]byte{append([][]byte{[]byte("DEL")}, m.gone...)})
		c.wrote = n.repl.offset
	}
	if c.blocked == m.blocked { // else the client is gone
		n.unblock(c)
		if problem != "" {
			c.fail(problem)
		} else {
			c.out.OK()
		}
		c.drain()
	}
	n.resume()
	n.settle()
}
