package push_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

// TestDeleteApp_StopsEverythingAndComesBack: what a deleted app was, it is
// again after RestoreApp.
func TestDeleteApp_StopsEverythingAndComesBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		owner := w.user("o老板").ID
		a, token, err := w.CreateApp(ctx, push.NewApp{Name: "构建", CallbackURL: listening, Owner: owner})
		if err != nil {
			t.Fatal(err)
		}
		uid := w.follower("o小明", a.ID)
		topic := w.topic(a.ID)
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		if n := w.count(`SELECT COUNT(*) FROM callback WHERE state = 0`); n != 1 {
			t.Fatalf("%d callbacks wait", n)
		}
		losses, err := w.AppLosses(ctx, a.ID)
		if want := (push.AppLosses{Followers: 1, Topics: 1, Waiting: 1}); err != nil || losses != want {
			t.Errorf("losses %+v, %v, want %+v", losses, err, want)
		}
		for range 2 {
			if err := w.DeleteApp(ctx, a.ID); err != nil {
				t.Fatal(err)
			}
		}

		if _, err := w.Send(ctx, token, text(push.Draft{UIDs: []push.UID{uid}})); !errors.Is(err, push.ErrToken) {
			t.Errorf("a send: %v", err)
		}
		w.event("o小红", func(t *push.Turn) error {
			if _, err := w.FollowApp(t, a.ID, push.ByScan, ""); !errors.Is(err, push.ErrNoApp) {
				w.Errorf("a follow: %v", err)
			}
			if _, err := w.FollowTopic(t, topic, push.ByScan); !errors.Is(err, push.ErrNoTopic) {
				w.Errorf("a follow of the topic: %v", err)
			}
			return nil
		})
		if _, _, err := w.RoleOf(ctx, owner, a.ID); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("its owner: %v", err)
		}
		if apps, _, err := w.SearchApps(ctx, owner, push.AppSearch{}); err != nil || len(apps) != 0 {
			t.Errorf("apps of its owner %v, %v", apps, err)
		}
		w.DeliverDue(ctx, answers(push.Outcome{Verdict: push.Accepted}))
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 4 AND reason = '应用已删除'`); n != 1 {
			t.Errorf("%d deliveries failed for it, want 1", n)
		}
		d := answers(push.Outcome{Verdict: push.Delivered})
		for range 3 {
			w.CallDue(ctx, d)
			w.clock.Advance(time.Hour)
		}
		if len(d.calls) != 0 || w.count(`SELECT COUNT(*) FROM callback WHERE state = 0 AND attempts = 0`) != 1 {
			t.Errorf("%d calls to its developer, want none and the callback as it was", len(d.calls))
		}

		w.clock.Advance(push.AppGrace - 4*time.Hour)
		if n, err := w.Retain(ctx); err != nil {
			t.Fatal(n, err)
		}
		gone, err := w.GoneApps(ctx, owner)
		if err != nil || len(gone) != 1 || gone[0].Name != "构建" || !gone[0].Final.Equal(gone[0].Deleted.Add(push.AppGrace)) {
			t.Errorf("gone %+v, %v", gone, err)
		}
		for range 2 {
			if err := w.RestoreApp(ctx, a.ID); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.send(token, push.Draft{UIDs: []push.UID{uid}}); got[0].Text != "创建发送任务成功" {
			t.Errorf("a send after the return: %+v", got)
		}
		if w.CallDue(ctx, d); len(d.calls) != 1 {
			t.Errorf("%d calls after the return, want 1", len(d.calls))
		}
		if got := w.word(`SELECT COALESCE(MIN(action), '') FROM audit WHERE action = 'app.delete'`) + w.word(`SELECT COALESCE(MIN(action), '') FROM audit WHERE action = 'app.restore'`); got != "app.deleteapp.restore" {
			t.Errorf("audit %q", got)
		}
		if n := w.count(`SELECT COUNT(*) FROM audit WHERE action IN ('app.delete', 'app.restore')`); n != 2 {
			t.Errorf("%d lines for one deletion and one return", n)
		}
	})
}

// TestDeleteApp_IsFinalAfterAWeek: the rows are gone, the numbers stay taken.
func TestDeleteApp_IsFinalAfterAWeek(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		owner := w.user("o老板").ID
		a, token, err := w.CreateApp(ctx, push.NewApp{Name: "构建", Greeting: "你好", Contact: "老板", CallbackURL: listening, Owner: owner})
		if err != nil {
			t.Fatal(err)
		}
		kept, _ := w.app(push.NewApp{CallbackURL: listening})
		topic := w.topic(a.ID)
		for _, who := range []push.OpenID{"o小明", "o小红"} {
			w.follower(who, a.ID, kept)
			w.event(who, func(t *push.Turn) error { _, err := w.FollowTopic(t, topic, push.ByScan); return err })
		}
		if _, err := w.PermanentScene(ctx, push.SceneApp, a.ID, 0); err != nil {
			t.Fatal(err)
		}
		w.logo(a.ID)
		if err := w.DeleteApp(ctx, a.ID); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(push.AppGrace)
		if err := w.RestoreApp(ctx, a.ID); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("a return too late: %v", err)
		}
		if err := w.DeleteApp(ctx, a.ID); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("a deletion again: %v", err)
		}
		w.clock.Advance(time.Hour)
		for range 2 {
			if _, err := w.Retain(ctx); err != nil {
				t.Fatal(err)
			}
		}
		for table, where := range map[string]string{
			"subscription": "kind = 0 AND target = $1 OR kind = 1 AND target IN (SELECT id FROM topic WHERE app_id = $1)",
			"callback":     "app_id = $1", "endpoint": "app_id = $1", "app_logo": "app_id = $1", "app_member": "app_id = $1", "scene": "app_id = $1",
			"topic": "app_id = $1 AND deleted_at = 0", "app": "id = $1 AND (greeting <> '' OR contact <> '' OR purged_at = 0)",
		} {
			if n := w.count(`SELECT COUNT(*) FROM `+table+` WHERE `+where, int64(a.ID)); n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM subscription WHERE target = $1`, int64(kept)); n != 2 {
			t.Errorf("the other app has %d followers, want 2", n)
		}
		if next, _ := w.app(push.NewApp{}); next <= kept {
			t.Errorf("the number %d was given again", next)
		}
		if next := w.topic(kept); next <= topic {
			t.Errorf("the topic's number %d was given again", next)
		}
		if _, err := w.Send(ctx, token, text(push.Draft{Topics: []push.TopicID{topic}})); !errors.Is(err, push.ErrToken) {
			t.Errorf("its token: %v", err)
		}
		hash := sha256.Sum256([]byte(token))
		if n := w.count(`SELECT COUNT(*) FROM app WHERE token_hash = $1`, hash[:]); n != 0 {
			t.Error("the fingerprint of its token is kept")
		}
		if gone, err := w.GoneApps(ctx, owner); err != nil || len(gone) != 0 {
			t.Errorf("still to be brought back: %v, %v", gone, err)
		}
	})
}

// TestPurge_GoesInChunks: a big app does not hold the writer.
func TestPurge_GoesInChunks(t *testing.T) {
	eachWorld(t, func(w *world) {
		a, _ := w.app(push.NewApp{})
		w.follower("o小明")
		w.exec(`INSERT INTO subscription (user_id, kind, target, source, created_at)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
			SELECT (SELECT MIN(id) FROM users), 1, 0 - i, 'scan', 1 FROM n`)
		w.exec(`UPDATE subscription SET kind = 0, target = $1 WHERE id = (SELECT MIN(id) FROM subscription)`, int64(a))
		w.exec(`INSERT INTO topic (id, app_id, name, created_at) SELECT 0 - target, $1, 'x', 1 FROM (SELECT -target AS target FROM subscription WHERE kind = 1) s`, int64(a))
		w.exec(`UPDATE topic SET id = 0 - id WHERE id > 0`)
		if err := w.DeleteApp(w.Context(), a); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(push.AppGrace + time.Hour)
		n, err := w.Retain(w.Context())
		if left := w.count(`SELECT COUNT(*) FROM subscription`); err != nil || left != 0 || n < 2500 {
			t.Errorf("%d rows are left, %d deleted, %v", left, n, err)
		}
	})
}

// TestCreateApp_HasALimitForEachOwner, and none for administrators and the
// machine itself.
func TestCreateApp_HasALimitForEachOwner(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		owner := w.user("o老板").ID
		s, err := push.New(ctx, w.db, push.Options{BaseURL: "https://push.example", Account: "sandbox", Secret: testSecret, Limits: push.Limits{Apps: 2}})
		if err != nil {
			t.Fatal(err)
		}
		var last push.App
		for range 2 {
			if last, _, err = s.CreateApp(ctx, push.NewApp{Name: "一个", Owner: owner}); err != nil {
				t.Fatal(err)
			}
		}
		refused := func(s *push.Service, want string) {
			t.Helper()
			var invalid *push.Invalid
			if _, _, err := s.CreateApp(ctx, push.NewApp{Name: "又一个", Owner: owner}); !errors.As(err, &invalid) || invalid.Field != "" || !strings.Contains(invalid.Text, want) {
				t.Errorf("got %v, want %q", err, want)
			}
		}
		refused(s, "最多2个")
		if err := s.DeleteApp(ctx, last.ID); err != nil {
			t.Fatal(err)
		}
		refused(s, "满7天")
		w.clock.Advance(push.AppGrace + time.Hour)
		if _, err := s.Retain(ctx); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.CreateApp(ctx, push.NewApp{Name: "又一个", Owner: owner}); err != nil {
			t.Errorf("after a week: %v", err)
		}
		only, err := push.New(ctx, w.db, push.Options{Account: "sandbox", Secret: testSecret, Limits: push.Limits{OnlyAdmins: true}})
		if err != nil {
			t.Fatal(err)
		}
		refused(only, "管理员")
		if _, _, err := only.CreateApp(ctx, push.NewApp{Name: "机器建的"}); err != nil {
			t.Errorf("the machine's own: %v", err)
		}
		w.exec(`UPDATE users SET admin = 1 WHERE id = $1`, int64(owner))
		for _, s := range []*push.Service{s, only} {
			if _, _, err := s.CreateApp(ctx, push.NewApp{Name: "管理员的", Owner: owner}); err != nil {
				t.Errorf("an administrator: %v", err)
			}
		}
	})
}
