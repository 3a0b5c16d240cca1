package pcapfile

import (
	"strconv"

	"ricochet/capture"
)

// mixedLinks is what Stats.Link says when packets differ in link type.
const mixedLinks = "mixed"

// linkName returns a short name for a link type.
func linkName(l capture.LinkType) string {
	switch l {
	case capture.LinkNull:
		return "null"
	case capture.LinkEthernet:
		return "ethernet"
	case capture.LinkRawDLT, capture.LinkRaw:
		return "raw"
	case capture.LinkLoop:
		return "loop"
	case capture.LinkLinuxSLL:
		return "linux-sll"
	case capture.LinkIPv4:
		return "ipv4"
	case capture.LinkIPv6:
		return "ipv6"
	case capture.LinkLinuxSLL2:
		return "linux-sll2"
	}
	return "link-type-" + strconv.FormatUint(uint64(l), 10)
}
