package main

import (
	"strings"
	"text/template"
)

// demoConfig is the configuration the demo runs on: a file like any other.
func demoConfig(web, admin string, shops []*shop) string {
	backend := make(map[string]string)
	for _, s := range shops {
		backend[s.name] = s.address()
	}
	var b strings.Builder
	err := demoConfigText.Execute(&b, map[string]any{"Web": web, "Admin": admin, "Backend": backend})
	if err != nil {
		panic("BUG: demo configuration: " + err.Error())
	}
	return b.String()
}

// demoConfigText is parsed once; it is not modified after that.
var demoConfigText = template.Must(template.New("demo").Parse(`# What weir demo runs on. Change it while it runs: weir loads it again.
listen:
  - { name: web, address: "{{.Web}}" }
admin: { address: "{{.Admin}}" }
log: { access: "off" }
drain: { delay: 300ms, timeout: 10s }
cache: { memory: 64MiB, purge_from: [127.0.0.1] }

pools:
  shop: # three replicas: a, b and c
    backends: ["{{.Backend.a}}", "{{.Backend.b}}", "{{.Backend.c}}"]
    health: { path: /healthz, interval: 1s, timeout: 500ms, fall: 2, rise: 2 }
  canary: # the slow, flaky d, with a to retry on
    backends: ["{{.Backend.d}}", "{{.Backend.a}}"]
    health: { path: /healthz, interval: 1s, timeout: 500ms, fall: 2, rise: 2 }
    retries: 1

routes: # cache: {} keeps what the replicas' Cache-Control allows, for as long as it says
  - name: home
    match: { path: / }
    pool: shop
    cache: { key: { query: { ignore: [utm_*] } } }
  - name: catalogue
    match: { prefix: /products, methods: [GET] }
    pool: shop
    cache: { negative: { 404: 10s } }
  - name: pictures
    match: { prefix: /images, methods: [GET] }
    pool: shop
    cache: {}
  - name: api # fresh for two seconds; later it is fetched anew behind the client's back
    match: { prefix: /api }
    pool: shop
    cache: {}
  - name: basket # private: asked for each time, and nobody waits for anybody
    match: { path: /basket }
    pool: shop
    cache: {}
  - name: api-canary # more specific than api: it wants a header
    match: { prefix: /api, headers: { X-Canary: "1" } }
    pool: canary
    headers: { response: { set: { X-Pool: canary } } }
  - name: events
    match: { path: /events }
    pool: shop
  - name: upload
    match: { path: /upload, methods: [PUT, POST] }
    pool: shop
    limits: { body: 64MiB }
  - name: websocket
    match: { path: /ws }
    pool: shop
    upgrade: [websocket]
  - name: old-links
    match: { pattern: "/p/{id}" }
    redirect: { to: "/products/{id}", status: 301 }
  - name: hello
    match: { path: /hello }
    respond: { status: 200, body: "hello from weir itself\n" }
`))
