package main

import (
	"fmt"
	"strings"
)

// intro is what the demo says once it serves. Every line that begins with two
// spaces and "curl" works as it stands.
func (d *demo) intro() string {
	var b strings.Builder
	fmt.Fprintf(&b, "weir demo: http://%s\n\n", d.web)
	d.explainPorts(&b)
	fmt.Fprintf(&b, "The configuration is %s (until the demo ends):\n\n", d.file)
	for line := range strings.Lines(d.config) {
		b.WriteString(strings.TrimRight("    "+line, " \n") + "\n")
	}
	b.WriteString("\nTry in another terminal:\n")
	for _, c := range d.examples() {
		fmt.Fprintf(&b, "\n%s\n", c.text)
		for _, line := range c.lines {
			fmt.Fprintf(&b, "  curl %s\n", line)
		}
	}
	b.WriteString("\nCtrl-C drains and ends; a second one ends at once.\n\n")
	return b.String()
}

func (d *demo) explainPorts(b *strings.Builder) {
	for _, p := range [][2]string{{demoAddress, d.web}, {demoAdminAddress, d.admin}} {
		if p[0] != p[1] {
			fmt.Fprintf(b, "Something listens on %s already: weir takes %s instead.\n", p[0], p[1])
		}
	}
	for _, s := range d.shops {
		mood := ""
		if s.flaky {
			mood = ", slow and flaky"
		}
		fmt.Fprintf(b, "replica %s of the shop: %s%s\n", s.name, s.address(), mood)
	}
	b.WriteString("\n")
}

// An example is something to try: curl lines, and what they show.
type example struct {
	text  string
	lines []string
}

func (d *demo) examples() []example {
	web, admin := "http://"+d.web, "http://"+d.admin
	broken := "http://" + d.shops[1].address()
	return []example{
		{"A page that nobody has asked for: Cache-Status says why it was fetched, X-Replica who made it", []string{
			report(web + "/products/3"),
		}},
		{"Once more: a hit. Age says how old it is, ttl for how long it is fresh", []string{
			report(web + "/products/3"),
		}},
		{"JSON that is fresh for two seconds: after three it is served stale while it is fetched anew, and then fresh again", []string{
			"-sS " + web + "/api/products/4; sleep 3; curl " + report(web+"/api/products/4") + "; sleep 1; curl " + report(web+"/api/products/4"),
		}},
		{"A basket is private: never stored, and never waited for", []string{
			report(web + "/basket"),
		}},
		{"The page has changed: PURGE marks it stale. Whoever asks next gets it as it was and has it fetched", []string{
			"-sS -X PURGE " + web + "/products/3",
			report(web + "/products/3"),
		}},
		{"All that is made of product 3 goes at once, pages, JSON and picture, for replicas tag it so (Surrogate-Key)", []string{
			"-sS -H 'Content-Type: application/json' -d '{\"tag\":\"product-3\",\"hard\":true}' " + admin + "/purge",
			report(web + "/products/3"),
		}},
		{"The same by command: weir purge --admin " + d.admin + " --tag product-3 --hard; and what the cache holds", []string{
			"-sS " + admin + "/cache",
		}},
		{"A picture, and a part of it, both from the cache", []string{
			"-sS -o /dev/null -w '%{http_code} %{content_type} %{size_download} bytes\\n' " + web + "/images/2.png",
			"-sS -o /dev/null -w '%{http_code} %{content_type} %{size_download} bytes\\n' -r 0-99 " + web + "/images/2.png",
		}},
		{"A stream of five events, one by one as they happen", []string{
			"-sS -N --max-time 20 '" + web + "/events?n=5'",
		}},
		{"An upload, streamed through; this configuration is at hand", []string{
			"-sS -T " + d.file + " " + web + "/upload",
			"-sS -H 'Expect: 100-continue' --data-binary @" + d.file + " " + web + "/upload",
		}},
		{"A websocket through weir: the replica says hello and closes", []string{
			"-sS -i -N --max-time 20 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13'" +
				" -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' '" + web + "/ws?hello'",
		}},
		{"A header that leads to another pool: d is slow and fails every fifth time, then a answers", []string{
			"-sS -i -H 'X-Canary: 1' " + web + "/api/products/1",
		}},
		{"A redirect, and where it leads", []string{
			"-sS -i " + web + "/p/4",
			"-sS -L -o /dev/null -w '%{http_code} %{url_effective}\\n' " + web + "/p/4",
		}},
		{"Answers of weir itself: one configured, one for want of a route (problem+json), one for the method", []string{
			"-sS " + web + "/hello",
			"-sS -i -H 'Accept: application/json' " + web + "/nothing/here",
			"-sS -i -X DELETE " + web + "/upload",
		}},
		{"The operators' side", []string{
			"-sS '" + admin + "/readyz?verbose'",
			"-sS " + admin + "/metrics | grep -E '^weir_(backend_healthy|cache_requests_total)'",
		}},
		{"Break replica b: probes notice, its share goes to a and c, and nobody sees an error. Then heal it", []string{
			"-sS -X POST " + broken + "/demo/break",
			"-sS -X POST " + broken + "/demo/heal",
		}},
	}
}

// report shows what an answer says about the cache and who made it.
func report(url string) string {
	return "-sS -o /dev/null -D - " + url + " | grep -iE '^(HTTP|Age|Cache-Status|X-Replica)'"
}
