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
// or finds unclear, unless it is cut off within its headers. Of frames that are
// foreign it lets through those that tunnels carry.
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
	a.jumpIf(bpf.JumpEqual, 6, "ipv6", next)
	a.emit(bpf.RetConstant{Val: f.snaplen}) // no IP: unclear

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
	a.jumpIf(bpf.JumpEqual, etherIPv6, "ipv6", next)
	a.emit(bpf.RetConstant{Val: 0})
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
	a.jumpIf(bpf.JumpBitsSet, 0x1fff, "ipv4 unclear", next) // a fragment without ports
	f.skipIPv4(a)
	a.jumpTo("ports")
	a.label("ipv4 other")
	a.jumpIf(bpf.JumpEqual, protoUDP, next, "ipv4 foreign")
	if f.judge.tunnels {
		a.emit(bpf.LoadIndirect{Off: 6, Size: 2})
		a.jumpIf(bpf.JumpBitsSet, 0x1fff, "ipv4 unclear", next)
		f.skipIPv4(a)
	}
	a.jumpTo(udp)
	a.label("ipv4 foreign")
	a.emit(bpf.RetConstant{Val: 0})
	a.label("ipv4 unclear")
	a.jumpTo("accept")

	f.ipv6(a)
	a.label("upper") // A is what IPv6 carries, X where
	a.jumpIf(bpf.JumpEqual, protoTCP, next, "ipv6 other")
	a.jumpTo("ports")
	a.label("ipv6 other")
	a.jumpIf(bpf.JumpEqual, protoUDP, udp, "reject")

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

// ipv6 steps over extension headers, RFC 8200 section 4, and goes on at "upper".
func (f *filter) ipv6(a *assembler) {
	a.label("ipv6")
	a.emit(bpf.LoadIndirect{Off: 6, Size: 1}, bpf.StoreScratch{Src: bpf.RegA},
		bpf.TXA{}, bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: ipv6Len}, bpf.TAX{})
	for i := range maxExtensions {
		name := func(label string) string { return fmt.Sprintf("%s of extension %d", label, i) }
		a.emit(bpf.LoadScratch{Dst: bpf.RegA})
		a.jumpIf(bpf.JumpEqual, protoTCP, name("end"), next)
		for _, options := range []uint32{protoHopByHop, protoRouting, protoOptions} {
			a.jumpIf(bpf.JumpEqual, options, name("options"), next)
		}
		a.jumpIf(bpf.JumpEqual, protoAuth, name("auth"), next)
		a.jumpIf(bpf.JumpEqual, protoFragment, name("fragment"), next)
		a.label(name("end"))
		a.jumpTo("upper")

		a.label(name("options"))
		f.skipExtension(a, 3)
		a.jumpTo(name("next"))
		a.label(name("auth"))
		f.skipExtension(a, 2)
		a.jumpTo(name("next"))
		a.label(name("fragment"))
		a.emit(bpf.LoadIndirect{Off: 0, Size: 1}, bpf.StoreScratch{Src: bpf.RegA}, bpf.LoadIndirect{Off: 2, Size: 2})
		a.jumpIf(bpf.JumpBitsSet, 0xfff8, next, name("first"))
		a.jumpTo("later fragment")
		a.label(name("first"))
		a.emit(bpf.TXA{}, bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 8}, bpf.TAX{})
		a.label(name("next"))
	}
	a.emit(bpf.LoadScratch{Dst: bpf.RegA})
	for _, extension := range []uint32{protoHopByHop, protoRouting, protoOptions, protoAuth, protoFragment} {
		a.jumpIf(bpf.JumpEqual, extension, "accept", next) // too many to judge
	}
	a.jumpTo("upper")

	a.label("later fragment")
	a.emit(bpf.LoadScratch{Dst: bpf.RegA})
	a.jumpIf(bpf.JumpEqual, protoTCP, "accept", next)
	if f.judge.tunnels {
		a.jumpIf(bpf.JumpEqual, protoUDP, "accept", next)
	}
	a.emit(bpf.RetConstant{Val: 0})
}

// skipExtension keeps the type of the next header and moves X behind the one
// there, of which the second byte says how many units of 2^shift bytes it is
// longer than 8 bytes.
func (f *filter) skipExtension(a *assembler, shift uint32) {
	a.emit(bpf.LoadIndirect{Off: 0, Size: 1}, bpf.StoreScratch{Src: bpf.RegA},
		bpf.LoadIndirect{Off: 1, Size: 1}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: shift},
		bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 8}, bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{})
}

// skipIPv4 moves X behind the IPv4 header there.
func (f *filter) skipIPv4(a *assembler) {
	a.emit(bpf.LoadIndirect{Off: 0, Size: 1}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 2}, bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{})
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
