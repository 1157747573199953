package balancer

import "time"

// Health is what active probes have found out about a backend.
type Health uint8

// The states of health. Unknown, before the first probe has ended or when there
// are no probes, counts as healthy.
const (
	Unknown Health = iota
	Healthy
	Unhealthy
)

// String returns the word used in logs and metrics.
func (h Health) String() string {
	switch h {
	case Healthy:
		return "healthy"
	case Unhealthy:
		return "unhealthy"
	default:
		return "unknown"
	}
}

// Reason is why a backend is in its state of health.
type Reason uint8

// The reasons.
const (
	NotProbed     Reason = iota // no probe has ended yet, or there are none
	ProbePassed                 // an expected status
	ProbeStatus                 // another status
	ProbeConnect                // no connection
	ProbeTLS                    // no TLS on it
	ProbeTimeout                // no response head in time
	ProbeResponse               // no valid response head
	ProbePanic                  // weir's own defect
)

// String returns the word used in logs and metrics.
func (r Reason) String() string {
	switch r {
	case ProbePassed:
		return "probe_passed"
	case ProbeStatus:
		return "probe_status"
	case ProbeConnect:
		return "probe_connect"
	case ProbeTLS:
		return "probe_tls"
	case ProbeTimeout:
		return "probe_timeout"
	case ProbeResponse:
		return "probe_response"
	case ProbePanic:
		return "probe_panic"
	default:
		return "not_probed"
	}
}

// A Status is the health of a backend with its reason.
type Status struct {
	Health Health
	Reason Reason
	Detail string    // for people: the status or error met; may be empty
	Since  time.Time // zero when nothing was found out yet
}

// A Change is one change of a backend's health.
type Change struct {
	Pool    string
	Backend string
	From    Health
	To      Health
	Reason  Reason
	Detail  string
	At      time.Time
}
