package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// developer is somebody's server behind an app's callback URL.
type developer struct {
	url, host string

	mu  sync.Mutex
	got []call
}

// call is one callback as it came.
type call struct{ id, body string }

func newDeveloper(t testing.TB, answer http.HandlerFunc) *developer {
	t.Helper()
	d := &developer{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d.mu.Lock()
		d.got = append(d.got, call{r.Header.Get("webhook-id"), string(body)})
		d.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	d.url, d.host = server.URL, server.Listener.Addr().String()
	return d
}

// calls are the callbacks whose body contains what.
func (d *developer) calls(what string) (got []call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, one := range d.got {
		if strings.Contains(one.body, what) {
			got = append(got, one)
		}
	}
	return got
}

// wait waits for n upstream commands.
func (d *developer) wait(t testing.TB, n int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); len(d.calls("send_up_cmd")) < n; {
		if time.Now().After(end) {
			t.Fatalf("%d upstream commands came, want %d", len(d.calls("send_up_cmd")), n)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// madeApp is what the command app prints.
type madeApp struct {
	id            int
	token, secret string
}

var appPrinted = regexp.MustCompile(`(?s)app +#(\d+) .*appToken (AT_\S{32})\ncallback \S+\nsecret +(whsec_\S+)\n`)

// app makes an app of d beside the running server, by the command of that
// name. The arguments name the server's database.
func (d *developer) app(t testing.TB, w *world) madeApp {
	t.Helper()
	args := append([]string{"app", "值班", "--callback-url", d.url, "--callback.allow", d.host}, w.stores...)
	said, ok := runBinary(t, args...)
	parts := appPrinted.FindStringSubmatch(said)
	if !ok || parts == nil {
		t.Fatalf("app said, ok %v:\n%s", ok, said)
	}
	id, _ := strconv.Atoi(parts[1])
	return madeApp{id, parts[2], parts[3]}
}

// TestApp_MadeBesideARunningServerPushesAndIsCalled: the command writes the
// database while the server has it open.
func TestApp_MadeBesideARunningServerPushesAndIsCalled(t *testing.T) {
	t.Parallel()
	d := newDeveloper(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"reply":"来自值班"}`) })
	w := startWorld(t, "--callback.allow", d.host)
	app := d.app(t, w)
	ming := w.newFollower()
	ming.do("follow", nil)
	if got := ming.say(fmt.Sprintf("#%d", app.id)); !strings.Contains(got.Reply, "值班") {
		t.Errorf("following the new app showed %+v", got)
	}
	if got := ming.say(fmt.Sprintf("#%d 在吗", app.id)); got.Reply != "来自值班" {
		t.Errorf("the command showed %+v", got)
	}
	var uid struct {
		Reply string `json:"reply"`
	}
	w.post("/sandbox/api/followers/"+ming.openid+"/say", map[string]any{"text": "我的UID"}, &uid)
	id := regexp.MustCompile(`UID_\w+`).FindString(uid.Reply)
	if got := w.send(map[string]any{"appToken": app.token, "content": "你好", "uids": []string{id}}); got[0].Code != 1000 {
		t.Errorf("the new app's push answered %+v", got)
	}
	w.eventually("a card of the new app", func() bool { return len(ming.cards()) == 1 })
}
