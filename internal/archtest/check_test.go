package archtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestCheck(t *testing.T) {
	// Written apart, so that this file keeps the rules that it tests.
	home, registry := "/ho"+"me/somebody/x", "registry.npm"+"js.org"

	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string // the beginning of each breach
	}{
		{
			name: "all that is allowed",
			files: map[string]string{
				"capture/a.go":      "package capture\nimport \"io\"\n",
				"decode/resp/a.go":  "package resp\nimport \"net/netip\"\n",
				"detect/chain/a.go": "package chain\nimport \"ricochet/detect\"\n",
				"decode/frame/a.go": "package frame\nimport \"ricochet/capture\"\n",
				"cmd/ricochet/a.go": "package main\nimport (\n\"ricochet/decode\"\n\"github.com/spf13/cobra\"\n)\n",
				"capture/live/a.go": "package live\nimport \"github.com/cilium/ebpf/ringbuf\"\n",
				"internal/new/a.go": "package fresh\nimport \"ricochet/decode\"\n",
				"decode/a_test.go":  "package decode\nimport \"ricochet/internal/wiretest\"\n",
				"bpf/testdata/a.go": "this is no Go",
				"testdata/b.pcap":   "\x00" + home,
				"go.sum":            registry,
				"docs/relative.md":  "see ../root/x and decode/work/x, or /home/",
				"docs/similar.md":   "registry.npmjs.example.org, pypi-org, " + registry + "anisation",
				"internal/lab/a.go": "package lab\nimport \"time\"\nfunc f() { go time.Now() }\n",
			},
		},
		{
			name: "imports point upwards",
			files: map[string]string{
				"capture/a.go":      "package capture\nimport \"ricochet/bpf\"\n",
				"decode/resp/a.go":  "package resp\n\nimport (\n\t\"fmt\"\n\t\"ricochet/decode\"\n)\n",
				"decode/a.go":       "package decode\nimport \"ricochet/detect\"\n",
				"detect/chain/a.go": "package chain\nimport \"ricochet/decode\"\n",
				"bpf/a.go":          "package bpf\nimport \"ricochet/capture\"\n",
			},
			want: []string{
				"bpf/a.go:2: bpf may not import ricochet/capture",
				"capture/a.go:2: capture may not import ricochet/bpf",
				"decode/a.go:2: decode may not import ricochet/detect",
				"decode/resp/a.go:5: decode/resp may not import ricochet/decode",
				"detect/chain/a.go:2: detect/chain may not import ricochet/decode",
			},
		},
		{
			name: "modules out of place",
			files: map[string]string{
				"decode/frame/a.go":        "package frame\nimport \"github.com/google/gopacket/layers\"\n",
				"decode/frame/a_test.go":   "package frame\nimport \"github.com/google/gopacket/layers\"\n",
				"detect/a_test.go":         "package detect\nimport \"github.com/google/gopacket\"\n",
				"internal/report/a.go":     "package report\nimport \"github.com/spf13/cobra\"\n",
				"internal/pipeline/a.go":   "package pipeline\nimport \"github.com/cilium/ebpf\"\n",
				"internal/pipeline/b.go":   "package pipeline\nimport \"ricochet/internal/wiretest\"\n",
				"cmd/ricochet/new_test.go": "package main\nimport \"example.org/new\"\n",
				"cmd/ricochet/like.go":     "package main\nimport \"github.com/spf13/pflagged\"\n",
			},
			want: []string{
				"cmd/ricochet/like.go:2: github.com/spf13/pflagged belongs to no module",
				"cmd/ricochet/new_test.go:2: example.org/new belongs to no module",
				"decode/frame/a.go:2: github.com/google/gopacket/layers has no place",
				"detect/a_test.go:2: github.com/google/gopacket has no place",
				"internal/pipeline/a.go:2: github.com/cilium/ebpf has no place",
				"internal/pipeline/b.go:2: ricochet/internal/wiretest has no place",
				"internal/report/a.go:2: github.com/spf13/cobra has no place",
			},
		},
		{
			name: "the core looks outside",
			files: map[string]string{
				"decode/stream/a.go": "package stream\nimport \"time\"\nfunc f() {\n\t_ = time.Second\n\t_ = time.Now()\n\tnow := time.Since\n}\n",
				"detect/a.go":        "package detect\nimport clock \"time\"\nfunc f() { clock.Sleep(1) }\n",
				"detect/chain/a.go":  "package chain\nimport \"os\"\nfunc f() {\n\tgo f()\n}\n",
				"detect/a_test.go":   "package detect\nimport (\n\"os\"\n\"time\"\n)\nfunc f() { go time.Now() }\n",
			},
			want: []string{
				"decode/stream/a.go:5: decode/stream may not use time.Now",
				"decode/stream/a.go:6: decode/stream may not use time.Since",
				"detect/a.go:3: detect may not use time.Sleep",
				"detect/chain/a.go:2: detect/chain may not import os",
				"detect/chain/a.go:4: detect/chain may not start a goroutine",
			},
		},
		{
			name: "state of the package",
			files: map[string]string{
				"a/init.go":    "package a\n\nfunc init() {}\n",
				"a/vars.go":    "package a\nvar (\n\tcount int\n\tnames = map[string]int{}\n\ta, b = 1, 2\n\tlist = []int{1}\n)\n",
				"a/tables.go":  "package a\nvar Shared = [2]int{}\nvar counts = [2]int{}\nvar sliced = [2]int{}\nvar kept = [1][]int{{1}}\n",
				"a/writer.go":  "package a\nfunc f() []int { counts[0]++; return sliced[:] }\n",
				"a/a_test.go":  "package a\nvar update = true\nfunc init() {}\n",
				"a/method.go":  "package a\ntype t struct{}\nfunc (t) init() { var local int; local++ }\n",
				"a/blank.go":   "package a\nvar _ = register()\n",
				"b/errors.go":  "package b\nimport \"errors\"\nvar ErrA = errors.New(\"a\")\nvar errB error\nvar errC = fmt.Errorf(\"c: %w\", ErrA)\n",
				"b/blank.go":   "package b\nvar _ I = (*t)(nil)\n",
				"b/embed.go":   "package b\n\n//go:embed page.html\nvar page string\n",
				"b/table.go":   "package b\nvar names = [...]string{\"a\"}\nfunc f(i int) string { return names[i] }\n",
				"b/bpf_gen.go": "// Code generated by somebody. DO NOT EDIT.\n\npackage b\n\nvar bytes []byte\nfunc init() {}\n",
			},
			want: []string{
				"a/blank.go:2: variable _",
				"a/init.go:3: init function",
				"a/tables.go:2: variable Shared",
				"a/tables.go:3: variable counts",
				"a/tables.go:4: variable sliced",
				"a/tables.go:5: variable kept",
				"a/vars.go:3: variable count ",
				"a/vars.go:4: variable names",
				"a/vars.go:5: variable a ",
				"a/vars.go:5: variable b ",
				"a/vars.go:6: variable list",
			},
		},
		{
			name: "traces of a machine",
			files: map[string]string{
				"docs/a.md":          "one\nsee " + home + "\n",
				".ci/fetch":          "curl https://" + registry + "/x\n",
				"cmd/testdata/a.txt": "path=" + home,
			},
			want: []string{
				".ci/fetch:1: registry.npm",
				"cmd/testdata/a.txt:1: a path below /ho",
				"docs/a.md:2: a path below /ho",
			},
		},
		{
			name: "long files",
			files: map[string]string{
				"a/full.go":          "package a\n" + strings.Repeat("\n", maxLines-1),
				"a/over.go":          "package a\n" + strings.Repeat("\n", maxLines),
				"bpf/over.bpf.c":     strings.Repeat("\n", maxLines+1),
				"bpf/gen.go":         "// Code generated by somebody. DO NOT EDIT.\n\npackage bpf\n" + strings.Repeat("\n", maxLines),
				"docs/long.md":       strings.Repeat("\n", maxLines+1),
				"decode/commands.go": "package decode\n" + strings.Repeat("\n", maxLines),
			},
			want: []string{
				"a/over.go:401: 401 lines",
				"bpf/over.bpf.c:401: 401 lines",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree := fstest.MapFS{}
			for name, text := range c.files {
				tree[name] = &fstest.MapFile{Data: []byte(text)}
			}
			found, err := check(tree, slices.Sorted(maps.Keys(c.files)))
			if err != nil {
				t.Fatal(err)
			}
			for i, b := range found {
				if i >= len(c.want) || !strings.HasPrefix(fmt.Sprint(b), c.want[i]) {
					t.Errorf("breach %d is %q, not among %q", i, b, c.want)
				}
			}
			if len(found) < len(c.want) {
				t.Errorf("%d breaches, want %d: %v", len(found), len(c.want), found)
			}
		})
	}
}

func TestCheckOfWhatIsNoGo(t *testing.T) {
	tree := fstest.MapFS{"a/a.go": &fstest.MapFile{Data: []byte("package\n")}}
	if _, err := check(tree, []string{"a/a.go"}); err == nil {
		t.Error("a file that is no Go passes")
	}
}
