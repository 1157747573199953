package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// document parses data as the one YAML document it has to be and returns its
// root, or nil after reporting why there is none.
func (d *decoder) document(data []byte) *yaml.Node {
	if len(data) > maxFileBytes {
		d.report(place{}, "", "the file is larger than %s", showSize(maxFileBytes))
		return nil
	}
	if !d.checkText(data) {
		return nil
	}
	parser := yaml.NewDecoder(bytes.NewReader(data))
	root, err := decodeNode(parser)
	if errors.Is(err, io.EOF) || err == nil && len(root.Content) == 0 {
		d.report(place{}, "", "the file is empty: a configuration needs listen and routes")
		return nil
	}
	if err != nil {
		d.reportSyntax(err)
		return nil
	}
	d.checkEnd(parser)
	return root.Content[0]
}

// checkEnd reports what follows the document.
func (d *decoder) checkEnd(parser *yaml.Decoder) {
	second, err := decodeNode(parser)
	switch {
	case errors.Is(err, io.EOF):
	case err != nil:
		d.reportSyntax(err)
	default:
		d.report(place{second.Line, second.Column}, "", "a second YAML document begins here: a file holds one configuration")
	}
}

// decodeNode parses the next document. yaml.v3 panics on some malformed input;
// that is one more syntax error.
func decodeNode(parser *yaml.Decoder) (root *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, errors.New("yaml: malformed beyond what the parser can describe")
		}
	}()
	root = new(yaml.Node)
	err = parser.Decode(root)
	return root, err
}

var (
	yamlErrorLine    = regexp.MustCompile(`^(?:line (\d+): )?((?s).*)$`)
	yamlGrammarError = regexp.MustCompile(`^did not find expected (?:<|node content|'-'|key|',')`)
)

// reportSyntax reports an error of the YAML parser, which knows the line only.
func (d *decoder) reportSyntax(err error) {
	m := yamlErrorLine.FindStringSubmatch(strings.TrimPrefix(err.Error(), "yaml: "))
	line, _ := strconv.Atoi(m[1])
	if line > 0 && yamlGrammarError.MatchString(m[2]) {
		line++ // yaml.v3 counts from 0 in errors of its grammar, from 1 in those of its scanner
	}
	d.report(place{max(line, 1), 1}, "", "not YAML: %s", m[2])
}

// checkText reports the first byte that YAML cannot hold, which the parser
// would report without its place.
func (d *decoder) checkText(data []byte) bool {
	text := bytes.TrimPrefix(data, []byte("\ufeff"))
	at := place{1, 1}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if why := unreadable(r, size); why != "" {
			d.report(at, "", "%s", why)
			return false
		}
		at.column++
		if r == '\n' {
			at = place{at.line + 1, 1}
		}
		i += size
	}
	return true
}

func unreadable(r rune, size int) string {
	switch {
	case r == utf8.RuneError && size <= 1:
		return "the file is not UTF-8 text"
	case r < ' ' && r != '\n' && r != '\r' && r != '\t', r >= 0x7f && r < 0xa0 && r != 0x85, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return fmt.Sprintf("control character %U", r)
	}
	return ""
}
