package listen

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/server/api/v1"
	"hongyan/store"
	"hongyan/store/storetest"
)

// world is a platform with an app, a program behind it, and a network between
// listener and server that loses what it is told to lose.
type world struct {
	*testing.T
	push    *push.Service
	db      *store.DB
	app     push.AppID
	token   string
	server  *httptest.Server
	program *httptest.Server
	state   string
	last    *command

	mu  sync.Mutex
	cut func(r *http.Request) cutting
	got []string // webhook-ids, as the program saw them
	say func(n int, w http.ResponseWriter)
}

// cutting is what the network does to a call.
type cutting int

const (
	nothing cutting = iota
	theWay          // the call does not arrive
	theWord         // its answer does not
)

// cuts changes what the network does.
func (w *world) cuts(f func(r *http.Request) cutting) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = f
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db := storetest.SQLite(t)
	s, err := push.New(t.Context(), db, push.Options{BaseURL: "https://push.example", Account: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	app, token, err := s.CreateApp(t.Context(), push.NewApp{Name: "值班"})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, push: s, db: db, app: app.ID, token: token, state: t.TempDir()}
	w.say = func(n int, rw http.ResponseWriter) { fmt.Fprintf(rw, `{"reply":"第 %d 次"}`, n) }
	api := v1.New(v1.Options{Push: s})
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		cut := nothing
		if w.cut != nil {
			cut = w.cut(r)
		}
		w.mu.Unlock()
		switch cut {
		case theWay:
			panic(http.ErrAbortHandler)
		case theWord:
			api.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		api.ServeHTTP(rw, r)
	}))
	w.program = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.got = append(w.got, r.Header.Get("webhook-id"))
		n := len(w.got)
		w.mu.Unlock()
		w.say(n, rw)
	}))
	t.Cleanup(func() { s.HangUp(); w.server.CloseClientConnections(); w.server.Close(); w.program.Close() })
	return w
}

// command is a run of hongyan listen and what it prints.
type command struct {
	mu   sync.Mutex
	text strings.Builder

	cancel func()
	ended  chan struct{}
	err    error // once ended
}

// stop is Ctrl-C, and what the command ends with.
func (c *command) stop() error {
	c.cancel()
	<-c.ended
	return c.err
}

// stopped is what it ends with by itself.
func (c *command) stopped() error {
	timer := time.AfterFunc(20*time.Second, c.cancel)
	defer timer.Stop()
	<-c.ended
	return c.err
}

func (c *command) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(b)
}

// events are the printed objects of an event.
func (c *command) events(event string) (all []map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for text := range strings.Lines(c.text.String()) {
		var o map[string]any
		if json.Unmarshal([]byte(text), &o) == nil && o["event"] == event {
			all = append(all, o)
		}
	}
	return all
}

// start runs the command until its stop, which is Ctrl-C.
func (w *world) start(with ...func(*Command)) *command {
	w.Helper()
	w.Setenv("XDG_STATE_HOME", w.state)
	c := &Command{Server: w.server.URL, Token: w.token, Forward: w.program.URL, JSON: true}
	for _, set := range with {
		set(c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	out, data := &command{cancel: cancel, ended: make(chan struct{})}, w.TempDir()
	go func() {
		defer close(out.ended)
		out.err = c.Run(ctx, data, out)
	}()
	w.Cleanup(func() { _ = out.stop() })
	w.last = out
	return out
}

// follow makes somebody follow the app, which is a callback.
func (w *world) follow(openid push.OpenID) {
	w.Helper()
	_, err := w.push.Once(context.Background(), push.Inbound{Key: "follow " + string(openid), OpenID: openid}, func(t *push.Turn) error {
		if _, err := w.push.Subscribe(t); err != nil {
			return err
		}
		_, err := w.push.FollowApp(t, w.app, push.ByScan, "")
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
}

// said is what the last command printed.
func (w *world) said() string {
	w.last.mu.Lock()
	defer w.last.mu.Unlock()
	return w.last.text.String()
}

func (w *world) eventually(what string, holds func() bool) {
	w.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(end) {
			w.Fatalf("never happened: %s\n%s", what, w.said())
		}
		<-time.After(5 * time.Millisecond)
	}
}

// seen is how often the program saw each callback.
func (w *world) seen() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[string]int{}
	for _, id := range w.got {
		all[id]++
	}
	return all
}

func (w *world) calls() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.got)
}

func TestListen_HandsCallbacksToTheProgram(t *testing.T) {
	w := newWorld(t)
	c := w.start()
	w.eventually("listening", func() bool { return len(c.events("listening")) == 1 })
	w.follow("o小明")
	w.eventually("a callback", func() bool { return len(c.events("callback")) == 1 })
	got := c.events("callback")[0]
	if got["action"] != "app_subscribe" || got["status"] != 200.0 || got["reply"] != "第 1 次" || got["state"] != "delivered" || got["taken"] != true || got["again"] != false {
		t.Errorf("printed %v", got)
	}
	if err := c.stop(); err != nil || len(c.events("stopped")) != 1 {
		t.Errorf("stopped: %v", err)
	}
}

// The server took the answer and its word was lost, or took nothing: in
// neither case the program is called again, and the listener says so.
func TestListen_ALostWordDoesNotDoubleACallback(t *testing.T) {
	for what, path := range map[string]string{"answers": "/answers", "claims": "/claim", "everything": "/listeners/"} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			var n atomic.Int64
			c := w.start()
			w.eventually("listening", func() bool { return len(c.events("listening")) == 1 })
			w.cuts(func(r *http.Request) cutting {
				if strings.Contains(r.URL.Path, path) && n.Add(1)%2 == 1 {
					return theWord
				}
				return nothing
			})
			for i := range 5 {
				w.follow(push.OpenID(fmt.Sprint("o", i)))
			}
			w.eventually("five callbacks", func() bool { return len(c.events("callback")) >= 5 })
			w.cuts(nil)
			if err := c.stop(); err != nil {
				t.Error(err)
			}
			for id, n := range w.seen() {
				if n != 1 {
					t.Errorf("%s came %d times", id, n)
				}
			}
			if len(w.seen()) != 5 {
				t.Errorf("%d callbacks came, want 5", len(w.seen()))
			}
		})
	}
}

// The listener dies with the program's answer in its memory; the next one
// brings it back and does not call the program.
func TestListen_AnAnswerOutlivesTheListener(t *testing.T) {
	w := newWorld(t)
	first := w.start()
	w.eventually("listening", func() bool { return len(first.events("listening")) == 1 })
	w.cuts(func(r *http.Request) cutting {
		if strings.HasSuffix(r.URL.Path, "/answers") || r.Method == http.MethodDelete {
			return theWay
		}
		return nothing
	})
	w.follow("o小明")
	w.eventually("the program's answer", func() bool { return len(w.seen()) == 1 })
	w.eventually("a lost connection", func() bool { return len(first.events("lost")) > 0 })
	if err := first.stop(); err == nil {
		t.Error("the listener says nothing of a server that was not told")
	}
	w.cuts(nil)
	second := w.start()
	w.eventually("the answer brought back", func() bool { return len(second.events("callback")) == 1 })
	if got := second.events("callback")[0]; got["again"] != true || got["reply"] != "第 1 次" || got["taken"] != true || w.calls() != 1 {
		t.Errorf("printed %v, the program was called %d times", got, w.calls())
	}
}

// A replay asks for the program to be called again.
func TestListen_AReplayIsHandedOverAgain(t *testing.T) {
	w := newWorld(t)
	c := w.start()
	w.eventually("listening", func() bool { return len(c.events("listening")) == 1 })
	w.follow("o小明")
	w.eventually("a callback", func() bool { return len(c.events("callback")) == 1 })
	if queued, err := w.push.ReplayCallback(t.Context(), w.app, c.events("callback")[0]["id"].(string)); err != nil || !queued {
		t.Fatal(queued, err)
	}
	w.eventually("the replay", func() bool { return w.calls() == 2 })
}

// A failure is tried again on the schedule, and the program is called again.
func TestListen_AFailureIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.say = func(n int, rw http.ResponseWriter) {
		if n == 1 {
			rw.WriteHeader(502)
		}
	}
	c := w.start()
	w.eventually("listening", func() bool { return len(c.events("listening")) == 1 })
	w.follow("o小明")
	w.eventually("two attempts", func() bool { return len(c.events("callback")) == 2 })
	for i, want := range []string{"waiting", "delivered"} {
		if got := c.events("callback")[i]; got["state"] != want {
			t.Errorf("attempt %d: %v, want %s", i+1, got, want)
		}
	}
}

func TestListen_EndsWhenNothingHelps(t *testing.T) {
	w := newWorld(t)
	stranger := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, "<html>") }))
	defer stranger.Close()
	for what, c := range map[string]struct {
		set  func(*Command)
		says string
	}{
		"wrong token":   {func(c *Command) { c.Token = "AT_wrong" }, "401"},
		"no such host":  {func(c *Command) { c.Server = "http://nosuch.invalid" }, "cannot reach http://nosuch.invalid"},
		"no such place": {func(c *Command) { c.Server = stranger.URL }, "no Hongyan server"},
		"no program":    {func(c *Command) { c.Forward = "" }, "--forward"},
		"bad program":   {func(c *Command) { c.Forward = "127.0.0.1:3000" }, "--forward"},
		"bad server":    {func(c *Command) { c.Server = "push.example.com" }, "--server"},
		"no server":     {func(c *Command) { c.Server = "" }, "--server is missing"},
		"no token":      {func(c *Command) { c.Token = "" }, "--token is missing"},
	} {
		if err := w.start(c.set).stopped(); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), w.token) {
			t.Errorf("%s: %v, want %q", what, err, c.says)
		}
	}
	if _, err := w.push.SetEndpoint(t.Context(), w.app, "https://dev.example/hook"); err != nil {
		t.Fatal(err)
	}
	if err := w.start().stopped(); err == nil || !strings.Contains(err.Error(), "--take-over") {
		t.Errorf("an app with an address: %v", err)
	}
	c := w.start(func(c *Command) { c.TakeOver = true })
	w.eventually("listening", func() bool { return len(c.events("listening")) == 1 })
	if _, err := w.push.SetEndpoint(t.Context(), w.app, "https://dev.example/new"); err != nil {
		t.Fatal(err)
	}
	if err := c.stopped(); err == nil || !strings.Contains(err.Error(), "somebody set the app's address") {
		t.Errorf("after the address was set: %v", err)
	}
}
