package admin

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/weirproxy/weir/metrics"
	"github.com/weirproxy/weir/proxy"
)

// posted is what a purge came to: the answer, and what the proxy was asked.
type posted struct {
	w     *httptest.ResponseRecorder
	asked []proxy.PurgeRequest
}

// post sends a purge, whose fields change may alter, to a proxy that answers err.
func post(phase Phase, body string, err error, fields ...string) posted {
	var p posted
	src := sources(phase)
	src.Purge = func(r proxy.PurgeRequest) (proxy.PurgeResult, error) {
		p.asked = append(p.asked, r)
		return proxy.PurgeResult{Kind: proxy.PurgeTag, Zones: []string{"default"}}, err
	}
	r := httptest.NewRequest("POST", "/purge", strings.NewReader(body))
	r.Host = "127.0.0.1:9900"
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(fields); i += 2 {
		if fields[i] == "Host" {
			r.Host = fields[i+1]
		}
		r.Header.Set(fields[i], fields[i+1])
	}
	p.w = httptest.NewRecorder()
	New("127.0.0.1:9900", src, slog.New(slog.DiscardHandler)).http.Handler.ServeHTTP(p.w, r)
	return p
}

func TestPurgeAsksTheProxy(t *testing.T) {
	for body, want := range map[string]proxy.PurgeRequest{
		`{"url":"https://a.example/x?y","zone":"images"}`: {URL: "https://a.example/x?y", Zone: "images"},
		`{"tag":"news","hard":true}`:                      {Tag: "news", Hard: true},
		`{"tag":"news","hard":false}`:                     {Tag: "news"},
		`{"group":"g","origin":"https://a.example"}`:      {Group: "g", Origin: "https://a.example"},
		`{"host":"a.example"}`:                            {Host: "a.example"},
		`{"prefix":"/a","host":"*.example.com"}`:          {Prefix: "/a", Host: "*.example.com"},
		" { \"pattern\" : \"/\\u00fc*\\\"\" } \n":         {Pattern: `/ü*"`},
		`{"all":true}`:                                    {All: true},
		`{}`:                                              {}, // the proxy knows what is missing
		`{"tag":"` + strings.Repeat("x", maxText) + `"}`:  {Tag: strings.Repeat("x", maxText)},
		`{"all":true}` + strings.Repeat(" ", bodyBytes-len(`{"all":true}`)): {All: true},
	} {
		got := post(Ready, body, nil)
		if len(got.asked) != 1 || got.asked[0] != want {
			t.Errorf("%.80s: asked %+v, want %+v", body, got.asked, want)
		}
		answer := fmt.Sprintf("{\"kind\":\"tag\",\"zones\":[\"default\"],\"hard\":%v}\n", want.Hard)
		if got.w.Code != 200 || got.w.Body.String() != answer || got.w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%.80s: %d %s", body, got.w.Code, got.w.Body)
		}
	}
}

func TestPurgeRefusesBadBodies(t *testing.T) {
	for body, detail := range map[string]string{
		``:                                      "the body is not one JSON object",
		`{`:                                     "the body is not one JSON object",
		`{"tag":"x"`:                            "the body is not one JSON object",
		`{"tag":`:                               "the body is not one JSON object",
		`{"tag" "x"}`:                           "the body is not one JSON object",
		`{"tag":"x",}`:                          "the body is not one JSON object",
		`{tag:"x"}`:                             "the body is not one JSON object",
		`{1:"x"}`:                               "the body is not one JSON object",
		`[]`:                                    "the body is not one JSON object",
		`null`:                                  "the body is not one JSON object",
		`"tag"`:                                 "the body is not one JSON object",
		`{"all":true}{}`:                        "the body is not one JSON object",
		`{"all":true} x`:                        "the body is not one JSON object",
		`{"all":tru}`:                           "the body is not one JSON object",
		"{\"tag\":\"\xff\"}":                    "the body is not UTF-8",
		`{"Tag":"x"}`:                           `key "Tag" is unknown`,
		`{"tags":"x"}`:                          `key "tags" is unknown`,
		`{"tag":"x","tag":""}`:                  `key "tag" is given twice`,
		`{"tag":["x"]}`:                         "tag is not a text",
		`{"tag":null}`:                          "tag is not a text",
		`{"tag":1}`:                             "tag is not a text",
		`{"tag":""}`:                            "tag is empty",
		`{"all":"true"}`:                        "all is neither true nor false",
		`{"all":1}`:                             "all is neither true nor false",
		`{"hard":null}`:                         "hard is neither true nor false",
		`{"` + strings.Repeat("k", 33) + `":1}`: `key "` + strings.Repeat("k", 32) + `"… is unknown`,
		`{"url":"` + strings.Repeat("x", maxText+1) + `"}`: fmt.Sprintf("url is longer than %d bytes", maxText),
	} {
		got := post(Ready, body, nil)
		expectProblem(t, fmt.Sprintf("%.60q", body), got, 400, detail)
		if len(got.asked) != 0 {
			t.Errorf("%.60q was purged", body)
		}
	}
}

func TestPurgeRefusesBodiesThatAreTooLarge(t *testing.T) {
	body := `{"all":true}`
	got := post(Ready, body+strings.Repeat(" ", bodyBytes-len(body)+1), nil)
	expectProblem(t, "one byte too many", got, 413, "the body is too large")
	if len(got.asked) != 0 {
		t.Error("purged")
	}
}

func TestPurgePassesOnWhyTheProxyRefuses(t *testing.T) {
	got := post(Ready, `{"tag":"x","zone":"y"}`, fmt.Errorf("%w %q", proxy.ErrPurgeZone, "y"))
	expectProblem(t, "unknown zone", got, 400, `unknown zone "y"`)
}

func TestPurgeWaitsForAConfiguration(t *testing.T) {
	got := post(Starting, `{"all":true}`, nil)
	expectProblem(t, "starting", got, 503, "weir is starting")
	if len(got.asked) != 0 {
		t.Error("purged")
	}
	if got := post(Draining, `{"all":true}`, nil); got.w.Code != 200 {
		t.Errorf("draining: %d", got.w.Code)
	}
}

// A web page in a browser on the same machine must not be able to purge.
func TestPurgeRefusesWhatAWebPageCanSend(t *testing.T) {
	for _, c := range []struct {
		fields []string
		status int
	}{
		{[]string{"Content-Type", ""}, 415},
		{[]string{"Content-Type", "text/plain"}, 415},
		{[]string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		{[]string{"Content-Type", "multipart/form-data; boundary=x"}, 415},
		{[]string{"Content-Type", "text/plain; application/json"}, 415},
		{[]string{"Content-Type", "application/json; ="}, 415},
		{[]string{"Content-Type", "application/problem+json"}, 415},
		{[]string{"Content-Type", "Application/JSON; charset=utf-8"}, 200},
		{[]string{"Host", "evil.example"}, 421},
		{[]string{"Origin", "https://evil.example"}, 403},
		{[]string{"Origin", "null"}, 403},
		{[]string{"Origin", "http://127.0.0.1:8080"}, 403},
		{[]string{"Origin", "http://127.0.0.1:9900"}, 200},
		{[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		{[]string{"Sec-Fetch-Site", "same-site"}, 403},
		{[]string{"Sec-Fetch-Site", "same-origin"}, 200},
	} {
		got := post(Ready, `{"all":true}`, nil, c.fields...)
		if got.w.Code != c.status || (len(got.asked) == 1) != (c.status == 200) {
			t.Errorf("%q: %d, want %d; asked %+v", c.fields, got.w.Code, c.status, got.asked)
		}
		if got.w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%q: another origin may read the answer", c.fields)
		}
	}
}

// expectProblem holds an answer to a problem document (RFC 9457).
func expectProblem(t *testing.T, what string, got posted, status int, detail string) {
	t.Helper()
	var p struct {
		Title, Detail string
		Status        int
	}
	if err := json.Unmarshal(got.w.Body.Bytes(), &p); err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	if got.w.Code != status || p.Status != status || p.Detail != detail || p.Title == "" ||
		got.w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: %d %q, want %d %q", what, got.w.Code, p.Detail, status, detail)
	}
}

func FuzzParsePurge(f *testing.F) {
	for _, s := range []string{`{"tag":"x","hard":true}`, `{"url":"http://a/","zone":"z"}`, `{}`, `{"all":[`, `{"\u0061ll":true}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := parsePurge(body)
		if err != nil {
			if r != (proxy.PurgeRequest{}) || len(err.Error()) > 200 {
				t.Errorf("%+v and %q", r, err)
			}
			return
		}
		// What the standard library reads loosely has to say the same.
		var loose proxy.PurgeRequest
		if err := json.Unmarshal(body, &loose); err != nil || loose != r {
			t.Errorf("%q: %+v, but %+v, %v", body, r, loose, err)
		}
	})
}

func TestCachePage(t *testing.T) {
	src := sources(Ready)
	src.Zones = func() []proxy.ZoneState {
		return []proxy.ZoneState{{Name: "default", Figures: metrics.ZoneGauges{
			Bytes: 1, Capacity: 2, Pending: 3, Detached: 4, Entries: 5, Fills: 6,
			Stored: 7, Evicted: 8, Rejected: 9, Dropped: 10, TooLarge: 11,
		}}, {Name: "images"}}
	}
	r := httptest.NewRequest("GET", "/cache", nil)
	r.Host = "localhost"
	w := httptest.NewRecorder()
	New("127.0.0.1:9900", src, slog.New(slog.DiscardHandler)).http.Handler.ServeHTTP(w, r)
	want := `{"zones":[` +
		`{"name":"default","bytes":1,"capacity_bytes":2,"pending_bytes":3,"detached_bytes":4,"entries":5,"fills":6,` +
		`"stored":7,"evicted":8,"rejected":9,"dropped":10,"too_large":11},` +
		`{"name":"images","bytes":0,"capacity_bytes":0,"pending_bytes":0,"detached_bytes":0,"entries":0,"fills":0,` +
		`"stored":0,"evicted":0,"rejected":0,"dropped":0,"too_large":0}]}` + "\n"
	if w.Code != 200 || w.Body.String() != want || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %s, want %s", w.Code, w.Body, want)
	}
}
