/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program uses of the kernel's interface to user space, so that the
 * object does not depend on the kernel headers of the machine that builds it.
 */
#ifndef KERNEL_H
#define KERNEL_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef _Bool bool;

#define true 1
#define false 0

/* The start of the context of a socket filter (linux/bpf.h). */
struct __sk_buff {
	u32 len;
	u32 pkt_type;
	u32 mark;
	u32 queue_mapping;
	u32 protocol;
	u32 vlan_present;
	u32 vlan_tci;
	u32 vlan_proto;
	u32 priority;
	u32 ingress_ifindex;
	u32 ifindex;
};

/* A value of pkt_type (linux/if_packet.h). */
#define PACKET_OUTGOING 4

/* Types of maps, and flags of the ring buffer's helpers (linux/bpf.h). */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
	BPF_RB_AVAIL_DATA = 0,
};

#include <bpf/bpf_helpers.h>

/* rolled keeps the compiler from unrolling the loop behind it. Before Linux 6.7 the
 * size of a program counts towards net.core.optmem_max, the default of which is 20
 * kB. A rolled loop ends with its condition: until about then a back edge had to be
 * a jump, and clang turns others round so that it is not. */
#define rolled _Pragma("clang loop unroll(disable)")

/* usable reports whether *n bytes, which may be 0, can be asked of a helper for a
 * buffer of max bytes. The verifier has to see two comparisons of the very number
 * that is then used; left to itself the compiler makes them one of a copy. The
 * second is signed, as older verifiers learn nothing from a test for 0. */
static __always_inline bool usable(u64 *n, u64 max)
{
	asm volatile("" : "+r"(*n));
	if (*n > max)
		return false;
	asm volatile("" : "+r"(*n));
	return (__s64)*n > 0;
}

#endif
