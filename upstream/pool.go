package upstream

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirproxy/weir/internal/sock"
)

// A pool keeps idle connections, the one used last on top. Those at the bottom
// have been idle for longest: the timer closes them, for a backend without
// traffic gives no other occasion.
type pool struct {
	idleTimeout time.Duration
	maxIdle     int

	reused atomic.Uint64

	mu     sync.Mutex // guards the following fields
	idle   []*Conn
	open   int
	opened uint64
	closed bool
	timer  *time.Timer
	armed  bool // the timer will fire
}

// pop takes the connection on top, or returns nil.
func (p *pool) pop(now int64) *Conn {
	p.mu.Lock()
	n := len(p.idle) - 1
	if n < 0 || p.expired(p.idle[n], now) {
		p.mu.Unlock()
		return nil // what is below is older still
	}
	c := p.idle[n]
	p.idle[n] = nil
	p.idle = p.idle[:n]
	c.parked = false
	p.mu.Unlock()
	return c
}

// push keeps c. It returns false when the pool is full or closed; a connection
// that is in the pool already is left there.
func (p *pool) push(c *Conn, now int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.parked {
		return true
	}
	if p.closed || len(p.idle) >= p.maxIdle {
		return false
	}
	c.parked = true
	c.idleAt = now
	p.idle = append(p.idle, c)
	if !p.armed && p.idleTimeout > 0 {
		p.armLocked(p.idleTimeout)
	}
	return true
}

func (p *pool) expired(c *Conn, now int64) bool {
	return p.idleTimeout > 0 && now-c.idleAt >= int64(p.idleTimeout)
}

func (p *pool) armLocked(d time.Duration) {
	p.armed = true
	if p.timer == nil {
		p.timer = time.AfterFunc(d, p.tick)
		return
	}
	p.timer.Reset(d)
}

// tick runs on the timer's goroutine.
func (p *pool) tick() { p.expire(sock.Now()) }

// expire closes what has been idle for too long.
func (p *pool) expire(now int64) {
	for _, c := range p.takeExpired(now) {
		c.retire()
	}
}

func (p *pool) takeExpired(now int64) []*Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(p.idle) && p.expired(p.idle[n], now) {
		p.idle[n].parked = false
		n++
	}
	old := append([]*Conn(nil), p.idle[:n]...)
	p.removeLocked(n)
	p.armed = false
	if len(p.idle) > 0 && !p.closed {
		p.armLocked(p.idleTimeout - time.Duration(now-p.idle[0].idleAt))
	}
	return old
}

// removeLocked removes n connections from the bottom.
func (p *pool) removeLocked(n int) {
	left := copy(p.idle, p.idle[n:])
	clear(p.idle[left:])
	p.idle = p.idle[:left]
}

// close empties the pool for good.
func (p *pool) close() {
	p.mu.Lock()
	all := p.idle
	p.idle = nil
	p.closed = true
	if p.timer != nil {
		p.timer.Stop()
	}
	for _, c := range all {
		c.parked = false
	}
	p.mu.Unlock()
	for _, c := range all {
		c.retire()
	}
}

// added counts a connection that was opened, removed one that was closed.
func (p *pool) added() {
	p.mu.Lock()
	p.opened++
	p.open++
	p.mu.Unlock()
}

func (p *pool) removed() {
	p.mu.Lock()
	p.open--
	p.mu.Unlock()
}

func (p *pool) stats() (opened, reused uint64, open, idle int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened, p.reused.Load(), p.open, len(p.idle)
}
