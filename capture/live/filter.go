package live

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// maxFilter is the length of the longest program that the kernel takes,
// BPF_MAXINSNS of include/uapi/linux/bpf_common.h.
const maxFilter = 4096

// Numbers of the kernel that the filter compares with.
const (
	packetOutgoing = 4 // PACKET_OUTGOING of include/uapi/linux/if_packet.h
)

// filter is a classic BPF program that lets through each frame that a judge wants
// or finds unclear, unless it is cut off within its headers. It lets through some
// that are foreign: what tunnels carry, and what follows IPv6 extension headers.
type filter struct {
	judge      judge
	interfaces []int  // indexes; nil means all
	snaplen    uint32 // how much to keep of a frame
}

// assemble returns the program. If there are too many ports for one it lets
// through all of TCP.
func (f *filter) assemble() ([]bpf.Instruction, error) {
	code, err := f.build(f.judge.ports)
	if err == nil && len(code) > maxFilter {
		code, err = f.build(nil)
	}
	return code, err
}

func (f *filter) build(p ports) ([]bpf.Instruction, error) {
	a := new(assembler)
	f.chooseInterface(a)
	f.chooseLink(a)
	f.link(a)
	f.network(a)
	f.transport(a, p)
	return a.program()
}

// chooseInterface turns down frames of other interfaces, and the first of the two
// times that each frame on loopback is seen, on its way out.
func (f *filter) chooseInterface(a *assembler) {
	if f.interfaces != nil {
		a.emit(bpf.LoadExtension{Num: bpf.ExtInterfaceIndex})
		for _, index := range f.interfaces {
			a.jumpIf(bpf.JumpEqual, uint32(index), "interface", next)
		}
		a.emit(bpf.RetConstant{Val: 0})
		a.label("interface")
	}
	a.emit(bpf.LoadExtension{Num: bpf.ExtLinkLayerType})
	a.jumpIf(bpf.JumpEqual, hardwareLoopback, next, "direction")
	a.emit(bpf.LoadExtension{Num: bpf.ExtType})
	a.jumpIf(bpf.JumpEqual, packetOutgoing, next, "direction")
	a.emit(bpf.RetConstant{Val: 0})
	a.label("direction")
}

// chooseLink goes on at "ethernet" or "raw", by what frames of the interface
// begin with.
func (f *filter) chooseLink(a *assembler) {
	a.emit(bpf.LoadExtension{Num: bpf.ExtLinkLayerType})
	a.jumpIf(bpf.JumpEqual, hardwareEther, "ethernet", next)
	a.jumpIf(bpf.JumpEqual, hardwareLoopback, "ethernet", "raw")
}

// link goes on at "ipv4" or "ipv6" with X the offset of that header.
func (f *filter) link(a *assembler) {
	a.label("raw")
	a.emit(bpf.LoadConstant{Dst: bpf.RegX, Val: 0}, bpf.LoadIndirect{Off: 0, Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 4})
	a.jumpIf(bpf.JumpEqual, 4, "ipv4", next)
	a.jumpTo("ipv6")

	a.label("ethernet")
	for tags := range uint32(maxTags + 1) {
		behind := fmt.Sprintf("behind %d tags", tags)
		a.emit(bpf.LoadConstant{Dst: bpf.RegX, Val: ethernetLen + tagLen*tags},
			bpf.LoadAbsolute{Off: ethernetLen - 2 + tagLen*tags, Size: 2})
		a.jumpIf(bpf.JumpEqual, etherVLAN, behind, next)
		a.jumpIf(bpf.JumpEqual, etherQinQ, behind, next)
		a.jumpIf(bpf.JumpEqual, etherQinQ1, behind, "ethertype")
		a.label(behind)
	}
	a.jumpTo("accept") // too many tags to judge

	a.label("ethertype")
	a.jumpIf(bpf.JumpEqual, etherIPv4, "ipv4", next)
	a.jumpIf(bpf.JumpEqual, etherIPv6, "ipv6", "reject")
}

// network goes on at "ports" with X the offset of the TCP header.
func (f *filter) network(a *assembler) {
	udp := "reject"
	if f.judge.tunnels {
		udp = "udp"
	}

	a.label("ipv4") // RFC 791 section 3.1
	a.emit(bpf.LoadIndirect{Off: 9, Size: 1})
	a.jumpIf(bpf.JumpEqual, protoTCP, next, "ipv4 other")
	a.emit(bpf.LoadIndirect{Off: 6, Size: 2})
	a.jumpIf(bpf.JumpBitsSet, 0x1fff, "accept", next) // a fragment without ports
	f.skipIPv4(a)
	a.jumpTo("ports")
	a.label("ipv4 other")
	a.jumpIf(bpf.JumpEqual, protoUDP, next, "reject")
	if f.judge.tunnels {
		a.emit(bpf.LoadIndirect{Off: 6, Size: 2})
		a.jumpIf(bpf.JumpBitsSet, 0x1fff, "accept", next)
		f.skipIPv4(a)
	}
	a.jumpTo(udp)

	a.label("ipv6") // RFC 8200 section 3
	a.emit(bpf.LoadIndirect{Off: 6, Size: 1})
	for _, extension := range []uint32{protoHopByHop, protoRouting, protoFragment, protoAuth, protoOptions} {
		a.jumpIf(bpf.JumpEqual, extension, "accept", next)
	}
	a.jumpIf(bpf.JumpEqual, protoTCP, "ipv6 tcp", next)
	a.jumpIf(bpf.JumpEqual, protoUDP, next, "reject")
	f.skipIPv6(a)
	a.jumpTo(udp)
	a.label("ipv6 tcp")
	f.skipIPv6(a)
	a.jumpTo("ports")

	if f.judge.tunnels {
		a.label("udp")
		a.emit(bpf.LoadIndirect{Off: 2, Size: 2})
		a.jumpIf(bpf.JumpEqual, portVXLAN, "accept", next)
		a.jumpIf(bpf.JumpEqual, portVXLANLinux, "accept", next)
		a.jumpIf(bpf.JumpEqual, portGeneve, "accept", "reject")
	}
	a.label("accept")
	a.emit(bpf.RetConstant{Val: f.snaplen})
	a.label("reject")
	a.emit(bpf.RetConstant{Val: 0})
}

// skipIPv4 moves X behind the IPv4 header there.
func (f *filter) skipIPv4(a *assembler) {
	a.emit(bpf.LoadIndirect{Off: 0, Size: 1}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 2}, bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{})
}

// skipIPv6 moves X behind the IPv6 header there.
func (f *filter) skipIPv6(a *assembler) {
	a.emit(bpf.TXA{}, bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: ipv6Len}, bpf.TAX{})
}

// transport compares both ports. The ranges are in order, so the first that ends
// behind a port is the only one that it may be in.
func (f *filter) transport(a *assembler, p ports) {
	a.label("ports")
	if p.all() {
		a.emit(bpf.RetConstant{Val: f.snaplen})
		return
	}
	for _, offset := range []uint32{0, 2} {
		a.emit(bpf.LoadIndirect{Off: offset, Size: 2})
		for _, r := range p {
			a.emit(
				bpf.JumpIf{Cond: bpf.JumpLessThan, Val: uint32(r.From), SkipTrue: 2},
				bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: uint32(r.To), SkipTrue: 1},
				bpf.RetConstant{Val: f.snaplen})
		}
	}
	a.emit(bpf.RetConstant{Val: 0})
}
