package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

// caching is a configuration with a zone in front of an origin that counts.
func caching(t *testing.T, cache string) (config string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		w.Header().Set("Cache-Tag", "one")
		fmt.Fprintf(w, "answer %d", asked.Add(1))
	}))
	t.Cleanup(origin.Close)
	return fmt.Sprintf(`listen: ["127.0.0.1:0"]
admin: { address: "127.0.0.1:0" }
log: { access: "off" }
drain: { delay: 0s }
%s
pools:
  origin: { backends: [%q] }
routes:
  - match: { prefix: / }
    pool: origin
    cache: {}
`, cache, origin.Listener.Addr()), asked
}

func TestPurgeOfARunningWeir(t *testing.T) {
	config, asked := caching(t, "cache: { memory: 64MiB }")
	w := runWeir(t, config)
	page := "http://" + w.addresses()[0] + "/x"
	for i, purge := range []struct {
		args []string
		says string
	}{
		{[]string{page}, "marked stale: " + page + ", in zone default\n"},
		{[]string{"--tag", "one", "--hard"}, "removed: tag \"one\", in zone default\n"},
		{[]string{"--prefix", "/", "--zone", "default"}, "marked stale: prefix \"/\", in zone default\n"},
	} {
		// Until it is stored, which happens a moment after it was sent.
		eventually(t, "a hit", func() bool {
			before := asked.Load()
			status, _ := fetched(t, page)
			return status == 200 && asked.Load() == before
		})
		got := weir(t, "", append([]string{"purge", "--admin", w.admin()}, purge.args...)...)
		if want := (outcome{statusOK, purge.says, ""}); got != want {
			t.Errorf("%d: %+v, want %+v", i, got, want)
		}
		before := asked.Load()
		eventually(t, "a fetch after a purge", func() bool {
			fetched(t, page)
			return asked.Load() > before
		})
	}
	if _, figures := fetched(t, "http://"+w.admin()+"/metrics"); !strings.Contains(figures, `weir_cache_purges_total{kind="tag",zone="default"} 1`) ||
		!strings.Contains(figures, `weir_cache_requests_total{detail="",route="`) {
		t.Error("the figures do not show it")
	}
}

func TestCachePageOfARunningWeir(t *testing.T) {
	config, asked := caching(t, "cache: { memory: 64MiB }")
	w := runWeir(t, config)
	fetched(t, "http://"+w.addresses()[0]+"/x")
	var page struct {
		Zones []struct {
			Name     string
			Entries  int64
			Capacity int64 `json:"capacity_bytes"`
		}
	}
	eventually(t, "an entry", func() bool {
		_, body := fetched(t, "http://"+w.admin()+"/cache")
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		return len(page.Zones) == 1 && page.Zones[0].Entries == 1
	})
	if z := page.Zones[0]; z.Name != "default" || z.Capacity != 64*mib || asked.Load() != 1 {
		t.Errorf("%+v, %d asked", z, asked.Load())
	}
}

func TestMemoryLimitFollowsTheConfiguration(t *testing.T) {
	if os.Getenv("GOMEMLIMIT") != "" {
		t.Skip("the environment decides")
	}
	config, _ := caching(t, "cache: { memory: 64MiB, memory_limit: 1GiB }")
	w := runWeir(t, config)
	w.await(`msg="memory limit" bytes=1073741824 from=cache.memory_limit`)
	write(t, w.path, strings.Replace(config, "1GiB", "512MiB", 1))
	w.await(`msg="memory limit" bytes=536870912 from=cache.memory_limit`)
	if _, figures := fetched(t, "http://"+w.admin()+"/metrics"); !strings.Contains(figures, "\ngo_gc_gomemlimit_bytes 5.36870912e+08\n") {
		t.Error("the runtime was not told")
	}
}
