package topology

import (
	"fmt"
	"strings"
	"testing"
)

// answer answers a question of a fixture.
func answer(t testing.TB, m *Map, f []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "? %s:", strings.Join(f, " "))
	switch f[0] {
	case "owners":
		for _, v := range m.Owners(uint16(number(t, f[1]))) {
			fmt.Fprintf(&b, " %s says %s by %s@%d", nameOf(v.By), nameOf(v.Owner), v.Proof.Kind, v.Proof.Packet)
			if v.ID != "" {
				fmt.Fprintf(&b, " id %s", v.ID)
			}
			if v.Epoch != 0 {
				fmt.Fprintf(&b, " epoch %d", v.Epoch)
			}
			if v.Migrating || v.Importing {
				word := map[bool]string{true: "migrating to", false: "importing from"}[v.Migrating]
				fmt.Fprintf(&b, " %s %s by %s@%d", word, nameOf(v.Peer), v.Shift.Kind, v.Shift.Packet)
			}
			b.WriteByte(';')
		}
	case "group":
		p, ok := m.Tied(node(f[1]), node(f[2]))
		fmt.Fprintf(&b, " %v", ok)
		if ok {
			fmt.Fprintf(&b, " by %s@%d", p.Kind, p.Packet)
		}
		if q, same := m.Tied(node(f[2]), node(f[1])); same != ok || same != m.SameGroup(node(f[1]), node(f[2])) {
			t.Errorf("%q: %v one way (%v), %v the other (%v)", f, ok, p, same, q)
		}
	case "resolve":
		host := f[1]
		if host == `""` {
			host = ""
		}
		a, ok := m.Resolve(host, uint16(number(t, f[2])), node(f[3]))
		fmt.Fprintf(&b, " %v", ok)
		if ok {
			fmt.Fprintf(&b, " %s", nameOf(a))
		}
	case "at":
		_, at := when(t, f[2])
		if n := m.Find(node(f[1])); n == nil || n.At(at) == nil {
			b.WriteString(" unknown")
		} else if i := n.At(at); i.Of.IsValid() {
			fmt.Fprintf(&b, " %s of %s", i.Role, nameOf(i.Of))
		} else {
			fmt.Fprintf(&b, " %s", i.Role)
		}
	default:
		t.Fatalf("%q: no such question", f)
	}
	b.WriteByte('\n')
	return b.String()
}
