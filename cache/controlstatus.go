package cache

// finalStatus reports whether a response with the status may be stored when
// nothing else speaks against it (RFC 9111, section 3). A 304 is no response of
// its own, 412 and 416 answer conditions and ranges that no key holds, and
// RFC 6585 forbids most of the others. What 226 holds depends on the request's A-IM
// (RFC 3229), which weir does not speak.
func finalStatus(status int) bool {
	switch status {
	case 226, 304, 412, 416, 428, 429, 431, 511:
		return false
	}
	return status >= 200 && status <= 599
}

// understoodStatus reports whether weir knows what the status asks of a cache, as
// must-understand wants (RFC 9111, section 5.2.2.3): the final ones of RFC 9110
// but 206 and 304.
func understoodStatus(status int) bool {
	switch {
	case status >= 200 && status <= 205, status >= 300 && status <= 303, status == 305,
		status == 307, status == 308, status >= 400 && status <= 411, status >= 413 && status <= 415,
		status == 417, status == 421, status == 422, status == 426, status >= 500 && status <= 505:
		return true
	}
	return false
}

// heuristicStatus reports whether a response with the status may be given a
// lifetime by heuristics (RFC 9110, section 15.1).
func heuristicStatus(status int) bool {
	switch status {
	case 200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501:
		return true
	}
	return false
}
