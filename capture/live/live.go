// Package live captures TCP packets as they pass the interfaces of this host:
// by an eBPF program that copies what matters to a ring buffer, or, where that
// is not allowed, by an AF_PACKET ring with a classic filter. Both are passive:
// they see copies of packets, and can neither drop, change nor delay one. No
// interface is made promiscuous: what a switch port that mirrors traffic delivers
// is seen only if the interface was made so by somebody else.
package live

import (
	"fmt"
	"slices"
)

// What Options.Mechanism may say, and Source.Mechanism and Health do say.
const (
	// MechanismAuto is eBPF, or AF_PACKET with a warning where eBPF is refused.
	MechanismAuto = "auto"
	// MechanismEBPF needs a kernel from 5.8 on, CAP_BPF and CAP_NET_RAW.
	MechanismEBPF = "ebpf"
	// MechanismPacket needs a kernel from 3.2 on and CAP_NET_RAW.
	MechanismPacket = "packet"
)

// maxInterfaces bounds Options.Interfaces. Each costs an instruction of a classic
// filter, whose conditional jumps reach 255 instructions far.
const maxInterfaces = 128

// Options says what Open is to capture.
type Options struct {
	// Interfaces names the interfaces to capture from. When it is empty these
	// are all that there are in this network namespace, and all that come later.
	// A name that no interface has when Open is called is an error: most likely
	// it is misspelt, and a capture that waits for it would show nothing for
	// ever. An interface that goes and comes again under its name is followed.
	Interfaces []string
	// Ports chooses TCP segments by either of their ports; all when it is empty.
	Ports []PortRange
	// Tunnels looks for the ports inside of VXLAN and Geneve as well.
	Tunnels bool
	// Snaplen is how many bytes of a frame to keep at most. Zero keeps frames
	// whole, but for the middle of long values where the mechanism is eBPF.
	Snaplen int
	// Values keeps long values, too, if Snaplen is zero.
	Values bool
	// RingBytes is how large the ring between kernel and reader is to be; it is
	// rounded to what the mechanism can do. Zero chooses a default.
	RingBytes int
	// Mechanism is one of the constants above; empty is MechanismAuto.
	Mechanism string
}

// check finds what no mechanism could do.
func (o *Options) check() error {
	for _, r := range o.Ports {
		if r.From > r.To {
			return fmt.Errorf("port range %d-%d ends before it begins", r.From, r.To)
		}
	}
	if o.Snaplen < 0 || o.RingBytes < 0 {
		return fmt.Errorf("snaplen %d or ring size %d is negative", o.Snaplen, o.RingBytes)
	}
	if n := len(o.Interfaces); n > maxInterfaces {
		return fmt.Errorf("%d interfaces are named, and %d can be", n, maxInterfaces)
	}
	if !slices.Contains([]string{"", MechanismAuto, MechanismEBPF, MechanismPacket}, o.Mechanism) {
		return fmt.Errorf("no capture mechanism %q: it is %s, %s or %s", o.Mechanism, MechanismAuto, MechanismEBPF, MechanismPacket)
	}
	return nil
}

// Open starts to capture. When it returns, no packet that passes from then on is
// missed. An error says what is missing and how to grant it; it wraps
// os.ErrPermission when it is a capability.
//
// Everything that needs a capability is done by Open, or by what Open started on
// behalf of interfaces that come later: with eBPF these need to write to a map,
// which kernels before 5.19 refuse to those without CAP_BPF when the sysctl
// kernel.unprivileged_bpf_disabled is set.
func Open(o Options) (*Source, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("open live capture: %w", err)
	}
	s, err := open(&o)
	if err != nil {
		return nil, fmt.Errorf("open live capture: %w", err)
	}
	return s, nil
}
