package server

import (
	"fmt"
	"maps"
	"slices"
)

// Channels: src/pubsub.c. What subscribers are sent is out of turn, and CLIENT REPLY
// does not hold it back.

// maxSubscriptions is how many channels, and how many patterns, a client may be
// subscribed to. The server has no such limit.
const maxSubscriptions = 4096

func subscriptionCommands() []*command {
	return []*command{
		{name: "subscribe", arity: -2, flags: stale | subscribed, run: (*Node).subscribe},
		{name: "psubscribe", arity: -2, flags: stale | subscribed, run: (*Node).psubscribe},
		{name: "unsubscribe", arity: -1, flags: stale | subscribed | leaves, run: (*Node).unsubscribe},
		{name: "punsubscribe", arity: -1, flags: stale | subscribed | leaves, run: (*Node).punsubscribe},
		{name: "publish", arity: 3, flags: stale | mayReplicate, run: (*Node).publish},
		{name: "pubsub", arity: -2, subs: []*command{
			{name: "channels", arity: -2, flags: stale, run: (*Node).pubsubChannels},
			{name: "help", arity: 2, flags: stale, run: (*Node).help},
			{name: "numpat", arity: 2, flags: stale, run: (*Node).pubsubPatterns},
			{name: "numsub", arity: -2, flags: stale, run: (*Node).pubsubSubscribers},
		}},
	}
}

// subscriptions is how many channels and patterns the client is subscribed to.
func (c *client) subscriptions() int { return len(c.channels) + len(c.patterns) }

// subscribe is SUBSCRIBE channel ...
func (n *Node) subscribe(c *client, args [][]byte) { c.join(&c.channels, "subscribe", args[1:]) }

// psubscribe is PSUBSCRIBE pattern ...
func (n *Node) psubscribe(c *client, args [][]byte) { c.join(&c.patterns, "psubscribe", args[1:]) }

// unsubscribe is UNSUBSCRIBE [channel ...].
func (n *Node) unsubscribe(c *client, args [][]byte) { c.leave(&c.channels, "unsubscribe", args[1:]) }

// punsubscribe is PUNSUBSCRIBE [pattern ...].
func (n *Node) punsubscribe(c *client, args [][]byte) {
	c.leave(&c.patterns, "punsubscribe", args[1:])
}

// unsubscribeAll forgets a client's subscriptions without a word.
func (n *Node) unsubscribeAll(c *client) { c.channels, c.patterns = nil, nil }

// join subscribes to what names says.
func (c *client) join(to *[]string, kind string, names [][]byte) {
	for _, b := range names {
		name := string(b)
		if !slices.Contains(*to, name) {
			if len(*to) == maxSubscriptions {
				c.fail(fmt.Sprintf("ERR no more than %d subscriptions", maxSubscriptions))
				return
			}
			*to = append(*to, name)
		}
		c.confirm(kind, &name)
	}
}

// leave ends subscriptions: all of them if names is empty.
func (c *client) leave(from *[]string, kind string, names [][]byte) {
	if len(names) == 0 && len(*from) == 0 {
		c.confirm(kind, nil)
		return
	}
	if len(names) == 0 {
		for len(*from) > 0 {
			name := (*from)[0]
			*from = (*from)[1:]
			c.confirm(kind, &name)
		}
		return
	}
	for _, b := range names {
		name := string(b)
		if i := slices.Index(*from, name); i >= 0 {
			*from = slices.Delete(*from, i, i+1)
		}
		c.confirm(kind, &name)
	}
}

// confirm says what became of one subscription, and how many there are now.
func (c *client) confirm(kind string, name *string) {
	mark := c.out.Len()
	c.out.Push(3)
	c.out.BulkString(kind)
	if name == nil {
		c.out.Null()
	} else {
		c.out.BulkString(*name)
	}
	c.out.Int(int64(c.subscriptions()))
	if c.reply == replyOff || c.reply == replySkip {
		c.postpone(mark)
	}
}

// postpone takes what was written from mark on out of the replies. It follows the
// reply to the command that runs (mute).
func (c *client) postpone(mark int) {
	c.later = append(c.later, c.out.Bytes()[mark:]...)
	c.out.Truncate(mark)
}

// publish is PUBLISH channel message. Replicas have subscribers of their own, so they
// are told; the nodes of a cluster would tell each other, but here they have no bus.
func (n *Node) publish(c *client, args [][]byte) {
	channel, message := string(args[1]), string(args[2])
	var count int64
	for _, o := range n.clients {
		if slices.Contains(o.channels, channel) {
			n.deliver(c, o, "message", channel, message)
			count++
		}
	}
	for _, o := range n.clients {
		for _, p := range o.patterns {
			if matches(p, channel) {
				n.deliver(c, o, "pmessage", p, channel, message)
				count++
			}
		}
	}
	if n.cluster == nil {
		n.dirty++
	}
	c.out.Int(count)
}

// deliver sends a message. To the client whose command brought it about, it comes
// after the reply.
func (n *Node) deliver(from, to *client, words ...string) {
	mark := to.out.Len()
	to.out.Push(len(words))
	for _, w := range words {
		to.out.BulkString(w)
	}
	n.pushed(from, to, mark)
}

// pushed sends what was written from mark on to a client. If it is one whose command
// runs, that is later; one that is about to close sends it then.
func (n *Node) pushed(from, to *client, mark int) {
	switch {
	case to == from:
		to.postpone(mark)
	case !to.closing:
		to.flush()
	}
}

// pubsubChannels is PUBSUB CHANNELS [pattern].
func (n *Node) pubsubChannels(c *client, args [][]byte) {
	if len(args) > 3 {
		c.fail(wrongSubcommand(args))
		return
	}
	found := map[string]bool{}
	for _, o := range n.clients {
		for _, channel := range o.channels {
			if len(args) == 2 || matches(string(args[2]), channel) {
				found[channel] = true
			}
		}
	}
	c.out.Array(len(found))
	for _, channel := range slices.Sorted(maps.Keys(found)) {
		c.out.BulkString(channel)
	}
}

// pubsubSubscribers is PUBSUB NUMSUB [channel ...].
func (n *Node) pubsubSubscribers(c *client, args [][]byte) {
	c.out.Array(2 * (len(args) - 2))
	for _, channel := range args[2:] {
		var count int64
		for _, o := range n.clients {
			if slices.Contains(o.channels, string(channel)) {
				count++
			}
		}
		c.out.Bulk(channel)
		c.out.Int(count)
	}
}

// pubsubPatterns is PUBSUB NUMPAT.
func (n *Node) pubsubPatterns(c *client, _ [][]byte) {
	c.out.Int(int64(n.countDistinct(func(o *client) []string { return o.patterns })))
}

// countDistinct counts what clients have, each thing once.
func (n *Node) countDistinct(of func(*client) []string) int {
	found := map[string]bool{}
	for _, o := range n.clients {
		for _, s := range of(o) {
			found[s] = true
		}
	}
	return len(found)
}
