package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
)

func TestDrainFinishesWhatIsInFlight(t *testing.T) {
	config, arrived, answer := held(t, "{ delay: 0s, timeout: 1h }")
	w := runWeir(t, config)
	answered := begin("http://" + w.addresses()[0] + "/")
	<-arrived
	w.signal(syscall.SIGTERM)
	awaitRefused(t, w.addresses()[0])
	answer()
	if got := <-answered; got != (pending{200, "at last", nil}) {
		t.Errorf("%+v", got)
	}
	if status := w.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func TestDrainFailsReadinessBeforeItStopsAccepting(t *testing.T) {
	w := runWeir(t, strings.Replace(fixed("one"), "delay: 0s", "delay: 1h", 1))
	w.signal(syscall.SIGTERM)
	eventually(t, "readiness to fail", func() bool {
		status, body := fetched(t, "http://"+w.admin()+"/readyz")
		return status == 503 && body == "draining\n"
	})
	res, err := http.Get("http://" + w.addresses()[0] + "/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 || !res.Close {
		t.Errorf("status %d, asks to close: %v; want 200, true", res.StatusCode, res.Close)
	}
	w.signal(syscall.SIGTERM)
	if status := w.exit(); status != statusFailure {
		t.Errorf("exit status %d after a second signal, want %d", status, statusFailure)
	}
}

func TestDrainThatTimesOut(t *testing.T) {
	config, arrived, _ := held(t, "{ delay: 0s, timeout: 50ms }")
	w := runWeir(t, config)
	answered := begin("http://" + w.addresses()[0] + "/")
	<-arrived
	w.signal(syscall.SIGTERM)
	if status := w.exit(); status != statusDrainTimeout {
		t.Errorf("exit status %d, want %d", status, statusDrainTimeout)
	}
	if got := <-answered; got.err == nil {
		t.Errorf("the request that was cut got %+v", got)
	}
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	config, arrived, _ := held(t, "{ delay: 0s, timeout: 1h }")
	w := runWeir(t, config)
	answered := begin("http://" + w.addresses()[0] + "/")
	<-arrived
	w.signal(syscall.SIGTERM)
	w.await("msg=draining")
	w.signal(syscall.SIGINT)
	if status := w.exit(); status != statusFailure {
		t.Errorf("exit status %d, want %d", status, statusFailure)
	}
	w.await("weir: ended by a second signal")
	if got := <-answered; got.err == nil {
		t.Errorf("the request that was cut got %+v", got)
	}
}
