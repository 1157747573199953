package main

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"

	"github.com/weirproxy/weir/config"
)

// A logging is the application log, whose level and format can change while
// loggers made from it are in use.
type logging struct {
	w       io.Writer
	level   slog.LevelVar
	current atomic.Pointer[slog.Handler]
}

// newLogging returns a log that writes text at level info until it is
// configured otherwise.
func newLogging(w io.Writer) *logging {
	l := &logging{w: w}
	l.configure(config.Log{Level: "info", Format: "text"})
	return l
}

// configure puts level and format in force, for all loggers at once.
func (l *logging) configure(c config.Log) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		panic("BUG: unchecked log level: " + err.Error())
	}
	l.level.Set(level)
	opts := &slog.HandlerOptions{Level: &l.level}
	var h slog.Handler
	switch c.Format {
	case "text":
		h = slog.NewTextHandler(l.w, opts)
	case "json":
		h = slog.NewJSONHandler(l.w, opts)
	default:
		panic("BUG: unchecked log format " + c.Format)
	}
	l.current.Store(&h)
}

// logger returns a logger that follows the configuration.
func (l *logging) logger() *slog.Logger {
	return slog.New(&followingHandler{log: l, derive: func(h slog.Handler) slog.Handler { return h }})
}

// A followingHandler passes records to the handler now in force, with the
// attributes and groups it was derived with.
type followingHandler struct {
	log    *logging
	derive func(slog.Handler) slog.Handler
}

// Enabled implements slog.Handler.
func (f *followingHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= f.log.level.Level()
}

// Handle implements slog.Handler.
func (f *followingHandler) Handle(ctx context.Context, r slog.Record) error {
	return f.derive(*f.log.current.Load()).Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (f *followingHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &followingHandler{f.log, func(h slog.Handler) slog.Handler { return f.derive(h).WithAttrs(attrs) }}
}

// WithGroup implements slog.Handler.
func (f *followingHandler) WithGroup(name string) slog.Handler {
	return &followingHandler{f.log, func(h slog.Handler) slog.Handler { return f.derive(h).WithGroup(name) }}
}
