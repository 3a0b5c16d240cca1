package archtest

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// root is where this package's folder sees the root of the module.
const root = "../.."

func TestArchitecture(t *testing.T) {
	tree := os.DirFS(root)
	paths, err := list(tree)
	if err != nil {
		t.Fatalf("list the tree: %v", err)
	}
	breaches, err := check(tree, paths)
	if err != nil {
		t.Fatalf("check the tree: %v", err)
	}
	for _, b := range breaches {
		t.Error(b)
	}
}

// A reason that nothing needs any longer would excuse the file's next growth.
func TestLongFilesAreLong(t *testing.T) {
	for name, reason := range longFiles() {
		text, err := fs.ReadFile(os.DirFS(root), name)
		if err != nil {
			t.Errorf("rules list a long file: %v", err)
			continue
		}
		if n := bytes.Count(text, []byte("\n")); n <= maxLines {
			t.Errorf("%s has only %d lines and needs no reason (%q)", name, n, reason)
		}
	}
}

// list returns the files of the tree, without hidden folders other than .ci and
// without what git ignores. It walks the folders even where git could list them:
// go test then knows what the result depends on and caches it no longer than right.
func list(tree fs.FS) ([]string, error) {
	kept := keptByGit()
	var paths []string
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if hidden := strings.HasPrefix(d.Name(), ".") && name != "." && name != ".ci"; hidden {
				return fs.SkipDir
			}
		case d.Type().IsRegular() && (kept == nil || slices.Contains(kept, name)):
			paths = append(paths, name)
		}
		return nil
	})
	return paths, err
}

// keptByGit lists, in order, what git tracks or would track, or is nil where
// there is no git or no repository, as in an unpacked archive of the sources.
func keptByGit() []string {
	cmd := exec.Command("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}
