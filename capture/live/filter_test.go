package live

import (
	"fmt"
	"slices"
	"testing"

	"golang.org/x/net/bpf"
)

const testSnaplen = 4096

func port6379() ports { return newPorts([]PortRange{{6379, 6379}}) }

// machine runs the part of a filter that looks at the frame. What comes before
// asks the kernel.
func machine(t testing.TB, j judge, raw bool) *bpf.VM {
	t.Helper()
	f := filter{judge: j, snaplen: testSnaplen}
	a := new(assembler)
	if raw {
		a.jumpTo("raw")
	} else {
		a.jumpTo("ethernet")
	}
	f.link(a)
	f.network(a)
	f.transport(a, j.ports)
	code, err := a.program()
	if err != nil {
		t.Fatal(err)
	}
	vm, err := bpf.NewVM(code)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

func accepts(t testing.TB, vm *bpf.VM, frame []byte) bool {
	t.Helper()
	n, err := vm.Run(frame)
	if err != nil {
		t.Fatal(err)
	}
	return n != 0
}

func TestJudge(t *testing.T) {
	for _, c := range samples() {
		t.Run(c.name, func(t *testing.T) {
			j := judge{ports: port6379(), tunnels: c.tunnels}
			if got := j.frame(c.frame, c.raw); got != c.want {
				t.Errorf("verdict %d, want %d", got, c.want)
			}
		})
	}
}

func TestJudgeCutFrames(t *testing.T) {
	for _, c := range samples() {
		j := judge{ports: port6379(), tunnels: c.tunnels}
		whole := j.frame(c.frame, c.raw)
		for n := range c.frame {
			if got := j.frame(c.frame[:n], c.raw); got != whole && got != unclear {
				t.Errorf("%s cut at %d: verdict %d, not %d or unclear", c.name, n, got, whole)
			}
		}
	}
}

func TestFilterAgreesWithJudge(t *testing.T) {
	for _, c := range samples() {
		t.Run(c.name, func(t *testing.T) {
			j := judge{ports: port6379(), tunnels: c.tunnels}
			got := accepts(t, machine(t, j, c.raw), c.frame)
			if !got && c.want != foreign && !malformed(c.frame) {
				t.Error("the filter turns it down")
			}
			if got && c.want == foreign && !c.tunnels {
				t.Error("the filter lets it through")
			}
		})
	}
}

// malformed reports whether the IPv4 header of an Ethernet frame has another
// version or is shorter than it can be: then the filter takes something else for
// the ports.
func malformed(frame []byte) bool {
	first := frame[ethernetLen]
	return frame[12] == etherIPv4>>8 && (first>>4 != 4 || first&0xf < 5)
}

func TestFilterRange(t *testing.T) {
	set := newPorts([]PortRange{{7000, 7010}, {6379, 6380}, {65535, 65535}, {0, 0}})
	vm := machine(t, judge{ports: set}, false)
	for port, want := range map[uint16]bool{
		0: true, 1: false, 6378: false, 6379: true, 6380: true, 6381: false,
		6999: false, 7000: true, 7005: true, 7010: true, 7011: false, 65534: false, 65535: true,
	} {
		for _, segment := range [][]byte{tcpSegment(port, 9, ""), tcpSegment(9, port, "")} {
			if got := accepts(t, vm, ethernetFrame(etherIPv4, ipv4Packet(protoTCP, 0, 0, segment))); got != want {
				t.Errorf("port %d: %v, want %v", port, got, want)
			}
		}
	}
}

func TestFilterFitsTheKernel(t *testing.T) {
	interfaces := make([]int, maxInterfaces)
	for _, c := range []struct {
		name   string
		ranges int
		exact  bool
	}{
		{"all ports", 0, true},
		{"one range", 1, true},
		{"several hundred ranges", 500, true},
		{"more ranges than fit", 5000, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var ranges []PortRange
			for i := range c.ranges {
				ranges = append(ranges, PortRange{uint16(10 * i), uint16(10*i + 1)})
			}
			f := filter{judge: judge{ports: newPorts(ranges), tunnels: true}, interfaces: interfaces, snaplen: testSnaplen}
			code, err := f.assemble()
			if err != nil {
				t.Fatal(err)
			}
			if len(code) > maxFilter {
				t.Errorf("%d instructions, the kernel takes %d", len(code), maxFilter)
			}
			if exact := len(code) > 6*c.ranges; exact != c.exact {
				t.Errorf("%d instructions for %d ranges: exact %v, want %v", len(code), c.ranges, exact, c.exact)
			}
			if _, err := bpf.Assemble(code); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAssembler(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(*assembler)
		ok    bool
	}{
		{"a label ahead", func(a *assembler) { a.jumpIf(bpf.JumpEqual, 1, "end", next); a.emit(bpf.TAX{}); a.label("end") }, true},
		{"a label that is missing", func(a *assembler) { a.jumpTo("end") }, false},
		{"a label behind", func(a *assembler) { a.label("start"); a.jumpTo("start") }, false},
		{"a conditional jump too far", func(a *assembler) {
			a.jumpIf(bpf.JumpEqual, 1, "end", next)
			a.emit(slices.Repeat([]bpf.Instruction{bpf.TAX{}}, 256)...)
			a.label("end")
		}, false},
		{"a jump as far", func(a *assembler) {
			a.jumpTo("end")
			a.emit(slices.Repeat([]bpf.Instruction{bpf.TAX{}}, 256)...)
			a.label("end")
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := new(assembler)
			c.build(a)
			a.emit(bpf.RetConstant{Val: 1})
			if _, err := a.program(); (err == nil) != c.ok {
				t.Errorf("error %v, want success %v", err, c.ok)
			}
		})
	}
}

// FuzzFilter holds the filter of the kernel and the judge of user space to each
// other: what the one turns down the other does not want, and without tunnels the
// one lets through nothing that is foreign to the other.
func FuzzFilter(f *testing.F) {
	for _, c := range samples() {
		f.Add(c.frame, c.raw, c.tunnels, uint16(6379), uint16(1))
	}
	f.Fuzz(func(t *testing.T, frame []byte, raw, tunnels bool, from, count uint16) {
		to := min(int(from)+int(count), 65535)
		j := judge{ports: newPorts([]PortRange{{from, uint16(to)}, {443, 443}}), tunnels: tunnels}
		v := j.frame(frame, raw)
		accepted := accepts(t, machine(t, j, raw), frame)
		if v == wanted && !accepted {
			t.Errorf("the filter turns down what is wanted: %x", frame)
		}
		if v == foreign && accepted && !tunnels {
			t.Errorf("the filter lets through what is foreign: %x", frame)
		}
	})
}

func BenchmarkJudge(b *testing.B) {
	for _, many := range []int{1, 4, 100} {
		b.Run(fmt.Sprintf("ranges=%d", many), func(b *testing.B) {
			var ranges []PortRange
			for i := range many {
				ranges = append(ranges, PortRange{uint16(6379 + 10*i), uint16(6380 + 10*i)})
			}
			j := judge{ports: newPorts(ranges)}
			frame := samples()[0].frame
			b.ReportAllocs()
			for b.Loop() {
				if j.frame(frame, false) != wanted {
					b.Fatal("not wanted")
				}
			}
		})
	}
}
