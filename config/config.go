package config

import (
	"net/netip"
	"time"
)

// A Config is one configuration, complete: every default is filled in and every
// cross-reference has been checked. It is not modified after Load returned it.
type Config struct {
	Listeners      []Listener
	TrustedProxies []netip.Prefix // peers whose forwarding fields are believed
	Admin          Admin
	Log            Log
	Drain          Drain
	Cache          Cache
	Pools          []Pool
	Routes         []Route
	Warnings       []Problem // what Load noticed and let pass, such as routes that can never match

	origin origin // zero when it was not read from a file
}

// A Listener is one address where clients connect.
type Listener struct {
	Name    string // as written, else Address
	Address string // "host:port", ":port" or "unix:/path"

	MaxConnections           int // 0: what the descriptor limit allows
	MaxConnectionsPerAddress int // 0: no limit; IPv6 counts by /64

	HeaderTimeout time.Duration // from the first byte of a request to the end of its head
	HeaderBytes   int           // whole head
	HeaderFields  int
	TargetBytes   int
	Underscores   Underscores

	BodyIdle    time.Duration // between two reads of a request body
	BodyMinRate int           // bytes a second, averaged, after BodyGrace
	BodyGrace   time.Duration
	SendIdle    time.Duration // per write to the client
	KeepAlive   time.Duration // idle between two requests; 0 disables keep-alive
}

// Underscores says what becomes of request fields with an underscore in their
// name, which many backends cannot tell from the same name with a dash.
type Underscores string

// The policies on underscores.
const (
	UnderscoresRejectAliases Underscores = "reject_aliases" // 400 when it aliases a field weir sets, else passed on
	UnderscoresReject        Underscores = "reject"         // 400
	UnderscoresDrop          Underscores = "drop"
	UnderscoresAllow         Underscores = "allow" // passed on, but for aliases of fields weir sets, which are dropped
)

// Admin is the operators' listener.
type Admin struct {
	Address string // loopback only; empty: none
}

// Log says what is logged where.
type Log struct {
	Level  string // debug, info, warn, error
	Format string // text or json; where the application log goes is standard error
	Access AccessLog
}

// AccessLog says where the line for each request goes.
type AccessLog struct {
	Path   string // "" off, "stdout", "stderr" or a file
	Format string // json or combined
}

// Drain is how a stop is spread out in time.
type Drain struct {
	Delay   time.Duration // readiness already fails, connections are still accepted
	Timeout time.Duration // for what is in flight after that
}

// A Pool is a named set of interchangeable backends.
type Pool struct {
	Name     string
	Backends []Backend
	Policy   string      // round_robin
	Host     string      // Host sent to backends; empty: the client's
	TLS      *BackendTLS // nil: plain

	ConnectTimeout  time.Duration
	TLSTimeout      time.Duration
	FirstByte       time.Duration // from the end of the request, or its last read byte, to the response head
	BetweenBytes    time.Duration
	TunnelIdle      time.Duration
	IdleTimeout     time.Duration // of a pooled connection
	IdleConnections int           // pooled per backend
	MaxRequests     int           // in flight per backend

	Retries int     // further attempts after the first
	Health  *Health // nil: no active probes
}

// A Backend is one address that serves a pool's requests.
type Backend struct {
	Address string // "host:port" or "unix:/path"
	Weight  int    // 1 to 1000
}

// BackendTLS is how connections to a pool's backends are encrypted and verified.
type BackendTLS struct {
	ServerName string // SNI and name to verify; empty: the backend's host
	CA         string // file; empty: the system's roots
	Cert, Key  string // client certificate files, both or none
	Insecure   bool   // no verification at all
}

// Health describes active probes over HTTP.
type Health struct {
	Path     string
	Method   string
	Host     string // empty: the pool's Host, else the backend's address
	Interval time.Duration
	Timeout  time.Duration
	Rise     int // passes in a row that make a backend healthy again
	Fall     int // failures in a row that make it unhealthy
	Expect   []StatusRange
}

// A StatusRange is an inclusive range of status codes.
type StatusRange struct{ From, To int }

// A Route says which requests it takes and what becomes of them. Exactly one of
// Pool, Redirect, RedirectHTTPS and Respond is set.
type Route struct {
	Name     string // as written, else made from the match; unique
	Line     int    // of the route in the file
	Match    Match
	Priority int // a higher one wins before specificity does

	Pool          string
	Redirect      *Redirect
	RedirectHTTPS bool // requests over http are sent to https; those over https get 404
	Respond       *Respond

	Rewrite        Rewrite
	RequestFields  FieldOps
	ResponseFields FieldOps

	MaxBody      int64          // bytes of a request body; -1: no limit
	FirstByte    *time.Duration // nil: the pool's
	BetweenBytes *time.Duration // nil: the pool's
	Upgrade      []string       // lower-case protocols that may be tunnelled, such as websocket
	Forwarded    bool           // also send Forwarded (RFC 7239)
	AllowInPath  AllowInPath

	Cache *RouteCache // nil: not cached
}

// A Match is the conjunction of its non-empty parts. Within one part any
// alternative suffices, but every one of Fields and Query has to hold.
type Match struct {
	Hosts   []string // lower case; exact or "*.example.com" (any number of labels, at least one); empty: any
	Path    string   // exact
	Prefix  string   // whole segments, no slash at the end but for "/": /a takes /a and /a/b but not /ab
	Pattern string   // segments of which {name} takes one, not empty, and a last {name...} the rest
	Methods []string // upper case; GET includes HEAD
	Fields  []ValueMatch
	Query   []ValueMatch
}

// A ValueMatch is a condition on a request field or a query parameter. With
// neither Equals nor Matches set it demands presence only.
type ValueMatch struct {
	Name    string
	Equals  *string
	Matches string // regular expression (RE2), unanchored as written
	Secret  bool   // the value may be a secret: it is never shown
}

// Rewrite changes the path sent to the backend. At most one member is set.
type Rewrite struct {
	StripPrefix string // removed from the front; an empty rest becomes "/"
	AddPrefix   string
	Path        string // replaces the path; {name} stands for what Pattern took
}

// Redirect answers with a Location.
type Redirect struct {
	To     string // absolute or origin-form; {host}, {hostname}, {path}, {query} (with its "?") and pattern names are replaced
	Status int    // 301, 302, 303, 307, 308
}

// Respond answers without a backend.
type Respond struct {
	Status      int
	Body        string
	ContentType string
	Secret      bool // Body may be a secret: it is never shown
}

// FieldOps are operations on fields in this order: Remove, Set, Add.
// Values may hold {client_ip}, {host}, {hostname} (without the port), {path}, {method},
// {scheme}, {request_id}, {route} and names of the match's pattern; braces around anything but a
// lower-case word stand for themselves.
type FieldOps struct {
	Remove []string
	Set    []NameValue
	Add    []NameValue
}

// A NameValue is one field as configured.
type NameValue struct {
	Name, Value string
	Secret      bool // Value may be a secret: it is never shown
}

// AllowInPath lists what else a path may contain on a route.
type AllowInPath struct {
	EncodedSlash     bool
	EncodedBackslash bool
	EncodedNUL       bool
	AboveRoot        bool
}

// A Problem is one thing that is wrong with a file.
type Problem struct {
	File         string
	Line, Column int    // from 1; 0 when the problem has no place
	Path         string // such as pools.api.backends[2].weight
	Message      string
}

// Problems is the error Load returns: everything that is wrong, in file order.
type Problems []Problem
