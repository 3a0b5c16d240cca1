package pcapfile

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// stdinName is the name that stands for standard input.
const stdinName = "-"

// input is a file that is to be opened.
type input struct {
	name  string
	info  fs.FileInfo // nil for standard input that is no file
	named bool        // it was named, as opposed to found in a directory only
	dirs  []string    // the directories it was found in
}

func (in input) regular() bool { return in.info != nil && in.info.Mode().IsRegular() }

// findInputs lists the files that names stand for, sorted by name and each once,
// and which of names are directories. It opens no file: a pipe that is named
// twice must not be read twice.
func findInputs(names []string, stdin io.Reader) (inputs []input, dirs []string, err error) {
	// Sorted names make the error that is found first the same in any order.
	names = slices.Sorted(slices.Values(names))
	for _, name := range names {
		if name == stdinName {
			inputs = append(inputs, input{name: name, info: statReader(stdin), named: true})
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return nil, nil, systemError(name, err)
		}
		if !info.IsDir() {
			inputs = append(inputs, input{name: name, info: info, named: true})
			continue
		}
		found, err := findInDirectory(name)
		if err != nil {
			return nil, nil, err
		}
		inputs = append(inputs, found...)
		dirs = append(dirs, name)
	}
	slices.SortStableFunc(inputs, func(a, b input) int {
		if (a.name == stdinName) != (b.name == stdinName) {
			if a.name == stdinName {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.name, b.name)
	})
	return unique(inputs), dirs, nil
}

// findInDirectory lists the regular files right in a directory. Whether they are
// captures shows when they are opened; anything else, such as a pipe, is none.
func findInDirectory(dir string) ([]input, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, systemError(dir, err)
	}
	var found []input
	for _, entry := range entries {
		name := filepath.Join(dir, entry.Name())
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist): // a link to nowhere, or rotated away
			continue
		case err != nil:
			return nil, systemError(name, err)
		}
		if info.Mode().IsRegular() {
			found = append(found, input{name: name, info: info, dirs: []string{dir}})
		}
	}
	return found, nil
}

// unique drops inputs that are the same file as one before them.
func unique(inputs []input) []input {
	bySize := make(map[int64][]int) // indexes in kept, to compare with few files only
	var kept []input
	for _, in := range inputs {
		size := int64(-1)
		if in.info != nil {
			size = in.info.Size()
		}
		i := slices.IndexFunc(bySize[size], func(i int) bool { return same(kept[i], in) })
		if i >= 0 {
			first := &kept[bySize[size][i]]
			first.named = first.named || in.named
			first.dirs = append(first.dirs, in.dirs...)
			continue
		}
		bySize[size] = append(bySize[size], len(kept))
		kept = append(kept, in)
	}
	return kept
}

func same(a, b input) bool {
	return a.name == b.name || a.info != nil && b.info != nil && os.SameFile(a.info, b.info)
}

// statReader returns what is known of a reader that is a file.
func statReader(r io.Reader) fs.FileInfo {
	f, ok := r.(*os.File)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	return info
}
