package e2e

import "slices"

// tenDaysAgo makes an estimate of a day where it may be estimated.
const tenDaysAgo = "Last-Modified: {now-864000}"

// heuristicCases are about responses that do not say for how long they are fresh
// (RFC 9111, section 4.2.2), on routes that ask for an estimate of 10 %.
var heuristicCases = slices.Concat(
	forStatus(func(status int) cacheCase {
		return cacheCase{"9111 §4.2.2", "a %d with Last-Modified is fresh for a tenth of its age", "heuristic", []step{
			{res: reply(status, tenDaysAgo), want: "fwd=uri-miss; stored"},
			{want: "hit; ttl=86395..86400"},
		}}
	}, 200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501),
	forStatus(func(status int) cacheCase {
		return cacheCase{"9111 §4.2.2", "a %d is not fresh by an estimate", "heuristic", []step{
			{res: reply(status, tenDaysAgo), want: "fwd=uri-miss; !stored; detail=no-freshness"},
			{want: "fwd=uri-miss; !stored"},
		}}
	}, 201, 202, 302, 303, 307, 400, 403, 500, 502, 503, 504, 299, 599),
	[]cacheCase{
		reused("9111 §4.2.2", "the estimate has a bound", "ttl=3595..3600", "Last-Modified: {now-864000}").on("capped"),
		reused("9111 §4.2.2", "the share of the route counts", "ttl=98..100", "Last-Modified: {now-200}").on("capped"),
		reused("9111 §4.2.2", "the age is that at Date, not now", "ttl=88..90", "Date: {now-10}", "Last-Modified: {now-1010}").on("heuristic"),
		reused("9111 §4.2.2", "Last-Modified in the format of asctime", "ttl=98..100", "Last-Modified: {asctime:now-1000}").on("heuristic"),
		reused("9111 §4.2.2", "public allows the estimate for any status: 200", "ttl=98..100", "Last-Modified: {now-1000}", "Cache-Control: public").on("heuristic"),
		reused("9111 §4.2.2", "a query makes no difference", "ttl=98..100", "Last-Modified: {now-1000}").at("?a=1").on("heuristic"),
		notReused("9111 §4.2.2", "an estimate that is used up", "Date: {now-150}", "Last-Modified: {now-1150}").on("heuristic"),
		notReused("9111 §4.2.2", "an estimate that Age has used up", "Last-Modified: {now-1000}", "Age: 101").on("heuristic"),
		notReused("9111 §4.2.2", "without Last-Modified there is no estimate").on("heuristic"),
		notReused("9111 §4.2.2", "Last-Modified in the future gives no estimate", "Last-Modified: {now+1000}").on("heuristic"),
		notReused("9111 §4.2.2", "Last-Modified that makes no sense gives no estimate", "Last-Modified: long ago").on("heuristic"),
		notReused("9111 §4.2.2", "no estimate beside max-age=0", tenDaysAgo, "Cache-Control: max-age=0").on("heuristic"),
		notReused("9111 §4.2.2", "no estimate beside an Expires in the past", tenDaysAgo, "Expires: {now-10}").on("heuristic"),
		notReused("9111 §4.2.2", "no estimate beside an Expires that makes no sense", tenDaysAgo, "Expires: 0").on("heuristic"),
		notReused("9111 §4.2.2", "no estimate beside a max-age that makes no sense", tenDaysAgo, "Cache-Control: max-age=x").on("heuristic"),
		notReused("9111 §4.2.2", "no estimate against no-cache", tenDaysAgo, "Cache-Control: no-cache").on("heuristic"),
		notStored("9111 §4.2.2", "no estimate against private", "private", tenDaysAgo, "Cache-Control: private").on("heuristic"),
		notStored("9111 §4.2.2", "no estimate on a route that asks for none", "no-freshness", tenDaysAgo),
		notStored("9111 §3.5", "an estimate does not let a response to Authorization be stored", "authorization", tenDaysAgo).on("heuristic").asking(authorization),
		{"9111 §4.2.2", "public allows the estimate for a 302", "heuristic", []step{
			{res: reply(302, tenDaysAgo, "Cache-Control: public"), want: "fwd=uri-miss; stored"},
			{want: "hit"},
		}},
		reused("9111 §4.2.2", "explicit freshness comes before the estimate", "ttl=58..60", tenDaysAgo, "Cache-Control: max-age=60").on("heuristic"),
	},
)

// negativeCases are about statuses that the route keeps for a while (404: 60s,
// 503: 30s) when the response does not say.
var negativeCases = []cacheCase{
	{"9111 §4.2.2", "negative: a status of the list is kept for its time", "negative", []step{
		{res: reply(404), want: "fwd=uri-miss; stored"},
		{want: "hit; ttl=58..60"},
	}},
	{"9111 §4.2.2", "negative: each status has its own time", "negative", []step{
		{res: reply(503), want: "fwd=uri-miss; stored"},
		{want: "hit; ttl=28..30"},
	}},
	{"9111 §4.2.2", "negative: Age counts", "negative", []step{
		{res: reply(404, "Age: 70"), want: "fwd=uri-miss"},
		{want: "fwd"},
	}},
	{"9111 §4.2.2", "negative: a status that is not of the list is not kept", "negative", []step{
		{res: reply(410), want: "fwd=uri-miss; !stored; detail=no-freshness"},
		{want: "fwd=uri-miss"},
	}},
	{"9111 §4.2.2", "negative: a 200 is not kept", "negative", []step{
		{res: ok(), want: "fwd=uri-miss; !stored"},
		{want: "fwd=uri-miss"},
	}},
	{"9111 §4.2.1", "negative: a longer max-age comes first", "negative", []step{
		{res: reply(404, "Cache-Control: max-age=600"), want: "fwd=uri-miss; stored"},
		{want: "hit; ttl=598..600"},
	}},
	{"9111 §4.2.1", "negative: max-age=0 comes first", "negative", []step{
		{res: reply(404, "Cache-Control: max-age=0"), want: "fwd=uri-miss"},
		{want: "fwd"},
	}},
	{"9111 §4.2.1", "negative: an Expires in the past comes first", "negative", []step{
		{res: reply(404, "Expires: {now-10}"), want: "fwd=uri-miss"},
		{want: "fwd"},
	}},
	{"9111 §5.2.2.5", "negative: no-store is obeyed", "negative", []step{
		{res: reply(404, "Cache-Control: no-store"), want: "fwd=uri-miss; !stored; detail=no-store"},
		{want: "fwd=uri-miss"},
	}},
	{"9111 §5.2.2.7", "negative: private is obeyed", "negative", []step{
		{res: reply(404, "Cache-Control: private"), want: "fwd=uri-miss; !stored; detail=private"},
		{want: "fwd=uri-miss"},
	}},
	{"9111 §5.2.2.4", "negative: no-cache is obeyed", "negative", []step{
		{res: reply(404, "Cache-Control: no-cache"), want: "fwd=uri-miss"},
		{want: "fwd"},
	}},
	{"9111 §3", "negative: what sets cookies is not kept", "negative", []step{
		{res: reply(404, "Set-Cookie: a=b"), want: "fwd=uri-miss; !stored; detail=set-cookie"},
		{want: "fwd=uri-miss"},
	}},
	{"9111 §3.5", "negative: the response to Authorization is not kept", "negative", []step{
		{res: reply(404), req: []string{authorization}, want: "fwd=uri-miss; !stored; detail=authorization"},
		{want: "fwd=uri-miss; stored"},
	}},
	{"9111 §4.2.2", "negative: not on a route without it", "plain", []step{
		{res: reply(404), want: "fwd=uri-miss; !stored"},
		{want: "fwd=uri-miss"},
	}},
}
