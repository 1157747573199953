package proxy

import (
	"time"

	"github.com/weirproxy/weir/balancer"
)

// How a request waits for a backend that takes one more: it looks again after
// pauses that grow.
const (
	firstPause = 2 * time.Millisecond
	longPause  = 50 * time.Millisecond
)

// waitClaim claims a backend. A request that waited in vain for the answer to
// another one is one of many that are let go at the same moment: it waits once
// more, for as long, until it is its turn.
func (x *exchange) waitClaim(pool *balancer.Pool) (int, error) {
	i, err := pool.Claim(x.tried)
	if err != balancer.ErrSaturated || !x.cached.alone {
		return i, err
	}
	deadline := time.Now().Add(x.route.cache.wait)
	for pause := firstPause; err == balancer.ErrSaturated && time.Now().Before(deadline); pause = min(2*pause, longPause) {
		time.Sleep(pause)
		if x.req.Client.Gone() {
			return 0, errClientGone
		}
		i, err = pool.Claim(x.tried)
	}
	return i, err
}
