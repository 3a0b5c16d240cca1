package archtest

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
)

// checkOutside finds, in deterministic code, what makes the same input give
// another output: clocks, files, the network, chance, and goroutines.
func checkOutside(f *goFile) []breach {
	if !matchesAny(deterministic(), f.dir) {
		return nil
	}
	var found []breach
	timeName := ""
	for _, spec := range f.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if slices.Contains(outside(), name) {
			found = append(found, f.breachAt(spec.Pos(), "%s may not import %s: it depends on its input alone", f.dir, name))
		}
		if name == "time" {
			timeName = localName(spec, name)
		}
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, f.breachAt(n.Pos(), "%s may not start a goroutine", f.dir))
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && timeName != "" && x.Name == timeName && slices.Contains(clock(), n.Sel.Name) {
				found = append(found, f.breachAt(n.Pos(), "%s may not use time.%s: time is packet time", f.dir, n.Sel.Name))
			}
		}
		return true
	})
	return found
}

// localName is the name by which a file calls what it imports.
func localName(spec *ast.ImportSpec, name string) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	return path.Base(name)
}
