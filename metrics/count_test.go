package metrics

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"
)

func TestCountingDoesNotAllocate(t *testing.T) {
	r := busy()
	l, route, p, b := r.Listener("main"), r.Route("api"), r.Pool("p"), r.Backend("p", "127.0.0.1:1")
	z := r.Zone("default")
	method := "GET"
	for name, f := range map[string]func(){
		"listener": func() {
			l.Accepted(1)
			l.Request(1)
			l.Rejected(1, "bad_host")
			l.Refused(1, AddressLimit)
			l.Closed(1)
		},
		"route": func() {
			route.Done(1, MethodOf(method), 200, time.Millisecond, 10, 20)
			route.Done(1, OtherMethod, 999, time.Hour, 10, 20)
			route.Failed(1, "connection_refused")
			route.TunnelOpened(1)
			route.TunnelClosed(1)
		},
		"cache": func() {
			route.Cache(1, 1, 0)
			route.Cache(1, 255, 255)
			route.CacheStored(1)
			route.CacheCollapsed(1)
			route.CacheRefreshed(1, RefreshReplaced)
			z.Purged("url")
		},
		"backend": func() {
			p.Retried(1)
			b.Attempt(1, 503, time.Millisecond)
			b.Failed(1, "connection_refused")
			b.HealthChanged(true)
		},
		"process": func() {
			r.Panicked()
			r.AccessLogDropped(1)
		},
	} {
		if n := testing.AllocsPerRun(500, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestStripesDoNotShareCacheLines(t *testing.T) {
	if n := unsafe.Sizeof(cell{}); n != cacheLine {
		t.Errorf("a cell has %d bytes", n)
	}
	if n := unsafe.Sizeof(histogramCell{}); n%cacheLine != 0 {
		t.Errorf("a histogram cell has %d bytes", n)
	}
}

func TestConcurrentCounting(t *testing.T) {
	const workers, each = 8, 2000
	r := New("")
	var wg, scrapers sync.WaitGroup
	stop := make(chan struct{})
	scrapers.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				series(t, r)
				if n := r.Totals().OpenConnections; n < 0 || n > workers {
					t.Errorf("%d open connections", n)
				}
			}
		}
	})
	for w := range uint32(workers) {
		wg.Go(func() {
			for i := range each {
				l, route, b := r.Listener("l"), r.Route("r"), r.Backend("p", "b")
				l.Accepted(w)
				route.Done(w, GET, 200+i%400, time.Millisecond, 1, 2)
				route.Failed(w, fmt.Sprint("token", i%10))
				route.Cache(w, uint8(i%20), uint8(i%70))
				route.CacheStored(w)
				b.Attempt(w, 100+i%500, time.Millisecond)
				l.Closed(w + 1)
			}
		})
	}
	wg.Wait()
	close(stop)
	scrapers.Wait()
	got := r.Totals()
	if got.Requests != workers*each || got.BytesIn != workers*each || got.BytesOut != 2*workers*each || got.OpenConnections != 0 {
		t.Errorf("totals %+v", got)
	}
	route := r.Route("r")
	var byWords uint64
	for _, n := range route.cache.Load().byWords(nil) {
		byWords += n
	}
	if byWords != workers*each || route.cache.Load().stored.sum() != workers*each {
		t.Errorf("%d by words of the cache", byWords)
	}
	var byStatus uint64
	route.requests[GET].each(func(_ string, n uint64) { byStatus += n })
	if byStatus != workers*each || route.errors.sum() != workers*each || len(route.errors.all()) != 10 {
		t.Errorf("%d by status, %d errors of %d kinds", byStatus, route.errors.sum(), len(route.errors.all()))
	}
}

func TestWordsAreBounded(t *testing.T) {
	var w words
	for i := range 1000 {
		w.inc(0, fmt.Sprint("word", i))
	}
	w.inc(0, other)
	all := w.all()
	if len(all) != maxWords {
		t.Fatalf("%d words, want %d", len(all), maxWords)
	}
	last := all[maxWords-1]
	if last.word != other || last.sum() != 1000-(maxWords-1)+1 || w.sum() != 1001 {
		t.Errorf("%q has %d of %d", last.word, last.sum(), w.sum())
	}
}

func TestWordsAreCopied(t *testing.T) {
	var w words
	b := []byte("stay")
	w.inc(0, unsafe.String(&b[0], len(b)))
	copy(b, "gone")
	if got := w.all()[0].word; got != "stay" {
		t.Errorf("word %q", got)
	}
}

func TestStatusesOutsideTheRangeAreOther(t *testing.T) {
	var s statuses
	for _, status := range []int{-1, 0, 99, 600, 1 << 40, 100, 599, 200, 200} {
		s.inc(0, status)
	}
	got := ""
	s.each(func(status string, n uint64) { got += fmt.Sprintf("%s:%d ", status, n) })
	if want := "100:1 200:2 599:1 other:5 "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if s.class(1) != 1 || s.class(2) != 2 || s.class(3) != 0 || s.class(5) != 1 {
		t.Error("classes")
	}
}

func TestMethodsAreAFixedList(t *testing.T) {
	for m := range methodCount {
		if m != OtherMethod && MethodOf(m.String()) != m {
			t.Errorf("%v is not itself", m)
		}
	}
	for _, token := range []string{"", "get", "CONNECT", "TRACE", "BREW", other} {
		if m := MethodOf(token); m != OtherMethod || m.String() != "other" {
			t.Errorf("%q is %v", token, m)
		}
	}
}

func TestRefusalsHaveWords(t *testing.T) {
	l := New("").Listener("a")
	l.Refused(0, refusalCount) // not a reason: counted nowhere
	for why := range refusalCount {
		if why.String() == other || l.refused[why].sum() != 0 {
			t.Errorf("refusal %d: %v", why, why)
		}
	}
}

func TestRefreshesHaveWords(t *testing.T) {
	for how := range refreshCount {
		if how.String() == other {
			t.Errorf("refresh %d: %v", how, how)
		}
	}
	if refreshCount.String() != other {
		t.Errorf("%v", refreshCount)
	}
}

func TestCacheWordsAreBounded(t *testing.T) {
	words := func(n int) []string { return make([]string, n) }
	New("").CacheWords(words(maxCacheStatuses-1), words(maxCacheDetails-1))
	for _, n := range [][2]int{{maxCacheStatuses, 1}, {1, maxCacheDetails}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d and %d words are taken", n[0], n[1])
				}
			}()
			New("").CacheWords(words(n[0]), words(n[1]))
		}()
	}
}

// Words that come late, or not at all, cost no figures and make no series twice.
func TestCacheIsCountedBeforeItHasWords(t *testing.T) {
	r := New("")
	route := r.Route("a")
	for i := range uint8(255) {
		route.Cache(0, i, i)
	}
	if got := series(t, r); !strings.Contains(got, `weir_cache_requests_total{detail="other",route="a",status="other"} 255`) {
		t.Error(got)
	}
	r.CacheWords([]string{"off", "hit"}, []string{"", "expired"})
	got := series(t, r)
	for _, want := range []string{
		`weir_cache_requests_total{detail="",route="a",status="off"} 1`,
		`weir_cache_requests_total{detail="expired",route="a",status="hit"} 1`,
		`weir_cache_requests_total{detail="other",route="a",status="other"} 253`,
		`weir_cache_stored_total{route="a"} 0`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in:\n%s", want, got)
		}
	}
}

func TestGaugeIsNeverNegative(t *testing.T) {
	var g gauge
	g.down.inc(0)
	if g.value() != 0 {
		t.Errorf("value %d", g.value())
	}
	g.up.inc(1)
	g.up.inc(2)
	if g.value() != 1 {
		t.Errorf("value %d", g.value())
	}
}

func BenchmarkCache(b *testing.B) {
	route := New("").Route("a")
	b.ReportAllocs()
	for b.Loop() {
		route.Cache(1, 1, 0)
	}
}

func BenchmarkDone(b *testing.B) {
	route := New("").Route("a")
	b.ReportAllocs()
	for b.Loop() {
		route.Done(1, GET, 200, 3*time.Millisecond, 0, 1024)
	}
}

func BenchmarkDoneParallel(b *testing.B) {
	route := New("").Route("a")
	var next sync.Mutex
	var stripe uint32
	b.RunParallel(func(pb *testing.PB) {
		next.Lock()
		stripe++
		mine := stripe
		next.Unlock()
		for pb.Next() {
			route.Done(mine, GET, 200, 3*time.Millisecond, 0, 1024)
		}
	})
}
