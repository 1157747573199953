package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/weirproxy/weir/internal/sock"
)

// An Error is what every operation of this package fails with.
type Error struct {
	Kind Kind
	// Sent tells that some byte of the request may have reached the backend.
	// While it is false the request can be sent again, whatever its method.
	Sent bool
	// Reused tells that the connection had served an exchange before, so that
	// its end may only mean that the backend was tired of it.
	Reused bool
	// Err is the cause: io.ErrUnexpectedEOF when the backend closed the
	// connection, ECONNRESET when it reset it, a *message.Reject when it sent
	// what cannot be understood.
	Err error
}

// Error returns the kind and the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Kind.String()
	}
	return e.Kind.String() + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// A Kind is how an exchange failed: the proxy error types of RFC 9209,
// section 2.3, as far as they can happen here, and three of our own making.
type Kind uint8

// The kinds. No Error has the zero Kind.
const (
	_ Kind = iota
	// DNSTimeout: the backend's name was not resolved in time.
	DNSTimeout
	// DNSError: the backend's name could not be resolved.
	DNSError
	// Unroutable: there is no way to the backend's address.
	Unroutable
	// Refused: nothing listens at the backend's address.
	Refused
	// ConnectTimeout: connecting, or the TLS handshake, took too long.
	ConnectTimeout
	// Terminated: the connection ended before any byte of a response.
	Terminated
	// ReadTimeout: the response paused for too long.
	ReadTimeout
	// WriteTimeout: the backend took nothing of the request for too long.
	WriteTimeout
	// TLSProtocol: the handshake failed, or what came was no TLS.
	TLSProtocol
	// TLSCertificate: the backend's certificate does not prove who it is.
	TLSCertificate
	// TLSAlert: the backend refused the TLS connection.
	TLSAlert
	// ResponseTimeout: no response began within the time for its first byte.
	ResponseTimeout
	// Incomplete: the connection ended inside a response.
	Incomplete
	// HeaderSize: the response head is too large or has too many fields.
	HeaderSize
	// TrailerSize: the trailer section is too large or has too many fields.
	TrailerSize
	// TransferCoding: the chunked coding of the response is broken.
	TransferCoding
	// Protocol: the response breaks the rules of HTTP/1.1 in another way.
	Protocol
	// Internal: this side could not open a socket, or its connection was misused.
	Internal
	// ClientGone: the client went away, and the exchange was given up.
	ClientGone
	// Aborted: Abort was called.
	Aborted
	kindCount
)

var kindNames = [kindCount]string{
	DNSTimeout:      "dns_timeout",
	DNSError:        "dns_error",
	Unroutable:      "destination_ip_unroutable",
	Refused:         "connection_refused",
	ConnectTimeout:  "connection_timeout",
	Terminated:      "connection_terminated",
	ReadTimeout:     "connection_read_timeout",
	WriteTimeout:    "connection_write_timeout",
	TLSProtocol:     "tls_protocol_error",
	TLSCertificate:  "tls_certificate_error",
	TLSAlert:        "tls_alert_received",
	ResponseTimeout: "http_response_timeout",
	Incomplete:      "http_response_incomplete",
	HeaderSize:      "http_response_header_section_size",
	TrailerSize:     "http_response_trailer_section_size",
	TransferCoding:  "http_response_transfer_coding",
	Protocol:        "http_protocol_error",
	Internal:        "proxy_internal_error",
	ClientGone:      "client_gone",
	Aborted:         "aborted",
}

// String returns the token of RFC 9209 where the kind has one.
func (k Kind) String() string {
	if k == 0 || k >= kindCount {
		return "unknown"
	}
	return kindNames[k]
}

// dialKind says why a connection could not be opened.
func dialKind(err error) Kind {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsTimeout:
		return DNSTimeout
	case dns != nil:
		return DNSError
	case isTimeout(err), errors.Is(err, syscall.ETIMEDOUT):
		return ConnectTimeout
	// A socket file that is not there is a backend that is not running.
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT):
		return Refused
	case errors.Is(err, syscall.ECONNRESET):
		return Terminated
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH),
		errors.Is(err, syscall.EADDRNOTAVAIL):
		return Unroutable
	}
	return Internal
}

// tlsKind says why a handshake failed.
func tlsKind(err error) Kind {
	var cert *tls.CertificateVerificationError
	var name x509.HostnameError
	var alert tls.AlertError
	var op *net.OpError
	switch {
	case isTimeout(err):
		return ConnectTimeout
	case errors.As(err, &cert), errors.As(err, &name):
		return TLSCertificate
	case errors.As(err, &op) && op.Op == "remote error", errors.As(err, &alert):
		return TLSAlert
	case isEnd(err):
		return Terminated
	}
	return TLSProtocol
}

func isTimeout(err error) bool {
	return sock.IsTimeout(err) || errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err)
}

// isEnd tells the ways in which the other end closes a connection.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
