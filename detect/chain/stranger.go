package chain

import "ricochet/detect"

// stranger reports whether two connections say of themselves that they belong to
// different clients. What one of them has not said speaks for nothing.
func stranger(a, b *detect.Conn) bool {
	if a == nil || b == nil {
		return false
	}
	differ := func(x, y string) bool { return x != "" && y != "" && x != y }
	return differ(a.Name, b.Name) || differ(a.Library, b.Library) || differ(a.User, b.User) ||
		a.Capa != detect.CapaUnknown && b.Capa != detect.CapaUnknown && a.Capa != b.Capa
}
