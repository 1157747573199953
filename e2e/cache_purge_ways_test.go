package e2e

import (
	"net"
	"net/http"
	"os/exec"
	"strings"

	"github.com/weirproxy/weir/internal/origintest"
)

// whileFilling is a case about a purge that comes while a response, with the tag
// {path}, is on its way: before its head or within its body.
func whileFilling(what, order string, head bool) cacheCase {
	when := "before its head"
	if head {
		when = "within its body"
	}
	return cacheCase{"9111 §4", what + " while a response arrives, " + when + ": it is not used as fresh", "strict", []step{{do: func(r *caseRun) {
		gate, first := make(chan struct{}), true
		r.use(scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			start := r.expand("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nETag: \"a\"\r\nSurrogate-Key: {path}\r\nContent-Length: 6\r\n\r\nabc")
			if !first {
				return c.Send(start + "def")
			}
			first = false
			if head {
				c.Send(start)
				start = ""
			}
			if err := c.Wait(gate); err != nil {
				return err
			}
			return c.Send(start + "def")
		}))
		k := r.begin(step{})
		r.awaitAsked(1)
		if head {
			k.head()
		}
		r.purge(order)
		close(gate)
		k.whole(200, "abcdef")
		r.check("afterwards", step{want: "fwd", status: 200, shows: "abcdef"})
	}}}}
}

var purgedFills = []cacheCase{
	whileFilling("purge of the URL", purgeURL, false), whileFilling("purge of the URL", purgeURL, true),
	whileFilling("hard purge of the URL", `{"url":"http://{host}{path}","hard":true}`, false), whileFilling("hard purge of the URL", `{"url":"http://{host}{path}","hard":true}`, true),
	whileFilling("purge of the tag", `{"tag":"{path}"}`, false), whileFilling("hard purge of the tag", `{"tag":"{path}","hard":true}`, true),
	whileFilling("purge of the prefix", `{"prefix":"{path}"}`, false), whileFilling("hard purge of the prefix", `{"prefix":"{path}","hard":true}`, true),
}

var purgeMethod = []cacheCase{
	{"9110 §9.1", "PURGE from an address that may: what it names is validated", "strict", []step{
		stored("", lasting()),
		{do: func(r *caseRun) {
			if res := r.fetch(step{method: "PURGE"}); res.status != 200 && res.status != 204 {
				r.t.Errorf("got %v", res)
			}
			r.askedTimes(1)
		}},
		marked(""),
	}},
	{"9110 §9.1", "PURGE of what is not stored does no harm", "strict", []step{{do: func(r *caseRun) {
		if res := r.fetch(step{method: "PURGE"}); res.status >= 500 {
			r.t.Errorf("got %v", res)
		}
		r.askedTimes(0)
	}}}},
	{"9110 §9.1", "PURGE from another address is refused, and nothing happens", "strict", []step{
		stored("", lasting()),
		{do: func(r *caseRun) {
			_, raw := r.request(&step{method: "PURGE"})
			d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
			conn, err := d.Dial("tcp", r.w.addr)
			if err != nil {
				r.t.Fatal(err)
			}
			c := &client{t: r.t, conn: conn}
			defer conn.Close()
			c.send(raw)
			c.response("PURGE").expect(r.t, 403)
			r.askedTimes(1)
		}},
		kept("", 1),
	}},
	{"9110 §9.1", "X-Forwarded-For does not make anybody's PURGE allowed", "strict", []step{
		stored("", lasting()),
		{do: func(r *caseRun) {
			_, raw := r.request(&step{method: "PURGE", req: lines{"X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1"}})
			d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 3)}}
			conn, err := d.Dial("tcp", r.w.addr)
			if err != nil {
				r.t.Fatal(err)
			}
			c := &client{t: r.t, conn: conn}
			defer conn.Close()
			c.send(raw)
			c.response("PURGE").expect(r.t, 403)
		}},
		kept("", 1),
	}},
	{"9110 §9.1", "PURGE where nobody may is a method like any other", "strict", []step{{do: func(r *caseRun) {
		r.apart("stale_while_revalidate: 0s")
		r.use(lasting())
		r.check("stored", step{want: "fwd=uri-miss; stored"})
		r.check("purge", step{method: "PURGE", res: reply(405), want: "fwd=method; fwd-status=405", status: 405})
		r.check("still there", step{want: "hit", status: 200, shows: "answer 1"})
	}}}},
}

// weirCommand runs weir itself and returns its exit status and what it wrote.
func (r *caseRun) weirCommand(args ...string) (int, string) {
	r.t.Helper()
	for i := range args {
		args[i] = r.expand(args[i])
	}
	cmd := exec.Command(binary, args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		r.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// commanded is a step that runs weir purge and demands an exit status and words.
func commanded(status int, words string, args ...string) step {
	return step{do: func(r *caseRun) {
		r.t.Helper()
		got, out := r.weirCommand(append([]string{"purge", "--admin", r.w.admin}, args...)...)
		if got != status || !strings.Contains(out, r.expand(words)) {
			r.t.Errorf("weir purge %q: %d %q, want %d %q", args, got, out, status, words)
		}
	}}
}

var purgeCommands = []cacheCase{
	{"9111 §4", "weir purge URL", "strict", []step{
		stored("", lasting()), commanded(0, "marked stale: http://{host}{path}", "http://{host}{path}"), marked(""),
	}},
	{"9111 §4", "weir purge --tag --hard", "strict", []step{
		stored("", lasting("Surrogate-Key: {path}")), commanded(0, "removed: tag", "--tag", "{path}", "--hard"), gone(""),
	}},
	{"9111 §4", "weir purge --pattern --host --zone", "strict", []step{
		stored("/a.png", lasting()), commanded(0, "in zone default", "--pattern", "{path}/*.png", "--host", "{host}", "--zone", "default"), marked("/a.png"),
	}},
	{"9875 §2.1", "weir purge --group --origin", "strict", []step{
		stored("", lasting(`Cache-Groups: "{path}"`)), commanded(0, "group", "--group", "{path}", "--origin", "http://{host}"), marked(""),
	}},
	{"9111 §4", "weir purge with nothing or too much named, and where nobody answers", "strict", []step{
		stored("", lasting("Surrogate-Key: {path}")),
		commanded(2, "nothing to purge"), commanded(2, "several", "--tag", "{path}", "--all"), commanded(1, "unknown zone", "--tag", "{path}", "--zone", "nowhere"),
		{do: func(r *caseRun) {
			if status, out := r.weirCommand("purge", "--admin", deadAddr(r.t), "--all"); status != 1 {
				r.t.Errorf("%d %s", status, out)
			}
		}},
		kept("", 1),
	}},
	{"9111 §4", "a page of another origin cannot purge through a browser", "strict", []step{
		stored("", lasting("Surrogate-Key: {path}")),
		{do: func(r *caseRun) {
			req, err := http.NewRequest("POST", "http://"+r.w.admin+"/purge", strings.NewReader(r.expand(`{"tag":"{path}","hard":true}`)))
			if err != nil {
				r.t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Origin", "http://evil.example")
			req.Header.Set("Sec-Fetch-Site", "cross-site")
			resp, err := adminClient.Do(req)
			if err != nil {
				r.t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != 403 {
				r.t.Errorf("status %d", resp.StatusCode)
			}
		}},
		kept("", 1),
	}},
}
