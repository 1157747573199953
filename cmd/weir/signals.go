package main

import (
	"os"
	"os/signal"
	"syscall"
)

// orders are what a process is told from outside. A nil channel brings none.
type orders struct {
	stop   <-chan os.Signal // holds two: the second one counts too
	reload <-chan os.Signal
	reopen <-chan os.Signal
}

// listenToSignals turns signals into orders until end is called: those in stop
// into orders to stop, SIGHUP and SIGUSR1 into those to reload and to reopen. An
// order that comes while another of its kind waits is the same order.
//
// Whoever reads the logs from a pipe may go away: that is an error of a write,
// and not the end of the process.
func listenToSignals(stop ...os.Signal) (o orders, end func()) {
	stops, hup, usr1 := make(chan os.Signal, 2), make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Ignore(syscall.SIGPIPE)
	signal.Notify(stops, stop...)
	signal.Notify(hup, syscall.SIGHUP)
	signal.Notify(usr1, syscall.SIGUSR1)
	return orders{stops, hup, usr1}, func() {
		signal.Stop(stops)
		signal.Stop(hup)
		signal.Stop(usr1)
	}
}
