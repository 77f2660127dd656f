package bot_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"hongyan/bot"
	"hongyan/commands"
	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/push/callback"
	"hongyan/store"
)

// world is the platform with the real parts of one event's way: WeChat in
// miniature, the callback endpoint, the bot, the commands, push on a real
// database, and one developer. Nothing in it needs a socket, so it runs in a
// synctest bubble as well.
type world struct {
	t         testing.TB
	db        *store.DB
	wechat    *sandbox.Sandbox
	client    *oa.Client
	nodes     []*node
	Developer *developer
	token     string // of app 97

	mu        sync.Mutex
	followers map[string]*follower
}

// node is one process of the platform.
type node struct {
	push    *push.Service
	bot     *bot.Bot
	handler http.Handler
}

// account is the official account of every world.
var account = oa.Account{
	AppID: "wx0123456789abcdef", Secret: "0123456789abcdef0123456789abcdef", OriginalID: "gh_hongyan",
	Token: "hongyantoken", AESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", Mode: oa.ModeSafe,
}

// newWorld makes a world with one node and app 97, called 小助手.
func newWorld(t testing.TB, db *store.DB) *world { return newWorldOf(t, db) }

// newWorldOf makes a world with one node per database handle. The handles are
// of one database.
func newWorldOf(t testing.TB, dbs ...*store.DB) *world {
	t.Helper()
	w := &world{t: t, db: dbs[0], Developer: &developer{}, followers: map[string]*follower{}}
	var err error
	w.wechat, err = sandbox.New(sandbox.Options{
		AppID: account.AppID, Secret: account.Secret, OriginalID: account.OriginalID,
		Token: account.Token, AESKey: account.AESKey, Mode: account.Mode, Profile: "fast", Now: w.db.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.client = oa.NewClient(oa.ClientOptions{
		AppID: account.AppID, Secret: account.Secret, Now: w.db.Now,
		HTTP: &http.Client{Transport: w.wechat.Transport()}, Refuse: store.InTx,
	})
	for i, db := range dbs {
		w.nodes = append(w.nodes, w.start(db, fmt.Sprintf("node%d", i)))
	}
	w.wechat.SetCallback("http://platform.test/wechat/callback", inMemory{w.nodes[0].handler})
	_, w.token, err = w.push().CreateApp(t.Context(), push.NewApp{
		ID: 97, Name: "小助手", Greeting: "发送 重启 试试。", CallbackURL: developerURL,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

const developerURL = "http://developer.test/callback"

// start runs one node until the test ends.
func (w *world) start(db *store.DB, name string) *node {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	say := func(ctx context.Context, to push.OpenID, text string) error {
		return w.client.SendText(ctx, string(to), text)
	}
	service, err := push.New(ctx, db, push.Options{BaseURL: "http://platform.test", Account: "sandbox",
		Node: name, Say: say, CallbackWorkers: 1024})
	if err != nil {
		w.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		channel := callback.New(callback.Options{Transport: w.Developer, Now: db.Now})
		if err := service.RunCallbacks(ctx, channel); err != nil && ctx.Err() == nil {
			w.t.Errorf("callbacks of %s: %v", name, err)
		}
	}()
	w.t.Cleanup(func() { cancel(); <-done })
	n := &node{push: service}
	n.bot = bot.New(bot.Options{Push: service, Now: db.Now,
		Commands: commands.New(commands.Options{Push: service})})
	n.handler, err = oa.NewHandler(account, oa.HandlerOptions{Now: db.Now, Handle: n.bot.Handle})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) push() *push.Service { return w.nodes[0].push }

// inMemory answers a client by a handler, and gives up when the client does.
type inMemory struct{ handler http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	answered := make(chan *http.Response, 1)
	go func() {
		recorder := httptest.NewRecorder()
		m.handler.ServeHTTP(recorder, r)
		answered <- recorder.Result()
	}()
	select {
	case response := <-answered:
		return response, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// Code makes a code of app 97 and returns what its picture says.
func (w *world) Code(extra string) string {
	w.t.Helper()
	scene, err := w.push().NewScene(w.t.Context(), w.token, push.NewScene{Extra: extra})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.picture(scene.Handle)
}

// picture asks WeChat for the code of a scene.
func (w *world) picture(handle string) string {
	w.t.Helper()
	qr, err := w.client.CreateQR(w.t.Context(), handle, 30*time.Minute)
	if err != nil {
		w.t.Fatal(err)
	}
	return qr.URL
}

// App makes another app that the same developer serves.
func (w *world) App(id push.AppID, name string) push.App {
	w.t.Helper()
	app, _, err := w.push().CreateApp(w.t.Context(), push.NewApp{ID: id, Name: name, CallbackURL: developerURL})
	if err != nil {
		w.t.Fatal(err)
	}
	return app
}
