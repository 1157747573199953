package upstream

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/weirproxy/weir/message"
)

func TestNobodyListens(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	for _, cfg := range []Config{
		{Network: "tcp", Address: ln.Addr().String()},
		{Network: "unix", Address: filepath.Join(t.TempDir(), "none.sock")},
	} {
		tr := New(cfg)
		var res message.Response
		c, err := tr.Exchange(Now(), nil, &patient, false, []byte(get), "GET", &res)
		if e := asError(t, err); c != nil || e.Kind != Refused || e.Sent || e.Reused {
			t.Errorf("%s: %+v", cfg.Network, e)
		}
		if c, err := tr.Get(Now(), nil, &patient, false); c != nil || kindOf(t, err) != Refused {
			t.Errorf("%s: %v", cfg.Network, err)
		}
		if opened, _, open, _ := tr.Stats(); opened != 0 || open != 0 {
			t.Errorf("%s: opened %d, open %d", cfg.Network, opened, open)
		}
	}
}

func TestDialKinds(t *testing.T) {
	dial := func(err error) error {
		return fmt.Errorf("x: %w", &net.OpError{Op: "dial", Net: "tcp", Err: err})
	}
	for _, row := range []struct {
		err  error
		want Kind
	}{
		{dial(&net.DNSError{Err: "no such host", IsNotFound: true}), DNSError},
		{dial(&net.DNSError{Err: "timeout", IsTimeout: true}), DNSTimeout},
		{dial(os.ErrDeadlineExceeded), ConnectTimeout},
		{dial(syscall.ETIMEDOUT), ConnectTimeout},
		{dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), Refused},
		{dial(os.NewSyscallError("connect", syscall.ENOENT)), Refused},
		{dial(os.NewSyscallError("connect", syscall.ECONNRESET)), Terminated},
		{dial(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), Unroutable},
		{dial(os.NewSyscallError("connect", syscall.ENETUNREACH)), Unroutable},
		{dial(os.NewSyscallError("connect", syscall.EADDRNOTAVAIL)), Unroutable},
		{dial(os.NewSyscallError("socket", syscall.EMFILE)), Internal},
		{dial(errors.New("else")), Internal},
	} {
		if got := dialKind(row.err); got != row.want {
			t.Errorf("%v: %v, want %v", row.err, got, row.want)
		}
	}
}

func TestEveryKindHasItsWord(t *testing.T) {
	seen := map[string]bool{}
	for k := Kind(1); k < kindCount; k++ {
		word := k.String()
		if word == "" || seen[word] || strings.ToLower(word) != word {
			t.Errorf("kind %d: %q", k, word)
		}
		seen[word] = true
	}
	if Kind(0).String() != "unknown" || kindCount.String() != "unknown" {
		t.Error("what is no kind has a word")
	}
}

func TestErrorNamesItsCause(t *testing.T) {
	cause := errors.New("cause")
	for want, e := range map[string]*Error{
		"http_response_timeout":           {Kind: ResponseTimeout},
		"http_response_incomplete: cause": {Kind: Incomplete, Err: cause},
	} {
		if e.Error() != want || e.Err != nil && !errors.Is(e, cause) {
			t.Errorf("%q, want %q", e.Error(), want)
		}
	}
}
