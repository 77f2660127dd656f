package push_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

const oldHome = "https://old.example"

// migrate reads records as the only page of the other platform.
func (w *world) migrate(app push.AppID, records ...push.OldFollow) push.Migration {
	w.Helper()
	if _, err := w.BeginMigration(w.Context(), app, oldHome, nil, false); err != nil {
		w.Fatal(err)
	}
	m, err := w.LearnMigrants(w.Context(), app, records, push.Place{})
	if err != nil {
		w.Fatal(err)
	}
	return m
}

// codeOf is the personal code of an old UID.
func (w *world) codeOf(uid string) string {
	w.Helper()
	return w.word(`SELECT handle FROM migrant WHERE old_uid = $1`, uid)
}

func (w *world) arrive(openid push.OpenID, handle string) (a push.Arrival) {
	w.Helper()
	w.event(openid, func(t *push.Turn) (err error) {
		if _, err = w.Subscribe(t); err == nil {
			a, err = w.Arrive(t, handle)
		}
		return err
	})
	return a
}

// state is a migrant's state and note.
func (w *world) state(uid string) string {
	w.Helper()
	return fmt.Sprintf("%d %s", w.count(`SELECT state FROM migrant WHERE old_uid = $1`, uid), w.word(`SELECT note FROM migrant WHERE old_uid = $1`, uid))
}

func TestMigrant_ArrivesWithAllTheyHad(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: "https://dev.example/cb"})
		paid := w.clock.Now().Add(90 * 24 * time.Hour).Truncate(time.Millisecond)
		m := w.migrate(app,
			push.OldFollow{UID: "UID_old", Target: 7, PaidUntil: paid},
			push.OldFollow{UID: "UID_old", Kind: push.OfTopic, Target: 31, Name: "机房", PaidUntil: paid.Add(time.Hour)},
			push.OldFollow{UID: "UID_old", Kind: push.OfTopic, Target: 32, Name: "值班", Rejected: true},
		)
		if m.OldApp != 7 || len(m.Topics) != 2 {
			t.Fatalf("migration %+v", m)
		}
		topics, err := w.TopicsOf(t.Context(), app)
		if err != nil || len(topics) != 2 || topics[0].Name != "机房（原主题31）" {
			t.Errorf("topics %+v, %v", topics, err)
		}
		a := w.arrive("小明", w.codeOf("UID_old"))
		if a.App.ID != app || a.Topics != 1 || a.Taken || a.Again || a.Rejected {
			t.Errorf("arrival %+v", a)
		}
		paidUntil := func(kind push.SubscriptionKind, target int64) int {
			return w.count(`SELECT paid_until FROM subscription WHERE kind = $1 AND target = $2 AND active = 1`, int64(kind), target)
		}
		if got := paidUntil(push.OfApp, int64(app)); got != int(paid.UnixMilli()) {
			t.Errorf("app paid until %d, want %d", got, paid.UnixMilli())
		}
		if got := paidUntil(push.OfTopic, int64(m.Topics[31])); got != int(paid.Add(time.Hour).UnixMilli()) {
			t.Errorf("topic paid until %d", got)
		}
		if got := w.count(`SELECT rejected FROM subscription WHERE kind = 1 AND target = $1`, int64(m.Topics[32])); got != 1 {
			t.Error("the rejection by the topic was not carried over")
		}
		var body struct {
			Action string
			Data   struct{ Extra, UID, Source string }
		}
		if err := json.Unmarshal([]byte(w.word(`SELECT body FROM callback`)), &body); err != nil {
			t.Fatal(err)
		}
		if body.Action != "app_subscribe" || body.Data.Extra != "UID_old" || body.Data.Source != "scan" || body.Data.UID != string(w.user("小明").UID) {
			t.Errorf("callback %+v", body)
		}
		moved, _, err := w.MovedUIDs(t.Context(), app, 0, 10)
		if err != nil || len(moved) != 1 || moved[0] != (push.MovedUID{Old: "UID_old", New: w.user("小明").UID}) {
			t.Errorf("moved %+v, %v", moved, err)
		}
	})
}

// TestMigrant_CodeIsOnePersons: the second person follows nothing, and nobody
// gets the paid time twice.
func TestMigrant_CodeIsOnePersons(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: "https://dev.example/cb"})
		w.migrate(app, push.OldFollow{UID: "UID_old", Target: 7, PaidUntil: w.clock.Now().Add(time.Hour)})
		handle := w.codeOf("UID_old")
		w.arrive("小明", handle)
		if a := w.arrive("小红", handle); !a.Taken || a.App.ID != app {
			t.Errorf("the second person: %+v", a)
		}
		if got := w.count(`SELECT COUNT(*) FROM subscription`); got != 1 {
			t.Errorf("%d subscriptions, want that of the first person", got)
		}
		// Time runs out, the owner takes the rest, the first person scans again.
		w.exec(`UPDATE subscription SET paid_until = 5, active = 0`)
		if a := w.arrive("小明", handle); !a.Again || a.Taken {
			t.Errorf("again: %+v", a)
		}
		if got := w.count(`SELECT paid_until FROM subscription WHERE active = 1`); got != 5 {
			t.Errorf("paid until %d, want 5: the time was carried twice", got)
		}
	})
}

// TestMigrant_WhoFollowsAlreadyIsReportedToo: without the callback the
// developer would never learn which old UID this is.
func TestMigrant_WhoFollowsAlreadyIsReportedToo(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: "https://dev.example/cb"})
		w.follower("小明", app)
		w.migrate(app, push.OldFollow{UID: "UID_old", Target: 7})
		w.arrive("小明", w.codeOf("UID_old"))
		if got := w.count(`SELECT COUNT(*) FROM callback WHERE body LIKE '%UID_old%'`); got != 1 {
			t.Errorf("%d callbacks with the old UID, want 1", got)
		}
		w.arrive("小明", w.codeOf("UID_old"))
		if got := w.count(`SELECT COUNT(*) FROM callback WHERE body LIKE '%UID_old%'`); got != 1 {
			t.Errorf("%d callbacks after the second scan, want 1", got)
		}
	})
}

func TestMigrant_RejectedThereIsRejectedHere(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: "https://dev.example/cb"})
		w.migrate(app, push.OldFollow{UID: "UID_old", Target: 7, Rejected: true},
			push.OldFollow{UID: "UID_old", Kind: push.OfTopic, Target: 31, Name: "机房"})
		if a := w.arrive("小明", w.codeOf("UID_old")); !a.Rejected || a.Topics != 0 {
			t.Errorf("arrival %+v", a)
		}
		if got := w.count(`SELECT COUNT(*) FROM subscription WHERE rejected = 1`); got != 1 {
			t.Errorf("%d rejected subscriptions, want 1", got)
		}
		if got := w.count(`SELECT COUNT(*) FROM callback`) + w.count(`SELECT COUNT(*) FROM subscription WHERE rejected = 0`); got != 0 {
			t.Error("a rejected person follows something or was announced")
		}
	})
}

func TestMigrant_WhoIsInvited(t *testing.T) {
	long := strings.Repeat("长", 65)
	cases := []struct {
		uid     string
		records []push.OldFollow
		want    string // in the note; empty: is invited
	}{
		{"UID_ok", []push.OldFollow{{Target: 7}}, ""},
		{"UID_rejected", []push.OldFollow{{Target: 7, Rejected: true}}, "拉黑"},
		{"UID_off", []push.OldFollow{{Target: 7, Off: true}}, "关闭了接收消息"},
		{"UID_topic", []push.OldFollow{{Kind: push.OfTopic, Target: 31}}, "只订阅了主题"},
		{"UID_both", []push.OldFollow{{Kind: push.OfTopic, Target: 31, Rejected: true}, {Target: 7}}, ""},
		{long, []push.OldFollow{{Target: 7}}, "1到64个字符"},
	}
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		var all []push.OldFollow
		for _, c := range cases {
			for _, r := range c.records {
				r.UID = c.uid
				all = append(all, r)
			}
			if got := push.Obstacle(c.uid, c.records); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("%s: obstacle %q, want %q", c.uid, got, c.want)
			}
		}
		w.migrate(app, all...)
		for _, c := range cases {
			got := w.state(c.uid)
			if c.want == "" && got != "0 " || !strings.Contains(got, c.want) {
				t.Errorf("%s: %q, want %q", c.uid, got, c.want)
			}
		}
		invited := map[string]bool{}
		for {
			next, ok, err := w.NextInvitee(t.Context(), app)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			if invited[next.OldUID] {
				t.Fatalf("%s is invited twice", next.OldUID)
			}
			invited[next.OldUID] = true
		}
		if len(invited) != 2 || !invited["UID_ok"] || !invited["UID_both"] {
			t.Errorf("invited %v", invited)
		}
	})
}

// TestMigrant_OutcomesOfAnInvitation: a process that dies after the mark leaves
// an unknown outcome, which nothing but an order repeats.
func TestMigrant_OutcomesOfAnInvitation(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		w.migrate(app, push.OldFollow{UID: "UID_1", Target: 7})
		mark := func() push.Invitee {
			next, ok, err := w.NextInvitee(t.Context(), app)
			if err != nil || !ok {
				t.Fatalf("nobody waits: %v", err)
			}
			return next
		}
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		mark()
		must(w.InvitationUnsent(t.Context(), app, "UID_1"))
		mark() // and here the process dies
		w.migrate(app, push.OldFollow{UID: "UID_1", Target: 7, Off: true})
		if got := w.state("UID_1"); !strings.HasPrefix(got, "1 ") || !strings.Contains(got, "没有收到原平台的回答") {
			t.Errorf("read again after the death: %q", got)
		}
		if _, ok, _ := w.NextInvitee(t.Context(), app); ok {
			t.Error("an unknown outcome was repeated")
		}
		if n, err := w.InviteUnknownAgain(t.Context(), app); n != 1 || err != nil {
			t.Errorf("again: %d, %v", n, err)
		}
		mark()
		must(w.InvitationSent(t.Context(), app, "UID_1"))
		if got := w.state("UID_1"); got != "1 " {
			t.Errorf("sent: %q", got)
		}
		w.arrive("小明", w.codeOf("UID_1"))
		must(w.InvitationRefused(t.Context(), app, "UID_1", "迟到的拒绝"))
		if got := w.state("UID_1"); got != "2 " {
			t.Errorf("a late refusal undid the arrival: %q", got)
		}
	})
}

func TestMigration_GoesOnAtItsPlace(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{})
		foreign := w.topic(other)
		ctx := t.Context()
		if _, err := w.BeginMigration(ctx, app, oldHome, map[int64]push.TopicID{1: foreign}, false); !errors.Is(err, push.ErrNoTopic) {
			t.Errorf("a topic of another app: %v", err)
		}
		if _, err := w.BeginMigration(ctx, app, oldHome, map[int64]push.TopicID{31: w.topic(app)}, false); err != nil {
			t.Fatal(err)
		}
		page := []push.OldFollow{{UID: "UID_1", Kind: push.OfTopic, Target: 31, Name: "机房"}}
		if _, err := w.LearnMigrants(ctx, app, page, push.Place{Kind: push.OfTopic, Page: 3}); err != nil {
			t.Fatal(err)
		}
		m, err := w.BeginMigration(ctx, app, oldHome, nil, false)
		if err != nil || m.Place != (push.Place{Kind: push.OfTopic, Page: 3}) || !m.ReadAt.IsZero() || len(m.Topics) != 1 {
			t.Errorf("went on with %+v, %v", m, err)
		}
		if got := w.count(`SELECT COUNT(*) FROM topic WHERE app_id = $1`, int64(app)); got != 1 {
			t.Errorf("%d topics, want the one that was named", got)
		}
		if _, err := w.BeginMigration(ctx, app, "https://elsewhere.example", nil, false); !errors.Is(err, push.ErrOtherOrigin) {
			t.Errorf("another platform: %v", err)
		}
		if _, err := w.LearnMigrants(ctx, app, []push.OldFollow{{UID: "a", Target: 7}, {UID: "b", Target: 8}}, push.Place{}); !errors.Is(err, push.ErrOtherOrigin) {
			t.Errorf("followers of two apps: %v", err)
		}
		if got := w.count(`SELECT COUNT(*) FROM migrant WHERE old_uid = 'a'`); got != 0 {
			t.Error("half a page was kept")
		}
	})
}

// TestMigrant_LinkOutlivesWeChatsCode: WeChat forgets a temporary code after 30
// days; the invitation may be read later.
func TestMigrant_LinkOutlivesWeChatsCode(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		w.migrate(app, push.OldFollow{UID: "UID_old", Target: 7})
		handle := w.codeOf("UID_old")
		look := func() time.Duration {
			code, valid, err := w.MigrantScene(t.Context(), handle)
			if err != nil || code.Purpose != push.SceneMigrant || code.App != app || code.Extra != "UID_old" {
				t.Fatalf("code %+v, %v", code, err)
			}
			if valid > 0 {
				if err := w.SceneRenewed(t.Context(), handle, "http://weixin.qq.com/q/x", valid); err != nil {
					t.Fatal(err)
				}
			}
			return valid
		}
		for _, step := range []struct {
			after time.Duration
			want  time.Duration
		}{{0, 30 * 24 * time.Hour}, {time.Hour, 0}, {24 * 24 * time.Hour, 30 * 24 * time.Hour}, {400 * 24 * time.Hour, 30 * 24 * time.Hour}} {
			w.clock.Advance(step.after)
			if got := look(); got != step.want {
				t.Errorf("after %s more: a picture for %s, want %s", step.after, got, step.want)
			}
		}
		if _, _, err := w.MigrantScene(t.Context(), strings.Repeat("A", 22)); !errors.Is(err, push.ErrNoScene) {
			t.Errorf("an unknown handle: %v", err)
		}
	})
}
