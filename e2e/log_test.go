package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// accessLines returns the complete lines of the access log so far.
func (w *weir) accessLines() []string {
	text, err := os.ReadFile(w.access)
	if err != nil {
		return nil
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if whole, ok := strings.CutSuffix(line, "\n"); ok {
			lines = append(lines, whole)
		}
	}
	return lines
}

// TestEveryRequestIsLoggedOnce as one JSON line with its method, target and status.
func TestEveryRequestIsLoggedOnce(t *testing.T) {
	t.Parallel()
	w, _ := front(t, origintest.Reply(origintest.OK("fine")))
	for i := range 50 {
		w.get(t, fmt.Sprintf("/number/%d", i)).expect(t, 200)
	}
	w.do(t, "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n").expect(t, 400)
	await(t, "51 lines", func() bool { return len(w.accessLines()) == 51 })
	seen := map[string]int{}
	for _, line := range w.accessLines() {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		if entry["status"] == float64(200) {
			seen[fmt.Sprint(entry["target"])]++
			if entry["method"] != "GET" {
				t.Errorf("line %q", line)
			}
		}
	}
	for i := range 50 {
		if n := seen[fmt.Sprintf("/number/%d", i)]; n != 1 {
			t.Errorf("request %d was logged %d times", i, n)
		}
	}
}

// TestCredentialsAreNeverLogged: neither log holds what proves who someone is.
func TestCredentialsAreNeverLogged(t *testing.T) {
	t.Parallel()
	const secret = "c0ffee-credential"
	path := file(t, "secret", secret+"\n")
	origin := origintest.New(t, origintest.ReplyWith(func(r *origintest.Request) string {
		if strings.HasPrefix(r.Target, "/garbage") {
			return "Set-Cookie: session=" + secret + "\r\n\r\n"
		}
		return "HTTP/1.1 200 OK\r\nSet-Cookie: session=" + secret + "\r\nContent-Length: 0\r\n\r\n"
	}))
	for _, format := range []string{"json", "combined"} {
		s := setup{conf: fmt.Sprintf(`
pools:
  api: { backends: [%q, %q] }
routes:
  - { match: { prefix: / }, pool: api, headers: { request: { set: { X-Api-Key: "${file:%s}" } } } }
`, origin.Addr(), deadAddr(t), path)}
		w := start(t, s)
		w.writeText(strings.Replace(s.text(w.addr, w.admin, w.access), "access: { path", "access: { format: "+format+", path", 1))
		w.signal(syscall.SIGHUP)
		lines := []string{
			"Authorization: Bearer " + secret, "Cookie: session=" + secret, "Proxy-Authorization: Basic " + secret,
			"X-Api-Key: " + secret, "User-Agent: someone",
		}
		w.get(t, "/", lines...).expect(t, 200)
		w.get(t, "/garbage", lines...).expect(t, 502)
		w.do(t, request("GET", "/", append(lines, "Bad Header: "+secret)...)).expect(t, 400)
		w.do(t, request("GET", "/", append(lines, "Content-Length: "+secret)...)).expect(t, 400)
		w.do(t, "GET http://user:"+secret+"@h/ HTTP/1.1\r\nHost: h\r\n\r\n").expect(t, 400)
		w.do(t, "GET / HTTP/1.1\r\nHost: user:"+secret+"@h\r\n\r\n").expect(t, 400)
		w.writeText(s.text(w.addr, w.admin, w.access) + "nonsense: ${file:" + path + "}\n")
		w.signal(syscall.SIGHUP)
		w.awaitOutput("nonsense")
		await(t, "six lines", func() bool { return len(w.accessLines()) >= 6 })
		for where, text := range map[string]string{"access log": strings.Join(w.accessLines(), "\n"), "log": w.stderr.String()} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: the %s holds a credential: %s", format, where, text)
			}
		}
	}
}

// TestLogLinesCannotBeForged: what a client sends does not break out of its line.
func TestLogLinesCannotBeForged(t *testing.T) {
	t.Parallel()
	w, _ := front(t, origintest.Reply(origintest.OK("")))
	hostile := []string{
		"User-Agent: a\"b\\c\tforged", "Referer: \xff\xfe\xc0\x80", "User-Agent: \x7f", "X-A: \x1b[31m",
		"User-Agent: </script><!--", "User-Agent: \u2028\u2029\u202e", "User-Agent: " + strings.Repeat("u", 8000),
	}
	for _, line := range hostile {
		w.get(t, "/%22%0a%0d\"{}", line)
	}
	await(t, "a line for each", func() bool { return len(w.accessLines()) == len(hostile) })
	for _, line := range w.accessLines() {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("line %q: %v", line, err)
		}
		if strings.ContainsAny(line, "\x1b\x7f\t") {
			t.Errorf("control bytes in %q", line)
		}
	}
}

func TestLogIsReopenedOnSignal(t *testing.T) {
	t.Parallel()
	w, _ := front(t, origintest.Reply(origintest.OK("")))
	w.get(t, "/before").expect(t, 200)
	await(t, "a line", func() bool { return len(w.accessLines()) == 1 && strings.Contains(w.accessLines()[0], "/before") })
	rotated := filepath.Join(filepath.Dir(w.access), "access.log.1")
	if err := os.Rename(w.access, rotated); err != nil {
		t.Fatal(err)
	}
	w.signal(syscall.SIGUSR1)
	await(t, "a new file", func() bool { _, err := os.Stat(w.access); return err == nil })
	w.get(t, "/after").expect(t, 200)
	await(t, "a line in the new file", func() bool { return strings.Contains(strings.Join(w.accessLines(), ""), "/after") })
	old, err := os.ReadFile(rotated)
	if err != nil || !strings.Contains(string(old), "/before") || strings.Contains(string(old), "/after") {
		t.Errorf("the rotated file holds %q, %v", old, err)
	}
}

// TestFiguresCountRequests: the Prometheus endpoint knows what happened.
func TestFiguresCountRequests(t *testing.T) {
	t.Parallel()
	w, origin := front(t, origintest.Reply(origintest.OK("fine")))
	for range 7 {
		w.get(t, "/").expect(t, 200)
	}
	w.do(t, request("BREW", "/")).expect(t, 200)
	await(t, "the requests are counted", func() bool {
		_, body, err := w.adminGet("/metrics")
		return err == nil && seriesSum(body, "weir_requests_total", `route=`, `method="GET"`) == 7
	})
	_, body, _ := w.adminGet("/metrics")
	if strings.Contains(body, "BREW") {
		t.Error("a client's method became a label")
	}
	if !strings.Contains(body, origin.Addr()) {
		t.Error("the backend is not among the labels")
	}
	for _, path := range []string{"/livez", "/readyz"} {
		if status, _, err := w.adminGet(path); err != nil || status != 200 {
			t.Errorf("%s: %d, %v", path, status, err)
		}
	}
}

// seriesSum adds up the samples of a metric whose labels contain every part.
func seriesSum(body, name string, parts ...string) float64 {
	sum := 0.0
next:
	for line := range strings.Lines(body) {
		if !strings.HasPrefix(line, name+"{") {
			continue
		}
		for _, part := range parts {
			if !strings.Contains(line, part) {
				continue next
			}
		}
		var v float64
		if _, err := fmt.Sscan(line[strings.LastIndexByte(line, ' ')+1:], &v); err == nil {
			sum += v
		}
	}
	return sum
}
