package proxy

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/weirproxy/weir/balancer"
	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/upstream"
)

// An Error is why a request was not answered as its sender hoped. Its token is
// the same word in the Proxy-Status field, the log line and the metric.
type Error struct {
	Status  int    // of the answer; 0 when the client is not there to get one
	Token   string // of RFC 9209, section 2.3
	Details string // for operators and, in Proxy-Status, for clients: never made of a request
	Cause   error  // for the log; may be nil

	Allow      string // with 405: the methods that are allowed
	RetryAfter int    // seconds; 0: not said
	Close      bool   // the position in the client's byte stream is in doubt
}

// Error tells all an operator wants to know.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Token, e.Details, e.Cause)
	}
	return e.Token + ": " + e.Details
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// The tokens of RFC 9209 that weir itself decides on; those about connections
// to backends are the words of package upstream.
const (
	tokenNotFound    = "destination_not_found"
	tokenUnavailable = "destination_unavailable"
	tokenLimit       = "connection_limit_reached"
	tokenRequest     = "http_request_error"
	tokenTerminated  = "connection_terminated"
	tokenUpgrade     = "http_upgrade_failed"
	tokenLoop        = "proxy_loop_detected"
	tokenInternal    = "proxy_internal_error"
	tokenProtocol    = "http_protocol_error"
	tokenDenied      = "http_request_denied"
)

// The errors that carry nothing of their own.
var (
	errNoRoute      = &Error{Status: http.StatusNotFound, Token: tokenNotFound, Details: "no route"}
	errNotReady     = &Error{Status: http.StatusServiceUnavailable, Token: tokenUnavailable, Details: "starting"}
	errOddPath      = &Error{Status: http.StatusBadRequest, Token: tokenRequest, Details: "ambiguous path"}
	errBodyTooLarge = &Error{Status: http.StatusRequestEntityTooLarge, Token: tokenRequest, Details: "body too large", Close: true}
	errBodyCut      = &Error{Token: tokenRequest, Details: "request body cut short", Close: true}
	errBodyStalled  = &Error{Status: http.StatusRequestTimeout, Token: tokenRequest, Details: "request body too slow", Close: true}
	errClientGone   = &Error{Token: tokenTerminated, Details: "client gone", Close: true}
	errLoop         = &Error{Status: http.StatusLoopDetected, Token: tokenLoop, Details: "too many hops"}
	errNoneHealthy  = &Error{Status: http.StatusServiceUnavailable, Token: tokenUnavailable, Details: "no healthy backend", RetryAfter: 1}
	errSaturated    = &Error{Status: http.StatusServiceUnavailable, Token: tokenLimit, Details: "all backends busy", RetryAfter: 1}
	errNotAskedFor  = &Error{Status: http.StatusGatewayTimeout, Token: upstream.ResponseTimeout.String(), Details: "backend too slow", Close: true}
	errUpgrade      = &Error{Status: http.StatusBadGateway, Token: tokenUpgrade, Details: "switch of protocols nobody asked for"}
	errOnlyIfCached = &Error{Status: http.StatusGatewayTimeout, Token: tokenRequest, Details: "nothing stored that may answer"}
	errClosing      = &Error{Status: http.StatusServiceUnavailable, Token: tokenUnavailable, Details: "given up for want of readers, or weir stops"}
	errLagging      = &Error{Token: tokenTerminated, Details: "client too slow for a response that is not stored", Close: true}
	errUnasked304   = &Error{Status: http.StatusBadGateway, Token: tokenProtocol, Details: "304 to an unconditional request"}
	errMayNotPurge  = &Error{Status: http.StatusForbidden, Token: tokenDenied, Details: "may not purge"}
	errInternal     = &Error{Status: http.StatusInternalServerError, Token: tokenInternal, Details: "internal error", Close: true}
)

// claimError says what it means for a request that there is no backend to claim.
func claimError(err error) *Error {
	if errors.Is(err, balancer.ErrSaturated) {
		return errSaturated
	}
	return errNoneHealthy
}

// bodyError says what it means for a request that its body ended with err.
func bodyError(err error) *Error {
	var rej *message.Reject
	var own *Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &rej):
		return &Error{Status: rej.Status, Token: tokenRequest, Details: rej.Reason.String(), Close: true}
	case errors.Is(err, message.ErrStalled):
		return errBodyStalled
	}
	return errBodyCut
}

// kindOf is the word for how the backend failed.
func kindOf(err error) string {
	var up *upstream.Error
	if errors.As(err, &up) {
		return up.Kind.String()
	}
	return upstream.Incomplete.String()
}

// backendError says what it means for a request that an attempt ended with err.
func backendError(err *upstream.Error) *Error {
	switch err.Kind {
	case upstream.ClientGone:
		return errClientGone
	case upstream.ResponseTimeout, upstream.ReadTimeout, upstream.ConnectTimeout, upstream.WriteTimeout, upstream.DNSTimeout:
		return &Error{Status: http.StatusGatewayTimeout, Token: err.Kind.String(), Details: "backend too slow", Cause: err}
	}
	return &Error{Status: http.StatusBadGateway, Token: err.Kind.String(), Details: "backend failed", Cause: err}
}
