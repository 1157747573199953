package metrics

// A Series describes one family of series.
type Series struct {
	Name   string
	Type   string // counter, gauge or histogram
	Help   string
	Labels []string
}

// The families, as indexes into the catalogue.
const (
	buildInfo = iota
	configInfo
	configReloaded
	configReloadOK
	reloads
	panics
	logDropped

	connectionsAccepted
	connectionsOpen
	connectionsRefused
	listenerRequests
	rejectedRequests

	requests
	requestDuration
	requestBytes
	responseBytes
	proxyErrors
	tunnels
	tunnelsOpen

	cacheRequests
	cacheStored
	cacheCollapsed
	cacheRefreshes

	zoneBytes
	zoneCapacity
	zonePending
	zoneDetached
	zoneEntries
	zoneFills
	zoneStored
	zoneEvicted
	zoneRejected
	zoneDropped
	zoneTooLarge
	zonePurges

	retries
	backendRequests
	backendFirstByte
	backendErrors
	backendOpened
	backendReused
	backendOpen
	backendInFlight
	backendHealthy
	backendChanges

	seriesCount
)

const (
	counterType   = "counter"
	gaugeType     = "gauge"
	histogramType = "histogram"
)

// Catalogue returns all families that weir itself exposes, besides those of the
// Go runtime and of the process.
func Catalogue() []Series {
	listener, route, zone := []string{"listener"}, []string{"route"}, []string{"zone"}
	backend := []string{"pool", "backend"}
	return []Series{
		buildInfo:      {"weir_build_info", gaugeType, "Version of weir and of the Go it was built with; the value is 1.", []string{"version", "go_version"}},
		configInfo:     {"weir_config_info", gaugeType, "Hash of the configuration in force; the value is 1.", []string{"hash"}},
		configReloaded: {"weir_config_last_reload_success_timestamp_seconds", gaugeType, "When the configuration in force took effect, in seconds since 1970.", nil},
		configReloadOK: {"weir_config_last_reload_successful", gaugeType, "Whether the last attempt to load a configuration succeeded.", nil},
		reloads:        {"weir_reloads_total", counterType, "Attempts to load a configuration, the one at the start included, by result.", []string{"result"}},
		panics:         {"weir_panics_recovered_total", counterType, "Panics that were recovered; each is a defect.", nil},
		logDropped:     {"weir_access_log_dropped_lines_total", counterType, "Lines of the access log dropped because the writer could not keep up.", nil},

		connectionsAccepted: {"weir_connections_accepted_total", counterType, "Client connections taken on.", listener},
		connectionsOpen:     {"weir_connections_open", gaugeType, "Client connections open now.", listener},
		connectionsRefused:  {"weir_connections_refused_total", counterType, "Client connections not served, by reason.", []string{"listener", "reason"}},
		listenerRequests:    {"weir_listener_requests_total", counterType, "Requests read, rejected ones included.", listener},
		rejectedRequests:    {"weir_rejected_requests_total", counterType, "Requests rejected before routing, by reason.", []string{"listener", "reason"}},

		requests:        {"weir_requests_total", counterType, "Requests ended, by status sent.", []string{"route", "method", "status"}},
		requestDuration: {"weir_request_duration_seconds", histogramType, "Time from the end of a request's head to the last byte of its response.", route},
		requestBytes:    {"weir_request_bytes_total", counterType, "Bytes of request bodies received.", route},
		responseBytes:   {"weir_response_bytes_total", counterType, "Bytes of response bodies sent.", route},
		proxyErrors:     {"weir_proxy_errors_total", counterType, "Errors met in forwarding, by RFC 9209 token.", []string{"route", "token"}},
		tunnels:         {"weir_tunnels_total", counterType, "Connections turned into tunnels.", route},
		tunnelsOpen:     {"weir_tunnels_open", gaugeType, "Tunnels open now.", route},

		cacheRequests:  {"weir_cache_requests_total", counterType, "Requests of cached routes, by what the cache did about them and why, in the words of Cache-Status.", []string{"route", "status", "detail"}},
		cacheStored:    {"weir_cache_stored_total", counterType, "Responses stored.", route},
		cacheCollapsed: {"weir_cache_collapsed_total", counterType, "Requests answered by another request's fill.", route},
		cacheRefreshes: {"weir_cache_refreshes_total", counterType, "Validations behind a client's back, by how they ended.", []string{"route", "result"}},

		zoneBytes:    {"weir_cache_zone_bytes", gaugeType, "Memory held by what a zone stores.", zone},
		zoneCapacity: {"weir_cache_zone_capacity_bytes", gaugeType, "Memory a zone may hold.", zone},
		zonePending:  {"weir_cache_zone_pending_bytes", gaugeType, "Memory held by responses that are still arriving.", zone},
		zoneDetached: {"weir_cache_zone_detached_bytes", gaugeType, "Memory held by responses that are not stored any more but still being sent.", zone},
		zoneEntries:  {"weir_cache_zone_entries", gaugeType, "Cache keys under which something is stored now.", zone},
		zoneFills:    {"weir_cache_zone_fills", gaugeType, "Responses arriving now.", zone},
		zoneStored:   {"weir_cache_zone_stored_total", counterType, "Responses a zone took in.", zone},
		zoneEvicted:  {"weir_cache_zone_evicted_total", counterType, "Cache keys that made room for others, or whose time was over.", zone},
		zoneRejected: {"weir_cache_zone_rejected_total", counterType, "Cache keys not kept, because what was there is asked for more often.", zone},
		zoneDropped:  {"weir_cache_zone_dropped_total", counterType, "Responses not stored for want of pending memory.", zone},
		zoneTooLarge: {"weir_cache_zone_too_large_total", counterType, "Responses larger than a zone takes.", zone},
		zonePurges:   {"weir_cache_purges_total", counterType, "Purges, by what they named.", []string{"zone", "kind"}},

		retries:          {"weir_retries_total", counterType, "Attempts after the first of a request.", []string{"pool"}},
		backendRequests:  {"weir_backend_requests_total", counterType, "Attempts that a backend answered, by status.", []string{"pool", "backend", "status"}},
		backendFirstByte: {"weir_backend_first_byte_seconds", histogramType, "Time from the end of a request to the first byte of a backend's response.", backend},
		backendErrors:    {"weir_backend_errors_total", counterType, "Attempts that failed, by RFC 9209 token.", []string{"pool", "backend", "token"}},
		backendOpened:    {"weir_backend_connections_opened_total", counterType, "Connections opened to a backend.", backend},
		backendReused:    {"weir_backend_connections_reused_total", counterType, "Attempts that found a pooled connection.", backend},
		backendOpen:      {"weir_backend_connections_open", gaugeType, "Connections to a backend open now.", backend},
		backendInFlight:  {"weir_backend_requests_in_flight", gaugeType, "Attempts under way on a backend now.", backend},
		backendHealthy:   {"weir_backend_healthy", gaugeType, "Whether a backend gets requests as far as its health goes.", backend},
		backendChanges:   {"weir_backend_health_changes_total", counterType, "Changes of a backend's health, by what it became.", []string{"pool", "backend", "to"}},
	}
}
