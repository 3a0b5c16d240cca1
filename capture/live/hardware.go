package live

import "ricochet/capture"

// unknownHardware stands for an interface whose type is not known.
const unknownHardware = -1

// Types of interfaces, from include/uapi/linux/if_arp.h of the kernel.
const (
	hardwareEther    = 1
	hardwareSLIP     = 256
	hardwareSLIP6    = 258
	hardwareCSLIP    = 257
	hardwareCSLIP6   = 259
	hardwarePPP      = 512
	hardwareRawIP    = 519
	hardwareTunnel   = 768
	hardwareTunnel6  = 769
	hardwareLoopback = 772
	hardwareSIT      = 776
	hardwareGRE      = 778
	hardwareGRE6     = 823
	hardwareNone     = 65534 // TUN, WireGuard
)

// linkType returns what the frames of an interface begin with when a raw packet
// socket sees them, and whether that is understood. An interface without a link
// header of its own hands over bare IP packets. One of which nothing is known is
// taken for Ethernet, as nearly all are.
func linkType(hardware int) (capture.LinkType, bool) {
	switch hardware {
	case hardwareEther, hardwareLoopback, unknownHardware:
		return capture.LinkEthernet, true
	case hardwareSLIP, hardwareCSLIP, hardwareSLIP6, hardwareCSLIP6, hardwarePPP, hardwareRawIP,
		hardwareTunnel, hardwareTunnel6, hardwareSIT, hardwareGRE, hardwareGRE6, hardwareNone:
		return capture.LinkRaw, true
	}
	return 0, false
}

// linkName returns a short name for a link type of linkType.
func linkName(l capture.LinkType) string {
	if l == capture.LinkRaw {
		return "raw"
	}
	return "ethernet"
}
