package config

import (
	"encoding/json"
	"fmt"
)

// What may have come from a secret file or the environment into a place for
// secrets is marked Secret by the decoder. The types that carry the mark print
// themselves, with every verb and as JSON, without the value.
//
// A later key for a secret needs kind.secret in the schema, a Secret member and
// these two methods; without the first, ${file:...} is refused for the key.

const redacted = "[redacted]"

// Format implements fmt.Formatter.
func (n NameValue) Format(f fmt.State, verb rune) {
	type plain NameValue
	fmt.Fprintf(f, fmt.FormatString(f, verb), plain(n.redacted()))
}

// MarshalJSON implements json.Marshaler.
func (n NameValue) MarshalJSON() ([]byte, error) {
	type plain NameValue
	return json.Marshal(plain(n.redacted()))
}

func (n NameValue) redacted() NameValue {
	if n.Secret {
		n.Value = redacted
	}
	return n
}

// Format implements fmt.Formatter.
func (v ValueMatch) Format(f fmt.State, verb rune) {
	type plain ValueMatch
	fmt.Fprintf(f, fmt.FormatString(f, verb), plain(v.redacted()))
}

// MarshalJSON implements json.Marshaler.
func (v ValueMatch) MarshalJSON() ([]byte, error) {
	type plain ValueMatch
	return json.Marshal(plain(v.redacted()))
}

func (v ValueMatch) redacted() ValueMatch {
	if v.Secret && v.Equals != nil {
		text := redacted
		v.Equals = &text
	}
	if v.Secret && v.Matches != "" {
		v.Matches = redacted
	}
	return v
}

// Format implements fmt.Formatter.
func (r Respond) Format(f fmt.State, verb rune) {
	type plain Respond
	fmt.Fprintf(f, fmt.FormatString(f, verb), plain(r.redacted()))
}

// MarshalJSON implements json.Marshaler.
func (r Respond) MarshalJSON() ([]byte, error) {
	type plain Respond
	return json.Marshal(plain(r.redacted()))
}

func (r Respond) redacted() Respond {
	if r.Secret {
		r.Body = redacted
	}
	return r
}
