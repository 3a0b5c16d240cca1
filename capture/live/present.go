package live

import (
	"fmt"
	"net"
	"slices"
	"strings"
)

// present lists the interfaces of the network namespace of the calling thread.
func present(resolve func(int) (linkState, bool)) ([]linkState, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	var there []linkState
	for _, i := range all {
		// One that cannot be resolved has gone since.
		if l, ok := resolve(i.Index); ok {
			there = append(there, l)
		}
	}
	return there, nil
}

// missing returns an error if one of the names is not among the interfaces.
func missing(names []string, there []linkState) error {
	var all []string
	for _, l := range there {
		all = append(all, l.name)
	}
	for _, name := range names {
		if !slices.Contains(all, name) {
			slices.Sort(all)
			return fmt.Errorf("no interface %q: there are %s", name, strings.Join(all, ", "))
		}
	}
	return nil
}
