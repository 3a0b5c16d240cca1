package topology

import (
	"fmt"
	"slices"
	"testing"
)

// TestChangedTellsOfEveryChange holds what is told to what is new in force.
func TestChangedTellsOfEveryChange(t *testing.T) {
	for _, c := range []struct {
		name, script string
		want         []string
	}{
		{"a role, again, and another", "0ms speaks A\n1-2ms write A\n3-4ms write A\n5-6ms redirect A B\n7-8ms redirect A B",
			[]string{"A primary", "A replica"}},
		{"the primary's name comes later", "0ms speaks A\n1-2ms err A READONLY\n3-4ms redirect A B", []string{"A replica"}},
		{"a late write is of the time before", "0ms speaks A\n1-2ms write A\n5ms sync A B PSYNC\n4-7ms write A",
			[]string{"A primary", "A replica"}},
		{"stronger evidence of the same time", "0ms speaks A\n1-8ms redirect A B\n2-9ms write A", []string{"A replica", "A primary"}},
		{"two nodes turn out to be one", "0ms speaks A\n0ms speaks B\n1-2ms says A info self primary id=r1\n3-4ms says B info self id=r1\n5-6ms write B\n",
			[]string{"A primary"}},
		{"a merge shows another role", "1-2ms says A cluster-nodes self id=a primary\n3-4ms says C cluster-nodes self id=c primary; B id=b replica ofid=c\n5-6ms says A cluster-nodes self id=a as=10.0.0.2:6379 primary",
			[]string{"A primary", "C primary", "B replica"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := New()
			var got []string
			m.Changed = func(n *Node) { got = append(got, fmt.Sprintf("%s %s", nameOf(n.Addr), n.Roles[len(n.Roles)-1].Role)) }
			play(t, m, c.script)
			if !slices.Equal(got, c.want) {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}
