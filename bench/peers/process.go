package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// stopGrace is how long a process may take to end after it was asked to.
const stopGrace = 10 * time.Second

// A process is a child, pinned to one CPU and in a process group of its own, so
// that its workers can be measured and ended with it.
type process struct {
	name string
	log  string // file that holds its output
	cmd  *exec.Cmd
	done chan struct{} // closed once it has ended
}

// startProcess runs argv on the given CPU with its output in dir.
func startProcess(name, dir string, cpu int, argv ...string) (*process, error) {
	logPath := filepath.Join(dir, name+".log")
	out, err := os.Create(logPath)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the child has its own descriptor

	cmd := exec.Command("taskset", append([]string{"-c", strconv.Itoa(cpu)}, argv...)...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := &process{name: name, log: logPath, cmd: cmd, done: make(chan struct{})}
	go p.wait()
	return p, nil
}

func (p *process) wait() {
	_ = p.cmd.Wait() // how it ended shows in its log
	close(p.done)
}

// group is the id of the process group of p and its workers.
func (p *process) group() int { return p.cmd.Process.Pid }

// alive returns an error that quotes the log if p has ended by itself.
func (p *process) alive() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s ended by itself: %s", p.name, p.tail())
	default:
		return nil
	}
}

// stop ends p and its workers and waits for it.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	select {
	case <-p.done:
	case <-time.After(stopGrace):
	}
	// Whatever of the group is left, a worker without its master included.
	_ = syscall.Kill(-p.group(), syscall.SIGKILL)
	<-p.done
}

// tail returns the end of what p has written.
func (p *process) tail() string {
	const most = 2000
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	if len(b) == 0 {
		return "no output"
	}
	return string(bytes.TrimSpace(b[max(0, len(b)-most):]))
}
