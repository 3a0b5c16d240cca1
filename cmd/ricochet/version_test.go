package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestDescribe(t *testing.T) {
	platform := runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + "\n"
	for _, c := range []struct {
		name string
		info debug.BuildInfo
		want string
	}{
		{"nothing known", debug.BuildInfo{}, "ricochet (devel)\n" + platform},
		{"installed by version", debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "ricochet v1.2.3\n" + platform},
		{"built in a checkout", debug.BuildInfo{Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123abcd"}, {Key: "vcs.time", Value: "2026-11-23T19:00:00Z"}, {Key: "vcs.modified", Value: "true"}}},
			"ricochet (devel)\nrevision 0123abcd, modified, 2026-11-23T19:00:00Z\n" + platform},
	} {
		if got := describe(&c.info); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRoff(t *testing.T) {
	for in, want := range map[string]string{
		"plain":            "plain",
		"--exit-code":      `\-\-exit\-code`,
		`a\nb`:             `a\enb`,
		".TH\n'quoted'\na": "\\&.TH\n\\&'quoted'\na",
	} {
		if got := roff(in); got != want {
			t.Errorf("roff(%q) = %q, want %q", in, got, want)
		}
	}
}
