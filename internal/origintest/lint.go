package origintest

import (
	"fmt"
	"strings"
)

// Lint checks that a request means one thing to every reader: a request line of
// three words, HTTP/1.1, every line ended by CRLF, token names directly before the
// colon, no control bytes in values, no folding, exactly one Host, and at most
// one field that frames the body, in its one strict form. It returns nil or the
// first fault.
func (r *Request) Lint() error {
	if bare := strings.ReplaceAll(r.Head, "\r\n", ""); strings.ContainsAny(bare, "\r\n") {
		return fmt.Errorf("bare CR or LF in %q", r.Head)
	}
	if err := r.lintLine(); err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(r.Head, "\r\n\r\n"), "\r\n")[1:]
	for _, line := range lines {
		if err := lintField(line); err != nil {
			return err
		}
	}
	return r.lintMeaning()
}

func (r *Request) lintLine() error {
	switch {
	case !isToken(r.Method):
		return fmt.Errorf("method %q", r.Method)
	case r.Version != "HTTP/1.1":
		return fmt.Errorf("version %q", r.Version)
	case r.Target == "" || r.Target[0] != '/' && r.Target != "*":
		return fmt.Errorf("target %q is not in origin-form", r.Target)
	}
	for _, b := range []byte(r.Target) {
		if b <= ' ' || b >= 0x7f || b == '#' {
			return fmt.Errorf("byte %#x in target %q", b, r.Target)
		}
	}
	return nil
}

func lintField(line string) error {
	name, value, colon := strings.Cut(line, ":")
	if !colon || !isToken(name) {
		return fmt.Errorf("field line %q", line)
	}
	for _, b := range []byte(value) {
		if b < ' ' && b != '\t' || b == 0x7f {
			return fmt.Errorf("byte %#x in field line %q", b, line)
		}
	}
	return nil
}

func (r *Request) lintMeaning() error {
	if hosts := r.Values("Host"); len(hosts) != 1 {
		return fmt.Errorf("hosts %q", hosts)
	}
	if b := newBodyReader(nil, r); b.err != nil {
		return b.err
	}
	return nil
}

// isToken tells whether s is a token (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for _, b := range []byte(s) {
		letter := b|0x20 >= 'a' && b|0x20 <= 'z'
		digit := b >= '0' && b <= '9'
		if !letter && !digit && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(b)) {
			return false
		}
	}
	return s != ""
}
