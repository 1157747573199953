package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// reconfigure replaces the configuration file the way an editor does, and asks
// for a reload.
func (w *running) reconfigure(config string) {
	w.t.Helper()
	temporary := w.path + ".new"
	write(w.t, temporary, config)
	if err := os.Rename(temporary, w.path); err != nil {
		w.t.Fatal(err)
	}
	w.signal(syscall.SIGHUP)
}

// answers waits until weir answers with body.
func answers(t *testing.T, url, body string) {
	t.Helper()
	eventually(t, "the answer "+body, func() bool {
		_, got, err := fetch(url)
		return err == nil && got == body
	})
}

func TestReloadOnSignal(t *testing.T) {
	w := runWeir(t, fixed("one"))
	url := "http://" + w.addresses()[0] + "/"
	w.reconfigure(fixed("two"))
	answers(t, url, "two")
	eventually(t, "the reload to be counted", func() bool {
		_, figures := fetched(t, "http://"+w.admin()+"/metrics")
		return strings.Contains(figures, "weir_config_last_reload_successful 1")
	})
}

func TestReloadOnChangeOfTheFile(t *testing.T) {
	w := runWeir(t, fixed("one"))
	url := "http://" + w.addresses()[0] + "/"
	write(t, w.path, fixed("two"))
	answers(t, url, "two")
	w.await(`because="change of the file"`)
}

func TestReloadOfABadFileChangesNothing(t *testing.T) {
	w := runWeir(t, fixed("one"))
	url := "http://" + w.addresses()[0] + "/"
	w.reconfigure(strings.Replace(fixed("two"), "respond", "responds", 1) + "pool: {}\n")
	w.await(w.path + ":7:5: routes[0].responds: ")
	w.await(w.path + ":8:1: pool: ")
	if _, body := fetched(t, url); body != "one" {
		t.Errorf("answer %q, want the one before", body)
	}
	_, figures := fetched(t, "http://"+w.admin()+"/metrics")
	if !strings.Contains(figures, "weir_config_last_reload_successful 0") {
		t.Error("the failure is not counted")
	}
	w.reconfigure(fixed("three"))
	answers(t, url, "three")
}

func TestReloadOpensAndClosesListenersByDifference(t *testing.T) {
	config, arrived, answer := held(t, "{ delay: 0s, timeout: 1h }")
	w := runWeir(t, config)
	first := w.addresses()[0]
	answered := begin("http://" + first + "/")
	<-arrived

	second := freeTestAddress(t)
	w.reconfigure(strings.Replace(config, `["127.0.0.1:0"]`, fmt.Sprintf(`["127.0.0.1:0", %q]`, second), 1))
	w.await("listeners=\"[" + first + " " + second + "]\"")

	w.reconfigure(strings.Replace(config, `["127.0.0.1:0"]`, fmt.Sprintf("[%q]", second), 1))
	w.await("listeners=[" + second + "]")
	awaitRefused(t, first)
	answer()
	if got := <-answered; got != (pending{200, "at last", nil}) {
		t.Errorf("the request on the removed listener: %+v", got)
	}
	if status, body := fetched(t, "http://"+second+"/"); status != 200 || body != "at last" {
		t.Errorf("the new listener: %d %q", status, body)
	}
	w.signal(syscall.SIGTERM)
	if status := w.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func TestDrainWaitsForRemovedListenersToo(t *testing.T) {
	config, arrived, answer := held(t, "{ delay: 0s, timeout: 1h }")
	w := runWeir(t, config)
	answered := begin("http://" + w.addresses()[0] + "/")
	<-arrived
	second := freeTestAddress(t)
	w.reconfigure(strings.Replace(config, `["127.0.0.1:0"]`, fmt.Sprintf("[%q]", second), 1))
	w.await("listeners=[" + second + "]")
	w.signal(syscall.SIGTERM)
	awaitRefused(t, second)
	answer()
	if got := <-answered; got != (pending{200, "at last", nil}) {
		t.Errorf("the request on the removed listener: %+v", got)
	}
	if status := w.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func TestAnAddressCanComeBackAtOnce(t *testing.T) {
	w := runWeir(t, fixed("0"))
	address := freeTestAddress(t)
	for i := range 10 {
		with, without := fmt.Sprintf("with %d", i), fmt.Sprintf("without %d", i)
		w.reconfigure(strings.Replace(fixed(with), `["127.0.0.1:0"]`, fmt.Sprintf(`["127.0.0.1:0", %q]`, address), 1))
		answers(t, "http://"+address+"/", with)
		w.reconfigure(fixed(without))
		answers(t, "http://"+w.addresses()[0]+"/", without)
	}
	if strings.Contains(w.text(), "refused") {
		t.Error("a reload was refused")
	}
}

func TestReloadThatCannotListenChangesNothing(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	free := freeTestAddress(t)
	w := runWeir(t, fixed("one"))
	w.reconfigure(strings.Replace(fixed("two"), `["127.0.0.1:0"]`, fmt.Sprintf(`["127.0.0.1:0", %q, %q]`, free, ln.Addr()), 1))
	w.await("address already in use")
	if _, body := fetched(t, "http://"+w.addresses()[0]+"/"); body != "one" {
		t.Errorf("answer %q, want the one before", body)
	}
	if c, err := net.Dial("tcp", free); err == nil {
		c.Close()
		t.Error("the listener that could be opened was left open")
	}
}

func TestReloadMovesTheOperatorsListener(t *testing.T) {
	w := runWeir(t, fixed("one"))
	first, second := w.admin(), freeTestAddress(t)
	w.reconfigure(strings.Replace(fixed("one"), `admin: { address: "127.0.0.1:0" }`, fmt.Sprintf("admin: { address: %q }", second), 1))
	eventually(t, "the new operators' listener", func() bool {
		_, body, err := fetch("http://" + second + "/readyz")
		return err == nil && body == "ready\n"
	})
	eventually(t, "the end of the old one", func() bool {
		_, _, err := fetch("http://" + first + "/readyz")
		return err != nil
	})
}

func TestReloadChangesTheLogs(t *testing.T) {
	w := runWeir(t, fixed("one"))
	access := w.path + ".access"
	w.reconfigure(strings.Replace(fixed("two"), `access: "off"`, "format: json, access: "+access, 1))
	answers(t, "http://"+w.addresses()[0]+"/", "two")
	w.await(`"msg":"configuration in force"`)
	eventually(t, "a line of the access log", func() bool {
		b, err := os.ReadFile(access)
		return err == nil && strings.Contains(string(b), "GET")
	})
}

func TestAChangeWithASignalIsOneReload(t *testing.T) {
	w := runWeir(t, fixed("0"))
	url := "http://" + w.addresses()[0] + "/"
	const changes = 20
	for i := range changes {
		w.reconfigure(fixed(fmt.Sprint(i)))
	}
	answers(t, url, fmt.Sprint(changes-1))
	// One more, which is loaded for its signal before the watcher can notice it.
	w.reconfigure(fixed("last"))
	answers(t, url, "last")
	if got := strings.Count(w.text(), "configuration in force"); got > changes+1 {
		t.Errorf("%d reloads for %d changes", got, changes+1)
	}
}

// freeTestAddress is an address nobody listens on.
func freeTestAddress(t *testing.T) string {
	t.Helper()
	address, err := freeAddress("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func TestAListenerKeepsItsNameUntilARestart(t *testing.T) {
	named := func(name string) string {
		return strings.Replace(fixed(name), `["127.0.0.1:0"]`, `[{ name: `+name+`, address: "127.0.0.1:0" }]`, 1)
	}
	w := runWeir(t, named("first"))
	w.reconfigure(named("second"))
	answers(t, "http://"+w.addresses()[0]+"/", "second")
	w.await("listener=first wanted=second")
	if _, body := fetched(t, "http://"+w.admin()+"/readyz?verbose"); !strings.Contains(body, "listener first on ") {
		t.Errorf("readyz: %q", body)
	}
}
