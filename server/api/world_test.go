package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/server/api"
	"hongyan/store"
)

// world is the API on real parts: a database, the service and WeChat in
// memory, with one app, one topic and two followers of the app.
type world struct {
	*api.API
	db    *store.DB
	push  *push.Service
	token string
	app   push.App
	topic push.Topic
	uids  []push.UID
	spt   push.SPT
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	ctx := context.Background()
	account := sandbox.DefaultAccount()
	wechat, err := sandbox.New(sandbox.Options{
		AppID: account.AppID, Secret: account.Secret, OriginalID: account.OriginalID,
		Token: account.Token, AESKey: account.AESKey, Profile: "fast",
	})
	if err != nil {
		t.Fatal(err)
	}
	client := oa.NewClient(oa.ClientOptions{
		AppID: account.AppID, Secret: account.Secret, HTTP: &http.Client{Transport: wechat.Transport()},
	})
	w := &world{db: db}
	if w.push, err = push.New(ctx, db, push.Options{BaseURL: "http://push.test", Account: "sandbox"}); err != nil {
		t.Fatal(err)
	}
	w.API = api.New(api.Options{Push: w.push, WeChat: client, BaseURL: "http://push.test"})
	if w.app, w.token, err = w.push.CreateApp(ctx, push.NewApp{Name: "构建"}); err != nil {
		t.Fatal(err)
	}
	if w.topic, err = w.push.CreateTopic(ctx, w.app.ID, "发布"); err != nil {
		t.Fatal(err)
	}
	for _, openid := range []push.OpenID{"o_ming", "o_hong"} {
		w.follow(t, openid)
	}
	return w
}

// follow lets a WeChat user follow the app and the topic.
func (w *world) follow(t testing.TB, openid push.OpenID) {
	t.Helper()
	ev := push.Inbound{Key: "follow " + string(openid), OpenID: openid, At: w.db.Now(), Deadline: time.Now().Add(time.Minute)}
	_, err := w.push.Once(context.Background(), ev, func(turn *push.Turn) error {
		if _, err := w.push.Subscribe(turn); err != nil {
			return err
		}
		if _, err := w.push.FollowTopic(turn, w.topic.ID, push.ByScan); err != nil {
			return err
		}
		_, err := w.push.FollowApp(turn, w.app.ID, push.ByScan, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	user, spt, err := w.push.UserByOpenID(context.Background(), openid)
	if err != nil {
		t.Fatal(err)
	}
	w.uids, w.spt = append(w.uids, user.UID), spt
}

// answer is an envelope as a client reads it.
type answer struct {
	Code    int             `json:"code"`
	Msg     string          `json:"msg"`
	Data    json.RawMessage `json:"data"`
	Success bool            `json:"success"`
}

// ask sends one raw request. The answer must be what every answer of the
// contract is: HTTP 200, compact JSON with four keys, null data on failure.
func (w *world) ask(t testing.TB, method, target, contentType, body string) answer {
	t.Helper()
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.RequestURI = target
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return w.serve(t, r)
}

func (w *world) serve(t testing.TB, r *http.Request) answer {
	t.Helper()
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	raw := rec.Body.String()
	if rec.Code != http.StatusOK {
		t.Fatalf("HTTP %d: %s", rec.Code, raw)
	}
	if got := rec.Header().Get("Content-Type"); got != "application/json;charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	var keys map[string]json.RawMessage
	var a answer
	if json.Unmarshal([]byte(raw), &keys) != nil || json.Unmarshal([]byte(raw), &a) != nil {
		t.Fatalf("answer is not JSON: %s", raw)
	}
	if len(keys) != 4 || keys["code"] == nil || keys["msg"] == nil || keys["data"] == nil || keys["success"] == nil {
		t.Errorf("answer has not exactly code, msg, data, success: %s", raw)
	}
	if !a.Success && string(a.Data) != "null" {
		t.Errorf("data of a failure is %s, want null", a.Data)
	}
	if strings.Contains(raw, `": `) || strings.HasSuffix(raw, "\n") {
		t.Errorf("answer is not compact: %q", raw)
	}
	return a
}

// item is one receiver's fate.
type item struct {
	UID       *string `json:"uid"`
	TopicID   *int64  `json:"topicId"`
	MessageID int64   `json:"messageId"`
	ContentID int64   `json:"messageContentId"`
	RecordID  int64   `json:"sendRecordId"`
	Code      int     `json:"code"`
	Status    string  `json:"status"`
}

func (a answer) items(t testing.TB) (items []item) {
	t.Helper()
	if err := json.Unmarshal(a.Data, &items); err != nil {
		t.Fatalf("data of %+v: %v", a, err)
	}
	return items
}

// rows counts a table, to show that nothing was stored.
func (w *world) rows(t testing.TB, table string) (n int) {
	t.Helper()
	err := w.db.View(context.Background(), func(tx *store.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM " + table).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
