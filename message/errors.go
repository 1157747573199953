package message

import "errors"

// How a body can end other than completely.
var (
	// ErrTruncated: the sender closed or reset the connection inside the body.
	ErrTruncated = errors.New("body cut short by its sender")
	// ErrStalled: the sender sent nothing, or too little, for too long.
	ErrStalled = errors.New("body arrives too slowly")
	// ErrStopped: the reader was told to stop (Client.StopBody).
	ErrStopped = errors.New("reading of the body was stopped")
)
