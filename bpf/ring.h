/* SPDX-License-Identifier: Apache-2.0 */
/* Where samples are put together, and the ring buffer that takes them. */
#ifndef RING_H
#define RING_H

#include "record.h"

/* The most that is kept of a frame, MaxSnaplen of options.go: the longest packet
 * that IP can name the length of, and the headers around it. */
#define MAX_SNAPLEN ((65 << 10) + 512)

/* The most that is kept of a frame with spans, and of the headers of one. */
#define MAX_CUT (32 << 10)
#define MAX_CUT_HEADERS 512

/* A walk through the elements of a payload; values.h has the rest. Offsets are
 * bytes from the start of the frame. */
struct walk {
	u32 payload;
	u32 end;
	u32 seq;      /* of the payload */
	u32 at;	      /* where the next element starts, or a long value */
	u32 rest;     /* bytes from there on that belong to a long value and its CRLF */
	u32 head;     /* the first of them, that are to be kept */
	u32 open;     /* where the present span starts */
	u32 spans;    /* spans that are closed */
	u32 kept;     /* what they keep, bytes */
	u32 patience; /* elements to step over until the next long value */
};

/* A sample is put together here and copied to the ring, at its exact length.
 * Reserving room in the ring would save the copy, but takes a size that is known
 * beforehand, and size classes fill the ring with air. The order is such that
 * both kinds of sample are in one piece: record, spans, data with spans, and
 * otherwise the second record and data. */
struct scratch {
	struct record cut;
	union {
		struct span spans[MAX_SPANS];
		struct {
			u8 unused[MAX_SPANS * sizeof(struct span) - sizeof(struct record)];
			struct record plain;
		};
	};
	u8 data[MAX_SNAPLEN];
	struct walk walk;
};

/* One for each processor. (The values of a per-processor map cannot be so
 * large.) A socket filter runs with softirqs off, so nothing else uses that of
 * the same processor meanwhile. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* Load sets it */
	__type(key, u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20); /* Load sets it */
	__type(value, struct record); /* in fact what scratch holds */
} ring SEC(".maps");

/* The reader is woken each time the ring has filled by another 1 << wake_shift
 * bytes. To wake it for every record costs more than all the rest. */
const volatile u32 wake_shift = 21;

static __always_inline struct scratch *my_scratch(void)
{
	u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&scratch, &cpu);
}

/* emit copies a sample into the ring, unless that is full. */
static __always_inline bool emit(void *sample, u64 size)
{
	u64 used = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	u64 flags = BPF_RB_NO_WAKEUP;

	if (used >> wake_shift != (used + size) >> wake_shift)
		flags = BPF_RB_FORCE_WAKEUP;
	return bpf_ringbuf_output(&ring, sample, size, flags) == 0;
}

/* emit_start emits the first kept bytes of a frame. */
static __always_inline bool emit_start(struct __sk_buff *skb, struct scratch *s, u64 kept)
{
	if (!usable(&kept, MAX_SNAPLEN))
		return false;
	if (bpf_skb_load_bytes(skb, 0, s->data, kept))
		return false;
	s->plain = s->cut;
	s->plain.kept = kept;
	s->plain.spans = 0;
	return emit(&s->plain, sizeof(s->plain) + kept);
}

#endif
