/* SPDX-License-Identifier: Apache-2.0 */
/* What the program hands to user space. record.go reads it. */
#ifndef RECORD_H
#define RECORD_H

#include "kernel.h"

enum {
	RECORD_OUTGOING = 1, /* the frame leaves this host */
	RECORD_RAW_IP = 2,   /* the frame starts with an IP header */
};

/* The spans that the payload of a frame may be split into. */
#define MAX_SPANS 16

/* A stretch of the payload, from here to the next span or the end, of which the
 * first keep bytes were copied. */
struct span {
	u32 from; /* bytes from the start of the frame */
	u32 keep;
};

/* The header of a sample. MAX_SPANS spans follow if there are any, then what was
 * kept of the frame. */
struct record {
	u64 time; /* CLOCK_MONOTONIC, nanoseconds */
	u32 ifindex;
	u32 wire; /* length of the frame */
	u32 kept; /* bytes of the frame that follow */
	u32 end;  /* end of the IP datagram, bytes from the start of the frame */
	u16 net;  /* innermost IP header, likewise */
	u16 tcp;  /* TCP header, likewise */
	u16 payload; /* TCP payload, likewise */
	u8 flags;
	u8 spans; /* number of spans; 0: what was kept is the start of the frame */
};

#endif
