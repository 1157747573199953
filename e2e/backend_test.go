package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// backendEnv makes the test binary serve as a backend on the address it holds.
const backendEnv = "WEIR_E2E_BACKEND"

// serveAsBackend answers every request with 200 until the process is killed.
func serveAsBackend(address string) {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("serving")
	http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Backend", address)
		io.WriteString(w, "hello from "+address)
	}))
}

// A process is a backend in a process of its own, which can be killed.
type process struct {
	addr string
	cmd  *exec.Cmd
}

func startProcess(t *testing.T) *process {
	t.Helper()
	p := &process{addr: freeAddr(t)}
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), backendEnv+"="+p.addr)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "serving" {
		t.Fatalf("backend process: %q, %v", line, err)
	}
	return p
}

// kill ends the process at once, as SIGKILL does, and waits until it is gone.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}
