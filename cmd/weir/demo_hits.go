package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// A cacheCount is how many requests of routes that cache there were, and how many
// of them were answered from the store.
type cacheCount struct{ requests, hits float64 }

func (c cacheCount) since(before cacheCount) cacheCount {
	return cacheCount{c.requests - before.requests, c.hits - before.hits}
}

// ratio is the share of hits as people write it.
func (c cacheCount) ratio() string {
	if c.requests <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", 100*c.hits/c.requests)
}

// cacheTotals adds up weir_cache_requests_total as anybody can scrape it; false:
// the scrape was turned away.
func cacheTotals(figures http.Handler) (c cacheCount, ok bool) {
	req, err := http.NewRequest(http.MethodGet, "http://localhost/metrics", nil)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	page := scraped{head: make(http.Header), status: http.StatusOK}
	figures.ServeHTTP(&page, req)
	if page.status != http.StatusOK {
		return c, false
	}
	lines := bufio.NewScanner(&page.body)
	for lines.Scan() {
		labels, value, _ := strings.Cut(lines.Text(), "} ")
		if !strings.HasPrefix(labels, "weir_cache_requests_total{") {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return c, false
		}
		c.requests += n
		if strings.Contains(labels, `status="hit"`) {
			c.hits += n
		}
	}
	return c, lines.Err() == nil
}

// scraped is a response kept in memory.
type scraped struct {
	head   http.Header
	status int
	body   bytes.Buffer
}

func (s *scraped) Header() http.Header         { return s.head }
func (s *scraped) WriteHeader(status int)      { s.status = status }
func (s *scraped) Write(p []byte) (int, error) { return s.body.Write(p) }
