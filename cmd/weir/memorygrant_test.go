package main

import (
	"bytes"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/weirproxy/weir/config"
)

// group is a file system of a process whose control group has a limit.
func group(limit int64) fstest.MapFS {
	return fstest.MapFS{
		"proc/self/cgroup":         file("0::/\n"),
		"sys/fs/cgroup/memory.max": file(strconv.FormatInt(limit, 10) + "\n"),
	}
}

// near tells whether n is want but for what the size of parts and roundings make.
func near(n, want int64) bool { return max(n-want, want-n) < 4<<10 }

func TestZonesAreCutToTheControlGroup(t *testing.T) {
	zone := func(memory, object int64) config.Zone {
		return config.Zone{Name: strconv.FormatInt(memory, 10), Memory: memory * mib, MaxObject: object * mib}
	}
	for name, c := range map[string]struct {
		share int64 // of the control group, in MiB
		zones []config.Zone
		want  []config.Zone
	}{
		"all fits":            {128 + 120, []config.Zone{zone(100, 0)}, []config.Zone{zone(100, 0)}},
		"half of one":         {128 + 60, []config.Zone{zone(100, 0)}, []config.Zone{zone(50, 0)}},
		"half of each":        {128 + 120, []config.Zone{zone(150, 0), zone(50, 0)}, []config.Zone{zone(75, 0), zone(25, 0)}},
		"an object that fits": {128 + 120, []config.Zone{zone(200, 6)}, []config.Zone{zone(100, 6)}},
		"an object beyond a sixteenth takes its share": {128 + 149, []config.Zone{zone(200, 10)}, []config.Zone{zone(120, 10)}},
		"an object beyond an eighth":                   {128 + 106, []config.Zone{zone(400, 12)}, []config.Zone{zone(80, 10)}},
		"the least for some, the rest for another": {
			128 + 66,
			[]config.Zone{zone(500, 0), zone(2, 0), zone(3, 0), zone(4, 0), zone(5, 0), zone(6, 0)},
			[]config.Zone{zone(50, 0), zone(1, 0), zone(1, 0), zone(1, 0), zone(1, 0), zone(1, 0)},
		},
		"the least for all": {128 + 2, []config.Zone{zone(100, 0), zone(1, 0)}, []config.Zone{zone(1, 0), zone(1, 0)}},
		"the base alone":    {128, []config.Zone{zone(100, 0)}, []config.Zone{zone(1, 0)}},
		"not even the base": {30, []config.Zone{zone(100, 0), zone(1<<20, 0)}, []config.Zone{zone(1, 0), zone(1, 0)}},
	} {
		cfg := cachedConfig(0, c.zones...)
		before := cachedConfig(0, c.zones...)
		p := planMemory(group(c.share*mib/90*100+100), "", cfg)
		got := p.grant(cfg)
		if !reflect.DeepEqual(cfg, before) {
			t.Errorf("%s: what was loaded is not what it was", name)
		}
		var sum int64
		for i, z := range got.Cache.Zones {
			want := c.want[i]
			if z.Name != c.zones[i].Name || !near(z.Memory, want.Memory) || !near(z.MaxObject, want.MaxObject) || z.MaxObject > z.Memory/8 {
				t.Errorf("%s: zone %d: %+v, want %+v", name, i, z, want)
			}
			sum += z.Memory
		}
		if p.memory != sum {
			t.Errorf("%s: %d granted, %d in the zones", name, p.memory, sum)
		}
	}
}

// What is granted fits, unless zones have the least there is; nothing that fits
// is withheld.
func TestGrantsFillTheControlGroup(t *testing.T) {
	for _, object := range []int64{0, 1 * mib, 16 * mib, 128 * mib} {
		for limit := int64(64 * mib); limit < 4<<30; limit += 37 * mib {
			cfg := cachedConfig(0, config.Zone{Name: "a", Memory: 1 << 30, MaxObject: object}, config.Zone{Name: "b", Memory: 20 * mib})
			p := planMemory(group(limit), "", cfg)
			got := p.grant(cfg)
			_, needs := measure(got, got.Cache.Zones)
			least := got.Cache.Zones[0].Memory == minGrant
			if room := p.room(); p.zones > room && (needs > room && !least || needs < room-16<<10) || p.zones <= room && got != cfg {
				t.Fatalf("objects of %d, a group of %d: zones need %d of %d", object, limit, needs, room)
			}
			bytes, from := p.limit(0)
			if want := p.share(); p.zones > p.room() && (bytes != want || from != fromControlGroup) {
				t.Fatalf("a group of %d: limit %d from %s, want %d", limit, bytes, from, want)
			}
		}
	}
}

func TestZonesStayAsTheOperatorWantsThem(t *testing.T) {
	zone := config.Zone{Name: "default", Memory: 256 * mib}
	unused := cachedConfig(0, zone)
	unused.Routes = nil
	for name, c := range map[string]struct {
		root fs.FS
		env  string
		cfg  *config.Config
	}{
		"no group":                {fstest.MapFS{}, "", cachedConfig(0, zone)},
		"a group without a limit": {group(1 << 62), "", cachedConfig(0, zone)},
		"the environment":         {group(256 * mib), "230MiB", cachedConfig(0, zone)},
		"no limit":                {group(256 * mib), "off", cachedConfig(0, zone)},
		"the configuration":       {group(256 * mib), "", cachedConfig(256*mib, zone)},
		"a zone nobody uses":      {group(256 * mib), "", unused},
		"no zone":                 {group(64 * mib), "", cachedConfig(0)},
	} {
		p := planMemory(c.root, c.env, c.cfg)
		if got := p.grant(c.cfg); got != c.cfg {
			t.Errorf("%s: %+v", name, got.Cache.Zones)
		}
		var log bytes.Buffer
		if p.warnOfGrant(slog.New(slog.NewTextHandler(&log, nil))); log.Len() > 0 {
			t.Errorf("%s: %s", name, log.String())
		}
	}
}

// Zones in use are cut for what they need themselves; others keep their size.
func TestUnusedZonesAreNotCut(t *testing.T) {
	cfg := cachedConfig(0, config.Zone{Name: "a", Memory: 100 * mib})
	cfg.Cache.Zones = append(cfg.Cache.Zones, config.Zone{Name: "b", Memory: 100 * mib})
	p := planMemory(group((128+60)*mib/90*100+100), "", cfg)
	if z := p.grant(cfg).Cache.Zones; !near(z[0].Memory, 50*mib) || z[1].Memory != 100*mib {
		t.Errorf("%+v", z)
	}
}

// A control group with the limit that the warning names has room for everything.
func TestTheLimitToSetIsEnough(t *testing.T) {
	for n := int64(1 * mib); n < 1<<40; n += n/3 + 1 {
		cfg := cachedConfig(0, config.Zone{Name: "default", Memory: n})
		p := planMemory(group(1*mib), "", cfg)
		p.group = p.groupFor()
		if p.room() < p.zones || p.grant(cfg) != cfg {
			t.Errorf("a zone of %d: a control group of %d is not enough", n, p.group)
		}
		if p.group -= 2 * mib; p.room() >= p.zones {
			t.Errorf("a zone of %d: a control group of %d would be enough", n, p.group)
		}
	}
}

// A changeable root is that of a system whose control group is given another limit.
type changeable struct {
	mu    sync.Mutex // guards the following field
	limit int64
}

func (c *changeable) set(limit int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit = limit
}

// Open opens a file of the system.
func (c *changeable) Open(name string) (fs.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return group(c.limit).Open(name)
}

// shared is a log that one goroutine writes and another one reads.
type shared struct {
	mu   sync.Mutex // guards the following field
	text bytes.Buffer
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// The zones of a running weir fit into its control group from the start, and
// follow it and the file on every reload.
func TestARunningWeirFitsIntoItsControlGroup(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	debug.SetMemoryLimit(math.MaxInt64)
	text, _ := caching(t, "cache: { memory: 256MiB }")
	root := &changeable{limit: 256 * mib}
	const message = "the zones of the cache are smaller than configured, to fit into the control group"
	var log shared
	path := configFile(t, text)
	p := newProcess(path, newLogging(&log))
	p.server.memory.root = root
	capacity := func() string {
		_, figures := fetched(t, "http://"+p.server.adminAddress()+"/metrics")
		_, figures, _ = strings.Cut(figures, "\nweir_cache_zone_capacity_bytes{zone=\"default\"} ")
		n, _ := strconv.ParseFloat(strings.SplitN(figures, "\n", 2)[0], 64)
		return strconv.FormatInt(int64(n), 10)
	}
	stop, reload := make(chan os.Signal, 2), make(chan os.Signal, 1)
	ended := make(chan error, 1)
	started := make(chan struct{})
	p.started = func() { close(started) }
	go func() { ended <- p.run(streams{out: io.Discard, err: io.Discard}, orders{stop: stop, reload: reload}) }()
	defer func() {
		stop <- syscall.SIGTERM
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	<-started
	granted := planMemory(root, "", cachedConfig(0, config.Zone{Name: "default", Memory: 256 * mib}))
	granted.grant(cachedConfig(0, config.Zone{Name: "default", Memory: 256 * mib}))
	if want := strconv.FormatInt(granted.memory, 10); capacity() != want || !near(granted.memory, granted.room()*5/6) {
		t.Errorf("a capacity of %s, want %s", capacity(), want)
	}
	if want := `level=WARN msg="` + message + `" configured=268435456 granted=` + capacity() + ` limit=268435456 ` +
		`set="a limit of at least 484MiB for the control group, or smaller zones"` + "\n"; !strings.Contains(log.String(), want) {
		t.Errorf("log:\n%swant %s", log.String(), want)
	}
	if limit := debug.SetMemoryLimit(-1); limit != granted.share() {
		t.Errorf("a memory limit of %d, want %d", limit, granted.share())
	}
	root.set(1 << 30)
	reload <- syscall.SIGHUP
	eventually(t, "the whole zone", func() bool { return capacity() == "268435456" })
	root.set(256 * mib)
	reload <- syscall.SIGHUP
	eventually(t, "the small zone", func() bool { return capacity() == strconv.FormatInt(granted.memory, 10) })
	write(t, path, strings.Replace(text, "memory: 256MiB", "memory: 256MiB, memory_limit: 300MiB", 1))
	reload <- syscall.SIGHUP
	eventually(t, "what the operator wants", func() bool { return capacity() == "268435456" })
	if n := strings.Count(log.String(), message); n != 2 {
		t.Errorf("%d warnings, want 2; log:\n%s", n, log.String())
	}
	if check := weir(t, "", "check", "-c", configFile(t, text)); check.status != statusOK || check.errors != "" {
		t.Errorf("check: %+v", check)
	}
}
