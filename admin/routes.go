package admin

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/weirproxy/weir/proxy"
)

// Sources is where the pages get what they show. Every function is called anew
// for each request; none may be nil.
type Sources struct {
	Phase     func() Phase
	Listeners func() []Listener
	Pools     func() []Pool
	Zones     func() []proxy.ZoneState
	Purge     func(proxy.PurgeRequest) (proxy.PurgeResult, error) // its errors are the caller's fault
	Metrics   http.Handler                                        // the Prometheus exposition
}

// Phase is where the process stands between its start and its end.
type Phase uint32

// The phases, in the order a process goes through them.
const (
	Starting Phase = iota
	Ready
	Draining
)

// String is the word /readyz answers with.
func (p Phase) String() string {
	switch p {
	case Starting:
		return "starting"
	case Ready:
		return "ready"
	case Draining:
		return "draining"
	default:
		panic(fmt.Sprintf("BUG: phase %d", uint32(p)))
	}
}

// A Listener is one bound listener.
type Listener struct {
	Name    string
	Address string // as bound: with the real port
}

// A Pool is one pool and how many of its backends take requests.
type Pool struct {
	Name    string
	Healthy int
	Total   int
}

func routes(src Sources) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		plain(w, http.StatusOK, []byte("alive\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		readyz(w, r, src)
	})
	mux.HandleFunc("GET /cache", func(w http.ResponseWriter, _ *http.Request) {
		zones(w, src)
	})
	mux.HandleFunc("POST /purge", func(w http.ResponseWriter, r *http.Request) {
		purge(w, r, src)
	})
	mux.Handle("GET /metrics", src.Metrics)
	return mux
}

// readyz fails in every phase but Ready. Pools without a healthy backend do not
// make it fail: every weir in front of them would leave the service at once,
// and the errors that are answered now say more than a refused connection.
func readyz(w http.ResponseWriter, r *http.Request, src Sources) {
	phase := src.Phase()
	status := http.StatusOK
	if phase != Ready {
		status = http.StatusServiceUnavailable
	}
	var b bytes.Buffer
	fmt.Fprintln(&b, phase)
	if r.URL.Query().Has("verbose") {
		for _, l := range src.Listeners() {
			fmt.Fprintf(&b, "listener %s on %s\n", l.Name, l.Address)
		}
		for _, p := range src.Pools() {
			fmt.Fprintf(&b, "pool %s: %d of %d backends healthy\n", p.Name, p.Healthy, p.Total)
		}
	}
	plain(w, status, b.Bytes())
}
