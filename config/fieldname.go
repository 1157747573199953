package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// checkFieldName accepts any field name (RFC 9110, section 5.1).
func checkFieldName(name string) error {
	if len(name) > maxFieldNameBytes {
		return fmt.Errorf("a field name has at most %d bytes", maxFieldNameBytes)
	}
	if !isToken(name) {
		return errors.New("not a field name")
	}
	return nil
}

// framing holds the fields that belong to one connection or delimit one
// message (RFC 9110, section 7.6.1): weir's serializer alone writes them.
var framing = []string{
	"connection", "content-length", "expect", "http2-settings", "keep-alive", "proxy",
	"proxy-authenticate", "proxy-authentication-info", "proxy-authorization",
	"proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}

// forwarding holds the request fields that tell a backend who is asking, which
// it may believe only because weir alone writes them.
var forwarding = []string{
	"forwarded", "traceparent", "via", "x-forwarded-for", "x-forwarded-host",
	"x-forwarded-proto", "x-request-id",
}

// checkRequestField accepts the names of request fields that a route may change.
func checkRequestField(name string) error {
	if err := checkFieldName(name); err != nil {
		return err
	}
	switch plain := dashed(name); {
	case plain == "host":
		return errors.New("is the pool's to set: use the key host of the pool")
	case slices.Contains(framing, plain):
		return errFraming
	case slices.Contains(forwarding, plain):
		return errors.New("is set by weir itself")
	}
	return nil
}

// checkResponseField accepts the names of response fields that a route may change.
func checkResponseField(name string) error {
	if err := checkFieldName(name); err != nil {
		return err
	}
	if slices.Contains(framing, dashed(name)) {
		return errFraming
	}
	return nil
}

var errFraming = errors.New("belongs to the connection or the framing of the message, which weir alone sets")

// checkConditionField accepts the names of fields that a route may match on.
func checkConditionField(name string) error {
	if dashed(name) == "host" {
		return errors.New("use the key host of the match")
	}
	return checkFieldName(name)
}

// dashed is a name as a backend may read it: many take an underscore for a dash.
func dashed(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "_", "-")
}

// checkParameter accepts the names of query parameters.
func checkParameter(name string) error {
	if name == "" || len(name) > maxFieldNameBytes || hasControl(name) {
		return fmt.Errorf("the name of a query parameter has from 1 to %d bytes and no control characters", maxFieldNameBytes)
	}
	return nil
}

// checkFieldValue accepts a value as it can stand on a field line (RFC 9110,
// section 5.5), placeholders aside.
func checkFieldValue(value string) error {
	switch {
	case len(value) > maxFieldValueBytes:
		return fmt.Errorf("a field value has at most %s", showSize(maxFieldValueBytes))
	case hasControl(value):
		return errControl
	case strings.Trim(value, " \t") != value:
		return errors.New("a field value neither begins nor ends with a space")
	}
	return nil
}

var mediaType = regexp.MustCompile("^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( ?;.+)?$")

// checkContentType accepts a media type with its parameters (RFC 9110, section 8.3.1).
func checkContentType(value string) error {
	if err := checkFieldValue(value); err != nil {
		return err
	}
	if !mediaType.MatchString(value) {
		return errors.New("has to be a media type, such as text/html; charset=utf-8")
	}
	return nil
}
