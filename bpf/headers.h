/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the start of a frame to the TCP payload. Where a field is longer than a
 * byte it is in network byte order, and read byte by byte.
 */
#ifndef HEADERS_H
#define HEADERS_H

#include "kernel.h"

/* Bounds of what headers may nest. Beyond them a frame is UNPARSED. */
#define MAX_TAGS 8	 /* VLAN tags behind one Ethernet header */
#define MAX_EXTENSIONS 8 /* extension headers behind one IPv6 header */
#define MAX_TUNNELS 1	 /* tunnels around the innermost IP header */

/* EtherTypes, as registered with the IEEE. */
#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd
#define TYPE_VLAN 0x8100     /* IEEE 802.1Q */
#define TYPE_QINQ 0x88a8     /* IEEE 802.1ad */
#define TYPE_OLD_QINQ 0x9100 /* what switches used before 802.1ad */
#define TYPE_BRIDGED 0x6558  /* transparent Ethernet bridging (RFC 1701) */

/* Protocol numbers, as registered with IANA. */
#define PROTO_HOP_BY_HOP 0
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ROUTING 43
#define PROTO_FRAGMENT 44
#define PROTO_AUTH 51
#define PROTO_DESTINATION 60

/* Destination ports of the tunnels. */
#define PORT_VXLAN 4789	      /* RFC 7348, section 5 */
#define PORT_VXLAN_LINUX 8472 /* what Linux uses unless told otherwise */
#define PORT_GENEVE 6081      /* RFC 8926, section 3.3 */

#define ETHERNET_LEN 14
#define TAG_LEN 4
#define IPV4_LEN 20	/* without options: RFC 791, section 3.1 */
#define IPV6_LEN 40	/* RFC 8200, section 3 */
#define EXTENSION_LEN 8 /* the least: RFC 8200, sections 4.3 to 4.6; RFC 4302, section 2 */
#define TCP_LEN 20	/* without options: RFC 9293, section 3.1 */
#define UDP_LEN 8	/* RFC 768 */
#define VXLAN_LEN 8	/* RFC 7348, section 5 */
#define GENEVE_LEN 8	/* without options: RFC 8926, section 3.4 */

enum verdict {
	OTHER = 1, /* not asked for */
	UNPARSED,  /* cannot be judged */
	GO_ON,	   /* undecided yet */
	MATCH,
};

/* Where the parts of a frame are, in bytes from its start, and what they say. */
struct layout {
	u32 net;	/* the innermost IP header */
	u32 upper;	/* what the innermost IP header carries */
	u32 payload;	/* what the TCP header is followed by; 0 if that is not known */
	u32 end;	/* the end of the IP datagram: what follows is padding */
	u32 seq;	/* TCP sequence number of the payload */
	u64 flow;	/* a hash of addresses and ports, one for each direction */
	u16 type;	/* EtherType of the innermost IP header */
	u8 protocol;	/* what the innermost IP header carries */
	bool syn;
	bool fragment;	/* the first of several: the datagram goes on elsewhere */
	bool later;	/* a fragment other than the first: it has no ports */
	bool tunnelled; /* other IP headers precede the innermost */
};

/* ports is a set of TCP ports, one bit each, unless all_ports is set. */
const volatile u64 ports[65536 / 64];
const volatile bool all_ports;
/* tunnels says whether to look into VXLAN and Geneve. */
const volatile bool tunnels;

static __always_inline u16 be16(const u8 *b)
{
	return (u16)(b[0] << 8 | b[1]);
}

static __always_inline u32 be32(const u8 *b)
{
	return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

static __always_inline bool wanted(u16 port)
{
	return ports[port >> 6] >> (port & 63) & 1;
}

static __always_inline bool is_tag(u16 type)
{
	return type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_OLD_QINQ;
}

static __always_inline bool is_extension(u8 protocol)
{
	return protocol == PROTO_HOP_BY_HOP || protocol == PROTO_ROUTING || protocol == PROTO_FRAGMENT ||
	       protocol == PROTO_AUTH || protocol == PROTO_DESTINATION;
}

/* mix folds v into the hash h. It need not withstand anybody: see values.h. */
static __always_inline u64 mix(u64 h, u64 v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 32;
}

static __always_inline u64 mix_bytes(u64 h, const u8 *b, int n)
{
	for (int i = 0; i < n; i += 4)
		h = mix(h, be32(b + i));
	return h;
}

/*
 * The two loops below are global functions: the verifier looks at these by
 * themselves, once, and takes their result for any number. Inline, the ways
 * through them would multiply with each other and with those of the tunnels.
 * They pack what they find into a number, of which 0 means UNPARSED.
 */

/* behind_tags steps over VLAN tags, of which the first has its content at net, and
 * returns the offset of what follows and, in the upper half, its EtherType. */
__noinline u64 behind_tags(struct __sk_buff *skb, u64 net)
{
	u8 b[TAG_LEN];
	int tags = 0;
	u16 type;

	rolled
	do {
		if (tags++ == MAX_TAGS || bpf_skb_load_bytes(skb, net, b, sizeof(b)))
			return 0;
		net += TAG_LEN;
		type = be16(b + 2);
	} while (is_tag(type));
	return (u64)type << 32 | net;
}

#define FRAGMENT (1ull << 40)
#define LATER (1ull << 41)

/* behind_extensions steps over extension headers, of which the first is at upper,
 * and returns the offset of what follows and, in bits 32 to 39, its protocol. It
 * stops at the header of a fragment other than the first. */
__noinline u64 behind_extensions(struct __sk_buff *skb, u64 upper, u64 protocol)
{
	u8 b[EXTENSION_LEN];
	int headers = 0;
	u64 flags = 0;
	u16 offset;

	rolled
	do {
		if (headers++ == MAX_EXTENSIONS || bpf_skb_load_bytes(skb, upper, b, sizeof(b)))
			return 0;
		/* Units of 8 bytes without the first, for AH of 4 without the first two. */
		switch (protocol) {
		case PROTO_FRAGMENT:
			upper += EXTENSION_LEN;
			/* The offset, two bits of nothing, more fragments: RFC 8200, section 4.5. */
			offset = be16(b + 2);
			if (offset & 0xfff9)
				flags |= FRAGMENT;
			if (offset & 0xfff8)
				return flags | LATER | (u64)b[0] << 32 | upper;
			break;
		case PROTO_AUTH:
			upper += (b[1] + 2) * 4;
			break;
		default:
			upper += (b[1] + 1) * 8;
		}
		protocol = b[0];
	} while (is_extension(protocol));
	return flags | protocol << 32 | upper;
}

/* ethernet reads the Ethernet header at at->net and the tags behind it. */
static __always_inline enum verdict ethernet(struct __sk_buff *skb, struct layout *at)
{
	u8 b[ETHERNET_LEN];
	u64 found;

	if (bpf_skb_load_bytes(skb, at->net, b, sizeof(b)))
		return UNPARSED;
	at->net += ETHERNET_LEN;
	at->type = be16(b + 12);
	if (!is_tag(at->type))
		return GO_ON;
	found = behind_tags(skb, at->net);
	at->net = found;
	at->type = found >> 32;
	return found ? GO_ON : UNPARSED;
}

/* raw_ip takes the type of the IP header at at->net from its version. */
static __always_inline enum verdict raw_ip(struct __sk_buff *skb, struct layout *at)
{
	u8 version;

	if (bpf_skb_load_bytes(skb, at->net, &version, 1))
		return UNPARSED;
	at->type = version >> 4 == 4 ? TYPE_IPV4 : TYPE_IPV6;
	return GO_ON;
}

/* datagram_end is where a datagram ends that says it is len bytes long. A length
 * of 0 stands for one that the field cannot hold or that is yet to be cut up. */
static __always_inline u32 datagram_end(struct __sk_buff *skb, u32 start, u32 len)
{
	u32 rest = skb->len - start;

	return start + (len == 0 || len > rest ? rest : len);
}

static __always_inline enum verdict ipv4(struct __sk_buff *skb, struct layout *at)
{
	u8 b[IPV4_LEN];
	u32 header;
	u16 fragment;

	if (bpf_skb_load_bytes(skb, at->net, b, sizeof(b)))
		return UNPARSED;
	header = (b[0] & 15) * 4;
	if (b[0] >> 4 != 4 || header < IPV4_LEN)
		return UNPARSED;
	at->upper = at->net + header;
	at->end = datagram_end(skb, at->net, be16(b + 2));
	at->protocol = b[9];
	at->flow = mix_bytes(0, b + 12, 8);
	/* More fragments, and the offset in units of 8 bytes: RFC 791, section 3.1. */
	fragment = be16(b + 6) & 0x3fff;
	at->fragment = fragment != 0;
	at->later = (fragment & 0x1fff) != 0;
	return GO_ON;
}

static __always_inline enum verdict ipv6(struct __sk_buff *skb, struct layout *at)
{
	u8 b[IPV6_LEN];
	u64 found;
	u32 len;

	if (bpf_skb_load_bytes(skb, at->net, b, sizeof(b)))
		return UNPARSED;
	if (b[0] >> 4 != 6)
		return UNPARSED;
	len = be16(b + 4);
	at->upper = at->net + IPV6_LEN;
	at->end = datagram_end(skb, at->net, len ? len + IPV6_LEN : 0);
	at->protocol = b[6];
	at->flow = mix_bytes(0, b + 8, 32);
	at->fragment = at->later = false;
	if (!is_extension(at->protocol))
		return GO_ON;
	found = behind_extensions(skb, at->upper, at->protocol);
	at->upper = found;
	at->protocol = found >> 32;
	at->fragment = (found & FRAGMENT) != 0;
	at->later = (found & LATER) != 0;
	return found ? GO_ON : UNPARSED;
}

/* tcp reads the TCP header at at->upper. */
static __always_inline enum verdict tcp(struct __sk_buff *skb, struct layout *at)
{
	u8 b[TCP_LEN];
	u32 header;

	if (at->later)
		return all_ports ? MATCH : UNPARSED;
	if (bpf_skb_load_bytes(skb, at->upper, b, sizeof(b)))
		return UNPARSED;
	if (!all_ports && !wanted(be16(b)) && !wanted(be16(b + 2)))
		return OTHER;
	header = (b[12] >> 4) * 4;
	if (header < TCP_LEN)
		return MATCH;
	at->payload = at->upper + header;
	at->seq = be32(b + 4);
	at->syn = b[13] & 2;
	at->flow = mix(at->flow, be32(b));
	return MATCH;
}

/* udp steps into the tunnel of the datagram at at->upper, if it is one. */
static __always_inline enum verdict udp(struct __sk_buff *skb, struct layout *at)
{
	u8 b[UDP_LEN + GENEVE_LEN];
	u16 port;

	if (at->later)
		return UNPARSED;
	if (bpf_skb_load_bytes(skb, at->upper, b, UDP_LEN))
		return UNPARSED;
	port = be16(b + 2);
	if (port != PORT_VXLAN && port != PORT_VXLAN_LINUX && port != PORT_GENEVE)
		return OTHER;
	if (bpf_skb_load_bytes(skb, at->upper, b, sizeof(b)))
		return UNPARSED;
	at->tunnelled = true;
	if (port != PORT_GENEVE) {
		/* Without the flag it is something else that uses the port. */
		if (!(b[UDP_LEN] & 8))
			return OTHER;
		at->net = at->upper + UDP_LEN + VXLAN_LEN;
		return ethernet(skb, at);
	}
	if (b[UDP_LEN] >> 6 != 0)
		return OTHER; /* only version 0 is defined */
	at->net = at->upper + UDP_LEN + GENEVE_LEN + (b[UDP_LEN] & 63) * 4;
	at->type = be16(b + UDP_LEN + 2);
	if (at->type == TYPE_BRIDGED)
		return ethernet(skb, at);
	return GO_ON;
}

/* locate finds the innermost TCP segment of a frame and judges it by its ports.
 * at is to be zero. */
static __always_inline enum verdict locate(struct __sk_buff *skb, bool raw, struct layout *at)
{
	enum verdict v = raw ? raw_ip(skb, at) : ethernet(skb, at);

	for (int depth = 0; depth <= MAX_TUNNELS; depth++) {
		if (v != GO_ON)
			return v;
		if (at->type == TYPE_IPV4)
			v = ipv4(skb, at);
		else if (at->type == TYPE_IPV6)
			v = ipv6(skb, at);
		else
			return OTHER;
		if (v != GO_ON)
			return v;
		if (at->protocol == PROTO_TCP)
			return tcp(skb, at);
		if (at->protocol != PROTO_UDP || !tunnels)
			return OTHER;
		if (depth == MAX_TUNNELS)
			return OTHER;
		v = udp(skb, at);
	}
	return UNPARSED;
}

#endif
