package message

import "bytes"

// Limits bound what one message head may cost. A member that is zero means its
// default; a nil *Limits means all defaults.
type Limits struct {
	HeaderBytes int         // whole head, first line and empty line included; default 16 KiB
	Fields      int         // field lines; default 100
	TargetBytes int         // request target as received; default 8 KiB
	Underscores Underscores // names with an underscore
}

// The defaults of Limits.
const (
	DefaultHeaderBytes = 16 << 10
	DefaultFields      = 100
	DefaultTargetBytes = 8 << 10
)

// Underscores says what becomes of request fields with an underscore in their
// name, which many backends cannot tell from the same name with a dash. A name
// aliases a field of weir's when it equals one after every "_" became "-".
type Underscores uint8

// The policies on underscores.
const (
	UnderscoresRejectAliases Underscores = iota // rejected when it aliases a field of weir's, else passed on
	UnderscoresReject                           // rejected
	UnderscoresDrop                             // marked Drop
	UnderscoresAllow                            // passed on, but for aliases of fields of weir's, which are marked Drop
)

// String returns the word the configuration uses.
func (u Underscores) String() string {
	switch u {
	case UnderscoresRejectAliases:
		return "reject_aliases"
	case UnderscoresReject:
		return "reject"
	case UnderscoresDrop:
		return "drop"
	case UnderscoresAllow:
		return "allow"
	}
	return "unknown"
}

// Overrun says how to reject b, the beginning of a head that reached
// HeaderBytes without ending: for its target when the first line alone is too
// long, else for its fields.
func (l *Limits) Overrun(b []byte) *Reject {
	end := bytes.IndexByte(b, '\n')
	if end < 0 || end > l.targetBytes()+maxMethod+len("  HTTP/1.1\r") {
		return reject(TargetTooLong)
	}
	return reject(HeadTooLarge)
}

func (l *Limits) headerBytes() int {
	if l == nil || l.HeaderBytes == 0 {
		return DefaultHeaderBytes
	}
	return l.HeaderBytes
}

func (l *Limits) fieldCount() int {
	if l == nil || l.Fields == 0 {
		return DefaultFields
	}
	return l.Fields
}

func (l *Limits) targetBytes() int {
	if l == nil || l.TargetBytes == 0 {
		return DefaultTargetBytes
	}
	return l.TargetBytes
}

func (l *Limits) underscores() Underscores {
	if l == nil {
		return UnderscoresRejectAliases
	}
	return l.Underscores
}
