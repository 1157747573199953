package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestVersionOf(t *testing.T) {
	recorded := &debug.BuildInfo{
		Main:     debug.Module{Version: "v0.3.1"},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}},
	}
	for _, c := range []struct {
		version, commit         string
		info                    *debug.BuildInfo
		wantVersion, wantCommit string
	}{
		{"", "", nil, "(devel)", ""},
		{"", "", &debug.BuildInfo{}, "(devel)", ""},
		{"", "", recorded, "v0.3.1", "abc+modified"},
		{"v1.0.0", "", recorded, "v1.0.0", "abc+modified"},
		{"v1.0.0", "def", recorded, "v1.0.0", "def"},
		{"v1.0.0", "def", nil, "v1.0.0", "def"},
	} {
		want := buildVersion{c.wantVersion, c.wantCommit, runtime.Version(), runtime.GOOS, runtime.GOARCH}
		if got := versionOf(c.version, c.commit, c.info); got != want {
			t.Errorf("versionOf(%q, %q, %v) = %v, want %v", c.version, c.commit, c.info, got, want)
		}
	}
}

func TestVersionString(t *testing.T) {
	v := buildVersion{"v1.0.0", "abc", "go1.26", "linux", "arm64"}
	if got, want := v.String(), "weir v1.0.0 (commit abc, go1.26, linux/arm64)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	v.Commit = ""
	if got, want := v.String(), "weir v1.0.0 (go1.26, linux/arm64)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
