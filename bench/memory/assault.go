package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// An assault is the flood and all that goes on beside it.
type assault struct {
	to   string
	plan *plan
	options

	next         atomic.Int64 // number of the flood's next request
	made, failed atomic.Int64
	hotMade      atomic.Int64
	hotHits      atomic.Int64
	failure      atomic.Pointer[string] // the first
}

// warm asks for the hot set until it is stored: twice it is popular.
func (a *assault) warm(ctx context.Context) error {
	c := newClient(a.to)
	defer c.close()
	const turns = 3
	for i := range turns * hotObjects {
		hit, err := c.do(a.plan.hot(i))
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case i >= (turns-1)*hotObjects && !hit:
			return fmt.Errorf("%s is no hit when nothing else is asked for", ptr(a.plan.hot(i)).path())
		}
	}
	return nil
}

func ptr[T any](v T) *T { return &v }

// start begins the assault. The channel is closed when the flood is over and all
// else has ended.
func (a *assault) start(ctx context.Context) <-chan struct{} {
	ctx, cancel := context.WithTimeout(ctx, a.longest)
	var flood, rest sync.WaitGroup
	for range a.conns {
		flood.Go(func() { a.flood(ctx) })
	}
	for i := range a.slow {
		rest.Go(func() { a.readSlowly(ctx, int64(i)) })
	}
	const hotClients = 8
	for i := range hotClients {
		rest.Go(func() { a.askHot(ctx, i, hotClients) })
	}
	ended := make(chan struct{})
	go func() {
		flood.Wait()
		cancel()
		rest.Wait()
		close(ended)
	}()
	return ended
}

// flood makes requests of the flood until there are no more.
func (a *assault) flood(ctx context.Context) {
	c := newClient(a.to)
	defer c.close()
	for ctx.Err() == nil {
		n := a.next.Add(1) - 1
		if n >= a.requests {
			return
		}
		_, err := c.do(a.plan.flood(n))
		a.made.Add(1)
		a.note(err)
	}
}

// askHot asks for the hot set as one of several clients, at a steady rate: what
// was missed while weir took its time is left out.
func (a *assault) askHot(ctx context.Context, i, clients int) {
	c := newClient(a.to)
	defer c.close()
	tick := time.NewTicker(time.Duration(clients) * time.Second / time.Duration(a.hotRate))
	defer tick.Stop()
	for n := i; ; n += clients {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		hit, err := c.do(a.plan.hot(n))
		a.note(err)
		a.hotMade.Add(1)
		if hit {
			a.hotHits.Add(1)
		}
	}
}

func (a *assault) note(err error) {
	if err != nil {
		a.failed.Add(1)
		a.failure.CompareAndSwap(nil, ptr(err.Error()))
	}
}

// readSlowly takes large responses at ten kilobytes a second. That weir cuts one is
// no failure.
func (a *assault) readSlowly(ctx context.Context, i int64) {
	for n := i; ctx.Err() == nil; n += int64(a.slow) {
		c := newClient(a.to)
		c.slow = true
		if res, err := c.send(a.plan.slow(n)); err == nil {
			crawl(ctx, res.Body.Read)
		}
		c.close()
		pause(ctx, time.Second)
	}
}

func crawl(ctx context.Context, read func([]byte) (int, error)) {
	var p [1 << 10]byte
	for pause(ctx, 100*time.Millisecond) {
		if _, err := read(p[:]); err != nil {
			return
		}
	}
}

// pause reports whether there is reason to go on.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
