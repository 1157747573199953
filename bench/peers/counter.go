package main

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
)

// countPath is where the origin says how many requests it has had.
const countPath = "/requests"

// A counter asks the origin how many requests it has had. It keeps a connection
// of its own, beside the proxies.
type counter struct {
	client *http.Client
	url    string
}

// newCounter needs its connections closed at the end.
func newCounter(origin *server) *counter {
	return &counter{client: &http.Client{Transport: &http.Transport{}}, url: origin.url(countPath)}
}

// total is the number of requests so far, this one included.
func (c *counter) total(ctx context.Context) (int64, error) {
	_, body, err := get(ctx, c.client, c.url)
	if err != nil {
		return 0, fmt.Errorf("the origin's count: %w", err)
	}
	return parseCount(body)
}

// during returns how many requests reached the origin while work ran.
func (c *counter) during(ctx context.Context, work func() error) (int64, error) {
	before, err := c.total(ctx)
	if err != nil {
		return 0, err
	}
	if err := work(); err != nil {
		return 0, err
	}
	after, err := c.total(ctx)
	return after - before - 1, err // without this one
}

// countLine is the third line of nginx's stub_status: accepts, handled, requests.
var countLine = regexp.MustCompile(`(?m)^ \d+ \d+ (\d+) $`)

func parseCount(body []byte) (int64, error) {
	m := countLine.FindSubmatch(body)
	if m == nil {
		return 0, fmt.Errorf("the origin's count: %q", body)
	}
	return strconv.ParseInt(string(m[1]), 10, 64)
}

// checkCount tells whether n requests at the origin are what requests to a proxy
// have to cause: none from a cache, and one each otherwise.
func (sc scenario) checkCount(requests, n int64) error {
	switch {
	case sc.Cached && n != 0:
		return fmt.Errorf("%d of %d requests went to the origin, not to the cache", n, requests)
	case !sc.Cached && n < requests:
		return fmt.Errorf("%d requests reached the origin of %d", n, requests)
	}
	return nil
}
