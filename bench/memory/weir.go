package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A weir is a running one.
type weir struct {
	address string // where it listens
	admin   string
	cmd     *exec.Cmd
	log     string
	done    chan struct{} // closed once it has ended
}

const config = `listen: [%q]
admin: { address: %q }
cache: { memory: %dB }
log: { level: warn }
pools:
  origin: { backends: [%q], max_requests: 4000 }
routes:
  - match: { prefix: / }
    pool: origin
    cache: {}
`

const (
	startTimeout = 20 * time.Second
	stopTimeout  = 15 * time.Second
)

// startWeir runs weir in front of origin, without a GOMEMLIMIT from outside.
func startWeir(ctx context.Context, dir string, o options, origin string) (*weir, error) {
	bin, err := binary(ctx, dir, o.weir)
	if err != nil {
		return nil, err
	}
	address, admin, err := freeAddresses()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "weir.yaml")
	text := fmt.Sprintf(config, address, admin, o.budget, origin)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return nil, err
	}
	w := &weir{address: address, admin: admin, log: filepath.Join(dir, "weir.log"), done: make(chan struct{})}
	out, err := os.Create(w.log)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the child has its own descriptor
	w.cmd = exec.Command(bin, "run", "-c", path)
	w.cmd.Stdout, w.cmd.Stderr = out, out
	w.cmd.Env = append(os.Environ(), "GOMEMLIMIT=", "GOGC=")
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = w.cmd.Wait() // how it ended shows in its log
		close(w.done)
	}()
	if err := w.waitReady(ctx); err != nil {
		w.stop()
		return nil, err
	}
	return w, nil
}

func binary(ctx context.Context, dir, given string) (string, error) {
	if given != "" {
		return filepath.Abs(given)
	}
	bin := filepath.Join(dir, "weir")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", bin, "github.com/weirproxy/weir/cmd/weir").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return bin, nil
}

// freeAddresses returns two that were free a moment ago.
func freeAddresses() (one, two string, err error) {
	a, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	defer a.Close()
	b, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	defer b.Close()
	return a.Addr().String(), b.Addr().String(), nil
}

func (w *weir) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for pause(ctx, 20*time.Millisecond) {
		if conn, err := net.Dial("tcp", w.address); err == nil {
			return conn.Close()
		}
		if err := w.alive(); err != nil {
			return err
		}
	}
	return fmt.Errorf("weir does not listen on %s: %s", w.address, w.tail())
}

func (w *weir) alive() error {
	select {
	case <-w.done:
		return fmt.Errorf("weir ended by itself: %s", w.tail())
	default:
		return nil
	}
}

func (w *weir) stop() {
	_ = w.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	select {
	case <-w.done:
	case <-time.After(stopTimeout):
		_ = w.cmd.Process.Kill()
		<-w.done
	}
}

// tail returns the end of what weir has written.
func (w *weir) tail() string {
	b, err := os.ReadFile(w.log)
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(b[max(0, len(b)-2000):]))
}

// memory returns the resident size now and the largest so far.
func (w *weir) memory() (now, peak int64, err error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(w.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0, 0, err
	}
	return parseMemory(string(b))
}

// parseMemory reads /proc/PID/status (proc(5)).
func parseMemory(status string) (now, peak int64, err error) {
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		to := map[string]*int64{"VmRSS": &now, "VmHWM": &peak}[name]
		if to == nil {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return 0, 0, err
		}
		*to = kib << 10
	}
	if now == 0 || peak == 0 {
		return 0, 0, fmt.Errorf("no sizes in %q", status)
	}
	return now, peak, nil
}

// figures are what weir says about its zone.
type figures struct {
	stored, pending, detached, entries float64
	dropped                            float64 // responses not stored for lack of room, so far
}

var figureLine = regexp.MustCompile(`(?m)^weir_cache_zone_(bytes|pending_bytes|detached_bytes|entries|dropped_total)\{[^}]*\} (\S+)$`)

func (w *weir) figures() (figures, error) {
	client := http.Client{Timeout: 10 * time.Second}
	res, err := client.Get("http://" + w.admin + "/metrics")
	if err != nil {
		return figures{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return figures{}, err
	}
	return parseFigures(string(b))
}

func parseFigures(text string) (f figures, err error) {
	found := 0
	for _, m := range figureLine.FindAllStringSubmatch(text, -1) {
		to := map[string]*float64{
			"bytes": &f.stored, "pending_bytes": &f.pending, "detached_bytes": &f.detached, "entries": &f.entries,
			"dropped_total": &f.dropped,
		}[m[1]]
		if *to, err = strconv.ParseFloat(m[2], 64); err != nil {
			return f, err
		}
		found++
	}
	if found != 5 {
		return f, fmt.Errorf("%d figures of one zone, want 5", found)
	}
	return f, nil
}
