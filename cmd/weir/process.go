package main

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"github.com/weirproxy/weir/config"
)

// lastWords is how long a second order to stop waits for connections to be cut
// and logs to be written.
const lastWords = time.Second

var errSecondSignal = errors.New("ended by a second signal; connections were cut")

// A process is a server with the file it is configured by.
type process struct {
	path     string
	seen     string // identifies the text that was loaded last, with success or not
	log      *slog.Logger
	server   *server
	started  func() // called once the server serves; nil: nothing to do
	draining func() // called when the drain begins; nil: nothing to do
}

func newProcess(path string, logs *logging) *process {
	s := newServer(logs)
	return &process{path: path, log: s.log, server: s}
}

// run starts the server, obeys orders until one of them is to stop, and stops.
func (p *process) run(std streams, o orders) error {
	watch := newWatcher(p.path, p.log)
	ctx, cancel := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		watch.run(ctx)
	}()
	defer func() {
		cancel()
		<-watched
	}()
	if err := p.start(std); err != nil {
		p.server.close()
		return err
	}
	return p.obey(o, watch.changed)
}

// start loads the configuration and puts it in force.
func (p *process) start(std streams) error {
	cfg, hash, err := p.load()
	if err == nil {
		err = p.server.start(cfg, hash)
	}
	if bad := (*invalid)(nil); errors.As(err, &bad) {
		printProblems(std.err, p.path, bad.err)
		return &ending{status: statusConfig}
	}
	if err != nil {
		return failure(err)
	}
	logProblems(p.log, slog.LevelWarn, "configuration", cfg.Warnings)
	if p.started != nil {
		p.started()
	}
	return nil
}

// obey serves until it is told to stop, and then drains.
func (p *process) obey(o orders, changed <-chan struct{}) error {
	for {
		select {
		case <-o.reload:
			p.reload("signal")
		case <-changed:
			// Whoever changes the file and sends a signal wants one reload.
			if textOf(p.path) != p.seen {
				p.reload("change of the file")
			}
		case <-o.reopen:
			p.server.reopenLogs()
		case sig := <-o.stop:
			p.log.Info("told to stop", "signal", sig.String())
			return p.end(o)
		case err := <-p.server.failed:
			p.log.Error("stopping", "error", err)
			return errors.Join(failure(err), p.end(o))
		}
	}
}

// reload loads the configuration again. What is wrong with it is logged, and
// counted, and changes nothing.
func (p *process) reload(why string) {
	began := time.Now()
	cfg, hash, err := p.load()
	if err == nil {
		err = p.server.change(cfg, hash)
	}
	if err != nil {
		p.server.metrics.ReloadFailed()
		logProblems(p.log, slog.LevelError, "configuration refused; the one in force stays", problemsOf(p.path, err))
		return
	}
	logProblems(p.log, slog.LevelWarn, "configuration", cfg.Warnings)
	p.log.Info("configuration in force", "because", why, "hash", hash, "holds", summary(cfg),
		"listeners", p.server.addresses(), "took", time.Since(began).Round(time.Microsecond).String())
}

// An invalid error is the configuration's fault, and not of the moment.
type invalid struct{ err error }

// Error returns the text of the cause.
func (e *invalid) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *invalid) Unwrap() error { return e.err }

// load reads and checks the file. hash identifies its text.
func (p *process) load() (cfg *config.Config, hash string, err error) {
	// Before the file is read: when it changes in between, the watcher has it
	// loaded once more.
	p.seen = textOf(p.path)
	cfg, err = files.Load(p.path)
	if err != nil {
		return nil, "", &invalid{err}
	}
	return cfg, p.seen, nil
}

// textOf identifies the text of a file; "" when it cannot be read.
func textOf(path string) string {
	sum, err := digest(path)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(sum[:6])
}

// end drains and closes. A second order to stop cuts it short.
func (p *process) end(o orders) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan bool, 1)
	go func() {
		if p.draining != nil {
			p.draining()
		}
		ok := p.server.drain(ctx)
		p.server.close()
		ended <- ok
	}()
	select {
	case ok := <-ended:
		if !ok {
			return &ending{statusDrainTimeout, errors.New("the drain timed out; connections were cut")}
		}
		return nil
	case <-o.stop:
		cancel()
		select {
		case <-ended:
		case <-time.After(lastWords):
		}
		return failure(errSecondSignal)
	}
}
