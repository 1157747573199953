package main

import "runtime/metrics"

// memoryInUse is what the runtime says of the memory it manages.
type memoryInUse struct {
	cycles uint64 // of the collector, so far
	live   int64  // bytes that the last of them found in use
	stacks int64
}

func readMemory() memoryInUse {
	samples := []metrics.Sample{
		{Name: "/gc/cycles/total:gc-cycles"},
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
	}
	metrics.Read(samples)
	return memoryInUse{
		cycles: samples[0].Value.Uint64(),
		live:   int64(samples[1].Value.Uint64()),
		stacks: int64(samples[2].Value.Uint64()),
	}
}

// others follows how much memory is in use besides what zones hold. What the
// collector found belongs to the time of its last cycle: what the zones held then
// is not known, and taken to be the most they held since the look before it, so
// that a purge does not make their memory look like somebody else's.
type others struct {
	bytes int64

	cycles     uint64
	last, most int64 // held by the zones: at the last look, since the cycle
}

// note takes in what is in use now, cached bytes of it in zones.
func (o *others) note(m memoryInUse, cached int64) {
	if m.cycles != o.cycles {
		o.cycles, o.most = m.cycles, o.last
	}
	o.last, o.most = cached, max(o.most, cached)
	o.bytes = max(0, m.live+m.stacks-o.most)
}
