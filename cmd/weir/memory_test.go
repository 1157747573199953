package main

import (
	"testing"
	"testing/fstest"
)

func TestMemoryTarget(t *testing.T) {
	const mib = 1 << 20
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for name, c := range map[string]struct {
		root fstest.MapFS
		env  string
		want int64
	}{
		"nothing mounted": {fstest.MapFS{}, "", 0},
		"v2, own group": {fstest.MapFS{
			"proc/self/cgroup": file("0::/system.slice/weir.service\n"),
			"sys/fs/cgroup/system.slice/weir.service/memory.max": file("104857600\n"),
			"sys/fs/cgroup/system.slice/memory.max":              file("max\n"),
		}, "", 90 * mib},
		"v2, a group above has less": {fstest.MapFS{
			"proc/self/cgroup":             file("0::/a/b\n"),
			"sys/fs/cgroup/a/b/memory.max": file("209715200\n"),
			"sys/fs/cgroup/a/memory.max":   file("104857600\n"),
		}, "", 90 * mib},
		"v2, in a container's own namespace": {fstest.MapFS{
			"proc/self/cgroup":         file("0::/\n"),
			"sys/fs/cgroup/memory.max": file("104857600\n"),
		}, "", 90 * mib},
		"v2, no limit": {fstest.MapFS{
			"proc/self/cgroup":         file("0::/\n"),
			"sys/fs/cgroup/memory.max": file("max\n"),
		}, "", 0},
		"v1": {fstest.MapFS{
			"proc/self/cgroup": file("5:cpu,cpuacct:/x\n4:memory,pids:/x\n"),
			"sys/fs/cgroup/memory/x/memory.limit_in_bytes": file("104857600\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes":   file("9223372036854771712\n"),
		}, "", 90 * mib},
		"v1, path of the host": {fstest.MapFS{
			"proc/self/cgroup":                           file("4:memory:/docker/0123\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("104857600\n"),
		}, "", 90 * mib},
		"v1, no limit": {fstest.MapFS{
			"proc/self/cgroup":                           file("4:memory:/\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n"),
		}, "", 0},
		"the operator has decided": {fstest.MapFS{
			"proc/self/cgroup":         file("0::/\n"),
			"sys/fs/cgroup/memory.max": file("104857600\n"),
		}, "1GiB", 0},
		"not a number, not a group": {fstest.MapFS{
			"proc/self/cgroup":         file("0::/\nrubbish\n"),
			"sys/fs/cgroup/memory.max": file("lots\n"),
		}, "", 0},
	} {
		if got := memoryTarget(c.root, c.env); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
