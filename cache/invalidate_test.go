package cache

import (
	"strings"
	"testing"
)

// RFC 9111, section 4.4.
func TestInvalidates(t *testing.T) {
	for _, c := range []struct {
		method string
		status int
		want   bool
	}{
		{"POST", 200, true}, {"PUT", 201, true}, {"DELETE", 204, true}, {"PATCH", 399, true}, {"M-SEARCH", 303, true},
		{"POST", 199, false}, {"POST", 400, false}, {"PUT", 500, false},
		{"GET", 200, false}, {"HEAD", 200, false}, {"OPTIONS", 200, false}, {"TRACE", 200, false},
	} {
		if Invalidates(c.method, c.status) != c.want {
			t.Errorf("%s %d: %v", c.method, c.status, !c.want)
		}
	}
}

// RFC 9111, section 4.4; RFC 3986, section 5.2. The request is for
// http://example.com/a/b?c.
func TestInvalidated(t *testing.T) {
	long := strings.Repeat("x", maxInvalidated-1)
	for _, c := range []struct{ lines, want string }{
		{"X: /y", ""},
		{"Location: /x", "/x"},
		{"Content-Location: /x?y", "/x?y"},
		{"Location: /x|Content-Location: /y", "/x /y"},
		{"Location: /x|Content-Location: http://example.com/x", "/x"},
		{"Location: /a/b?c", ""},
		{"Location: http://example.com/x", "/x"},
		{"Location: HTTP://EXAMPLE.com:80/x#f", "/x"},
		{"Location: http://example.com", "/"},
		{"Location: http://example.com?x", "/?x"},
		{"Location: //example.com/x", "/x"},
		{"Location: x", "/a/x"},
		{"Location: ./x/../y", "/a/y"},
		{"Location: ../x", "/x"},
		{"Location: ../../../x", "/x"},
		{"Location: ..", "/"},
		{"Location: ?x", "/a/b?x"},
		{"Location: #x", ""},
		{"Location:", ""},
		{"Location: /x/./y/../", "/x/"},
		{"Location: /x?../y", "/x?../y"},
		{"Location: /%2e%2e/x", "/%2e%2e/x"},
		{"Location: x:y", ""},
		{"Location: a/x:y", "/a/a/x:y"},

		{"Location: https://example.com/x", ""},
		{"Location: http://example.com:81/x", ""},
		{"Location: http://example.com.evil/x", ""},
		{"Location: http://evil/x|Content-Location: //evil/x", ""},
		{"Location: http://user@example.com/x", ""},
		{"Location: http:///x", ""},
		{"Location: http:/x", ""},
		{"Location: http:x", ""},

		{"Location: /" + long, "/" + long},
		{"Location: /x" + long, ""},
	} {
		req := request()
		req.Method = "POST"
		var got []string
		for _, target := range Invalidated(req.Scheme, req, response(strings.Split(c.lines, "|")...)) {
			got = append(got, string(target))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%.99s: got %.99q, want %.99s", c.lines, got, c.want)
		}
	}
}

func TestInvalidatedOnlyWhereSomethingChanged(t *testing.T) {
	req, res := request(), response("Location: /x")
	if got := Invalidated(req.Scheme, req, res); got != nil {
		t.Errorf("a GET invalidates %q", got)
	}
	req.Method, res.Status = "POST", 500
	if got := Invalidated(req.Scheme, req, res); got != nil {
		t.Errorf("an error invalidates %q", got)
	}
	res.Status, res.Fields[0].Drop = 201, true
	if got := Invalidated(req.Scheme, req, res); got != nil {
		t.Errorf("a field that is not passed on invalidates %q", got)
	}
}

func FuzzInvalidated(f *testing.F) {
	f.Add("http://example.com/../x?y")
	f.Add("..//./#")
	f.Fuzz(func(t *testing.T, location string) {
		req, res := request(), response("Location: /")
		req.Method, res.Fields[0].Value = "POST", []byte(location)
		for _, target := range Invalidated(req.Scheme, req, res) {
			path, _, _ := strings.Cut(string(target), "?")
			if !strings.HasPrefix(path, "/") || strings.Contains(path+"/", "/../") || strings.Contains(path+"/", "/./") {
				t.Errorf("%q: %q", location, target)
			}
		}
	})
}
