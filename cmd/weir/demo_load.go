package main

import (
	"context"
	"io"
	"net/http"
	"time"
)

// The background load of the demo: enough for the figures to move.
const (
	demoLoadInterval    = 50 * time.Millisecond // 20 requests a second
	demoLoadConcurrency = 8
	demoLoadTimeout     = 5 * time.Second
)

// demoLoad asks for pages until ctx ends, and waits for the last answers.
// When the answers are slow it asks less.
func demoLoad(ctx context.Context, base string) {
	transport := &http.Transport{MaxIdleConnsPerHost: demoLoadConcurrency}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: demoLoadTimeout}

	paths := []string{"/", "/products/1", "/api/products", "/images/2.png", "/basket"}
	free := make(chan struct{}, demoLoadConcurrency)
	tick := time.NewTicker(demoLoadInterval)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			for range demoLoadConcurrency {
				free <- struct{}{}
			}
			return
		case <-tick.C:
		}
		select {
		case free <- struct{}{}:
		default:
			continue
		}
		go func() {
			defer func() { <-free }()
			askOnce(client, base+paths[n%len(paths)], n%10 == 2)
		}()
	}
}

// askOnce sends one request and reads its answer. What became of it shows in
// weir's own figures.
func askOnce(client *http.Client, url string, canary bool) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	if canary {
		req.Header.Set("X-Canary", "1")
	}
	res, err := client.Do(req)
	if err != nil {
		return
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
}
