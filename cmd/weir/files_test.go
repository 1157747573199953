package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// tlsFiles writes files for the tests of this file into a directory, with a
// configuration beside them, whose path it returns. The files are a good pair of
// certificate and key, a pair of another make, and several that are no good.
func tlsFiles(t *testing.T, config string) string {
	t.Helper()
	path := configFile(t, config)
	good, _ := origintest.Certificate(t, "a.test")
	other, _ := origintest.Certificate(t, "b.test")
	cert, key := origintest.WriteCertificate(t, good)
	_, otherKey := origintest.WriteCertificate(t, other)
	copyFile(t, cert, filepath.Join(filepath.Dir(path), "cert.pem"))
	copyFile(t, key, filepath.Join(filepath.Dir(path), "key.pem"))
	copyFile(t, otherKey, filepath.Join(filepath.Dir(path), "other.pem"))
	for name, text := range map[string]string{
		"empty.pem":  "",
		"broken.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"large.pem":  strings.Repeat("#", 1<<20+1),
	} {
		write(t, filepath.Join(filepath.Dir(path), name), text)
	}
	return path
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(text))
}

const badFiles = `listen: ["127.0.0.1:0"]
admin: { address: off }
routes:
  - { match: {}, pool: api }
pools:
  api:
    backends: ["127.0.0.1:1"]
    tls:
      ca: none.pem
      cert: cert.pem
      key: other.pem
  "b.c": { backends: ["127.0.0.1:2"], tls: { ca: key.pem, cert: key.pem, key: empty.pem } }
  d: { backends: ["127.0.0.1:3"], tls: { ca: large.pem, cert: broken.pem, key: key.pem } }
  e: { backends: ["127.0.0.1:4"], tls: { ca: broken.pem, cert: none.pem, key: none.pem } }
  fine: { backends: ["127.0.0.1:5"], tls: { ca: cert.pem, cert: cert.pem, key: key.pem } }
`

// Whatever is wrong with the files that the configuration names is told with the
// place of the name, all of it, by check and by run.
func TestFilesThatAreNamedHaveToBeGood(t *testing.T) {
	path := tlsFiles(t, badFiles)
	want := strings.NewReplacer("FILE", path, "DIR", filepath.Dir(path)).Replace(`FILE:9:11: pools.api.tls.ca: "DIR/none.pem" cannot be read: no such file or directory
FILE:11:12: pools.api.tls.key: "DIR/other.pem" does not go with cert: tls: private key does not match public key
FILE:12:50: pools."b.c".tls.ca: "DIR/key.pem" holds no certificate in PEM
FILE:12:65: pools."b.c".tls.cert: "DIR/key.pem" holds no certificate in PEM
FILE:12:79: pools."b.c".tls.key: "DIR/empty.pem" holds no private key in PEM
FILE:13:46: pools.d.tls.ca: "DIR/large.pem" is larger than 1MiB
FILE:13:63: pools.d.tls.cert: "DIR/broken.pem": x509: malformed certificate
FILE:14:46: pools.e.tls.ca: "DIR/broken.pem" holds no certificate in PEM
FILE:14:64: pools.e.tls.cert: "DIR/none.pem" cannot be read: no such file or directory
FILE:14:79: pools.e.tls.key: "DIR/none.pem" cannot be read: no such file or directory
`)
	for _, verb := range []string{"check", "run"} {
		got := weir(t, "", verb, "-c", path)
		if got.status != statusConfig || got.out != "" || got.errors != want {
			t.Errorf("%s: status %d, output %q, errors\n%swant\n%s", verb, got.status, got.out, got.errors, want)
		}
	}
}

// They are told along with what is wrong with the text.
func TestFilesAreLookedAtWhateverElseIsWrong(t *testing.T) {
	path := tlsFiles(t, `listen: ["127.0.0.1:0"]
routes:
  - { match: {}, pool: apii }
pools:
  api: { backends: ["127.0.0.1:1"], tls: { ca: none.pem, cert: cert.pem } }
  b: { backend: "127.0.0.1:1", tls: { key: empty.pem, ca: cert.pem } }
`)
	got := weir(t, "", "check", "-c", path)
	want := strings.NewReplacer("FILE", path, "DIR", filepath.Dir(path)).Replace(`FILE:3:24: routes[0].pool: unknown pool "apii" (did you mean "api"?)
FILE:5:42: pools.api.tls: a client certificate needs both cert and key: key is missing
FILE:5:48: pools.api.tls.ca: "DIR/none.pem" cannot be read: no such file or directory
FILE:6:6: pools.b: needs the key backends
FILE:6:8: pools.b.backend: unknown key (did you mean "backends"?)
FILE:6:37: pools.b.tls: a client certificate needs both cert and key: cert is missing
FILE:6:44: pools.b.tls.key: "DIR/empty.pem" holds no private key in PEM
`)
	if got != (outcome{statusConfig, "", want}) {
		t.Errorf("status %d, output %q, errors\n%swant\n%s", got.status, got.out, got.errors, want)
	}
}

// A file may have 1 MiB, and not a byte more.
func TestFilesThatAreNamedAreLimited(t *testing.T) {
	config := strings.Replace(goodConfig, `backends: ["127.0.0.1:3"]`, `backends: ["127.0.0.1:3"], tls: { ca: long.pem }`, 1)
	path := tlsFiles(t, config)
	cert, err := os.ReadFile(filepath.Join(filepath.Dir(path), "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(filepath.Dir(path), "long.pem")
	write(t, long, strings.Repeat("#", 1<<20-len(cert)-1)+"\n"+string(cert))
	if got := weir(t, "", "check", "-c", path); got.status != statusOK {
		t.Errorf("at the limit: %+v", got)
	}
	write(t, long, strings.Repeat("#", 1<<20-len(cert))+"\n"+string(cert))
	got := weir(t, "", "check", "-c", path)
	if want := path + ":5:48: pools.two.tls.ca: \"" + long + "\" is larger than 1MiB\n"; got != (outcome{statusConfig, "", want}) {
		t.Errorf("one past the limit: %+v, want %s", got, want)
	}
}

// A reload refuses bad files with the same words, and changes nothing.
func TestReloadOfBadFilesChangesNothing(t *testing.T) {
	w := runWeir(t, fixed("one"))
	url := "http://" + w.addresses()[0] + "/"
	w.reconfigure(fixed("two") + "pools:\n  a: { backends: [\"127.0.0.1:1\"], tls: { ca: none.pem } }\n")
	w.await(w.path + ":9:46: pools.a.tls.ca: ")
	if _, body := fetched(t, url); body != "one" {
		t.Errorf("answer %q, want the one before", body)
	}
}
