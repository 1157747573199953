package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// tick is the unit of the times in /proc/PID/stat: USER_HZ is 100 on every
// Linux that Go runs on.
const tick = 10 * time.Millisecond

// cpuTime returns the user and system time that all processes of a group, with
// all their threads, have used so far.
func cpuTime(group int) (time.Duration, error) {
	var total time.Duration
	n := 0
	err := eachOfGroup(group, func(_ string, s stat) error {
		total += time.Duration(s.utime+s.stime) * tick
		n++
		return nil
	})
	if err == nil && n == 0 {
		err = fmt.Errorf("process group %d is empty", group)
	}
	return total, err
}

// peakMemory returns the sum of the largest resident sizes of a group, in bytes.
func peakMemory(group int) (int64, error) {
	var total int64
	err := eachOfGroup(group, func(dir string, _ stat) error {
		status, err := os.ReadFile(filepath.Join(dir, "status"))
		if err != nil {
			return err
		}
		kib, err := parsePeak(status)
		total += kib << 10
		return err
	})
	return total, err
}

func eachOfGroup(group int, visit func(dir string, s stat) error) error {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		b, err := os.ReadFile(filepath.Join(dir, "stat"))
		if err != nil {
			continue // it ended since the directory was listed
		}
		s, err := parseStat(b)
		if err != nil {
			return fmt.Errorf("%s/stat: %w", dir, err)
		}
		if s.pgrp != group {
			continue
		}
		if err := visit(dir, s); err != nil {
			return err
		}
	}
	return nil
}

// stat is what is needed of /proc/PID/stat (proc(5)).
type stat struct {
	pgrp         int
	utime, stime uint64 // ticks
}

func parseStat(b []byte) (stat, error) {
	// The command's name stands in parentheses and may hold anything.
	i := bytes.LastIndexByte(b, ')')
	if i < 0 {
		return stat{}, fmt.Errorf("no command in %q", b)
	}
	fields := bytes.Fields(b[i+1:])
	const state = 3 // the number, in proc(5), of the first field after the name
	if len(fields) <= 15-state {
		return stat{}, fmt.Errorf("too few fields in %q", b)
	}
	pgrp, err := strconv.Atoi(string(fields[5-state]))
	if err != nil {
		return stat{}, err
	}
	utime, err := strconv.ParseUint(string(fields[14-state]), 10, 64)
	if err != nil {
		return stat{}, err
	}
	stime, err := strconv.ParseUint(string(fields[15-state]), 10, 64)
	return stat{pgrp: pgrp, utime: utime, stime: stime}, err
}

// parsePeak returns VmHWM of /proc/PID/status in KiB; a process that is about
// to end has none.
func parsePeak(status []byte) (int64, error) {
	_, rest, found := bytes.Cut(status, []byte("VmHWM:"))
	if !found {
		return 0, nil
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	number := bytes.TrimSuffix(bytes.TrimSpace(line), []byte(" kB"))
	return strconv.ParseInt(string(number), 10, 64)
}
