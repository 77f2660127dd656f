package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
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
		Commands: commands.New(commands.Options{Push: service, BaseURL: "http://platform.test"})})
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

// developer is the server of app 97. It answers every command by "好的：" and
// the command, unless told otherwise.
type developer struct {
	mu     sync.Mutex
	calls  []call
	answer func(ctx context.Context, content string) string // nil: the one above
}

// Answers makes the replies to commands from now on.
func (d *developer) Answers(answer func(ctx context.Context, content string) string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = answer
}

// call is one callback as it came.
type call struct {
	ID     string
	Action string `json:"action"`
	Data   struct {
		AppID   int64  `json:"appId"`
		UID     string `json:"uid"`
		Content string `json:"content"`
		Source  string `json:"source"`
		Extra   string `json:"extra"`
	} `json:"data"`
}

// RoundTrip makes the developer reachable without a socket.
func (d *developer) RoundTrip(r *http.Request) (*http.Response, error) {
	return inMemory{http.HandlerFunc(d.serve)}.RoundTrip(r)
}

func (d *developer) serve(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	c := call{ID: r.Header.Get("webhook-id")}
	if err == nil {
		err = json.Unmarshal(body, &c)
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	d.calls = append(d.calls, c)
	answer := d.answer
	d.mu.Unlock()
	if c.Action != "send_up_cmd" {
		return
	}
	reply := "好的：" + c.Data.Content
	if answer != nil {
		reply = answer(r.Context(), c.Data.Content)
	}
	json.NewEncoder(rw).Encode(map[string]string{"reply": reply})
}

// after answers with reply once d has passed.
func after(d time.Duration, reply string) func(context.Context, string) string {
	return func(ctx context.Context, _ string) string {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		return reply
	}
}

// Calls returns the callbacks of one action, as "content" or "source extra".
func (d *developer) Calls(action string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []string
	for _, c := range d.calls {
		switch {
		case c.Action != action:
		case action == "send_up_cmd":
			list = append(list, c.Data.Content)
		default:
			list = append(list, strings.TrimSpace(c.Data.Source+" "+c.Data.Extra))
		}
	}
	return list
}

// WantCallback wants exactly these callbacks of an action, in any order, and
// waits a while for the last of them.
func (d *developer) WantCallback(t *testing.T, action string, want ...string) {
	t.Helper()
	var got []string
	for range 200 {
		if got = d.Calls(action); len(got) >= len(want) {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	if !sameItems(got, want) {
		t.Errorf("callbacks of %s: got %q, want %q", action, got, want)
	}
}

func sameItems(a, b []string) bool {
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// follower is a phone that complains to the test.
type follower struct {
	w     *world
	phone *sandbox.Follower
}

// Follower is the WeChat user of this name, who follows the account.
func (w *world) Follower(name string) *follower {
	w.t.Helper()
	f := w.Stranger(name)
	if !f.phone.Following() {
		f.answer(f.phone.Follow(w.t.Context()))
	}
	return f
}

// Stranger is the WeChat user of this name, who may follow nothing.
func (w *world) Stranger(name string) *follower {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.followers[name] == nil {
		w.followers[name] = &follower{w: w, phone: w.wechat.Add()}
	}
	return w.followers[name]
}

// Say types a text and returns what the phone shows.
func (f *follower) Say(text string) string {
	f.w.t.Helper()
	return f.answer(f.phone.Say(f.w.t.Context(), text))
}

// Tap chooses a line of the latest list.
func (f *follower) Tap(id string) string {
	f.w.t.Helper()
	return f.answer(f.phone.Tap(f.w.t.Context(), id))
}

// Click chooses a menu button.
func (f *follower) Click(key string) string {
	f.w.t.Helper()
	return f.answer(f.phone.Click(f.w.t.Context(), key))
}

// Scan points the camera at a code.
func (f *follower) Scan(code string) string {
	f.w.t.Helper()
	return f.answer(f.phone.Scan(f.w.t.Context(), code))
}

func (f *follower) answer(a sandbox.Answer, err error) string {
	f.w.t.Helper()
	if err != nil {
		f.w.t.Error(err)
	}
	if a.Shown == sandbox.ShownFault {
		f.w.t.Errorf("the phone shows the fault text: %s", a.Fault)
	}
	return a.Reply
}

// Heard returns the customer messages on the phone.
func (f *follower) Heard() []string {
	var list []string
	for _, e := range f.phone.Chat() {
		if e.Kind == sandbox.KindCustomer {
			list = append(list, e.Text)
		}
	}
	return list
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

// document makes an event as WeChat would write it. MsgIds count up.
func document(openid, kind, nodes string, at time.Time) oa.Event {
	id := ""
	if kind != "event" {
		id = fmt.Sprintf("<MsgId>%d</MsgId>", msgID.Add(1))
	}
	ev, err := oa.Parse(fmt.Appendf(nil, "<xml><ToUserName>gh_hongyan</ToUserName><FromUserName>%s</FromUserName>"+
		"<CreateTime>%d</CreateTime><MsgType>%s</MsgType>%s%s</xml>", openid, at.Unix(), kind, nodes, id), false)
	if err != nil {
		panic(err)
	}
	return ev
}

var msgID atomic.Int64

func text(openid, content string, at time.Time) oa.Event {
	return document(openid, "text", "<Content><![CDATA["+content+"]]></Content>", at)
}

func event(openid, name, key string, at time.Time) oa.Event {
	return document(openid, "event", "<Event>"+name+"</Event><EventKey>"+key+"</EventKey>", at)
}

// said is the text of a reply, empty for none.
func said(r oa.Reply) string {
	if r == nil {
		return ""
	}
	return r.(oa.TextReply).Content
}
