package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"time"
)

// checkSame shows that a proxy does the job that is measured: what it answers
// is the origin's answer, connections on both of its sides are reused, and one
// that caches asks the origin once. It returns in words what was shown.
func checkSame(ctx context.Context, s *server, scs []scenario, count *counter) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	for _, sc := range scs {
		if err := checkBody(ctx, client, s.url(sc.Path), sc.body()); err != nil {
			return "", fmt.Errorf("%s, %s: %w", s.name, sc.Name, err)
		}
	}
	if err := checkClientSide(ctx, client, s.url(scs[0].Path)); err != nil {
		return "", fmt.Errorf("%s: %w", s.name, err)
	}
	if err := checkOriginSide(ctx, client, s.url("/connection")); err != nil {
		return "", fmt.Errorf("%s: %w", s.name, err)
	}
	if !s.proxy.cached {
		return "same bodies, connections kept on both sides", nil
	}
	for _, sc := range scs {
		if err := checkCached(ctx, client, s.url(sc.Path), sc, count); err != nil {
			return "", fmt.Errorf("%s, %s: %w", s.name, sc.Name, err)
		}
	}
	return "same bodies, connections kept on both sides, answers from its cache", nil
}

// checkCached asks for what is cached by now: the origin must not hear of it, and
// the body still be its own.
func checkCached(ctx context.Context, client *http.Client, url string, sc scenario, count *counter) error {
	const tries = 10
	n, err := count.during(ctx, func() error {
		for range tries {
			if err := checkBody(ctx, client, url, sc.body()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return sc.checkCount(tries, n)
}

func checkBody(ctx context.Context, client *http.Client, url string, want []byte) error {
	res, body, err := get(ctx, client, url)
	if err != nil {
		return err
	}
	if res.ContentLength != int64(len(want)) {
		return fmt.Errorf("Content-Length %d, want %d", res.ContentLength, len(want))
	}
	if !bytes.Equal(body, want) {
		return errors.New("the body is not the origin's")
	}
	return nil
}

// checkClientSide needs a connection that was used before to be used again.
func checkClientSide(ctx context.Context, client *http.Client, url string) error {
	reused := false
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused },
	})
	if _, _, err := get(ctx, client, url); err != nil {
		return err
	}
	if !reused {
		return errors.New("does not keep the connection to the client")
	}
	return nil
}

// checkOriginSide asks the origin how many requests the connection under each
// request has carried. Any two of them on one connection suffice: a proxy may
// take the origin's ports in turn.
func checkOriginSide(ctx context.Context, client *http.Client, url string) error {
	const tries = 10
	for range tries {
		_, body, err := get(ctx, client, url)
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(body))
		if err != nil {
			return fmt.Errorf("the origin's count: %w", err)
		}
		if n > 1 {
			return nil
		}
	}
	return errors.New("does not keep connections to the origin")
}

func get(ctx context.Context, client *http.Client, url string) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", res.StatusCode)
	}
	return res, body, err
}
