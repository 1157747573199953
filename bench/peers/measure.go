package main

import (
	"context"
	"fmt"
	"time"
)

// A sample is what one proxy did in one round of one scenario.
type sample struct {
	Requests     int64         `json:"requests"`
	CPU          time.Duration `json:"cpu_ns"`
	PerRequest   float64       `json:"cpu_us_per_request"`
	Busy         float64       `json:"busy"` // share of its CPU the proxy used
	RequestsPerS float64       `json:"requests_per_second"`
	P50          time.Duration `json:"p50_ns"`
	P99          time.Duration `json:"p99_ns"`
	PeakMemory   int64         `json:"peak_memory_bytes"`
}

// measure drives s once and charges it with the CPU time it used meanwhile.
func (b *bench) measure(ctx context.Context, s *server, sc scenario, l load) (one sample, err error) {
	n, err := b.count.during(ctx, func() error {
		one, err = measureLoad(ctx, s, sc, l)
		return err
	})
	if err != nil {
		return one, err
	}
	if err := sc.checkCount(one.Requests, n); err != nil {
		return one, fmt.Errorf("%s, %s: %w", s.name, sc.Name, err)
	}
	return one, nil
}

func measureLoad(ctx context.Context, s *server, sc scenario, l load) (sample, error) {
	if err := s.alive(); err != nil {
		return sample{}, err
	}
	before, err := cpuTime(s.group())
	if err != nil {
		return sample{}, err
	}
	r, err := l.run(ctx, s.url(sc.Path))
	if err != nil {
		return sample{}, fmt.Errorf("%s, %s: %w", s.name, sc.Name, err)
	}
	after, err := cpuTime(s.group())
	if err != nil {
		return sample{}, err
	}
	memory, err := peakMemory(s.group())
	if err != nil {
		return sample{}, err
	}
	used := after - before
	return sample{
		Requests:     r.Requests,
		CPU:          used,
		PerRequest:   float64(used.Nanoseconds()) / 1e3 / float64(r.Requests),
		Busy:         used.Seconds() / r.Elapsed.Seconds(),
		RequestsPerS: float64(r.Requests) / r.Elapsed.Seconds(),
		P50:          r.P50,
		P99:          r.P99,
		PeakMemory:   memory,
	}, nil
}

// A series is the samples of one proxy in one scenario, a round each.
type series struct {
	Scenario string   `json:"scenario"`
	Proxy    string   `json:"proxy"`
	Samples  []sample `json:"rounds"`
}

// measureRounds measures, once a round and in turn, every server that has the
// scenario's role, after one warm-up each.
func (b *bench) measureRounds(ctx context.Context, sc scenario) ([]series, error) {
	warmUp := b.load
	warmUp.Duration = min(b.load.Duration, time.Second)
	var all []series
	var servers []*server
	for _, s := range b.servers {
		if s.proxy.cached != sc.Cached {
			continue
		}
		servers = append(servers, s)
		all = append(all, series{Scenario: sc.Name, Proxy: s.proxy.name})
		if _, err := b.measure(ctx, s, sc, warmUp); err != nil {
			return nil, err
		}
	}
	for round := range b.rounds {
		for i, s := range servers {
			one, err := b.measure(ctx, s, sc, b.load)
			if err != nil {
				return nil, err
			}
			all[i].Samples = append(all[i].Samples, one)
			b.progress(fmt.Sprintf("%s, round %d of %d: %s %.2f µs", sc.Name, round+1, b.rounds, s.proxy.name, one.PerRequest))
		}
	}
	return all, nil
}
