package e2e

import (
	"context"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestDemoKeepsItsPromises: every command line that the demo prints works as it
// stands, and an interrupt ends it in good order.
func TestDemoKeepsItsPromises(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the demo takes its time")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	out := &output{}
	cmd := exec.Command(binary, "demo")
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait()
		close(exited)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-exited
	})
	await(t, "the demo has said what to try", func() bool { return strings.Contains(out.String(), "Ctrl-C drains") })
	tried := 0
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "curl ") {
			continue
		}
		tried++
		ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
		if answer, err := exec.CommandContext(ctx, "sh", "-c", line).CombinedOutput(); err != nil || len(answer) == 0 {
			t.Errorf("%s\n%v: %s", line, err, answer)
		}
		cancel()
	}
	if tried < 5 {
		t.Errorf("only %d lines to try in:\n%s", tried, out)
	}
	cmd.Process.Signal(syscall.SIGINT)
	await(t, "the demo ends", func() bool {
		select {
		case <-exited:
			return true
		default:
			return false
		}
	})
	if status := cmd.ProcessState.ExitCode(); status != 0 {
		t.Errorf("exit status %d; it said:\n%s", status, tail(out.String(), 2000))
	}
}
