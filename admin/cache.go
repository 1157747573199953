package admin

import (
	"net/http"

	"github.com/weirproxy/weir/proxy"
)

// zone is one zone of the cache and its figures. Its JSON form is an interface.
type zone struct {
	Name     string `json:"name"`
	Bytes    int64  `json:"bytes"`
	Capacity int64  `json:"capacity_bytes"`
	Pending  int64  `json:"pending_bytes"`
	Detached int64  `json:"detached_bytes"`
	Entries  int64  `json:"entries"`
	Fills    int64  `json:"fills"`
	Stored   uint64 `json:"stored"`
	Evicted  uint64 `json:"evicted"`
	Rejected uint64 `json:"rejected"`
	Dropped  uint64 `json:"dropped"`
	TooLarge uint64 `json:"too_large"`
}

// zones answers with all zones, in the order of the configuration.
func zones(w http.ResponseWriter, src Sources) {
	all := []zone{}
	for _, z := range src.Zones() {
		all = append(all, zoneOf(z))
	}
	object(w, http.StatusOK, "application/json", struct {
		Zones []zone `json:"zones"`
	}{all})
}

func zoneOf(z proxy.ZoneState) zone {
	f := z.Figures
	return zone{
		Name: z.Name, Bytes: f.Bytes, Capacity: f.Capacity, Pending: f.Pending, Detached: f.Detached,
		Entries: f.Entries, Fills: f.Fills, Stored: f.Stored, Evicted: f.Evicted,
		Rejected: f.Rejected, Dropped: f.Dropped, TooLarge: f.TooLarge,
	}
}
