//go:build !linux

package confine

// Start does nothing: there is no live capture here that would need rights.
func Start() error { return nil }

// Attached does nothing and says so.
func Attached(Access) (effect string, err error) { return "nothing given up: not on Linux", nil }
