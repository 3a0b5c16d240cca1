package pipeline_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// maxOrders bounds the orders in which the events of one block are played.
const maxOrders = 24

// orders returns the scripts that a script with blocks "unordered" to "end"
// stands for. The times of a block's lines stay where they are; the events
// change places, but those of one connection stay in their order. With several
// blocks each is played in all its orders while the others stay as written.
func orders(script string) ([]string, error) {
	before, blocks, between, err := splitBlocks(script)
	if err != nil {
		return nil, err
	}
	join := func(chosen [][]string) string {
		var b strings.Builder
		b.WriteString(before)
		for i := range chosen {
			b.WriteString(strings.Join(chosen[i], "\n") + "\n" + between[i])
		}
		return b.String()
	}
	out := []string{join(blocks)}
	for i, block := range blocks {
		all, err := permutations(block)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			chosen := slices.Clone(blocks)
			chosen[i] = p
			if s := join(chosen); !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out, nil
}

// splitBlocks returns what stands before the first block, the blocks, and what
// stands behind each.
func splitBlocks(script string) (before string, blocks [][]string, between []string, err error) {
	inside := false
	for line := range strings.Lines(script) {
		switch line := strings.TrimSpace(line); {
		case line == "unordered" && !inside:
			inside = true
			blocks, between = append(blocks, nil), append(between, "")
		case line == "end" && inside:
			inside = false
		case line == "" && inside:
		case inside:
			last := len(blocks) - 1
			blocks[last] = append(blocks[last], line)
		case len(blocks) == 0:
			before += line + "\n"
		default:
			between[len(between)-1] += line + "\n"
		}
	}
	if inside {
		return "", nil, nil, fmt.Errorf("unordered without end")
	}
	return before, blocks, between, nil
}

// permutations returns the orders of a block's lines, each "TIME EVENT", in
// which no two events of a connection change places: the first maxOrders that a
// search from the back to the front comes to, which begins with the reverse.
func permutations(lines []string) ([][]string, error) {
	var times, events, conns []string
	for _, l := range lines {
		at, event, _ := strings.Cut(l, " ")
		conn := connectionOf(event)
		if at == "" || at[0] < '0' || at[0] > '9' || conn == "" {
			return nil, fmt.Errorf("%q: an event without an order has a time and a connection", l)
		}
		times, events, conns = append(times, at), append(events, strings.TrimSpace(event)), append(conns, conn)
	}
	var out [][]string
	var place func(chosen []int)
	place = func(chosen []int) {
		if len(out) >= maxOrders {
			return
		}
		if len(chosen) == len(events) {
			var p []string
			for i, e := range chosen {
				p = append(p, times[i]+" "+events[e])
			}
			out = append(out, p)
			return
		}
		for e := len(events) - 1; e >= 0; e-- {
			held := slices.Contains(chosen, e)
			for f := range e { // an earlier event of its connection comes first
				held = held || conns[f] == conns[e] && !slices.Contains(chosen, f)
			}
			if !held {
				place(append(slices.Clone(chosen), e))
			}
		}
	}
	place(nil)
	return out, nil
}

// connectionOf returns the client's side of the first direction in an event,
// empty if it names none.
func connectionOf(event string) string {
	for _, w := range strings.Fields(event) {
		for _, end := range strings.Split(w, ">") {
			if strings.Contains(w, ">") && strings.Contains(end, ".") {
				return end
			}
		}
	}
	return ""
}

func TestOrders(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		want         []string
	}{
		{"no block", "0ms open c1.a>A\n", []string{"0ms open c1.a>A\n"}},
		{
			"two events", "x\nunordered\n1ms c1.a>A +1\n2ms A>c2.b +2\nend\ny\n",
			[]string{"x\n1ms c1.a>A +1\n2ms A>c2.b +2\ny\n", "x\n1ms A>c2.b +2\n2ms c1.a>A +1\ny\n"},
		},
		{
			"events of one connection stay", "unordered\n1ms c1.a>A +1\n2ms A>c1.a +2\nend\n",
			[]string{"1ms c1.a>A +1\n2ms A>c1.a +2\n"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := orders(tt.script)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
	for _, bad := range []string{"unordered\n1ms c1.a>A +1\n", "unordered\nc1.a>A +1\nend\n", "unordered\n1ms mss 8\nend\n"} {
		if got, err := orders(bad); err == nil {
			t.Errorf("%q was accepted: %q", bad, got)
		}
	}
	if got, _ := orders("unordered\n1ms c1.a>A +\n2ms c2.a>A +\n3ms c3.a>A +\n4ms c4.a>A +\n5ms c5.a>A +\nend\n"); len(got) != maxOrders+1 {
		t.Errorf("%d orders of five events, want %d", len(got), maxOrders+1)
	}
}
