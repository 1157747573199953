package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// The limits of a conversation with a running weir.
const (
	adminTimeout     = 30 * time.Second
	adminAnswerBytes = 1 << 20
)

// An adminClient talks to the operators' listener of a running weir.
type adminClient struct {
	address string // as given
	host    string // sent as Host
	http    http.Client
}

// newAdminClient returns a client for address, "host:port" or "unix:/path". It
// opens nothing.
func newAdminClient(address string) (*adminClient, error) {
	c := &adminClient{address: address, host: address}
	network, target := "tcp", address
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, target, c.host = "unix", path, "localhost"
	}
	if !dialable(network, target) {
		return nil, fmt.Errorf("%q is not the address of an admin listener: host:port or unix:/path", address)
	}
	c.http = http.Client{
		Timeout: adminTimeout,
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, target)
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

func dialable(network, target string) bool {
	if network == "unix" {
		return target != ""
	}
	host, port, err := net.SplitHostPort(target)
	return err == nil && host != "" && port != ""
}

// post sends body as JSON and reads the answer into result.
func (c *adminClient) post(path string, body, result any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	target := url.URL{Scheme: "http", Host: c.host, Path: path}
	res, err := c.http.Post(target.String(), "application/json", bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("no weir answers on %s: %w", c.address, causeOf(err))
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, adminAnswerBytes))
	if err != nil {
		return fmt.Errorf("the answer of %s broke off: %w", c.address, err)
	}
	if res.StatusCode != http.StatusOK {
		return c.refusal(res, answer)
	}
	if err := json.Unmarshal(answer, result); err != nil {
		return c.stranger(res.StatusCode)
	}
	return nil
}

// refusal is the error for an answer that is not 200.
func (c *adminClient) refusal(res *http.Response, answer []byte) error {
	var problem struct {
		Detail string `json:"detail"`
	}
	if res.Header.Get("Content-Type") != "application/problem+json" || json.Unmarshal(answer, &problem) != nil || problem.Detail == "" {
		return c.stranger(res.StatusCode)
	}
	return errors.New("refused: " + printable(problem.Detail))
}

func (c *adminClient) stranger(status int) error {
	return fmt.Errorf("what answers on %s, with status %d, is not the admin listener of this version of weir", c.address, status)
}

// printable keeps what came over a socket from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}

// causeOf is err without the method and the URL, which the user did not write.
func causeOf(err error) error {
	var asked *url.Error
	if errors.As(err, &asked) {
		return asked.Err
	}
	return err
}
