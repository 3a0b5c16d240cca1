package decode

import "ricochet/decode/resp"

// subscriptions counts what a connection is subscribed to, as the confirmations
// tell. In RESP2 messages of channels are arrays like any other, and only these
// numbers tell them from replies; in RESP3 they are pushes.
type subscriptions struct {
	total    int64 // channels and patterns
	channels int64
	shards   int64
}

func (b *subscriptions) any() bool { return b.total > 0 || b.shards > 0 }

// channelKind is what SUBSCRIBE and its siblings are about.
type channelKind uint8

const (
	_ channelKind = iota
	channels
	patterns
	shards
)

// confirmed takes a confirmation of which count is the number. Servers give the
// sum of channels and patterns, and by itself that of shard channels (pubsub.c).
func (b *subscriptions) confirmed(kind channelKind, count int64) {
	switch kind {
	case channels:
		b.channels = max(b.channels+count-b.total, 0)
		b.total = count
	case patterns:
		b.total = count
	case shards:
		b.shards = count
	}
}

// left returns how many of a kind are left.
func (b *subscriptions) left(kind channelKind) int64 {
	switch kind {
	case channels:
		return b.channels
	case patterns:
		return max(b.total-b.channels, 0)
	}
	return b.shards
}

// confirmation reads the first word of a confirmation.
func (r *reply) confirmation() (k channelKind, command special) {
	switch string(r.first[:r.firstN]) {
	case "subscribe":
		return channels, subscribe
	case "psubscribe":
		return patterns, subscribe
	case "ssubscribe":
		return shards, subscribe
	case "unsubscribe":
		return channels, unsubscribe
	case "punsubscribe":
		return patterns, unsubscribe
	case "sunsubscribe":
		return shards, unsubscribe
	}
	return 0, plain
}

// isPush reports whether the message is no reply: RESP3 pushes, in RESP2 the
// messages of channels and the confirmations of SUBSCRIBE and its like, lines of
// MONITOR. What only looks like one is a reply, unless nothing is outstanding:
// then the connection was joined after it subscribed.
func (s *session) isPush() bool {
	r := &s.rep
	expected := s.subs.any() || s.queue.len() == 0
	switch {
	case r.kind == resp.Push:
		if k, command := r.confirmation(); k != 0 && r.count >= 0 {
			s.confirm(k, command)
		}
		return true
	case r.kind == resp.String:
		s.monitor = s.monitor || s.queue.len() == 0 && r.isMonitorLine()
		return s.monitor && r.firstN > 0 && isDigit(r.first[0])
	case r.kind != resp.Array || r.n < 3 || r.n > 4 || s.facts.Proto > 2:
		return false
	case r.n == 3 && r.firstIs("message", "smessage"), r.n == 4 && r.firstIs("pmessage"):
		return expected
	}
	k, command := r.confirmation()
	if k == 0 || r.n != 3 || r.count < 0 {
		return false
	}
	return s.confirm(k, command) || expected
}

// confirm takes a confirmation and reports whether a command waited for it. There
// is one for each channel; the last settles the command. UNSUBSCRIBE without
// channels is confirmed for each one that there was, and once if there was none.
func (s *session) confirm(k channelKind, command special) bool {
	waited := s.synced && s.queue.len() > 0 && s.queue.front().special == command
	if waited || s.subs.any() || s.queue.len() == 0 || s.rep.kind == resp.Push {
		s.subs.confirmed(k, s.rep.count)
	}
	if !waited {
		return false
	}
	w := s.paired()
	if w == nil {
		return true
	}
	switch {
	case w.want > 0:
		w.want--
	case w.want == allChannels:
		w.want = moreChannels
	}
	if w.want == 0 || w.want == moreChannels && s.subs.left(k) == 0 {
		s.answer(w)
	}
	return true
}

// isMonitorLine reports whether a simple string starts like a line of MONITOR:
// with the time to the microsecond (replication.c, replicationFeedMonitors).
func (r *reply) isMonitorLine() bool {
	const seconds = 10 // digits of the time from 2001 to 2286
	for i, b := range r.first[:r.firstN] {
		if i == seconds && b != '.' || i != seconds && !isDigit(b) {
			return false
		}
	}
	return r.firstN == len(r.first)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
