package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"
)

// What is read of the files that describe control groups; none comes near it.
const (
	maxGroupsBytes = 16 << 10
	maxLimitBytes  = 64
)

var errTooLong = errors.New("the file is too long")

// controlGroupLimit is the least memory limit among the process's own control
// group and those above it, in version 2 and version 1; MaxInt64 without any.
func controlGroupLimit(root fs.FS) int64 {
	limit := int64(math.MaxInt64)
	groups, err := readFew(root, "proc/self/cgroup", maxGroupsBytes)
	if err != nil {
		return limit
	}
	for line := range bytes.Lines(groups) {
		// hierarchy:controllers:path
		parts := strings.SplitN(strings.TrimSpace(string(line)), ":", 3)
		if len(parts) != 3 {
			continue
		}
		mount, file := "sys/fs/cgroup", "memory.max"
		if parts[1] != "" {
			if !containsWord(parts[1], "memory") {
				continue
			}
			mount, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		}
		limit = min(limit, leastOnPath(root, mount, parts[2], file))
	}
	return limit
}

// leastOnPath reads file in the group's directory and in every one above it, to
// the mount point. In a container the group's path may not exist below it; then
// the mount point itself is the group.
func leastOnPath(root fs.FS, mount, group, file string) int64 {
	least := int64(math.MaxInt64)
	for dir := path.Clean("/" + group); ; dir = path.Dir(dir) {
		if n, ok := readLimit(root, path.Join(mount, dir, file)); ok {
			least = min(least, n)
		}
		if dir == "/" {
			return least
		}
	}
}

// readLimit reads one limit. Version 1 writes "none" as a number near 2^63.
func readLimit(root fs.FS, name string) (int64, bool) {
	b, err := readFew(root, name, maxLimitBytes)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	return n, err == nil && n > 0 && n < 1<<60
}

// readFew reads a file of at most limit bytes.
func readFew(root fs.FS, name string, limit int64) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = errTooLong
	}
	return b, err
}

func containsWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if w == word {
			return true
		}
	}
	return false
}
