package e2e

import (
	"slices"
	"strings"
)

// keyCases are about which requests share a stored response (RFC 9111, section 2)
// and about fields that change responses without being told apart.
var keyCases = slices.Concat(urlCases, queryCases, fieldCases, unkeyedCases)

// fresh stores a response at a path for a request with these lines.
func fresh(path string, lines ...string) step {
	return step{path: path, req: lines, res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"}
}

// apart and shared are requests that do not, or do, get what the step before
// stored.
func apart(path string, lines ...string) step {
	return step{path: path, req: lines, want: "fwd=uri-miss"}
}

func shared(path string, lines ...string) step {
	return step{path: path, req: lines, want: "hit", shows: "answer 1"}
}

var urlCases = []cacheCase{
	{"9111 §2", "another path is another key", "plain", []step{fresh("/a"), apart("/b"), shared("/a")}},
	{"9111 §2", "the case of letters of a path counts", "plain", []step{fresh("/a"), apart("/A"), shared("/a")}},
	{"9111 §2", "a slash at the end of a path counts", "plain", []step{fresh("/a"), apart("/a/"), shared("/a")}},
	{"9111 §2", "another query is another key", "plain", []step{fresh("?a=1"), apart("?a=2"), apart(""), shared("?a=1")}},
	{"9111 §2", "the same query is the same key", "plain", []step{fresh("?a=1&b=%20"), shared("?a=1&b=%20")}},
	{"9111 §2", "the order of parameters counts", "plain", []step{fresh("?a=1&b=2"), apart("?b=2&a=1"), shared("?a=1&b=2")}},
	{"9111 §2", "a parameter twice is not once", "plain", []step{fresh("?a=1&a=2"), apart("?a=2"), apart("?a=1"), shared("?a=1&a=2")}},
	{"9111 §2", "an encoded question mark does not begin the query", "plain", []step{fresh("/a%3Fx=1"), apart("/a?x=1"), shared("/a%3Fx=1")}},
	{"9111 §2", "an encoded ampersand does not end a parameter", "plain", []step{fresh("?a=1%26b=2"), apart("?a=1&b=2"), shared("?a=1%26b=2")}},
	{"9111 §2", "another host is another key", "plain", []step{
		fresh(""),
		{host: "other.{host}", want: "fwd=uri-miss; stored"},
		shared(""),
	}},
	{"9111 §2", "the case of letters of a host does not count", "plain", []step{
		fresh(""),
		{raw: "GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n", want: "hit"},
	}},
	{"9111 §2", "the absolute form of a target is the same key", "plain", []step{
		fresh("?a=1"),
		{raw: "GET http://{host}{path}?a=1 HTTP/1.1\r\nHost: {host}\r\n\r\n", want: "hit"},
	}},
	{"9112 §3.2.2", "the host of an absolute target is that of the key, whatever Host says", "plain", []step{
		{do: func(r *caseRun) {
			r.use(ok("Cache-Control: max-age=60"))
			res, err := r.exchange(&step{raw: "GET http://{host}{path} HTTP/1.1\r\nHost: evil.{host}\r\n\r\n"})
			if err != nil || res.status != 200 && res.status != 400 {
				r.t.Errorf("%v: %v", err, res)
			}
			if asked := r.asked(); len(asked) > 0 && asked[0].Value("Host") != r.host {
				r.t.Errorf("the origin was asked %q", asked[0].Head)
			}
			if res, err = r.exchange(&step{host: "evil.{host}"}); err != nil || cacheStatus(res).fulfils("fwd=uri-miss") != nil {
				r.t.Errorf("another host gets, %v: %v", err, res)
			}
		}},
	}},
	{"9111 §2", "fields that nobody names make no difference", "plain", []step{
		fresh("", "X-Tenant: a", "User-Agent: x", "Accept: text/html", "Referer: http://x/"),
		shared("", "X-Tenant: b", "User-Agent: y", "Accept: */*"), shared(""),
	}},
}

var queryCases = []cacheCase{
	{"9111 §2", "key.query.sort: the order of parameters makes no difference", "sort", []step{fresh("?b=2&a=1"), shared("?a=1&b=2"), apart("?a=2&b=1")}},
	{"9111 §2", "key.query.sort: the order of values of one name counts", "sort", []step{fresh("?a=1&a=2"), apart("?a=2&a=1"), shared("?a=1&a=2")}},
	{"9111 §2", "key.query.sort: a parameter without a value is another", "sort", []step{fresh("?a&b"), shared("?b&a"), apart("?a=&b=")}},
	{"9111 §2", "key.query.sort: the origin gets the query as it came", "sort", []step{
		{path: "?b=2&a=1", res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss"},
		{do: func(r *caseRun) {
			if got := r.asked()[0].Target; got != r.path+"?b=2&a=1" {
				r.t.Errorf("the origin was asked for %q", got)
			}
		}},
	}},
	{"9111 §2", "key.query.allow: other parameters make no difference", "allow", []step{fresh("?id=1&x=2"), shared("?id=1&x=3"), shared("?y=1&id=1"), shared("?id=1")}},
	{"9111 §2", "key.query.allow: the parameters allowed count", "allow", []step{fresh("?id=1"), apart("?id=2"), apart(""), shared("?id=1")}},
	{"9111 §2", "key.query.allow: a name that ends in * takes any rest", "allow", []step{fresh("?page=1&page_size=5"), apart("?page=1&page_size=6"), apart("?page=2&page_size=5"), shared("?page=1&page_size=5&q=1")}},
	{"9111 §2", "key.query.allow: what a backend may take for such a parameter counts: another case of letters", "allow", []step{fresh("?ID=1"), apart("?ID=2"), shared("?ID=1")}},
	{"9111 §2", "key.query.allow: what a backend may take for such a parameter counts: encoded", "allow", []step{fresh("?%69d=1"), apart("?%69d=2"), shared("?%69d=1")}},
	{"9111 §2", "key.query.allow: what a backend may take for such a parameter counts: with a bracket", "allow", []step{fresh("?id[]=1"), apart("?id[]=2"), shared("?id[]=1")}},
	{"9111 §2", "key.query.ignore: parameters ignored make no difference", "ignore", []step{fresh("?id=1&utm_source=a"), shared("?id=1&utm_source=b&fbclid=1"), shared("?id=1"), shared("?utm_medium=x&id=1")}},
	{"9111 §2", "key.query.ignore: other parameters count", "ignore", []step{fresh("?id=1&utm_source=a"), apart("?id=2&utm_source=a"), shared("?id=1&utm_source=c")}},
	{"9111 §2", "key.query.ignore: names that only look like it count", "ignore", []step{fresh("?fbclid2=1&xutm_a=1"), apart("?fbclid2=2&xutm_a=1"), apart("?fbclid2=1&xutm_a=2"), shared("?fbclid2=1&xutm_a=1")}},
	{"9111 §2", "key.query.ignore: a name in another case of letters counts", "ignore", []step{fresh("?UTM_a=1"), apart("?UTM_a=2"), shared("?UTM_a=1")}},
	{"9111 §2", "key.query.ignore: a name that is encoded counts", "ignore", []step{fresh("?%75tm_a=1"), apart("?%75tm_a=2"), shared("?%75tm_a=1")}},
	{"9111 §2", "key.query.ignore: a parameter behind a semicolon is not lost", "ignore", []step{fresh("?utm_a=1;id=1"), apart("?utm_a=1;id=2"), shared("?utm_a=1;id=1")}},
	{"9111 §2", "key.query.ignore: a value that looks like a name counts", "ignore", []step{fresh("?q=utm_a"), apart("?q=utm_b"), shared("?q=utm_a")}},
}

const (
	phone   = "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
	android = "User-Agent: Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36"
	tablet  = "User-Agent: Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Safari/604.1"
	desktop = "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
	firefox = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"
)

var fieldCases = []cacheCase{
	{"9111 §2", "key.headers: another value is another key", "byfield", []step{fresh("", "X-Tenant: a"), apart("", "X-Tenant: b"), apart(""), shared("", "x-tenant: a")}},
	{"9111 §2", "key.headers: each field counts for itself", "byfield", []step{fresh("", "X-Tenant: a", "X-Region: b"), apart("", "X-Tenant: b", "X-Region: a"), apart("", "X-Tenant: ab"), apart("", "X-Region: ab"), shared("", "X-Region: b", "X-Tenant: a")}},
	{"9111 §2", "key.headers: what one field holds cannot pass for another", "byfield", []step{fresh("", "X-Tenant: a\",X-Region:\"b"), apart("", "X-Tenant: a", "X-Region: b"), shared("", "X-Tenant: a\",X-Region:\"b")}},
	{"9111 §2", "key.headers: a second line counts", "byfield", []step{fresh("", "X-Tenant: a"), apart("", "X-Tenant: a", "X-Tenant: b"), shared("", "X-Tenant: a")}},
	{"9111 §2", "key.headers: other fields make no difference", "byfield", []step{fresh("", "X-Tenant: a"), shared("", "X-Tenant: a", "X-Other: b")}},
	{"9111 §2", "key.headers: the origin gets them", "byfield", []step{
		{req: []string{"X-Tenant: a"}, res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored", asks: []string{"X-Tenant: a"}},
	}},
	{"9111 §2", "key.cookies: another value is another key", "bycookie", []step{fresh("", "Cookie: session=a"), apart("", "Cookie: session=b"), apart(""), shared("", "Cookie: session=a")}},
	{"9111 §2", "key.cookies: other cookies make no difference", "bycookie", []step{fresh("", "Cookie: x=1; session=a"), shared("", "Cookie: session=a; y=2"), shared("", "Cookie: session=a")}},
	{"9111 §2", "key.cookies: a name that ends or begins like it is another", "bycookie", []step{fresh("", "Cookie: xsession=a; session2=b"), shared("", "Cookie: xsession=c; session2=d"), shared("")}},
	{"9111 §2", "key.cookies: the case of letters counts", "bycookie", []step{fresh("", "Cookie: session=a"), apart("", "Cookie: session=A"), apart("", "Cookie: SESSION=a"), shared("", "Cookie: session=a")}},
	{"9111 §2", "key.cookies: a second line of Cookie counts", "bycookie", []step{fresh("", "Cookie: x=1", "Cookie: session=a"), shared("", "Cookie: session=a"), apart("", "Cookie: x=1", "Cookie: session=b")}},
	{"9111 §2", "key.device: a phone and a desktop have their own", "bydevice", []step{fresh("", phone), apart("", desktop), shared("", phone), shared("", android)}},
	{"9111 §2", "key.device: a tablet has its own", "bydevice", []step{fresh("", tablet), apart("", phone), apart("", desktop), shared("", tablet)}},
	{"9111 §2", "key.device: desktops share, and so does whatever else", "bydevice", []step{fresh("", desktop), shared("", firefox), shared("", "User-Agent: curl/8.5.0"), shared("")}},
}

// unkeyedCases are about fields by which a client could make a response that
// others then get (CWE-349).
var unkeyedCases = slices.Concat(
	unkeyed("X-Forwarded-Host", "X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Prefix", "X-Forwarded-Proto", "X-Forwarded-Port",
		"X-Forwarded-Path", "X-Forwarded-Ssl", "X-Forwarded-Uri", "Front-End-Https", "X-Url-Scheme", "X-Original-URL", "X-Original-Host", "X-Rewrite-URL",
		"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Host", "Forwarded"),
	[]cacheCase{
		{"9111 §2", "a trusted X-Forwarded-Proto is the scheme of the key", "trusting", []step{
			fresh("", "X-Forwarded-Proto: https"), apart("", "X-Forwarded-Proto: http"), shared("", "X-Forwarded-Proto: https"), shared("", "X-Forwarded-Proto: HTTPS"),
		}},
		trustedHost("X-Forwarded-Host", "evil.test"), trustedHost("Forwarded", "host=evil.test"), trustedHost("X-Forwarded-Prefix", "/evil.test"),
		{"9111 §7.1", "a field that is in the key reaches the origin", "byurl", []step{
			{req: []string{"X-Original-URL: /evil"}, res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored", asks: []string{"X-Original-URL: /evil"}},
			{want: "fwd=uri-miss; stored", asks: []string{"!X-Original-URL"}},
		}},
	},
)

// unkeyed makes a case for each field that is not in the key.
func unkeyed(names ...string) []cacheCase {
	var cases []cacheCase
	for _, name := range names {
		cases = append(cases, cacheCase{"9111 §7.1", name + " does not reach the origin of a cached route", "plain", []step{
			{req: []string{name + ": host=evil.test/evil"}, res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss"},
			{do: func(r *caseRun) {
				if head := r.asked()[0].Head; strings.Contains(head, "evil") {
					r.t.Errorf("the origin was asked %q", head)
				}
			}},
		}})
	}
	return cases
}

// trustedHost is a case about a field that weir believes and that can change a
// response: either it tells requests apart or the origin does not see it.
func trustedHost(name, value string) cacheCase {
	return cacheCase{"9111 §7.1", "a trusted " + name + " tells requests apart, or does not reach the origin", "trusting", []step{
		{req: []string{name + ": " + value}, res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss"},
		{do: func(r *caseRun) {
			res, err := r.exchange(&step{})
			poisoned := strings.Contains(r.asked()[0].Head, "evil.test")
			if err != nil || poisoned && string(res.body) == "answer 1" {
				r.t.Errorf("%v: the origin was asked %q, and others get that: %v", err, r.asked()[0].Head, res)
			}
		}},
	}}
}
