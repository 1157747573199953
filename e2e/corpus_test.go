package e2e

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

const corpusFile = "testdata/requests.txt"

// An entry is one line of the corpus; the file says what the words mean.
type entry struct {
	want, name, raw string
}

func corpus(t *testing.T) []entry {
	t.Helper()
	text, err := os.ReadFile(corpusFile)
	if err != nil {
		t.Fatal(err)
	}
	var all []entry
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		parts := strings.SplitN(line, "\t", 3)
		if len(parts) != 3 {
			t.Fatalf("line %q has no three parts", line)
		}
		raw, err := strconv.Unquote(parts[2])
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		all = append(all, entry{parts[0], parts[1], raw})
	}
	if len(all) < 120 {
		t.Fatalf("only %d requests in the corpus", len(all))
	}
	return all
}

// corpusProbe follows every request of the corpus on its connection. Where a body
// or a head is longer than it looks, it is swallowed; where it is shorter, the
// answer to the probe is not the next one.
const corpusProbe = "GET /probe HTTP/1.1\r\nHost: probe\r\n\r\n"

// TestCorpus sends each request in three ways: in one piece, byte by byte, and
// behind a sound request.
func TestCorpus(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"whole", "bytewise", "second"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w, origin := front(t, origintest.ReplyWith(func(r *origintest.Request) string { return origintest.OK(r.Target) }))
			for i, e := range corpus(t) {
				if testing.Short() && mode != "whole" && i%4 != 0 {
					continue
				}
				origin.Forget()
				if fault := tryEntry(t, w, origin, e, mode); fault != "" {
					t.Errorf("%s: %s\nsent %q\nthe backend received %q", e.name, fault, e.raw, heads(origin))
				}
			}
		})
	}
}

func heads(origin *origintest.Server) []string {
	var all []string
	for _, r := range origin.Requests() {
		all = append(all, string(r.Raw))
	}
	return all
}

// tryEntry runs one entry and says what is wrong with what became of it.
func tryEntry(t *testing.T, w *weir, origin *origintest.Server, e entry, mode string) string {
	c := w.dial(t)
	defer c.conn.Close()
	switch mode {
	case "whole":
		c.offer(e.raw + corpusProbe)
	case "second":
		c.offer(request("GET", "/first") + e.raw + corpusProbe)
		if r, err := c.tryResponse("GET"); err != nil || string(r.body) != "/first" {
			return fmt.Sprintf("the request before it: %v, %v", r, err)
		}
		origin.Forget()
	case "bytewise":
		for i := range len(e.raw) {
			c.offer(e.raw[i : i+1])
		}
		c.offer(corpusProbe)
	}
	r, err := c.tryResponse("GET")
	if served := err == nil && r.status == 200; served {
		return judgeServed(c, origin, e, r)
	}
	return judgeRefused(c, origin, e, r, err)
}

func judgeServed(c *client, origin *origintest.Server, e entry, r *response) string {
	if e.want != "one" && e.want != "either" && e.want != "any" {
		return "served, want " + e.want
	}
	if keepsAlive := r.value("Connection") != "close"; keepsAlive {
		if probe, err := c.tryResponse("GET"); err != nil || string(probe.body) != "/probe" {
			return fmt.Sprintf("the request behind it: %v, %v", probe, err)
		}
	} else if e.want == "one" {
		return "the connection does not go on"
	}
	got := origin.Requests()
	if len(got) > 2 || len(got) == 2 && got[1].Target != "/probe" {
		return "became several requests"
	}
	for _, g := range got {
		if err := g.Lint(); err != nil {
			return fmt.Sprintf("forwarded ambiguously: %v", err)
		}
		if !g.Complete || g.Target == "/smuggled" {
			return "forwarded incompletely"
		}
	}
	if string(r.body) != got[0].Target {
		return "answered with another request's response"
	}
	return ""
}

func judgeRefused(c *client, origin *origintest.Server, e entry, r *response, err error) string {
	got := origin.Requests()
	maybeCut := e.want == "cut" || e.want == "any"
	switch {
	case e.want == "one":
		return fmt.Sprintf("refused: %v, %v", r, err)
	case err != nil && !(maybeCut && errors.Is(err, errNothing)):
		return fmt.Sprintf("no clean refusal: %v, %v", r, err)
	case err == nil && r.status < 400:
		return fmt.Sprintf("answered %d", r.status)
	case err == nil && maybeCut && r.status >= 500:
		return fmt.Sprintf("answered %d", r.status)
	case e.want[0] >= '0' && e.want[0] <= '9' && fmt.Sprint(r.status) != e.want:
		return fmt.Sprintf("answered %d, want %s", r.status, e.want)
	case err == nil && !strings.EqualFold(r.value("Connection"), "close"):
		return "refused without Connection: close"
	case len(got) > 0 && !maybeCut:
		return "refused, but forwarded"
	}
	for _, g := range got {
		if g.Complete {
			return "a complete request was forwarded"
		}
	}
	if err == nil {
		if err := c.fill(); err == nil || len(c.buf) > 0 {
			return fmt.Sprintf("the connection goes on with %q", c.buf)
		}
	}
	return ""
}
