//go:build linux

package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slots is how many hash slots a cluster has.
const slots = 16384

// cluster is servers that share the slots evenly, in their order.
type cluster struct {
	t     testing.TB
	nodes []*server
	ids   []string
}

// clusterOptions make a server a node of a cluster.
var clusterOptions = []string{"--cluster-enabled", "yes",
	"--cluster-require-full-coverage", "no", "--cluster-allow-replica-migration", "no"}

// startCluster starts a cluster without replicas and waits until all nodes agree.
func startCluster(t testing.TB, s *stage, options ...string) *cluster {
	t.Helper()
	c := &cluster{t: t, nodes: startServers(t, s, append(options, clusterOptions...)...)}
	each := slots / len(c.nodes)
	for i, n := range c.nodes {
		last := (i+1)*each - 1
		if i == len(c.nodes)-1 {
			last = slots - 1
		}
		n.tell(newLedger(), fmt.Sprintf("CLUSTER SET-CONFIG-EPOCH %d", i+1),
			fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d", i*each, last))
		c.ids = append(c.ids, n.ask(newLedger(), "CLUSTER MYID").text)
		if i > 0 {
			c.nodes[0].tell(newLedger(), "CLUSTER MEET "+n.host()+" "+n.port())
		}
	}
	for _, n := range c.nodes {
		n.await("join", func(conn *conn) error {
			r, err := conn.must("CLUSTER", "SLOTS")
			if err != nil {
				return err
			}
			return unlike(len(r.items), len(c.nodes))
		})
		n.await("state", func(conn *conn) error {
			r, err := conn.must("CLUSTER", "INFO")
			if err == nil && !strings.Contains(r.text, "cluster_state:ok\r\n") {
				err = fmt.Errorf("cluster info is %q", r.text)
			}
			return err
		})
	}
	return c
}

// tag finds a hash tag whose slot belongs to a node, and returns it with the
// slot. Each n finds another.
func (c *cluster) tag(node, n int) (tag, slot string) {
	c.t.Helper()
	for i := 0; ; i++ {
		tag := fmt.Sprintf("tag%d", i)
		slot := c.nodes[0].ask(newLedger(), "CLUSTER KEYSLOT "+tag).text
		number, err := strconv.Atoi(slot)
		if err != nil {
			c.t.Fatalf("slot of %s: %v", tag, err)
		}
		if min(number/(slots/len(c.nodes)), len(c.nodes)-1) != node {
			continue
		}
		if n == 0 {
			return tag, slot
		}
		n--
	}
}

// Two nodes of a cluster that name each other as the owner of a slot send a
// client to and fro. Beside it a slot on the move is healthy, though its clients
// see a node twice, and so are clients that ask the wrong node first.
func TestSlotConflict(t *testing.T) {
	for _, mechanism := range mechanisms {
		t.Run(mechanism, func(t *testing.T) {
			program(t)
			s := bridged(t, 3, ipv4)
			c := startCluster(t, s)
			disputed, slot := c.tag(0, 0)
			moving, movingSlot := c.tag(0, 1)
			settled, _ := c.tag(2, 0)
			w := startWatch(t, s.watcher, "--capture", mechanism, window, roomy)

			l := newLedger()
			clients := []*client{
				// No node may hold keys of the slot that is given away.
				{name: "patient", tag: disputed, start: c.nodes[0].addr, pause: 2 * time.Millisecond},
				{name: "five", tag: disputed, start: c.nodes[1].addr, most: 5, pause: time.Millisecond},
				{name: "third", tag: disputed, start: c.nodes[2].addr, most: 16, pause: time.Millisecond},
				{name: "moving", tag: moving, start: c.nodes[2].addr, pause: time.Millisecond, value: plantedValue},
				{name: "settled", tag: settled, start: c.nodes[0].addr, pause: time.Millisecond, value: plantedValue},
			}
			for i, client := range clients {
				client.from, client.ledger = s.clients[i%2], l
			}
			c.nodes[2].tell(l, "CLUSTER SETSLOT "+movingSlot+" IMPORTING "+c.ids[0])
			c.nodes[0].tell(l, "CLUSTER SETSLOT "+movingSlot+" MIGRATING "+c.ids[2])
			work := startLoad(t, clients)
			serveMore(t, l, 200)
			c.nodes[0].tell(l, "CLUSTER SETSLOT "+slot+" NODE "+c.ids[1])
			c.nodes[1].tell(l, "CLUSTER SETSLOT "+slot+" NODE "+c.ids[0])
			e, opened := w.awaitBounce("opened")
			c.nodes[0].tell(l, "CLUSTER SETSLOT "+slot+" NODE "+c.ids[0])
			serveMore(t, l, 200)
			work.stop()
			checkOpened(t, l, e, opened)
			w.awaitBounce("closed")
			r := w.stop(syscall.SIGTERM)

			l.check(t, r)
			if n := l.totals(); n.RedirectReplies.Ask == 0 || n.BouncedCommands == 0 {
				t.Errorf("the clients met %+v: the test is not what it should be", n)
			}
			want := []string{c.nodes[0].addr.String(), c.nodes[1].addr.String()}
			for _, f := range bounces(r) {
				if !slices.Equal(cycle(&f), want) {
					t.Errorf("cycle %v, want %v", f.Cycle, want)
				}
			}
		})
	}
}
