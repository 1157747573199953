package message

// A Reject says why bytes are not an acceptable message. Every *Reject is a
// static value: it costs no allocation and may be compared by pointer. As an
// error it must only be converted when it is not nil.
type Reject struct {
	Status int // what the client is told: 4xx or 5xx; 502 for what a backend sent
	Reason RejectReason
}

// Error returns the word of the reason.
func (r *Reject) Error() string { return r.Reason.String() }

// RejectReason is why a message was rejected. Its word is used alike in logs,
// metrics and tests.
type RejectReason uint8

// The reasons, by the part of the message they concern.
const (
	NotRejected RejectReason = iota

	BadRequestLine
	BadMethod
	MethodTooLong
	MethodRefused
	BadVersion
	UnsupportedVersion

	BadTarget
	AuthorityTarget
	BadEscape
	BadScheme
	WrongScheme
	TargetTooLong

	BareLF
	BareCR
	FoldedField
	MissingColon
	EmptyName
	SpaceInName
	BadName
	BadValue
	UnderscoreInName
	HeadTooLarge
	TooManyFields
	HeadTimeout

	MissingHost
	RepeatedHost
	BadHost
	HostMismatch

	BadLength
	RepeatedLength
	ConflictingFraming
	BadCoding
	UnknownCoding
	CodingOnHTTP10

	BadConnection
	ProtectedConnection
	UnmetExpectation

	BadChunkSize
	BadChunkExtension
	ChunkExtensionsTooLong
	BadChunkEnd
	ForbiddenTrailer
	TrailersTooLarge
	TooManyTrailers

	BadStatusLine
	BadStatus

	reasonCount
)

// String returns the word of the reason.
func (r RejectReason) String() string {
	if r >= reasonCount {
		return "unknown"
	}
	return reasonTable[r].word
}

// Rejected returns the Reject of a reason for something a client sent.
func Rejected(r RejectReason) *Reject { return reject(r) }

func reject(r RejectReason) *Reject { return &requestRejects[r] }

// rejectResponse returns the Reject of a reason for something a backend sent.
func rejectResponse(r RejectReason) *Reject { return &responseRejects[r] }

var reasonTable = [reasonCount]struct {
	status int
	word   string
}{
	NotRejected: {0, "none"},

	BadRequestLine:     {400, "bad_request_line"},
	BadMethod:          {400, "bad_method"},
	MethodTooLong:      {501, "method_too_long"},
	MethodRefused:      {405, "method_refused"},
	BadVersion:         {400, "bad_version"},
	UnsupportedVersion: {505, "unsupported_version"},

	BadTarget:       {400, "bad_target"},
	AuthorityTarget: {400, "authority_in_target"},
	BadEscape:       {400, "bad_percent_encoding"},
	BadScheme:       {400, "bad_scheme"},
	WrongScheme:     {421, "wrong_scheme"},
	TargetTooLong:   {414, "target_too_long"},

	BareLF:           {400, "bare_lf"},
	BareCR:           {400, "bare_cr"},
	FoldedField:      {400, "folded_field"},
	MissingColon:     {400, "missing_colon"},
	EmptyName:        {400, "empty_name"},
	SpaceInName:      {400, "space_in_name"},
	BadName:          {400, "bad_name"},
	BadValue:         {400, "bad_value"},
	UnderscoreInName: {400, "underscore_in_name"},
	HeadTooLarge:     {431, "head_too_large"},
	TooManyFields:    {431, "too_many_fields"},
	HeadTimeout:      {408, "head_timeout"},

	MissingHost:  {400, "missing_host"},
	RepeatedHost: {400, "repeated_host"},
	BadHost:      {400, "bad_host"},
	HostMismatch: {400, "host_mismatch"},

	BadLength:          {400, "bad_content_length"},
	RepeatedLength:     {400, "repeated_content_length"},
	ConflictingFraming: {400, "conflicting_framing"},
	BadCoding:          {400, "bad_transfer_encoding"},
	UnknownCoding:      {501, "unknown_transfer_coding"},
	CodingOnHTTP10:     {400, "transfer_encoding_on_http10"},

	BadConnection:       {400, "bad_connection"},
	ProtectedConnection: {400, "connection_names_protected_field"},
	UnmetExpectation:    {417, "unmet_expectation"},

	BadChunkSize:           {400, "bad_chunk_size"},
	BadChunkExtension:      {400, "bad_chunk_extension"},
	ChunkExtensionsTooLong: {400, "chunk_extensions_too_long"},
	BadChunkEnd:            {400, "bad_chunk_end"},
	ForbiddenTrailer:       {400, "forbidden_trailer"},
	TrailersTooLarge:       {431, "trailers_too_large"},
	TooManyTrailers:        {431, "too_many_trailers"},

	BadStatusLine: {502, "bad_status_line"},
	BadStatus:     {502, "bad_status"},
}

var (
	requestRejects  = makeRejects(0)
	responseRejects = makeRejects(502)
)

// makeRejects builds one Reject for each reason, all with status unless it is 0.
func makeRejects(status int) (all [reasonCount]Reject) {
	for r := range all {
		all[r] = Reject{Status: reasonTable[r].status, Reason: RejectReason(r)}
		if status != 0 {
			all[r].Status = status
		}
	}
	return all
}
