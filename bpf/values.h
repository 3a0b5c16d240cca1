/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long values are not copied, but for those that say who is primary and who is
 * replica. A frame is split into spans: stretches of its payload that tile it, of
 * each of which the start is kept and the rest left out.
 *
 * What may be left out lies in the middle of a bulk string: user space knows the
 * length of the string and steps over the hole. So the program follows the RESP
 * structure from the start of a payload, as far as it understands it; from there
 * on the rest is kept. A string that goes on in the next segments is remembered.
 *
 * That is a guess. A payload need not start where an element starts, for one when
 * the line of an element is spread over two segments; then nothing is understood,
 * and all is kept, until one does. And bytes in the middle of a value that was not
 * recognised may look like elements. That costs a hole in the wrong place, which
 * user space sees and reports like any other loss.
 */
#ifndef VALUES_H
#define VALUES_H

#include "ring.h"
#include "told.h"

/* Payloads up to SMALL bytes are kept, unless they lie in a value that is known. */
#define SMALL 1024
/* A bulk string of LONG bytes is a long value. */
#define LONG 2048
/* The longest value: proto-max-bulk-len of the servers. */
#define MAX_VALUE (512 << 20)
/* What is kept of the start of a value. User space looks at 64 bytes. */
#define VALUE_HEAD 64
/* A hole in the middle of a payload makes a packet more for user space to deal
 * with; one of HOLE bytes is worth it. */
#define HOLE 2048
/* How many elements are stepped over without coming upon a long value. */
#define PATIENCE 8
/* How many elements are stepped over at most: each span takes a few. */
#define MAX_STEPS 64
/* How far behind a value its flow is forgotten: until then segments of it may come
 * once more. */
#define FORGET (1 << 20)

/* values tells for each string that goes on behind the segment in which it was
 * met, long or not, where it starts and where it ends, its CRLF included. The upper half of
 * each number identifies the flow, the lower half is a sequence number. The
 * index is the lower half of the hash of the flow; a second flow of the same
 * index takes the place of the first, which then costs a copy. */
struct value {
	u64 from;
	u64 to;
};

#define VALUE_SLOTS (1 << 14)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VALUE_SLOTS);
	__type(key, u32);
	__type(value, struct value);
} values SEC(".maps");

static __always_inline struct value *value_of(u64 flow)
{
	u32 slot = flow & (VALUE_SLOTS - 1);

	return bpf_map_lookup_elem(&values, &slot);
}

#define FLOW_MASK (~0ull << 32)

/* Results of element. */
#define ELEMENT_LEN(e) ((u32)((e) >> 32) & 0xff) /* length of the line with its CRLF */
#define ELEMENT_BULK (1ull << 40)		 /* a string follows, */
#define ELEMENT_NUMBER(e) ((u32)(e))		 /* of so many bytes, and CRLF, */
#define ELEMENT_TOLD (1ull << 41)		 /* that may be one for is_told */

#define WINDOW 16

/* is_null reports whether a line is that of a null string or array. */
static __always_inline bool is_null(const u8 *b)
{
	return b[1] == '-' && b[2] == '1' && b[3] == '\r' && b[4] == '\n';
}

/* element reads the line at off, of which left bytes are in the segment. It
 * returns 0 if it does not understand it. */
__noinline u64 element(struct __sk_buff *skb, u64 off, u64 left)
{
	u8 b[WINDOW] = {};
	u64 n = left < WINDOW ? left : WINDOW;
	u64 number = 0;

	if (!usable(&n, WINDOW) || bpf_skb_load_bytes(skb, off, b, n))
		return 0;
	switch (b[0]) {
	case '$': /* strings: bulk, bulk error, verbatim */
	case '!':
	case '=':
	case '*': /* aggregates: array, map, set, attribute, push */
	case '%':
	case '~':
	case '|':
	case '>':
#pragma unroll
		for (int i = 1; i < 11; i++) {
			u8 c = b[i];

			if (c == '\r' && i > 1 && b[i + 1] == '\n') {
				u64 found = number | (u64)(i + 2) << 32;

				if (b[0] == '$' || b[0] == '!' || b[0] == '=')
					found |= ELEMENT_BULK;
				/* A length of four or five digits, from LONG to TOLD. */
				if ((i == 5 || i == 6) && may_be_told(b + i + 2))
					found |= ELEMENT_TOLD;
				return found;
			}
			if (c < '0' || c > '9')
				return is_null(b) ? 5ull << 32 : 0;
			number = number * 10 + (c - '0');
		}
		return 0;
	case '+': /* lines: simple string, error, integer, null, boolean, double, big number */
	case '-':
	case ':':
	case '_':
	case '#':
	case ',':
	case '(':
#pragma unroll
		for (int i = 1; i < WINDOW - 1; i++)
			if (b[i] == '\r' && b[i + 1] == '\n')
				return (u64)(i + 2) << 32;
		return 0;
	}
	return 0;
}

/* is_small reports whether a payload is too small to hold a long value, and does
 * not end with the length of one either: some clients and servers send that by
 * itself. */
static __always_inline bool is_small(struct __sk_buff *skb, u64 payload, u64 end)
{
	u8 b[6]; /* four digits or more, CRLF */

	if (end - payload > SMALL)
		return false;
	if (end - payload <= sizeof(b) || bpf_skb_load_bytes(skb, end - sizeof(b), b, sizeof(b)))
		return true;
	if (b[4] != '\r' || b[5] != '\n')
		return true;
	for (int i = 0; i < 4; i++)
		if (b[i] < '0' || b[i] > '9')
			return true;
	return false;
}

/* same_flow reports whether a value is known, and belongs to a flow. */
static __always_inline bool same_flow(const struct value *v, u64 flow)
{
	return !((v->from ^ flow) >> 32) && !((v->to ^ flow) >> 32);
}

/* close_span ends the present span: what of it lies before keep is kept, and the
 * next one starts at next. */
static __always_inline void close_span(struct scratch *s, u32 keep, u32 next)
{
	struct span *p = &s->spans[s->walk.spans & (MAX_SPANS - 1)];

	p->from = s->walk.open;
	p->keep = keep - s->walk.open;
	s->walk.kept += p->keep;
	s->walk.spans++;
	s->walk.open = next;
}

/* next_element steps over the element at walk.at, or comes upon a long value and
 * sets walk.rest. It returns whether it did either. */
static __always_inline bool next_element(struct __sk_buff *skb, struct walk *w, struct value *known, u64 flow)
{
	u64 found = element(skb, w->at, w->end - w->at);
	u32 number = ELEMENT_NUMBER(found);
	u32 seq;

	if (!found || w->patience == 0)
		return false;
	w->patience--;
	w->at += ELEMENT_LEN(found);
	if (!(found & ELEMENT_BULK))
		return true;
	if (number > MAX_VALUE)
		return false;
	if (found & ELEMENT_TOLD && number >= LONG && number <= TOLD && is_told(skb, w->at, w->end - w->at)) {
		/* What of it is in later segments is not understood there, and kept. */
		w->at += number + 2;
		return true;
	}
	if (number + 2 > w->end - w->at) {
		seq = w->seq + (w->at - w->payload);
		known->from = (flow & FLOW_MASK) | seq;
		known->to = (flow & FLOW_MASK) | (u32)(seq + number + 2);
	}
	if (number < LONG) {
		w->at += number + 2;
		return true;
	}
	w->rest = number + 2;
	w->head = VALUE_HEAD;
	return true;
}

/* step goes on with the walk and returns 0 when that is over. It is a global
 * function for the sake of the verifier, like those of headers.h; and what
 * changes from step to step is in memory, where the verifier does not look for
 * ever new combinations of it. */
__noinline u64 step(struct __sk_buff *skb, u64 flow)
{
	struct scratch *s = my_scratch();
	struct value *known = value_of(flow);
	struct walk *w;

	if (!s || !known)
		return 0;
	w = &s->walk;
	if (w->at >= w->end || w->spans >= MAX_SPANS - 1)
		return 0;
	if (w->rest == 0 && (!next_element(skb, w, known, flow) || w->rest == 0))
		return w->rest == 0 && w->at < w->end;
	if (w->rest >= w->end - w->at) {
		/* The value fills the segment, or goes on behind it. */
		if (w->head < w->end - w->at)
			close_span(s, w->at + w->head, w->end);
		return 0;
	}
	/* The CRLF is kept: by it user space sees whether the hole was where it
	 * should be. */
	if (w->rest >= w->head + HOLE + 2)
		close_span(s, w->at + w->head, w->at + w->rest - 2);
	w->at += w->rest;
	w->rest = 0;
	w->patience = PATIENCE;
	return 1;
}

/* find_values splits the payload of a TCP segment into spans, for which it uses
 * the scratch. It returns their number and, in the upper half, how many bytes of
 * the payload they keep; 0 means that the payload is to be kept as it is. */
__noinline u64 find_values(struct __sk_buff *skb, u64 payload, u64 end, u64 seq, u64 flow)
{
	struct scratch *s = my_scratch();
	struct value *known = value_of(flow);
	u32 rest = 0, head = 0;
	struct walk *w;
	int steps = 0;

	if (!s || !known || end <= payload)
		return 0;
	if (same_flow(known, flow)) {
		u32 into = seq - (u32)known->from;
		u32 len = (u32)known->to - (u32)known->from;

		if (into < len) {
			rest = len - into;
			head = into < VALUE_HEAD ? VALUE_HEAD - into : 0;
			if (len < LONG + 2)
				head = rest; /* not long: all of it is kept */
			else if (into == 0 && len <= TOLD + 2 && is_told(skb, payload, end - payload)) {
				known->from = known->to = 0;
				return 0;
			}
		} else if ((int)(seq - (u32)known->to) > FORGET) {
			known->from = known->to = 0;
		}
	}
	if (rest == 0 && is_small(skb, payload, end))
		return 0;
	w = &s->walk;
	w->payload = w->at = w->open = payload;
	w->end = end;
	w->seq = seq;
	w->rest = rest;
	w->head = head;
	w->spans = w->kept = 0;
	w->patience = PATIENCE;
	rolled
	do {
		if (!step(skb, flow))
			break;
	} while (++steps < MAX_STEPS);
	if (w->spans == 0)
		return 0;
	if (w->open < end)
		close_span(s, end, end);
	return (u64)w->kept << 32 | w->spans;
}

/* is_plain reports, quickly, that there is nothing to find in a payload: so it is
 * with most. */
static __always_inline bool is_plain(struct __sk_buff *skb, u64 payload, u64 end, u64 flow)
{
	const struct value *known;

	if (end <= payload)
		return true;
	known = value_of(flow);
	return known && !same_flow(known, flow) && is_small(skb, payload, end);
}

/* forget makes nothing known of a flow, which starts anew. */
static __always_inline void forget(u64 flow)
{
	struct value *known = value_of(flow);

	if (known && same_flow(known, flow))
		known->from = known->to = 0;
}

/* copy_span copies what span i keeps into the data of the scratch at offset at,
 * and returns the offset behind it, or 0 if it does not fit. */
__noinline u64 copy_span(struct __sk_buff *skb, u64 i, u64 at)
{
	struct scratch *s = my_scratch();
	u64 len;

	if (!s || i >= MAX_SPANS)
		return 0;
	len = s->spans[i].keep;
	if (len == 0)
		return at;
	if (!usable(&at, MAX_CUT) || !usable(&len, MAX_CUT))
		return 0;
	if (bpf_skb_load_bytes(skb, s->spans[i].from, s->data + at, len))
		return 0;
	return at + len;
}

/* copy_spans copies the headers of a frame and what n spans keep of its payload
 * into the scratch. It returns how many bytes that are, or 0 if they do not fit. */
__noinline u64 copy_spans(struct __sk_buff *skb, u64 payload, u64 n)
{
	struct scratch *s = my_scratch();
	u64 at = payload;
	u64 i = 0;

	if (!s || !usable(&payload, MAX_CUT_HEADERS) || bpf_skb_load_bytes(skb, 0, s->data, payload))
		return 0;
	rolled
	do {
		at = copy_span(skb, i, at);
	} while (at && ++i < n && i < MAX_SPANS);
	return at;
}

/* emit_spans emits the headers of a frame and what n spans keep of its payload. */
static __always_inline bool emit_spans(struct __sk_buff *skb, struct scratch *s, u64 payload, u64 n)
{
	u64 kept = copy_spans(skb, payload, n);

	if (!usable(&kept, 2 * MAX_CUT))
		return false;
	s->cut.kept = kept;
	s->cut.spans = n;
	return emit(s, sizeof(s->cut) + sizeof(s->spans) + kept);
}

#endif
