package cache

import (
	"bytes"

	"github.com/weirproxy/weir/message"
)

// Found is what a zone has for a request.
type Found struct {
	// Entry is the stored response that fits, nil for none.
	Entry *Entry
	// Miss says, without an Entry, what there is: nothing at all (URIMiss), or
	// something for other requests (VaryMiss).
	Miss Status
	// Purged is when the entry was marked stale by a purge; 0: never.
	Purged int64
	// Uncacheable: without an entry that is fresh, the key was marked as one
	// whose responses are not to be waited for.
	Uncacheable bool
	// Vary are the names that the newest response to the key varies by, nil
	// without one: a fill that is to be shared is chosen by them.
	Vary []byte
}

// Lookup returns what the zone has for req under key: of several variants that
// fit the newest (RFC 9111, section 4). It works in scratch, which it returns,
// perhaps grown, and allocates nothing else.
func (z *Zone) Lookup(key []byte, req *message.Request, scratch []byte, now int64) (Found, []byte) {
	h := z.hash(key)
	s := z.shard(h).find(h)
	if s == nil {
		return z.missing(h, now), scratch
	}
	b := s.bundle.Load()
	if b == nil || !bytes.Equal(b.key, key) {
		return z.missing(h, now), scratch
	}
	f, scratch := z.choose(s, b, req, scratch, now)
	// Fast path: a use within the same tick is not told again.
	if tick := uint32(now >> tickBits); s.touched.Load() != tick {
		s.touched.Store(tick)
		z.use(h)
	}
	if f.Entry == nil || f.Purged != 0 || f.Entry.Fresh.Left(now) <= 0 {
		f.Uncacheable = z.refused.has(h, now)
	}
	return f, scratch
}

// tickBits make ticks of eight milliseconds: what is asked for more often than
// once a tick fills its counter in ristretto's sketch anyway, and would only
// push out those of others, and cost every request what it costs.
const tickBits = 23

// missing is the answer for a key of which there is nothing.
func (z *Zone) missing(h uint64, now int64) Found {
	z.use(h)
	return Found{Miss: URIMiss, Uncacheable: z.refused.has(h, now)}
}

// choose finds the variant for req among b's entries. It drops those that it
// finds to be purged.
func (z *Zone) choose(s *slot, b *bundle, req *message.Request, scratch []byte, now int64) (Found, []byte) {
	f := Found{Miss: URIMiss}
	var names []byte // what scratch holds the variant for
	gone := false
	for _, e := range b.entries {
		purged := z.held(b.key, e)
		if purged == hardPurged {
			gone = true
			continue
		}
		if f.Miss == URIMiss {
			f.Miss, f.Vary = VaryMiss, e.Vary
		}
		// As Entry.Matches, but variants by the same names are made once.
		if len(e.Vary) > 0 && !bytes.Equal(names, e.Vary) {
			names = e.Vary
			scratch = AppendVariant(scratch[:0], names, req)
		}
		if len(e.Vary) == 0 || e.Vary[0] != '*' && bytes.Equal(scratch, e.Variant) {
			f.Entry, f.Purged = e, purged
			break
		}
	}
	if gone {
		z.reap(s, b, now)
	}
	return f, scratch
}
