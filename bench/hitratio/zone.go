package main

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/message"
)

// A zone is a zone of package cache that is used as the proxy uses it: look up,
// and on a miss join the fill, store.
type zone struct {
	*cache.Zone
	policy  cache.Policy
	key     cache.KeySpec
	input   cache.KeyInput
	request message.Request
	control cache.RequestControl
	origin  message.Response
	body    []byte

	target, keyBytes, scratch []byte
}

func newZone(memory int64) (*zone, error) {
	z := &zone{
		Zone: cache.NewZone(cache.ZoneSpec{Name: "bench", Memory: memory}),
		key:  cache.KeySpec{Route: "site"},
		body: bytes.Repeat([]byte("a body of text. "), maxSize/16),
		request: message.Request{
			Method: "GET", Scheme: "https", Version: message.HTTP11, Authority: []byte("www.example.com"),
			Fields: fields("Host: www.example.com", "Accept: */*", "User-Agent: hitratio"),
		},
		origin: message.Response{
			Status: 200, Version: message.HTTP11,
			Fields: fields("Content-Type: text/html; charset=utf-8", "Cache-Control: max-age=3600",
				`ETag: "0123456789abcdef"`, "Server: origin"),
		},
	}
	z.input = cache.KeyInput{Scheme: z.request.Scheme, Authority: z.request.Authority, Fields: z.request.Fields}
	z.control.Read(&z.request)
	return z, z.Open()
}

func fields(lines ...string) []message.Field {
	var list []message.Field
	for _, line := range lines {
		name, value, _ := bytes.Cut([]byte(line), []byte(": "))
		list = append(list, message.Field{Name: name, Value: value, Known: message.KnownName(name)})
	}
	return list
}

// ask reports whether o was there, and stores it if not.
func (z *zone) ask(o object, size int, now int64) (hit bool, err error) {
	z.target = strconv.AppendUint(append(z.target[:0], "/objects/"...), uint64(o), 16)
	z.request.Target, z.input.Target = z.target, z.target
	z.keyBytes = z.key.Append(z.keyBytes[:0], &z.input)
	var found cache.Found
	found, z.scratch = z.Lookup(z.keyBytes, &z.request, z.scratch, now)
	switch {
	case found.Entry == nil:
		return false, z.fetch(size, now)
	case found.Entry.Length != int64(size):
		return true, fmt.Errorf("object %d has %d bytes in the zone, not %d", o, found.Entry.Length, size)
	}
	return true, nil
}

// fetch stores a response under the key that was asked for. That the zone has no
// room for it at the moment is no error.
func (z *zone) fetch(size int, now int64) error {
	serial := z.Serial()
	fill, leader := z.Join(z.keyBytes)
	if !leader {
		return fmt.Errorf("another fill of %q", z.keyBytes)
	}
	z.origin.ContentLength = int64(size)
	times := cache.Times{Sent: now, Received: now, Wall: time.Now()}
	fresh, why := z.policy.Judge(&z.request, &z.control, &z.origin, times)
	if why != cache.None {
		fill.Free(why)
		return fmt.Errorf("the response may not be stored: %s", why)
	}
	e := z.policy.NewEntry(&z.request, &z.origin, fresh, times)
	e.SetSerial(serial)
	if why := fill.Begin(e, now); why != cache.None {
		fill.Free(why)
		return nil
	}
	if err := fill.Append(z.body[:size], now); err != nil {
		fill.Fail(err)
		return err
	}
	fill.Complete(z.keyBytes, now)
	return nil
}

// overhead is what an entry of a zone takes besides its body.
func overhead() (int64, error) {
	z, err := newZone(1 << 20)
	if err != nil {
		return 0, err
	}
	defer z.Close()
	if _, err := z.ask(1, minSize, time.Now().UnixNano()); err != nil {
		return 0, err
	}
	return z.Stats().Bytes - minSize, nil
}
