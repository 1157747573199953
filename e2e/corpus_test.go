package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// corpusFile is shared with the tests of package message; its head says what its
// columns are.
const corpusFile = "../message/testdata/requests.txt"

// An entry is one line of the corpus.
type entry struct {
	name   string
	status int  // that weir answers; 0: forwarded as exactly one request
	late   bool // the fault is in the body: a part of the request may have been forwarded
	goesOn bool // the fault is not in how the request is framed: the connection may go on
	raw    string

	host string // of a late entry
}

// distinguish gives a late entry a Host of its own: what has been forwarded of it
// may reach the backend when the next one is under way.
func (e *entry) distinguish(i int) {
	if e.late {
		e.host = fmt.Sprintf("late%d", i)
		e.raw = strings.Replace(e.raw, "Host: a\r\n", "Host: "+e.host+"\r\n", 1)
	}
}

var repetition = regexp.MustCompile(`(?s)\{(\d+)\*([^}]+)\}`)

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
		column := strings.Split(line, "\t")
		if len(column) != 5 {
			t.Fatalf("line %q has %d columns", line, len(column))
		}
		all = append(all, parseEntry(t, column))
	}
	if len(all) < 120 {
		t.Fatalf("only %d requests in the corpus", len(all))
	}
	return all
}

func parseEntry(t *testing.T, column []string) entry {
	t.Helper()
	raw, err := strconv.Unquote(column[4])
	if err != nil {
		t.Fatalf("%q: %v", column, err)
	}
	e := entry{name: column[1], late: strings.HasPrefix(column[0], "9112-7"), goesOn: column[3] == "-"}
	if column[2] != "one" {
		if e.status, err = strconv.Atoi(column[2]); err != nil {
			t.Fatalf("%q: %v", column, err)
		}
	}
	e.raw = repetition.ReplaceAllStringFunc(raw, func(s string) string {
		part := repetition.FindStringSubmatch(s)
		n, _ := strconv.Atoi(part[1])
		return strings.Repeat(part[2], n)
	})
	return e
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
				e.distinguish(i)
				if testing.Short() && mode != "whole" && i%4 != 0 {
					continue
				}
				origin.Forget()
				if fault := tryEntry(t, w, origin, e, mode); fault != "" {
					t.Errorf("%s: %s\nsent %.2000q\nthe backend received %q", e.name, fault, e.raw, heads(origin))
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
	case "bytewise":
		for i := range len(e.raw) {
			c.offer(e.raw[i : i+1])
		}
		c.offer(corpusProbe)
	}
	method, _, _ := strings.Cut(strings.TrimLeft(e.raw, "\r\n"), " ")
	r, err := c.tryResponse(method)
	if err != nil {
		return fmt.Sprintf("no answer: %v, %v", r, err)
	}
	probed := false
	if !strings.EqualFold(r.value("Connection"), "close") {
		probe, err := c.tryResponse("GET")
		if err != nil || string(probe.body) != "/probe" {
			return fmt.Sprintf("the request behind it: %v, %v", probe, err)
		}
		probed = true
	} else if err := c.fill(); err == nil || len(c.buf) > 0 {
		return fmt.Sprintf("the connection goes on with %q", c.buf)
	}
	return judgeEntry(e, r, forwarded(origin, e, mode, probed), probed)
}

// forwarded returns what the backend received for an entry itself.
func forwarded(origin *origintest.Server, e entry, mode string, probed bool) []origintest.Request {
	var got []origintest.Request
	for _, g := range origin.Requests() {
		host := g.Value("Host")
		if host == e.host || !strings.HasPrefix(host, "late") {
			got = append(got, g)
		}
	}
	if mode == "second" && len(got) > 0 && got[0].Target == "/first" {
		got = got[1:]
	}
	if n := len(got); probed && n > 0 && got[n-1].Target == "/probe" {
		got = got[:n-1]
	}
	return got
}

func judgeEntry(e entry, r *response, got []origintest.Request, probed bool) string {
	switch {
	case e.status == 0 && r.status != 200:
		return fmt.Sprintf("refused: %v", r)
	case e.status == 0 && len(got) != 1:
		return fmt.Sprintf("became %d requests", len(got))
	case e.status != 0 && r.status != e.status:
		return fmt.Sprintf("answered %d, want %d", r.status, e.status)
	case e.status != 0 && probed && !e.goesOn:
		return "the connection goes on"
	case e.status != 0 && len(got) > 0 && !e.late:
		return "refused, but forwarded"
	}
	for _, g := range got {
		if err := g.Lint(); err != nil {
			return fmt.Sprintf("forwarded ambiguously: %v", err)
		}
		if g.Complete != (e.status == 0) {
			return fmt.Sprintf("refused with %d, forwarded completely: %v", e.status, g.Complete)
		}
		if e.status == 0 && g.Method != "HEAD" && string(r.body) != g.Target {
			return "answered with another request's response"
		}
	}
	return ""
}
