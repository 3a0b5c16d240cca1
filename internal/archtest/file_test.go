package archtest

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// module is the import path of the root.
const module = "ricochet"

// breach is a place that breaks a rule.
type breach struct {
	path string
	line int
	what string
}

func (b breach) String() string { return fmt.Sprintf("%s:%d: %s", b.path, b.line, b.what) }

// goFile is a source file of Go.
type goFile struct {
	path string
	dir  string
	test bool
	*ast.File
	set *token.FileSet
}

// breachAt is a breach at a place in the file.
func (f *goFile) breachAt(pos token.Pos, format string, args ...any) breach {
	return breach{f.path, f.set.Position(pos).Line, fmt.Sprintf(format, args...)}
}

// generated reports whether a program wrote the file.
func (f *goFile) generated() bool { return ast.IsGenerated(f.File) }

// check holds the files at paths against all rules. The breaches are in the
// order of files and lines.
func check(tree fs.FS, paths []string) ([]breach, error) {
	var found []breach
	packages := map[string][]*goFile{}
	for _, name := range paths {
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		if isBinary(text) {
			continue
		}
		found = append(found, checkText(name, text)...)
		if strings.Contains(name, "testdata/") {
			continue
		}
		switch path.Ext(name) {
		case ".c", ".h":
			found = append(found, checkLength(name, text)...)
		case ".go":
			f, err := parse(name, text)
			if err != nil {
				return nil, err
			}
			if !f.generated() {
				found = append(found, checkLength(name, text)...)
			}
			found = append(found, checkImports(f)...)
			if !f.test {
				found = append(found, checkOutside(f)...)
				packages[f.dir] = append(packages[f.dir], f)
			}
		}
	}
	for _, files := range packages {
		found = append(found, checkState(files)...)
	}
	slices.SortFunc(found, func(a, b breach) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.line, b.line), cmp.Compare(a.what, b.what))
	})
	return found, nil
}

func parse(name string, text []byte) (*goFile, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &goFile{
		path: name,
		dir:  path.Dir(name),
		test: strings.HasSuffix(name, "_test.go"),
		File: file,
		set:  set,
	}, nil
}

// isBinary takes a file with a zero byte near its beginning for no text, as git does.
func isBinary(text []byte) bool {
	return bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0
}

// matches reports whether a pattern names a folder.
func matches(pattern, dir string) bool {
	if pattern == "..." {
		return true
	}
	if parent, below := strings.CutSuffix(pattern, "/..."); below {
		return dir == parent || strings.HasPrefix(dir, parent+"/")
	}
	return dir == pattern
}

// matchesAny reports whether one of the patterns names a folder.
func matchesAny(patterns []string, dir string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, dir) })
}
