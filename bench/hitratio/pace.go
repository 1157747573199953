package main

import (
	"context"
	"time"
)

// A pacer spreads requests evenly in time, a few at once.
type pacer struct {
	start time.Time
	rate  int   // requests a second
	due   int64 // requests that are due
	made  int64
}

// most is how many requests are made at once after the machine did something else
// for a while: what was missed beyond that is made later, not faster.
const most = 10 * time.Millisecond

func newPacer(rate int) *pacer { return &pacer{start: time.Now(), rate: rate} }

// next waits until the next request is due and returns the time in nanoseconds.
func (p *pacer) next(ctx context.Context) (now int64, err error) {
	if p.made == p.due {
		if err := p.wait(ctx); err != nil {
			return 0, err
		}
	}
	p.made++
	return p.made * int64(time.Second) / int64(p.rate), nil
}

// wait sleeps until something is due.
func (p *pacer) wait(ctx context.Context) error {
	const nap = 500 * time.Microsecond
	for {
		due := int64(time.Since(p.start).Seconds() * float64(p.rate))
		if late := due - p.made - int64(most.Seconds()*float64(p.rate)); late > 0 {
			p.start = p.start.Add(time.Duration(late) * time.Second / time.Duration(p.rate))
			due -= late
		}
		if due > p.made {
			p.due = due
			return nil
		}
		time.Sleep(nap)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
