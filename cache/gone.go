package cache

// Gone reports whether a hard purge has hit a stored entry since it was found.
func (z *Zone) Gone(key []byte, e *Entry) bool { return z.held(key, e) == hardPurged }
