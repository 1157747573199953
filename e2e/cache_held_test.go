package e2e

// heldCases are about memory of responses that are not stored any more but still
// in somebody's hands: it counts.
var heldCases = []cacheCase{
	heldWhile("validated for a client that waits", "", func(r *caseRun) *talk { return r.begin(step{}) }),
	heldWhile("validated behind a client's back", ", stale-while-revalidate=1000", func(r *caseRun) *talk {
		r.check("stale", step{want: "hit; detail=stale-while-revalidate", behind: 1, status: 200, shows: crowdBody()[:heldSize]})
		return nil
	}),
}

// heldSize is the size of a body that would be missed.
const heldSize = 200_000

// heldWhile is a case about a response that is removed while it is validated. It
// counts as held until there is an answer, and not any longer: not even while a
// slow client takes what replaces it.
func heldWhile(how, directive string, begin func(r *caseRun) *talk) cacheCase {
	return cacheCase{"9111 §4.3", "what is removed while it is " + how + " counts meanwhile", "strict", []step{{do: func(r *caseRun) {
		r.apart("")
		r.use(ok("Cache-Control: max-age=10"+directive, "Age: 20", `ETag: "a"`).saying(crowdBody()[:heldSize]))
		r.fetch(step{})
		gate, rest := make(chan struct{}), make(chan struct{})
		r.use(pieces(rest, minute+"\r\nContent-Length: 8\r\n\r\nabcd", "efgh").heldBy(gate))
		k := begin(r)
		r.awaitAsked(2)
		if n := r.zoneFigure("detached_bytes"); n != 0 {
			r.t.Errorf("%d bytes are held though they are stored", n)
		}
		r.purge(`{"all":true,"hard":true}`)
		r.check("meanwhile", step{method: "HEAD", req: lines{"Cache-Control: only-if-cached"}, want: "!hit", asked: none, status: 504})
		await(r.t, "it counts", func() bool { return r.zoneFigure("detached_bytes") >= heldSize })
		close(gate)
		await(r.t, "it is let go", func() bool { return r.zoneFigure("detached_bytes") == 0 })
		close(rest)
		if k != nil {
			k.whole(200, "abcdefgh")
		}
	}}}}
}
