package main

import (
	"bytes"
	"log/slog"
	"math"
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/metrics"
	"github.com/weirproxy/weir/proxy"
)

const mib = 1 << 20

func file(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

func TestControlGroupLimit(t *testing.T) {
	for name, c := range map[string]struct {
		root fstest.MapFS
		want int64
	}{
		"nothing mounted": {fstest.MapFS{}, math.MaxInt64},
		"v2, own group": {fstest.MapFS{
			"proc/self/cgroup": file("0::/system.slice/weir.service\n"),
			"sys/fs/cgroup/system.slice/weir.service/memory.max": file("104857600\n"),
			"sys/fs/cgroup/system.slice/memory.max":              file("max\n"),
		}, 100 * mib},
		"v2, a group above has less": {fstest.MapFS{
			"proc/self/cgroup":             file("0::/a/b\n"),
			"sys/fs/cgroup/a/b/memory.max": file("209715200\n"),
			"sys/fs/cgroup/a/memory.max":   file("104857600\n"),
		}, 100 * mib},
		"v2, in a container's own namespace": {fstest.MapFS{
			"proc/self/cgroup":         file("0::/\n"),
			"sys/fs/cgroup/memory.max": file("104857600\n"),
		}, 100 * mib},
		"v2, no limit": {fstest.MapFS{
			"proc/self/cgroup":         file("0::/\n"),
			"sys/fs/cgroup/memory.max": file("max\n"),
		}, math.MaxInt64},
		"v1": {fstest.MapFS{
			"proc/self/cgroup": file("5:cpu,cpuacct:/x\n4:memory,pids:/x\n"),
			"sys/fs/cgroup/memory/x/memory.limit_in_bytes": file("104857600\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes":   file("9223372036854771712\n"),
		}, 100 * mib},
		"v1, path of the host": {fstest.MapFS{
			"proc/self/cgroup":                           file("4:memory:/docker/0123\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("104857600\n"),
		}, 100 * mib},
		"v1, no limit": {fstest.MapFS{
			"proc/self/cgroup":                           file("4:memory:/\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n"),
		}, math.MaxInt64},
		"not a number, not a group": {fstest.MapFS{
			"proc/self/cgroup":         file("0::/\nrubbish\n"),
			"sys/fs/cgroup/memory.max": file("lots\n"),
		}, math.MaxInt64},
		"a file as long as may be": {fstest.MapFS{
			"proc/self/cgroup":         file("0::/\n" + strings.Repeat("\n", maxGroupsBytes-5)),
			"sys/fs/cgroup/memory.max": file("104857600" + strings.Repeat("\n", maxLimitBytes-9)),
		}, 100 * mib},
		"groups beyond it": {fstest.MapFS{
			"proc/self/cgroup":         file("0::/\n" + strings.Repeat("\n", maxGroupsBytes-4)),
			"sys/fs/cgroup/memory.max": file("104857600\n"),
		}, math.MaxInt64},
		"a limit beyond it": {fstest.MapFS{
			"proc/self/cgroup":         file("0::/\n"),
			"sys/fs/cgroup/memory.max": file("104857600" + strings.Repeat("\n", maxLimitBytes-8)),
		}, math.MaxInt64},
	} {
		if got := controlGroupLimit(c.root); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// cached is a configuration with zones, each used by a route.
func cachedConfig(limit int64, zones ...config.Zone) *config.Config {
	cfg := &config.Config{Cache: config.Cache{MemoryLimit: limit, Zones: zones}, Routes: []config.Route{{}}}
	for _, z := range zones {
		cfg.Routes = append(cfg.Routes, config.Route{Cache: &config.RouteCache{Zone: z.Name}})
	}
	return cfg
}

func TestMemoryPlan(t *testing.T) {
	group := fstest.MapFS{
		"proc/self/cgroup":         file("0::/\n"),
		"sys/fs/cgroup/memory.max": file("419430400\n"), // 400 MiB
	}
	zone := config.Zone{Name: "default", Memory: 160 * mib}
	unused := cachedConfig(0, zone)
	unused.Routes = nil
	for name, c := range map[string]struct {
		root   fstest.MapFS
		env    string
		cfg    *config.Config
		others int64
		want   int64
		from   string
	}{
		"nothing":                        {nil, "", cachedConfig(0), 0, math.MaxInt64, fromNothing},
		"nothing, and much in use":       {nil, "", cachedConfig(0), 1 << 40, math.MaxInt64, fromNothing},
		"a group":                        {group, "", cachedConfig(0), 0, 360 * mib, fromControlGroup},
		"a group, and much in use":       {group, "", cachedConfig(0), 1 << 40, 360 * mib, fromControlGroup},
		"a zone":                         {nil, "", cachedConfig(0, zone), 0, 320 * mib, fromZones},
		"a zone that no route uses":      {nil, "", unused, 0, math.MaxInt64, fromNothing},
		"a zone, in a large group":       {group, "", cachedConfig(0, zone), 0, 320 * mib, fromZones},
		"zones, in a small group":        {group, "", cachedConfig(0, zone, config.Zone{Name: "b", Memory: 40 * mib}), 0, 360 * mib, fromControlGroup},
		"two zones":                      {nil, "", cachedConfig(0, zone, config.Zone{Name: "b", Memory: 40 * mib}), 0, 368 * mib, fromZones},
		"objects of a sixteenth":         {nil, "", cachedConfig(0, config.Zone{Name: "default", Memory: 160 * mib, MaxObject: 10 * mib}), 0, 320 * mib, fromZones},
		"objects of an eighth":           {nil, "", cachedConfig(0, config.Zone{Name: "default", Memory: 160 * mib, MaxObject: 20 * mib}), 0, 340 * mib, fromZones},
		"some in use by others":          {nil, "", cachedConfig(0, zone), 85 * mib, 320 * mib, fromZones},
		"more in use by others":          {nil, "", cachedConfig(0, zone), 86 * mib, 384 * mib, fromZones},
		"more than the group has":        {group, "", cachedConfig(0, zone), 200 * mib, 360 * mib, fromControlGroup},
		"the configuration":              {group, "", cachedConfig(1<<30, zone), 1 << 40, 1 << 30, fromConfiguration},
		"the environment":                {group, "1GiB", cachedConfig(1<<30, zone), 0, 0, fromEnvironment},
		"the environment, and no limit":  {group, "off", cachedConfig(0), 0, 0, fromEnvironment},
		"the configuration, and no zone": {group, "", cachedConfig(1 << 30), 0, 1 << 30, fromConfiguration},
	} {
		p := planMemory(c.root, c.env, c.cfg)
		if got, from := p.limit(c.others); got != c.want || from != c.from {
			t.Errorf("%s: %d from %q, want %d from %q", name, got, from, c.want, c.from)
		}
	}
}

// The limit leaves room for all that a zone may hold at once, and does not
// allow more than a quarter above its budget unless its objects are large.
func TestZoneNeedsCoverTheWorst(t *testing.T) {
	for _, z := range []config.Zone{
		{Memory: 1 * mib}, {Memory: 512 * mib}, {Memory: 1 << 40},
		{Memory: 512 * mib, MaxObject: 8 * mib}, {Memory: 512 * mib, MaxObject: 64 * mib},
	} {
		worst := z.Memory + z.Memory/16 + max(z.Memory/8, 2*z.MaxObject)
		needs := zoneNeeds(&z)
		if needs < worst || z.MaxObject <= z.Memory/16 && needs > z.Memory+z.Memory/4 {
			t.Errorf("%+v: %d, at worst %d", z, needs, worst)
		}
	}
}

func TestOthersAreWhatZonesDoNotHold(t *testing.T) {
	var o others
	for i, c := range []struct {
		m      memoryInUse
		cached int64
		want   int64
	}{
		{memoryInUse{1, 50, 5}, 10, 45},
		{memoryInUse{1, 50, 5}, 40, 15},   // more is stored, but when that cycle was is not known
		{memoryInUse{2, 100, 5}, 60, 45},  // all of it was stored at the last look, or since
		{memoryInUse{2, 100, 5}, 0, 45},   // purged, and not collected yet
		{memoryInUse{3, 100, 5}, 0, 105},  // the cycle before the purge can be no later
		{memoryInUse{4, 30, 10}, 0, 40},   // collected
		{memoryInUse{5, 30, 10}, 900, 0},  // filled since
		{memoryInUse{6, 930, 10}, 0, 40},  // purged after the cycle
		{memoryInUse{7, 930, 10}, 0, 940}, // somebody else's
	} {
		o.note(c.m, c.cached)
		if o.bytes != c.want {
			t.Errorf("step %d: %d, want %d", i, o.bytes, c.want)
		}
	}
}

func TestMemoryIsRead(t *testing.T) {
	m := readMemory()
	if m.stacks <= 0 || m.live < 0 {
		t.Errorf("%+v", m)
	}
	zones := []proxy.ZoneState{{Figures: metrics.ZoneGauges{Bytes: 1, Pending: 2, Detached: 4, Capacity: 8}}, {Figures: metrics.ZoneGauges{Bytes: 16}}}
	if n := cached(zones); n != 23 {
		t.Errorf("%d bytes are cached", n)
	}
}

func TestMemoryKeeper(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	debug.SetMemoryLimit(math.MaxInt64)
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	var k memoryKeeper
	zone := config.Zone{Name: "default", Memory: 160 * mib}
	expect := func(step string, limit int64, lines string) {
		t.Helper()
		if got := debug.SetMemoryLimit(-1); got != limit || log.String() != lines {
			t.Errorf("%s: %d, want %d; log:\n%s", step, got, limit, log.String())
		}
		log.Reset()
	}
	follow := func(limit int64, zones ...config.Zone) {
		k.follow(planMemory(fstest.MapFS{}, "", cachedConfig(limit, zones...)), logger)
	}
	follow(0)
	expect("no cache", math.MaxInt64, "")
	follow(0, zone)
	expect("a zone", 320*mib, "level=INFO msg=\"memory limit\" bytes=335544320 from=\"zones of the cache\"\n")
	follow(0, zone)
	expect("the same", 320*mib, "")
	k.adjust(memoryInUse{1, 200 * mib, 0}, 100*mib)
	expect("more for others", 384*mib, "")
	k.adjust(memoryInUse{2, 200 * mib, 0}, 200*mib)
	expect("less for others", 320*mib, "")
	follow(150*mib, zone)
	expect("configured", 150*mib, "level=INFO msg=\"memory limit\" bytes=157286400 from=cache.memory_limit\n"+
		"level=WARN msg=\"the zones of the cache do not fit into the memory limit\" bytes=157286400 zones=167772160\n")
	follow(0)
	expect("no cache any more", math.MaxInt64, "level=INFO msg=\"memory limit\" bytes=unlimited from=default\n")
	k.follow(planMemory(fstest.MapFS{}, "off", cachedConfig(0, zone)), logger)
	expect("the environment", math.MaxInt64, "level=INFO msg=\"memory limit\" bytes=unlimited from=GOMEMLIMIT\n")
}
