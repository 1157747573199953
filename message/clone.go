package message

// Clone returns a copy of the request that lives on when the connection's buffers
// have been used again. It has no body, no client and nothing of the handler's;
// Conn is a copy too.
func (r *Request) Clone() *Request {
	c := &Request{
		Method: r.Method, Scheme: r.Scheme, Version: r.Version, Odd: r.Odd,
		KeepAlive: r.KeepAlive, AcceptsTrailers: r.AcceptsTrailers, Arrived: r.Arrived,
		Fields: make([]Field, len(r.Fields)),
	}
	if r.Conn != nil {
		conn := *r.Conn
		c.Conn = &conn
	}
	size := len(r.Authority) + len(r.Hostname) + len(r.Target) + len(r.Path)
	for i := range r.Fields {
		size += len(r.Fields[i].Name) + len(r.Fields[i].Value)
	}
	buf := make([]byte, 0, size)
	keep := func(b []byte) []byte {
		if b == nil {
			return nil
		}
		start := len(buf)
		buf = append(buf, b...)
		return buf[start:len(buf):len(buf)]
	}
	c.Authority, c.Hostname = keep(r.Authority), keep(r.Hostname)
	c.Target, c.Path = keep(r.Target), keep(r.Path)
	if r.Query != nil {
		c.Query = c.Target[len(c.Target)-len(r.Query):]
	}
	for i, f := range r.Fields {
		f.Name, f.Value = keep(f.Name), keep(f.Value)
		c.Fields[i] = f
	}
	return c
}
