package config

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

var errControl = errors.New("holds a control character")

func hasControl(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return true
		}
	}
	return false
}

// isToken follows RFC 9110, section 5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		if !alphanumeric(s[i]) && strings.IndexByte("!#$%&'*+-.^_`|~", s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

var nameText = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// checkName accepts the names of listeners, pools and routes, which become
// values of metrics and logs.
func checkName(name string) error {
	if len(name) > maxNameBytes {
		return fmt.Errorf("a name has at most %d bytes", maxNameBytes)
	}
	if !nameText.MatchString(name) {
		return errors.New("a name holds letters, digits, dashes, underscores and dots, and begins with a letter or digit")
	}
	return nil
}

// checkMethod accepts the methods that a route can see.
func checkMethod(method string) error {
	switch upper := strings.ToUpper(method); {
	case !isToken(method) || len(method) > maxNameBytes:
		return errors.New("not a method")
	case method == "CONNECT", method == "TRACE":
		return errors.New("is answered 405 before any route sees it")
	case upper != method:
		return fmt.Errorf("methods are written in upper case: %s", upper)
	}
	return nil
}

// checkUpgrade accepts protocols that may be tunnelled.
func checkUpgrade(protocol string) error {
	name, version, versioned := strings.Cut(protocol, "/")
	switch {
	case !isToken(name) || versioned && !isToken(version) || len(protocol) > maxNameBytes:
		return errors.New("not the name of a protocol")
	case protocol != strings.ToLower(protocol):
		return fmt.Errorf("protocols are written in lower case: %s", strings.ToLower(protocol))
	case slices.Contains([]string{"h2c", "h2", "http", "tls"}, name):
		return errors.New("is never tunnelled: the requests inside would pass no rule")
	}
	return nil
}

// checkRegexp says what is wrong with a regular expression without quoting it.
func checkRegexp(text string) error {
	if text == "" || len(text) > maxRegexpBytes {
		return fmt.Errorf("a regular expression has from 1 to %d bytes", maxRegexpBytes)
	}
	_, err := regexp.Compile(text)
	var why *syntax.Error
	if errors.As(err, &why) {
		return fmt.Errorf("not a regular expression: %s", why.Code)
	}
	if err != nil {
		return errors.New("not a regular expression")
	}
	return nil
}

// checkFile accepts the path of a file.
func checkFile(path string) error {
	if path == "" || len(path) > maxFilePathBytes || strings.ContainsRune(path, 0) {
		return errors.New("not the path of a file")
	}
	return nil
}
