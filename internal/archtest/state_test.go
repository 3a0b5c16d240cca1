package archtest

import (
	"go/ast"
	"go/token"
	"strings"
)

// checkState finds, in the files of one package, init functions and variables
// of the package. Allowed are errors, the blank variable by which a type asserts
// its interface, embedded files, and constant tables.
func checkState(files []*goFile) []breach {
	written := map[string]bool{}
	for _, f := range files {
		markWritten(f.File, written)
	}
	var found []breach
	for _, f := range files {
		if f.generated() {
			continue
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					found = append(found, f.breachAt(d.Pos(), "init function: what it does belongs in a constructor"))
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					found = append(found, checkVars(f, d, written)...)
				}
			}
		}
	}
	return found
}

func checkVars(f *goFile, d *ast.GenDecl, written map[string]bool) []breach {
	var found []breach
	for _, s := range d.Specs {
		spec := s.(*ast.ValueSpec)
		if embeds(d.Doc) || embeds(spec.Doc) {
			continue
		}
		for i, name := range spec.Names {
			var value ast.Expr
			if i < len(spec.Values) {
				value = spec.Values[i]
			}
			switch {
			case name.Name == "_" && spec.Type != nil && value != nil:
			case isError(spec.Type, value):
			case isTable(name, value) && !written[name.Name]:
			default:
				found = append(found, f.breachAt(name.Pos(), "variable %s of the package: state belongs in a value that somebody owns", name.Name))
			}
		}
	}
	return found
}

func embeds(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	for _, c := range doc.List {
		if strings.HasPrefix(c.Text, "//go:embed ") {
			return true
		}
	}
	return false
}

// isError reports whether a variable is an error by its type or by the call that makes it.
func isError(typ, value ast.Expr) bool {
	if t, ok := typ.(*ast.Ident); ok && t.Name == "error" {
		return true
	}
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return false
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := f.X.(*ast.Ident)
	return ok && (from.Name == "errors" && f.Sel.Name == "New" || from.Name == "fmt" && f.Sel.Name == "Errorf")
}

// isTable reports whether a variable is an array of this package alone whose
// elements, as far as their type shows, hold nothing that could be written to.
// Go has no constant arrays; one that nothing writes to is as good.
func isTable(name *ast.Ident, value ast.Expr) bool {
	literal, ok := value.(*ast.CompositeLit)
	if !ok || name.IsExported() {
		return false
	}
	array, ok := literal.Type.(*ast.ArrayType)
	if !ok || array.Len == nil {
		return false
	}
	switch e := array.Elt.(type) {
	case *ast.StarExpr, *ast.MapType, *ast.ChanType, *ast.FuncType, *ast.InterfaceType:
		return false
	case *ast.ArrayType:
		return e.Len != nil
	}
	return true
}

// markWritten notes the names that a file assigns to, takes the address of or
// slices, by themselves or in part. A local variable of the same name counts too.
func markWritten(file *ast.File, written map[string]bool) {
	mark := func(targets ...ast.Expr) {
		for _, e := range targets {
			if name := rootName(e); name != "" {
				written[name] = true
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				mark(n.Lhs...)
			}
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				mark(n.Key, n.Value)
			}
		case *ast.IncDecStmt:
			mark(n.X)
		case *ast.SliceExpr:
			mark(n.X)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				mark(n.X)
			}
		}
		return true
	})
}

// rootName is the variable that an expression such as a[i].f is part of, or "".
func rootName(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x.Name
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return ""
		}
	}
}
