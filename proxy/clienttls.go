package proxy

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/weirproxy/weir/config"
)

// maxTLSFile bounds the files that name certificates and keys, in bytes. All
// roots of a system are about a quarter of it.
const maxTLSFile = 1 << 20

// A tlsProblem is what is wrong with the value under one key of a pool's tls.
type tlsProblem struct {
	key string
	err error
}

// CheckFiles reports what is wrong with the files that cfg names, as Build would.
// It takes a configuration that has other problems too (config.Source.Inspect).
func CheckFiles(cfg *config.Config) config.Problems {
	var problems config.Problems
	for i := range cfg.Pools {
		_, _, bad := clientTLS(cfg.Pools[i].TLS)
		problems = append(problems, inPool(cfg, &cfg.Pools[i], bad)...)
	}
	return problems
}

// inPool gives problems with a pool's tls their place.
func inPool(cfg *config.Config, spec *config.Pool, bad []tlsProblem) (problems config.Problems) {
	for _, b := range bad {
		problems = append(problems, cfg.Problem(b.err.Error(), "pools", spec.Name, "tls", b.key))
	}
	return problems
}

// clientTLS loads what connections to backends are encrypted with. The identity
// is equal exactly when names, options and the contents of all files are. It
// reports everything that is wrong with the files.
func clientTLS(spec *config.BackendTLS) (_ *tls.Config, identity string, problems []tlsProblem) {
	if spec == nil {
		return nil, "", nil
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %v", spec.ServerName, spec.Insecure)
	out := &tls.Config{ServerName: spec.ServerName, InsecureSkipVerify: spec.Insecure}
	load := func(key, path string) []byte {
		if path == "" {
			return nil // which package config reports
		}
		data, err := readTLSFile(path)
		if err != nil {
			problems = append(problems, tlsProblem{key, err})
		}
		fmt.Fprintf(sum, " %s %x", key, sha256.Sum256(data))
		return data
	}
	if spec.CA != "" {
		if roots := load("ca", spec.CA); roots != nil {
			if out.RootCAs = x509.NewCertPool(); !out.RootCAs.AppendCertsFromPEM(roots) {
				problems = append(problems, tlsProblem{"ca", fmt.Errorf("%q holds no certificate in PEM", spec.CA)})
			}
		}
	}
	if spec.Cert != "" || spec.Key != "" {
		cert, key := load("cert", spec.Cert), load("key", spec.Key)
		pair, bad := keyPair(spec, cert, key)
		problems = append(problems, bad...)
		out.Certificates = []tls.Certificate{pair}
	}
	return out, hex.EncodeToString(sum.Sum(nil)), problems
}

// readTLSFile reads a file that is never nil when it could be read.
func readTLSFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cannotRead(path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTLSFile+1))
	switch {
	case err != nil:
		return nil, cannotRead(path, err)
	case len(data) > maxTLSFile:
		return nil, fmt.Errorf("%q is larger than 1MiB", path)
	}
	return data, nil
}

func cannotRead(path string, err error) error {
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return fmt.Errorf("%q cannot be read: %w", path, err)
}

// keyPair makes a certificate of two files, of which those that could not be read
// are nil. Errors of package tls never hold any of a key.
func keyPair(spec *config.BackendTLS, cert, key []byte) (pair tls.Certificate, problems []tlsProblem) {
	certOK := cert != nil
	if certOK && !holds(cert, "CERTIFICATE") {
		certOK = false
		problems = append(problems, tlsProblem{"cert", fmt.Errorf("%q holds no certificate in PEM", spec.Cert)})
	}
	if key != nil && !holds(key, "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY") {
		return pair, append(problems, tlsProblem{"key", fmt.Errorf("%q holds no private key in PEM", spec.Key)})
	}
	if !certOK || key == nil {
		return pair, problems
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err == nil {
		return pair, nil
	}
	// A certificate that does not parse is told from a key that does not, or does not fit.
	if block, _ := pem.Decode(cert); block != nil {
		if _, bad := x509.ParseCertificate(block.Bytes); bad != nil {
			return pair, []tlsProblem{{"cert", fmt.Errorf("%q: %w", spec.Cert, bad)}}
		}
	}
	return pair, []tlsProblem{{"key", fmt.Errorf("%q does not go with cert: %w", spec.Key, err)}}
}

// holds tells whether data has a PEM block of one of the types.
func holds(data []byte, types ...string) bool {
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			return false
		}
		for _, t := range types {
			if block.Type == t {
				return true
			}
		}
		data = rest
	}
}
