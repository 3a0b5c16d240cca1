/* SPDX-License-Identifier: Apache-2.0 */
/* Strings that say who is primary and who is replica. */
#ifndef TOLD_H
#define TOLD_H

#include "kernel.h"

/* The longest string that is kept whole for what it says of roles: the reply to INFO
 * takes 4 to 8 kB, that to CLUSTER NODES 100 to 200 bytes a node. */
#define TOLD (16 << 10)

static __always_inline bool is_letter(u8 c)
{
	return (u8)((c | 0x20) - 'a') < 26;
}

static __always_inline bool is_hex(u8 c)
{
	return (u8)(c - '0') < 10 || (u8)(c - 'a') < 6;
}

/* may_be_told says of most strings, by their first three bytes, that is_told does
 * not hold. */
static __always_inline bool may_be_told(const u8 *b)
{
	return b[0] == '#' ? b[1] == ' ' : b[0] == 't' ? b[1] == 'x' : is_hex(b[0]) && is_hex(b[1]) && is_hex(b[2]);
}

/* is_told reports whether a string at off, of which left bytes are in the segment,
 * starts like the replies to INFO ("# Server") and CLUSTER NODES (40 hexadecimal
 * digits and a space), maybe as a verbatim string of RESP3 ("txt:"). */
__noinline u64 is_told(struct __sk_buff *skb, u64 off, u64 left)
{
	u8 b[48];
	int i = 0;

	if (left < 4 || bpf_skb_load_bytes(skb, off, b, 4))
		return 0;
	if (b[0] == 't' && b[1] == 'x' && b[2] == 't' && b[3] == ':') {
		off += 4;
		left -= 4;
		if (left < 4 || bpf_skb_load_bytes(skb, off, b, 4))
			return 0;
	}
	if (b[0] == '#')
		return b[1] == ' ' && is_letter(b[2]);
	if (!is_hex(b[0]) || left < 41 || bpf_skb_load_bytes(skb, off, b, 41))
		return 0;
	rolled
	do {
		if (!is_hex(b[i]))
			return 0;
	} while (++i < 40);
	return b[40] == ' ';
}

#endif
