package live

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// assembler puts a classic BPF program together. Jumps go forward only, and name
// where they go by a label.
type assembler struct {
	code  []bpf.Instruction
	jumps []jump
	at    map[string]int // labels
}

// jump is an instruction that is finished once its labels are placed.
type jump struct {
	from      int
	then, els string // the same if the jump is not conditional
}

// next is the label of whatever instruction follows.
const next = ""

func (a *assembler) emit(code ...bpf.Instruction) { a.code = append(a.code, code...) }

// label names the instruction that follows.
func (a *assembler) label(name string) {
	if a.at == nil {
		a.at = map[string]int{}
	}
	a.at[name] = len(a.code)
}

// jumpTo goes to a label, however far.
func (a *assembler) jumpTo(label string) {
	a.jumps = append(a.jumps, jump{from: len(a.code), then: label, els: label})
	a.emit(bpf.Jump{})
}

// jumpIf compares A with a value, and goes to one of two labels, at most 255
// instructions far.
func (a *assembler) jumpIf(cond bpf.JumpTest, value uint32, then, els string) {
	a.jumps = append(a.jumps, jump{from: len(a.code), then: then, els: els})
	a.emit(bpf.JumpIf{Cond: cond, Val: value})
}

// program resolves the labels.
func (a *assembler) program() ([]bpf.Instruction, error) {
	for _, j := range a.jumps {
		then, err := a.distance(j.from, j.then)
		if err != nil {
			return nil, err
		}
		els, err := a.distance(j.from, j.els)
		if err != nil {
			return nil, err
		}
		switch i := a.code[j.from].(type) {
		case bpf.Jump:
			i.Skip = uint32(then)
			a.code[j.from] = i
		case bpf.JumpIf:
			if then > 255 || els > 255 {
				return nil, fmt.Errorf("assemble filter: %q or %q is too far from %d", j.then, j.els, j.from)
			}
			i.SkipTrue, i.SkipFalse = uint8(then), uint8(els)
			a.code[j.from] = i
		}
	}
	return a.code, nil
}

// distance is how many instructions are between one and a label.
func (a *assembler) distance(from int, label string) (int, error) {
	if label == next {
		return 0, nil
	}
	to, ok := a.at[label]
	if !ok || to <= from {
		return 0, fmt.Errorf("assemble filter: no %q after %d", label, from)
	}
	return to - from - 1, nil
}
