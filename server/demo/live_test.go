package demo_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"hongyan/server/demo"
)

// serving is a demo behind a socket, as a page meets it.
func serving(t *testing.T) (d *demo.Demo, address string, server *httptest.Server) {
	t.Helper()
	d = newDemo(t, "")
	introduce(t, d)
	server = httptest.NewUnstartedServer(d)
	server.Config.RegisterOnShutdown(d.HangUp)
	server.Start()
	t.Cleanup(func() { d.HangUp(); server.Close() })
	return d, server.URL + "/demo/", server
}

// an event as a browser reads it.
type event struct{ name, id, data string }

// listener is an open stream.
type listener struct {
	t    *testing.T
	resp *http.Response
	text *bufio.Scanner
}

func listen(t *testing.T, address, after string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", address+"live?after="+after, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	l := &listener{t, resp, bufio.NewScanner(resp.Body)}
	l.text.Split(eventLines)
	return l
}

// eventLines splits as a browser does, for which a carriage return ends a line
// too.
func eventLines(data []byte, _ bool) (advance int, token []byte, err error) {
	if i := bytes.IndexAny(data, "\r\n"); i >= 0 {
		return i + 1, data[:i], nil
	}
	return 0, nil, nil
}

// next is the next event; ok is false when the stream is over.
func (l *listener) next() (e event, ok bool) {
	l.t.Helper()
	for l.text.Scan() {
		name, value, _ := strings.Cut(l.text.Text(), ": ")
		switch {
		case l.text.Text() == "" && e.name != "":
			return e, true
		case name == "event":
			e.name = value
		case name == "id":
			e.id = value
		case name == "data":
			e.data += value + "\n"
		}
	}
	return e, false
}

func (l *listener) want(name string, parts ...string) event {
	l.t.Helper()
	e, ok := l.next()
	if !ok || e.name != name {
		l.t.Fatalf("the stream tells %q (goes on: %v), want %q", e.name, ok, name)
	}
	for _, part := range parts {
		if !strings.Contains(e.data, part) {
			l.t.Errorf("%s: no %q in\n%s", name, part, e.data)
		}
	}
	return e
}

var placeOf = regexp.MustCompile(`live\?after=([^"]+)"`)

func TestLive_TellsWhatThePageHasNot(t *testing.T) {
	d, address, _ := serving(t)
	call(t, d, "msg_1", command("第一"), secret)
	place := placeOf.FindStringSubmatch(get(d, "/demo/").Body.String())[1]

	// A page that is up to date is told nothing but what comes.
	l := listen(t, address, place)
	call(t, d, "msg_2", command("第二"), secret)
	e := l.want("call", "第二", "签名正确", "收到：第二", "msg_2", "有人发来指令")
	if strings.Contains(e.data, "第一") {
		t.Error("the page is told again of what it shows")
	}

	// One that comes back is told what it missed; one from before a restart is
	// told everything.
	back := listen(t, address, e.id)
	call(t, d, "msg_3", command("第三"), secret)
	back.want("call", "第三")
	l.want("call", "第三")
	if e := listen(t, address, place).want("call", "第二", "第三"); strings.Contains(e.data, "第一") {
		t.Error("the page is told again of what it shows")
	}
	listen(t, address, "ABCDEFGH-3").want("all", "第一", "第二", "第三")
}

// TestLive_ThePageDoesNotGrow: what is beyond the newest twenty goes.
func TestLive_ThePageDoesNotGrow(t *testing.T) {
	d, address, _ := serving(t)
	for i := range 20 {
		call(t, d, fmt.Sprint("msg_", i), command("早先的"), secret)
	}
	l := listen(t, address, "")
	if e := l.want("all"); strings.Count(e.data, `class="call"`) != 20 {
		t.Errorf("%d are shown, want 20", strings.Count(e.data, `class="call"`))
	}
	call(t, d, "msg_20", command("新的"), secret)
	l.want("call", "新的", `<li id="call-1" hx-swap-oob="delete"></li>`)
}

// TestLive_ManyAtOnceAreToldAtOnce: a flood costs a page an event a tick.
func TestLive_ManyAtOnceAreToldAtOnce(t *testing.T) {
	d, address, _ := serving(t)
	l := listen(t, address, "")
	l.want("all")
	began := time.Now()
	for i := range 300 {
		call(t, d, fmt.Sprint("msg_", i), command(fmt.Sprintf("第%d个", i)), secret)
	}
	events := 0
	for last := ""; !strings.Contains(last, "第299个"); events++ {
		e, ok := l.next()
		if !ok {
			t.Fatal("the stream ended")
		}
		last = e.data
	}
	if most := 3 + int(time.Since(began)/(100*time.Millisecond)); events > most {
		t.Errorf("300 callbacks came as %d events within %s, want at most %d", events, time.Since(began), most)
	}
}

// TestF35_NothingAFollowerWritesBeginsAnEvent: line breaks of every kind stay
// within the event that shows them.
func TestF35_NothingAFollowerWritesBeginsAnEvent(t *testing.T) {
	d, address, _ := serving(t)
	l := listen(t, address, "")
	l.want("all")
	for i, content := range hostile {
		call(t, d, fmt.Sprint("msg_", i), command(content), secret)
		e := l.want("call", fmt.Sprint("msg_", i))
		for _, bad := range []string{"<script", "<img", "<svg", "<b>evil", `<div hx-get`} {
			if strings.Contains(e.data, bad) {
				t.Errorf("%q is told as %s", content, e.data)
			}
		}
	}
}

func TestLive_StreamsAreBounded(t *testing.T) {
	_, address, _ := serving(t)
	var first *listener
	for i := range 64 {
		l := listen(t, address, "")
		if l.resp.StatusCode != http.StatusOK {
			t.Fatalf("stream %d: %s", i, l.resp.Status)
		}
		l.want("all")
		if first == nil {
			first = l
		}
	}
	if l := listen(t, address, ""); l.resp.StatusCode != http.StatusServiceUnavailable || l.resp.Header.Get("Retry-After") == "" {
		t.Errorf("one stream too many: %s", l.resp.Status)
	}
	first.resp.Body.Close()
	for end := time.Now().Add(5 * time.Second); ; {
		if l := listen(t, address, ""); l.resp.StatusCode == http.StatusOK {
			return
		}
		if time.Now().After(end) {
			t.Fatal("a closed page keeps its place")
		}
	}
}

// TestF46_AStoppingServerDoesNotWaitForOpenPages: their streams end at once.
func TestF46_AStoppingServerDoesNotWaitForOpenPages(t *testing.T) {
	_, address, server := serving(t)
	l := listen(t, address, "")
	l.want("all")
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := server.Config.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v after %s", err, time.Since(began))
	}
	if e, ok := l.next(); ok {
		t.Errorf("the stream tells %q", e.name)
	}
}
