package main

import (
	"io/fs"
	"log/slog"
	"math"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/proxy"
)

// memoryPace is how often the memory limit is held against what is in use.
const memoryPace = 5 * time.Second

// A memoryKeeper keeps the runtime's soft memory limit at what the configuration
// in force asks for. Its methods may be called by any goroutine.
type memoryKeeper struct {
	root fs.FS // of the file system; nil: the system's

	mu     sync.Mutex // guards the following fields
	plan   memoryPlan
	others others
	set    int64  // the limit set last; 0: none ever
	from   string // what it came from
}

// follow puts a plan in force and logs what has changed.
func (k *memoryKeeper) follow(p memoryPlan, log *slog.Logger) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.plan = p
	before, former := k.set, k.from
	k.setLocked()
	limit := debug.SetMemoryLimit(-1) // asks
	if k.from != former || k.set != before && k.from != fromNothing {
		log.Info("memory limit", "bytes", shown(limit), "from", named(k.from))
	}
	p.warnOfGrant(log)
	if limit < p.memory {
		log.Warn("the zones of the cache do not fit into the memory limit", "bytes", limit, "zones", p.memory)
	}
}

// adjust holds the limit against what is in use now, cached bytes of it in zones.
func (k *memoryKeeper) adjust(m memoryInUse, cached int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.others.note(m, cached)
	k.setLocked()
}

// setLocked changes the limit only when it is another one: that stops the world.
func (k *memoryKeeper) setLocked() {
	bytes, from := k.plan.limit(k.others.bytes)
	k.from = from
	if bytes == 0 || bytes == k.set || from == fromNothing && k.set == 0 {
		return
	}
	debug.SetMemoryLimit(bytes)
	k.set = bytes
}

func shown(limit int64) any {
	if limit == math.MaxInt64 {
		return "unlimited"
	}
	return limit
}

func named(from string) string {
	if from == fromNothing {
		return "default"
	}
	return from
}

// fit plans the memory for cfg and returns it with zones that fit into the control
// group.
func (k *memoryKeeper) fit(cfg *config.Config) (*config.Config, memoryPlan) {
	root := k.root
	if root == nil {
		root = os.DirFS("/")
	}
	p := planMemory(root, os.Getenv("GOMEMLIMIT"), cfg)
	cfg = p.grant(cfg)
	return cfg, p
}

// keepMemory holds the limit against what is in use until the server closes.
func (s *server) keepMemory() {
	tick := time.NewTicker(memoryPace)
	defer tick.Stop()
	for {
		select {
		case <-s.retire.Done():
			return
		case <-tick.C:
			s.memory.adjust(readMemory(), cached(s.zones()))
		}
	}
}

// cached is the memory that zones hold.
func cached(zones []proxy.ZoneState) int64 {
	var n int64
	for _, z := range zones {
		n += z.Figures.Bytes + z.Figures.Pending + z.Figures.Detached
	}
	return n
}
