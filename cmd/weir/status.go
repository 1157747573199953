package main

// The exit statuses. 78 is EX_CONFIG of sysexits.
const (
	statusOK           = 0
	statusFailure      = 1
	statusUsage        = 2
	statusDrainTimeout = 3
	statusConfig       = 78
)

// An ending is the error of a command that ends with a status of its own. A nil
// err means that everything has been said.
type ending struct {
	status int
	err    error
}

// Error returns the text of the error, if any is left to be said.
func (e *ending) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Unwrap returns the cause.
func (e *ending) Unwrap() error { return e.err }

func failure(err error) error { return &ending{statusFailure, err} }
