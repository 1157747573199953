package metrics

// A Method is a request method as a label: one of a fixed list, so that a client
// cannot make up series.
type Method uint8

// The methods that are told apart. Every other method is OtherMethod.
const (
	OtherMethod Method = iota
	GET
	HEAD
	POST
	PUT
	PATCH
	DELETE
	OPTIONS
	methodCount
)

// MethodOf returns the Method of a method token, which is case-sensitive
// (RFC 9110, section 9.1).
func MethodOf(token string) Method {
	switch token {
	case "GET":
		return GET
	case "HEAD":
		return HEAD
	case "POST":
		return POST
	case "PUT":
		return PUT
	case "PATCH":
		return PATCH
	case "DELETE":
		return DELETE
	case "OPTIONS":
		return OPTIONS
	default:
		return OtherMethod
	}
}

// String returns the label value.
func (m Method) String() string {
	switch m {
	case GET:
		return "GET"
	case HEAD:
		return "HEAD"
	case POST:
		return "POST"
	case PUT:
		return "PUT"
	case PATCH:
		return "PATCH"
	case DELETE:
		return "DELETE"
	case OPTIONS:
		return "OPTIONS"
	default:
		return other
	}
}

// other is the label value of whatever lies outside a fixed list.
const other = "other"
