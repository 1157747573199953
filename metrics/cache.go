package metrics

import "sync/atomic"

// The most words there may be for what a cache did, and for why.
const (
	maxCacheStatuses = 16
	maxCacheDetails  = 64
)

// routeCache counts what the cache of one route does.
type routeCache struct {
	requests  [maxCacheStatuses]atomic.Pointer[cacheStatus]
	stored    counter
	collapsed counter
	refreshes [refreshCount]counter
}

// A cacheStatus holds the counters of one status by detail.
type cacheStatus [maxCacheDetails]atomic.Pointer[counter]

// A Refresh is how a validation behind a client's back ended.
type Refresh uint8

// The ends of a refresh.
const (
	RefreshNotModified Refresh = iota // the stored response holds
	RefreshReplaced                   // there is another one
	RefreshFailed                     // no answer, or none that may take the stored one's place
	refreshCount
)

// String returns the label value.
func (r Refresh) String() string {
	switch r {
	case RefreshNotModified:
		return "not-modified"
	case RefreshReplaced:
		return "replaced"
	case RefreshFailed:
		return "failed"
	default:
		return other
	}
}

// Cache counts a request by what the cache did about it and why, as indexes into
// the words given to Registry.CacheWords. Once a pair has been seen, counting it
// neither locks nor allocates. The first call makes the route's series of the
// cache appear.
func (r *Route) Cache(stripe uint32, status, detail uint8) {
	s := obtain(&obtain(&r.cache).requests[min(status, maxCacheStatuses-1)])
	obtain(&s[min(detail, maxCacheDetails-1)]).inc(stripe)
}

// CacheStored counts a response that was stored.
func (r *Route) CacheStored(stripe uint32) { obtain(&r.cache).stored.inc(stripe) }

// CacheCollapsed counts a request answered by another request's fill.
func (r *Route) CacheCollapsed(stripe uint32) { obtain(&r.cache).collapsed.inc(stripe) }

// CacheRefreshed counts a validation behind a client's back.
func (r *Route) CacheRefreshed(stripe uint32, how Refresh) {
	if how < refreshCount {
		obtain(&r.cache).refreshes[how].inc(stripe)
	}
}

// cacheWords are the words for the numbers given to Route.Cache.
type cacheWords struct{ statuses, details []string }

// CacheWords says what the numbers given to Route.Cache stand for. Neither list
// is modified, or may be modified later.
func (r *Registry) CacheWords(statuses, details []string) {
	if len(statuses) >= maxCacheStatuses || len(details) >= maxCacheDetails {
		panic("BUG: more words for what a cache does than are counted")
	}
	r.cacheWords.Store(&cacheWords{statuses, details})
}

// A wordPair is what the cache did about a request, and why.
type wordPair struct{ status, detail string }

// byWords returns the counters by their words; numbers without a word, or all
// when words is nil, count as "other".
func (c *routeCache) byWords(words *cacheWords) map[wordPair]uint64 {
	if words == nil {
		words = new(cacheWords)
	}
	sums := make(map[wordPair]uint64)
	for s := range c.requests {
		status := c.requests[s].Load()
		if status == nil {
			continue
		}
		for d := range status {
			if n := status[d].Load(); n != nil {
				sums[wordPair{wordAt(words.statuses, s), wordAt(words.details, d)}] += n.sum()
			}
		}
	}
	return sums
}

func wordAt(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return other
}
