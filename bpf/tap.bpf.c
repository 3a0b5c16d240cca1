//go:build ignore

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A socket filter that copies the frames of some TCP ports into a ring buffer.
 * It accepts nothing for its socket, and the frames that it sees are copies: it
 * has no way to change, delay or drop traffic.
 *
 * It needs Linux 5.8 and nothing newer.
 */
#include "kernel.h"
#include "headers.h"
#include "ring.h"
#include "values.h"

char _license[] SEC("license") = "Apache-2.0";

/* What Counters of counters.go says. */
struct tally {
	u64 seen;
	u64 matched;
	u64 matched_bytes;
	u64 dropped;
	u64 dropped_bytes;
	u64 unparsed;
	u64 records;
	u64 cut;
	u64 cut_bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct tally);
} counters SEC(".maps");

/* What is known of an interface; nothing is the same as 0. */
enum {
	INTERFACE_ALLOWED = 1,
	INTERFACE_LOOPBACK = 2, /* frames come by twice, the first time outgoing */
	INTERFACE_RAW_IP = 4,	/* frames have no link header */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, u32);
} interfaces SEC(".maps");

/* only_allowed says whether interfaces need INTERFACE_ALLOWED. */
const volatile bool only_allowed;

/* snaplen is the most that is kept of a frame, in bytes. */
const volatile u32 snaplen = MAX_SNAPLEN;
/* cut_values says whether to leave out the middle of long values. */
const volatile bool cut_values;

/* split returns the spans to keep of a frame, as find_values does. */
static __always_inline u64 split(struct __sk_buff *skb, const struct layout *at)
{
	u64 spans;

	if (!cut_values || !at->payload || at->fragment)
		return 0;
	if (at->syn) {
		forget(at->flow);
		return 0;
	}
	if (is_plain(skb, at->payload, at->end, at->flow))
		return 0;
	spans = find_values(skb, at->payload, at->end, at->seq, at->flow);
	/* What does not fit is kept as it is. */
	if (at->payload > MAX_CUT_HEADERS || at->payload + (spans >> 32) > MAX_CUT)
		return 0;
	return spans;
}

SEC("socket")
int tap(struct __sk_buff *skb)
{
	u32 ifindex = skb->ifindex, zero = 0;
	u32 *known = bpf_map_lookup_elem(&interfaces, &ifindex);
	u32 interface = known ? *known : 0;
	bool outgoing = skb->pkt_type == PACKET_OUTGOING;
	struct layout at = {};
	struct tally *count;
	struct scratch *s;
	u64 spans;
	bool done;

	if (only_allowed && !(interface & INTERFACE_ALLOWED))
		return 0;
	if (interface & INTERFACE_LOOPBACK && outgoing)
		return 0;
	count = bpf_map_lookup_elem(&counters, &zero);
	s = my_scratch();
	if (!count || !s)
		return 0;
	count->seen++;
	switch (locate(skb, interface & INTERFACE_RAW_IP, &at)) {
	case MATCH:
		break;
	case UNPARSED:
		count->unparsed++;
		return 0;
	default:
		return 0;
	}
	count->matched++;
	count->matched_bytes += skb->len;

	s->cut.time = bpf_ktime_get_ns();
	s->cut.ifindex = ifindex;
	s->cut.wire = skb->len;
	s->cut.end = at.end;
	s->cut.net = at.net;
	s->cut.tcp = at.upper;
	s->cut.payload = at.payload;
	s->cut.flags = (outgoing ? RECORD_OUTGOING : 0) | (interface & INTERFACE_RAW_IP ? RECORD_RAW_IP : 0);
	spans = split(skb, &at);
	if (spans)
		done = emit_spans(skb, s, at.payload, (u32)spans);
	else
		done = emit_start(skb, s, skb->len < snaplen ? skb->len : snaplen);
	if (!done) {
		count->dropped++;
		count->dropped_bytes += skb->len;
		return 0;
	}
	count->records++;
	if (spans) {
		count->cut++;
		count->cut_bytes += at.end - at.payload - (spans >> 32);
	}
	return 0;
}
