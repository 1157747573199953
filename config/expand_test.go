package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// body parses a file whose only route answers with text and returns that.
func body(s Source, name, text string) (string, error) {
	c, err := s.Parse(name, []byte("listen: ':1'\nroutes: [{ match: {}, respond: { body: "+text+" } }]\n"))
	if err != nil {
		return "", err
	}
	return c.Routes[0].Respond.Body, nil
}

func TestExpansion(t *testing.T) {
	env := map[string]string{
		"A": "a", "_B2": "b", "EMPTY": "", "NESTED": "${A}", "YAML": "x }, admin: { address: off",
		"LARGE": strings.Repeat("x", maxTextBytes),
	}
	files := map[string]string{
		"/run/token": "tok\n", "conf/rel": "rel", "/crlf": "a\r\n", "/two": "a\n\n", "/empty": "\n",
	}
	s := outside(env, files)
	const place = "f:2:40: routes[0].respond.body: "
	rows := []struct{ text, want, err string }{
		{`"${A}"`, "a", ""},
		{`'x${A}y${_B2}z'`, "xaybz", ""},
		{`"${EMPTY}"`, "", ""},
		{`"${EMPTY:-d}"`, "d", ""},
		{`"${NONE:-}"`, "", ""},
		{`"${NONE:-a b:c}"`, "a b:c", ""},
		{`"${A:-d}"`, "a", ""},
		{`"${NESTED}"`, "${A}", ""},
		{`"${YAML}"`, "x }, admin: { address: off", ""},
		{`"$${A}"`, "${A}", ""},
		{`"$$${A}"`, "$${A}", ""},
		{`"$A $ $$ {A}"`, "$A $ $$ {A}", ""},
		{`"${file:/run/token}"`, "tok", ""},
		{`"Bearer ${file:/run/token}${A}"`, "Bearer toka", ""},
		{`"${file:/crlf}"`, "a", ""},
		{`"${file:/two}"`, "a\n", ""},
		{`"${LARGE}"`, env["LARGE"], ""},
		{`"${LARGE}x"`, "", place + "longer than 64KiB"},
		{`"${NONE}"`, "", place + "the environment variable NONE is not set and ${NONE} has no default"},
		{`"${A"`, "", place + "${ without its } (write $${ for the two characters themselves)"},
		{`"${}"`, "", place + "${} is none of ${NAME}, ${NAME:-default} and ${file:PATH} (write $${ for the two characters themselves)"},
		{`"${1A}"`, "", place + "${1A} is none of ${NAME}, ${NAME:-default} and ${file:PATH} (write $${ for the two characters themselves)"},
		{`"${A-b}"`, "", place + "${A-b} is none of ${NAME}, ${NAME:-default} and ${file:PATH} (write $${ for the two characters themselves)"},
		{`"${file:/none}"`, "", place + "${file:/none}: file does not exist"},
		{`"${file:/empty}"`, "", place + "${file:/empty}: the file is empty"},
		{`"${file:}"`, "", place + "${file:...} needs the path of a file"},
	}
	for _, row := range rows {
		got, err := body(s, "f", row.text)
		if got != row.want || fmt.Sprint(err) != row.err && (err != nil || row.err != "") {
			t.Errorf("%s:\ngot  %.100q, %v\nwant %.100q, %s", row.text, got, err, row.want, row.err)
		}
	}
	if got, err := body(s, "conf/weir.yaml", `"${file:rel}"`); got != "rel" || err != nil {
		t.Errorf("path relative to the file: %q, %v", got, err)
	}
}

func TestExpandedValuesAreTyped(t *testing.T) {
	s := outside(map[string]string{"ADDR": "127.0.0.1:8080", "N": "7", "D": "3s", "ON": "true"}, nil)
	got, err := s.Parse("f", []byte(`
listen: "${ADDR}"
drain: { delay: "${D}" }
pools: { a: { backends: [{ address: "${ADDR}", weight: "${N}" }] } }
routes: [{ match: {}, pool: "${POOL:-a}", forwarded: "${ON}" }]
`))
	if err != nil {
		t.Fatal(err)
	}
	want := mustParse(t, `
listen: 127.0.0.1:8080
drain: { delay: 3s }
pools: { a: { backends: [{ address: 127.0.0.1:8080, weight: 7 }] } }
routes: [{ match: {}, pool: a, forwarded: true }]
`)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestExpansionIsLimitedInAll(t *testing.T) {
	s := outside(map[string]string{"X": strings.Repeat("x", maxTextBytes)}, nil)
	text := func(n int) []byte {
		return []byte("listen: ':1'\nroutes:\n" + each(n, "- { match: { path: /%d }, respond: { body: '${X}' } }\n"))
	}
	if _, err := s.Parse("f", text(maxExpandedBytes/maxTextBytes)); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	want := "f:67:44: routes[64].respond.body: what ${...} stands for is larger than 4MiB in all"
	if _, err := s.Parse("f", text(maxExpandedBytes/maxTextBytes+1)); err == nil || err.Error() != want {
		t.Errorf("past the limit: %v", err)
	}
}

func TestSecretFilesAreLimited(t *testing.T) {
	dir := t.TempDir()
	for n, want := range map[int]string{
		maxSecretBytes:     "<nil>",
		maxSecretBytes + 1: filepath.Join(dir, "f") + ":2:40: routes[0].respond.body: ${file:secret}: larger than 64KiB",
	} {
		write(t, filepath.Join(dir, "secret"), strings.Repeat("x", n))
		if _, err := body(Source{}, filepath.Join(dir, "f"), "'${file:secret}'"); fmt.Sprint(err) != want {
			t.Errorf("%d bytes: %.200v, want %s", n, err, want)
		}
	}
}
