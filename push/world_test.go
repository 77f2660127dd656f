package push_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/store"
	"hongyan/store/storetest"
)

// world is a platform with followers, apps and a clock, without workers.
type world struct {
	*testing.T
	*push.Service
	db     *store.DB
	clock  *storetest.Clock
	events int
}

// eachWorld runs f on both engines.
func eachWorld(t *testing.T, f func(w *world)) {
	t.Helper()
	storetest.EachClock(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		f(newWorld(t, db, clock))
	})
}

func newWorld(t *testing.T, db *store.DB, clock *storetest.Clock) *world {
	t.Helper()
	return &world{T: t, Service: newService(t, db), db: db, clock: clock}
}

// testSecret is the server key of every node in these tests.
var testSecret = bytes.Repeat([]byte("k"), 32)

func newService(t testing.TB, db *store.DB) *push.Service {
	t.Helper()
	s, err := push.New(t.Context(), db, push.Options{
		BaseURL: "https://push.example", Account: "sandbox", Secret: testSecret,
	})
	if err != nil {
		t.Fatalf("new service: %v", err)
	}
	return s
}

// event runs fn as a new event of the follower, now.
func (w *world) event(openid push.OpenID, fn func(*push.Turn) error) push.Answer {
	w.Helper()
	return w.eventAt(openid, w.clock.Now(), fn)
}

func (w *world) eventAt(openid push.OpenID, at time.Time, fn func(*push.Turn) error) push.Answer {
	w.Helper()
	w.events++
	a, err := w.Once(w.Context(), push.Inbound{Key: fmt.Sprintf("event %d", w.events), OpenID: openid, At: at}, fn)
	if err != nil {
		w.Fatalf("event of %s: %v", openid, err)
	}
	return a
}

// user returns what the database knows about a follower.
func (w *world) user(openid push.OpenID) (u push.User) {
	w.Helper()
	w.event(openid, func(t *push.Turn) error { u = t.User; return nil })
	return u
}

// follower is a new user who follows the account and these apps.
func (w *world) follower(openid push.OpenID, apps ...push.AppID) push.UID {
	w.Helper()
	w.event(openid, func(t *push.Turn) error {
		if _, err := w.Subscribe(t); err != nil {
			return err
		}
		for _, app := range apps {
			if _, err := w.FollowApp(t, app, push.ByScan, ""); err != nil {
				return err
			}
		}
		return nil
	})
	return w.user(openid).UID
}

func (w *world) app(n push.NewApp) (push.AppID, string) {
	w.Helper()
	if n.Name == "" {
		n.Name = "运维告警"
	}
	a, token, err := w.CreateApp(w.Context(), n)
	if err != nil {
		w.Fatalf("create app: %v", err)
	}
	return a.ID, token
}

func (w *world) topic(app push.AppID) push.TopicID {
	w.Helper()
	topic, err := w.CreateTopic(w.Context(), app, "机房")
	if err != nil {
		w.Fatalf("create topic: %v", err)
	}
	return topic.ID
}

func (w *world) send(token string, d push.Draft) []push.Receipt {
	w.Helper()
	out, err := w.Send(w.Context(), token, text(d))
	if err != nil {
		w.Fatalf("send: %v", err)
	}
	return out
}

// text fills in what a test does not care about.
func text(d push.Draft) push.Draft {
	if d.Content == "" {
		d.Content = "磁盘将满"
	}
	if d.Kind == 0 {
		d.Kind = content.Text
	}
	return d
}

// exec changes the database as another part of the platform would.
func (w *world) exec(query string, args ...any) {
	w.Helper()
	err := w.db.Update(context.Background(), func(tx *store.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		w.Fatalf("%s: %v", query, err)
	}
}

// count returns the number a query asks for.
func (w *world) count(query string, args ...any) (n int) {
	w.Helper()
	err := w.db.View(context.Background(), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&n) })
	if err != nil {
		w.Fatalf("%s: %v", query, err)
	}
	return n
}

// word returns the text a query asks for.
func (w *world) word(query string, args ...any) (s string) {
	w.Helper()
	err := w.db.View(context.Background(), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&s) })
	if err != nil {
		w.Fatalf("%s: %v", query, err)
	}
	return s
}
