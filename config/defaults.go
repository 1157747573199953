package config

import "time"

// Every default of every key stands in this file; docs/configuration.md repeats
// them and a test compares the two.

func defaultConfig() Config {
	return Config{
		Admin: Admin{Address: "127.0.0.1:9900"},
		Log: Log{
			Level:  "info",
			Format: "text",
			Access: AccessLog{Path: "", Format: "json"},
		},
		Drain: Drain{Delay: 5 * time.Second, Timeout: 30 * time.Second},
	}
}

func defaultListener() Listener {
	return Listener{
		HeaderTimeout: 10 * time.Second,
		HeaderBytes:   16 << 10,
		HeaderFields:  100,
		TargetBytes:   8 << 10,
		Underscores:   UnderscoresRejectAliases,
		BodyIdle:      30 * time.Second,
		BodyMinRate:   256,
		BodyGrace:     10 * time.Second,
		SendIdle:      60 * time.Second,
		KeepAlive:     75 * time.Second,
	}
}

func defaultPool() Pool {
	return Pool{
		Policy:          "round_robin",
		ConnectTimeout:  2 * time.Second,
		TLSTimeout:      5 * time.Second,
		FirstByte:       30 * time.Second,
		BetweenBytes:    60 * time.Second,
		TunnelIdle:      time.Hour,
		IdleTimeout:     60 * time.Second,
		IdleConnections: 256,
		MaxRequests:     512,
		Retries:         1,
	}
}

func defaultBackend() Backend { return Backend{Weight: 1} }

func defaultBackendTLS() BackendTLS { return BackendTLS{} }

func defaultHealth() Health {
	return Health{
		Path:     "/",
		Method:   "GET",
		Interval: 5 * time.Second,
		Timeout:  2 * time.Second,
		Rise:     2,
		Fall:     3,
		Expect:   []StatusRange{{From: 200, To: 399}},
	}
}

func defaultRoute() Route { return Route{MaxBody: 10 << 20} }

// defaultZoneName is the zone of routes that name none.
const defaultZoneName = "default"

func defaultZone(name string) Zone { return Zone{Name: name, Memory: 256 << 20} }

func defaultRouteCache() RouteCache {
	return RouteCache{
		Zone:                 defaultZoneName,
		Targeted:             []string{"CDN-Cache-Control"},
		HeuristicMax:         24 * time.Hour,
		StaleWhileRevalidate: 10 * time.Second,
		StaleIfError:         60 * time.Second,
		ClientRevalidation:   true,
		Collapse:             true,
		CollapseWait:         5 * time.Second,
		UncacheableFor:       120 * time.Second,
	}
}

func defaultRedirect() Redirect { return Redirect{Status: 302} }

func defaultRespond() Respond {
	return Respond{Status: 200, ContentType: "text/plain; charset=utf-8"}
}
