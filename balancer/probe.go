package balancer

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// What a probe takes from a backend at most.
const (
	maxProbeHead = 16 << 10
	maxProbeBody = 64 << 10
	maxDetail    = 200
)

// newHTTPCheck returns the check by one request on a connection of its own.
func newHTTPCheck(address string, spec *HealthSpec) (check, error) {
	req, err := newProbeRequest(address, spec)
	if err != nil {
		return nil, err
	}
	transport := newProbeTransport(address, spec.TLS)
	return func(ctx context.Context) verdict {
		res, err := transport.RoundTrip(req.Clone(ctx))
		if err != nil {
			return verdict{classify(ctx, err), detail(err.Error())}
		}
		// The head decides. The body is read only so that a backend that logs
		// cut responses has nothing to log.
		_, _ = io.CopyN(io.Discard, res.Body, maxProbeBody)
		_ = res.Body.Close()
		v := verdict{ProbePassed, "status " + strconv.Itoa(res.StatusCode)}
		if !spec.passes(res.StatusCode) {
			v.why = ProbeStatus
		}
		return v
	}, nil
}

// newProbeRequest returns the request of every probe of a backend.
func newProbeRequest(address string, spec *HealthSpec) (*http.Request, error) {
	target, err := url.ParseRequestURI(spec.Path)
	if err != nil {
		return nil, err
	}
	target.Scheme = "http"
	if spec.TLS != nil {
		target.Scheme = "https"
	}
	network, host := split(address)
	if network == "unix" {
		host = "localhost"
	}
	target.Host = host
	req, err := http.NewRequest(spec.Method, target.String(), nil)
	if err != nil {
		return nil, err
	}
	if spec.Host != "" {
		req.Host = spec.Host
	}
	req.Header.Set("User-Agent", "weir-probe")
	return req, nil
}

// newProbeTransport returns a transport that makes a connection for each request
// to one address, whatever the request says. It follows no redirects.
func newProbeTransport(address string, config *tls.Config) *http.Transport {
	network, addr := split(address)
	var http1 http.Protocols
	http1.SetHTTP1(true)
	if config != nil {
		config = config.Clone()
		config.NextProtos = []string{"http/1.1"}
	}
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, addr)
		},
		TLSClientConfig:        config,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxProbeHead,
		Protocols:              &http1,
	}
}

// split returns network and address of a backend's name.
func split(name string) (network, address string) {
	if path, ok := strings.CutPrefix(name, "unix:"); ok {
		return "unix", path
	}
	return "tcp", name
}

// classify finds out what kind of failure err is.
func classify(ctx context.Context, err error) Reason {
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case ctx.Err() != nil:
		return ProbeTimeout
	case errors.As(err, &op) && op.Op == "dial":
		return ProbeConnect
	case errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert):
		return ProbeTLS
	default:
		return ProbeResponse
	}
}

// detail makes an error text fit for a log: a backend may have written it.
func detail(s string) string {
	if len(s) > maxDetail {
		s = s[:maxDetail] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
