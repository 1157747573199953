package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// expand replaces ${VAR}, ${VAR:-default} and ${file:PATH} in the scalar v and
// tells whether there were any. It works on the parsed value, so nothing that
// comes in can change the structure of the document, and does not look at its
// own results again. secrets allows ${file:...}.
func (d *decoder) expand(v value, secrets bool) (text string, expanded, ok bool) {
	rest := v.node.Value
	if !strings.Contains(rest, "${") {
		return rest, false, d.fits(v, rest)
	}
	var b strings.Builder
	for {
		start := strings.Index(rest, "${")
		if start < 0 {
			b.WriteString(rest)
			break
		}
		if start > 0 && rest[start-1] == '$' {
			b.WriteString(rest[:start-1] + "${")
			rest = rest[start+2:]
			continue
		}
		b.WriteString(rest[:start])
		inside, after, closed := strings.Cut(rest[start+2:], "}")
		if !closed {
			d.fail(v, "${ without its } (write $${ for the two characters themselves)")
			return "", false, false
		}
		insert, err := d.lookup(inside, secrets)
		if err != nil {
			d.fail(v, "%v", err)
			return "", false, false
		}
		b.WriteString(insert)
		d.expanded += len(insert)
		expanded, rest = true, after
		if !d.fits(v, b.String()) {
			return "", false, false
		}
	}
	return b.String(), expanded, d.fits(v, b.String())
}

// fits reports a scalar that is longer than any may be, and expansions that
// are too large together.
func (d *decoder) fits(v value, text string) bool {
	switch {
	case len(text) > maxTextBytes:
		d.fail(v, "longer than %s", showSize(maxTextBytes))
	case d.expanded > maxExpandedBytes:
		d.fail(v, "what ${...} stands for is larger than %s in all", showSize(maxExpandedBytes))
	default:
		return true
	}
	return false
}

var variable = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)(:-(?s:.*))?$`)

// lookup returns what stands for ${inside}.
func (d *decoder) lookup(inside string, secrets bool) (string, error) {
	if path, ok := strings.CutPrefix(inside, "file:"); ok {
		if !secrets {
			return "", errors.New("${file:...} may not stand here: this value appears in logs and metrics, where a secret must not")
		}
		return d.secret(path)
	}
	m := variable.FindStringSubmatch(inside)
	if m == nil {
		return "", fmt.Errorf("${%s} is none of ${NAME}, ${NAME:-default} and ${file:PATH} (write $${ for the two characters themselves)", strings.Trim(quote(inside), `"`))
	}
	name, fallback := m[1], m[2]
	text, ok := d.source.Getenv(name)
	switch {
	case fallback != "" && text == "":
		return fallback[len(":-"):], nil
	case !ok:
		return "", fmt.Errorf("the environment variable %s is not set and ${%s} has no default", name, name)
	}
	return text, nil
}

// secret returns the contents of a secret file without a newline at its end.
func (d *decoder) secret(path string) (string, error) {
	if text, ok := d.secrets[path]; ok {
		return text, nil
	}
	if path == "" || len(path) > maxFilePathBytes || strings.ContainsRune(path, 0) {
		return "", errors.New("${file:...} needs the path of a file")
	}
	data, err := d.source.ReadFile(d.resolve(path), maxSecretBytes)
	if err != nil {
		return "", fmt.Errorf("${file:%s}: %s", strings.Trim(quote(path), `"`), reason(err))
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" {
		return "", fmt.Errorf("${file:%s}: the file is empty", strings.Trim(quote(path), `"`))
	}
	d.secrets[path] = text
	return text, nil
}

// resolve makes a relative path start at the directory of the configuration file.
func (d *decoder) resolve(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(d.file), path)
}
