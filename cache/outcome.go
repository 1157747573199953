package cache

// A Status is what the cache did about a request, in the words of RFC 9211: hit,
// or why the request went on to a backend (the parameter fwd).
type Status uint8

// The statuses.
const (
	Off      Status = iota // the route does not cache
	Hit                    // answered from the store, fresh or stale
	URIMiss                // nothing stored under the key
	VaryMiss               // something is, but for other requests (Vary)
	Stale                  // stored, but not usable without asking
	Bypass                 // the route or the request keeps out of the cache
	Method                 // the method is not one that is cached
	Request                // the request's own directives or conditions demand it
	statusCount
)

var statusWords = [statusCount]string{
	Off: "off", Hit: "hit", URIMiss: "uri-miss", VaryMiss: "vary-miss", Stale: "stale",
	Bypass: "bypass", Method: "method", Request: "request",
}

// String returns the word that headers, logs and figures use.
func (s Status) String() string { return statusWords[s] }

// A Detail is the reason behind a Status, or why a response was not stored: one
// word, the same in the Cache-Status parameter detail, in logs and in figures.
type Detail uint8

// The details.
const (
	None Detail = iota

	// Why a stale response was served.
	WhileRevalidate // stale-while-revalidate
	IfError         // stale-if-error: the backend failed
	MaxStale        // the client accepts it

	// Why a stored response could not be used without asking.
	Expired        // past its lifetime and its grace
	Purged         // marked stale by a purge
	NoCache        // its Cache-Control says no-cache
	RequestNoCache // the client says no-cache (or Pragma)
	RequestMaxAge  // too old for the client
	RequestMinFresh
	OnlyIfCached // nothing at hand for a client that wants no other (504)

	// Why a request kept out.
	Precondition // If-Match, If-Unmodified-Since: the backend's to decide
	HasBody      // a GET with content
	Upgrading    // a switch of protocols

	// Why a response was not stored.
	RequestNoStore
	NoStore
	Private
	Authorization
	SetCookie
	VaryStar
	NotFinal    // a status that may not be stored
	NoFreshness // nothing says for how long
	PartialBody // 206
	TooLarge    // larger than the zone takes
	NoRoom      // pending memory is exhausted
	Incomplete  // the backend did not come to the end
	HeadOnly    // HEAD has no body to store
	Uncacheable // the key was uncacheable a moment ago: not waited for
	Waited      // waited too long for another request's fill
	Superseded  // the stored response was dropped
	BadFields   // malformed directives: the conservative reading
	ClosedZone  // the zone has been taken out of service
	detailCount
)

var detailWords = [detailCount]string{
	None:            "",
	WhileRevalidate: "stale-while-revalidate", IfError: "stale-if-error", MaxStale: "max-stale",
	Expired: "expired", Purged: "purged", NoCache: "no-cache", RequestNoCache: "request-no-cache",
	RequestMaxAge: "request-max-age", RequestMinFresh: "request-min-fresh", OnlyIfCached: "only-if-cached",
	Precondition: "precondition", HasBody: "request-body", Upgrading: "upgrade",
	RequestNoStore: "request-no-store", NoStore: "no-store", Private: "private", Authorization: "authorization",
	SetCookie: "set-cookie", VaryStar: "vary-star", NotFinal: "status", NoFreshness: "no-freshness",
	PartialBody: "partial-content", TooLarge: "too-large", NoRoom: "no-room", Incomplete: "incomplete",
	HeadOnly: "head", Uncacheable: "uncacheable", Waited: "waited",
	Superseded: "invalidated", BadFields: "malformed", ClosedZone: "closed",
}

// String returns the word, empty for None.
func (d Detail) String() string { return detailWords[d] }

// Statuses returns the words of all statuses, by value.
func Statuses() []string { return statusWords[:] }

// Details returns the words of all details, by value.
func Details() []string { return detailWords[:] }
