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
	listener, route := []string{"listener"}, []string{"route"}
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
