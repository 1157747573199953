package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

const stubStatus = "Active connections: 3 \nserver accepts handled requests\n 16 16 3145728 \nReading: 0 Writing: 1 Waiting: 2 \n"

func TestParseCount(t *testing.T) {
	if n, err := parseCount([]byte(stubStatus)); err != nil || n != 3145728 {
		t.Errorf("got %d, %v, want 3145728", n, err)
	}
	for _, bad := range []string{"", "3145728", strings.Replace(stubStatus, "16 16", "16", 1), strings.Replace(stubStatus, "3145728", "99999999999999999999", 1)} {
		if n, err := parseCount([]byte(bad)); err == nil {
			t.Errorf("parseCount(%q) = %d, want an error", bad, n)
		}
	}
}

func TestCheckCount(t *testing.T) {
	for _, c := range []struct {
		cached      bool
		requests, n int64
		ok          bool
	}{
		{true, 100, 0, true},
		{true, 100, 1, false},
		{true, 100, -1, false}, // the origin was started anew
		{false, 100, 100, true},
		{false, 100, 164, true}, // some had no answer yet when the load ended
		{false, 100, 99, false},
	} {
		if err := (scenario{Cached: c.cached}).checkCount(c.requests, c.n); (err == nil) != c.ok {
			t.Errorf("%+v: error %v", c, err)
		}
	}
}

// TestCheckSameCounts lets a proxy ask the origin for every nth request.
func TestCheckSameCounts(t *testing.T) {
	for every, want := range map[int64]string{0: "", 1: "went to the origin", 7: "went to the origin"} {
		var atOrigin, atProxy atomic.Int64
		origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, "\n 1 1 %d \n", atOrigin.Add(1))
		}))
		t.Cleanup(origin.Close)
		s := stand(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if n := atProxy.Add(1); every > 0 && n%every == 0 {
				atOrigin.Add(1)
			}
			next.ServeHTTP(w, r)
		})
		s.proxy.cached = true
		count := newCounter(&server{address: strings.TrimPrefix(origin.URL, "http://")})
		t.Cleanup(count.client.CloseIdleConnections)
		shown, err := checkSame(context.Background(), s, ofKind(scenarios, true), count)
		switch {
		case want == "" && (err != nil || !strings.Contains(shown, "cache")):
			t.Errorf("every %d: %q, %v, want what was shown", every, shown, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("every %d: error %v, want one with %q", every, err, want)
		}
	}
}
