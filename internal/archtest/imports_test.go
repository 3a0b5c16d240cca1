package archtest

import (
	"slices"
	"strconv"
	"strings"
)

// checkImports finds imports that point against the direction of the layers,
// and dependencies outside the place that is theirs.
func checkImports(f *goFile) []breach {
	var found []breach
	for _, spec := range f.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil || standard(name) {
			continue
		}
		if ours, ok := strings.CutPrefix(name, module+"/"); ok && !f.test && !layerAllows(f.dir, ours) {
			found = append(found, f.breachAt(spec.Pos(), "%s may not import %s", f.dir, name))
		}
		d, listed := dependencyOf(name)
		switch {
		case !listed && !under(name, module):
			found = append(found, f.breachAt(spec.Pos(), "%s belongs to no module that the rules list", name))
		case listed && !matchesAny(d.in, f.dir) && !(f.test && matchesAny(d.tests, f.dir)):
			found = append(found, f.breachAt(spec.Pos(), "%s has no place in %s", name, f.dir))
		}
	}
	return found
}

// standard reports whether an import path is one of the standard library: those
// alone have no dot in their first element, but for this module's.
func standard(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return first != module && !strings.Contains(first, ".")
}

func layerAllows(dir, imported string) bool {
	for _, l := range layers() {
		if matches(l.packages, dir) {
			return matchesAny(l.may, imported)
		}
	}
	return true
}

func dependencyOf(name string) (dependency, bool) {
	all := dependencies()
	i := slices.IndexFunc(all, func(d dependency) bool { return under(name, d.path) })
	if i < 0 {
		return dependency{}, false
	}
	return all[i], true
}

// under reports whether an import path is that of parent or of a package below.
func under(name, parent string) bool {
	return name == parent || strings.HasPrefix(name, parent+"/")
}
