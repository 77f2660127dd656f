package push_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/store"
)

// found lists the UIDs of users, page by page.
func (w *world) found(f push.UserFilter) (uids []push.UID) {
	w.Helper()
	for pages := 0; ; pages++ {
		all, next, err := w.Users(w.Context(), f)
		if err != nil || pages > 50 {
			w.Fatalf("page %d: %v", pages, err)
		}
		for _, k := range all {
			uids = append(uids, k.UID)
		}
		if next == "" {
			return uids
		}
		f.After = next
	}
}

func TestUsers_FindsByEachFilter(t *testing.T) {
	eachWorld(t, func(w *world) {
		uid := map[string]push.UID{}
		names := []string{"平常", "离开", "静音", "拒收", "管理", "禁止"}
		for _, name := range names {
			uid[name] = w.follower(push.OpenID(name))
		}
		set := func(name, columns string) { w.exec(`UPDATE users SET `+columns+` WHERE openid = $1`, name) }
		set("离开", "following = 0")
		set("静音", "muted = 1, name = '小明 100%_ok'")
		set("拒收", "blocked_at = 1, blocked_reason = '拒收'")
		set("管理", "admin = 1, name = 'Alice'")
		set("禁止", "barred_at = 1")
		for _, c := range []struct {
			f    push.UserFilter
			want []string
		}{
			{push.UserFilter{}, []string{"禁止", "管理", "拒收", "静音", "离开", "平常"}},
			{push.UserFilter{State: push.UsersFollowing}, []string{"禁止", "管理", "拒收", "静音", "平常"}},
			{push.UserFilter{State: push.UsersLeft}, []string{"离开"}},
			{push.UserFilter{State: push.UsersMuted}, []string{"静音"}},
			{push.UserFilter{State: push.UsersBlocked}, []string{"拒收"}},
			{push.UserFilter{State: push.UsersAdmin}, []string{"管理"}},
			{push.UserFilter{State: push.UsersBarred}, []string{"禁止"}},
			{push.UserFilter{Search: string(uid["平常"])}, []string{"平常"}},
			{push.UserFilter{Search: string(uid["平常"][:20])}, []string{"平常"}},
			{push.UserFilter{Search: "aLIce"}, []string{"管理"}},
			{push.UserFilter{Search: "小明"}, []string{"静音"}},
			{push.UserFilter{Search: "%"}, []string{"静音"}},
			{push.UserFilter{Search: "100%_"}, []string{"静音"}},
			{push.UserFilter{Search: "小红"}, nil},
			{push.UserFilter{Search: "Alice", State: push.UsersBarred}, nil},
		} {
			for _, limit := range []int{1, 4, 100} {
				c.f.Limit = limit
				var want []push.UID
				for _, name := range c.want {
					want = append(want, uid[name])
				}
				if got := w.found(c.f); !slices.Equal(got, want) {
					t.Errorf("%+v: %q, want %q", c.f, got, want)
				}
			}
		}
		var invalid *push.Invalid
		for _, f := range []push.UserFilter{{State: "x"}, {Search: strings.Repeat("长", 65)}, {Search: "\x00"}, {After: "x"}} {
			if _, _, err := w.Users(t.Context(), f); !errors.As(err, &invalid) {
				t.Errorf("%+v: %v", f, err)
			}
		}
	})
}

func TestSetAdmin_KeepsTheLastOneAndBarsNone(t *testing.T) {
	eachWorld(t, func(w *world) {
		ming, hong := w.follower("小明"), w.follower("小红")
		w.exec(`UPDATE users SET admin = 1 WHERE uid = $1`, string(ming))
		if err := w.SetAdmin(t.Context(), ming, false); !errors.Is(err, push.ErrLastAdmin) {
			t.Errorf("the last one: %v", err)
		}
		for range 2 {
			if err := w.SetAdmin(t.Context(), hong, true); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Bar(t.Context(), hong, true); !errors.Is(err, push.ErrBarsAdmin) {
			t.Errorf("barring an administrator: %v", err)
		}
		if err := w.SetAdmin(t.Context(), ming, false); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := w.Bar(t.Context(), ming, true); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.SetAdmin(t.Context(), ming, true); !errors.Is(err, push.ErrBarsAdmin) {
			t.Errorf("an administrator who is barred: %v", err)
		}
		if err := w.Bar(t.Context(), ming, false); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{w.SetAdmin(t.Context(), "UID_x", true), w.Bar(t.Context(), "UID_x", true), w.GiveApp(t.Context(), 1, "UID_x")} {
			if !errors.Is(err, push.ErrNoUser) {
				t.Errorf("nobody: %v", err)
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM audit WHERE action LIKE 'user.%'`); n != 4 {
			t.Errorf("%d lines in the audit log, want 4", n)
		}
	})
}

func TestAllApps_FindsByNumberNameAndState(t *testing.T) {
	eachWorld(t, func(w *world) {
		uid := w.follower("小明")
		for i := range 5 {
			w.app(push.NewApp{Name: fmt.Sprintf("应用%d Build", i+1)})
		}
		if err := w.GiveApp(t.Context(), 2, uid); err != nil {
			t.Fatal(err)
		}
		if err := w.Suspend(t.Context(), 3, "测试"); err != nil {
			t.Fatal(err)
		}
		if err := w.SetAppLimit(t.Context(), 4, new(5)); err != nil {
			t.Fatal(err)
		}
		w.exec(`UPDATE app SET deleted_at = 1 WHERE id = 5`)
		for _, c := range []struct {
			f    push.AppsFilter
			want []push.AppID
		}{
			{push.AppsFilter{}, []push.AppID{4, 3, 2, 1}},
			{push.AppsFilter{State: push.AppsSuspended}, []push.AppID{3}},
			{push.AppsFilter{State: push.AppsLimited}, []push.AppID{4}},
			{push.AppsFilter{State: push.AppsOwnerless}, []push.AppID{4, 3, 1}},
			{push.AppsFilter{Search: "#2"}, []push.AppID{2}},
			{push.AppsFilter{Search: "＃3"}, []push.AppID{3}},
			{push.AppsFilter{Search: "build"}, []push.AppID{4, 3, 2, 1}},
			{push.AppsFilter{Search: "应用4"}, []push.AppID{4}},
			{push.AppsFilter{Search: "_"}, nil},
			{push.AppsFilter{Search: "应用5"}, nil},
		} {
			for _, limit := range []int{1, 100} {
				c.f.Limit, c.f.After = limit, ""
				var got []push.AppID
				for {
					all, next, err := w.AllApps(t.Context(), c.f)
					if err != nil {
						t.Fatal(err)
					}
					for _, k := range all {
						got = append(got, k.ID)
					}
					if c.f.After = next; next == "" {
						break
					}
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("%+v: %v, want %v", c.f, got, c.want)
				}
			}
		}
		k, err := w.KnownApp(t.Context(), 2)
		if err != nil || len(k.Owners) != 1 || k.Owners[0].UID != uid {
			t.Errorf("owners of 2: %+v, %v", k.Owners, err)
		}
		if _, err := w.KnownApp(t.Context(), 5); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("a deleted app: %v", err)
		}
	})
}

func TestComplaints_AreHandledOnceAndTheirPageGoesIfWished(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{Name: "广告"})
		ming, hong := w.follower("小明", app), w.follower("小红", app)
		w.send(token, push.Draft{UIDs: []push.UID{ming, hong}, Content: "<script>alert(1)</script>", Kind: content.HTML, Summary: "中奖了"})
		page := map[push.OpenID]string{}
		for _, who := range []push.OpenID{"小明", "小红"} {
			page[who] = w.Handle(1, w.user(who).ID)
			if fresh, err := w.Report(t.Context(), page[who], "诈骗：要我转账"); err != nil || !fresh {
				t.Fatal(fresh, err)
			}
		}
		open := func(handled bool) []push.Complaint {
			all, _, err := w.Complaints(t.Context(), push.ComplaintFilter{Handled: handled, App: &app})
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		all := open(false)
		if len(all) != 2 || all[0].UID != hong || all[0].Summary != "中奖了" || !all[0].Page || all[0].AppName != "广告" {
			t.Fatalf("open %+v", all)
		}
		if counts, err := w.ComplaintCounts(t.Context()); err != nil || len(counts) != 1 || counts[0].Count != 2 || counts[0].App != app {
			t.Errorf("counts %+v, %v", counts, err)
		}
		if _, body, err := w.Complained(t.Context(), all[0].ID); err != nil || body != "<script>alert(1)</script>" {
			t.Errorf("content %q, %v", body, err)
		}
		if err := w.HandleComplaint(t.Context(), all[0].ID, "提醒了开发者", false); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Open(t.Context(), page["小明"]); err != nil {
			t.Errorf("the page went away: %v", err)
		}
		if err := w.HandleComplaint(t.Context(), all[1].ID, "撤下", true); err != nil {
			t.Fatal(err)
		}
		if err := w.HandleComplaint(t.Context(), all[1].ID, "再来一次", true); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Open(t.Context(), page["小明"]); !errors.Is(err, push.ErrNoMessage) {
			t.Errorf("the page stays: %v", err)
		}
		if got := open(true); len(got) != 2 || got[1].Outcome != "撤下" || got[1].Page {
			t.Errorf("handled %+v", got)
		}
		if n := w.count(`SELECT COUNT(*) FROM audit WHERE action IN ('report.handle', 'message.remove')`); n != 3 {
			t.Errorf("%d lines in the audit log, want 3", n)
		}
		var invalid *push.Invalid
		if err := w.HandleComplaint(t.Context(), all[0].ID, "", false); !errors.As(err, &invalid) {
			t.Errorf("no note: %v", err)
		}
		if err := w.HandleComplaint(t.Context(), 4242, "x", false); !errors.Is(err, push.ErrNoComplaint) {
			t.Errorf("none: %v", err)
		}
		w.clock.Advance(8 * 24 * time.Hour)
		if _, _, err := w.Complained(t.Context(), all[0].ID); !errors.Is(err, push.ErrNoMessage) {
			t.Errorf("content after a week: %v", err)
		}
	})
}

// TestF21_AskRun_NeverTwoAtOnce: a run that somebody asks for takes a slot of
// its own, and neither a second one nor the schedule runs beside it.
func TestF21_AskRun_NeverTwoAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		other := newService(t, w.db) // another node
		minute := w.clock.Now()
		if mine, err := w.ClaimRun(t.Context(), "quota", minute); err != nil || !mine {
			t.Fatal(mine, err)
		}
		if _, mine, err := other.AskRun(t.Context(), "quota"); err != nil || mine {
			t.Errorf("asked while the schedule runs it: %v, %v", mine, err)
		}
		if err := w.EndRun(t.Context(), "quota", minute, "1 left", nil); err != nil {
			t.Fatal(err)
		}
		slot, mine, err := w.AskRun(t.Context(), "quota")
		if err != nil || !mine {
			t.Fatal(mine, err)
		}
		if _, again, err := other.AskRun(t.Context(), "quota"); err != nil || again {
			t.Errorf("asked twice: %v, %v", again, err)
		}
		w.clock.Advance(time.Minute)
		if beside, err := other.ClaimRun(t.Context(), "quota", minute.Add(time.Minute)); err != nil || beside {
			t.Errorf("the schedule ran it beside: %v, %v", beside, err)
		}
		if mine, err := other.ClaimRun(t.Context(), "parked", minute.Add(time.Minute)); err != nil || !mine {
			t.Errorf("another job: %v, %v", mine, err)
		}
		if err := w.EndRun(t.Context(), "quota", slot, "", errors.New("oh")); err != nil {
			t.Fatal(err)
		}
		runs, _, err := w.JobRuns(t.Context(), "quota", "", 10)
		if err != nil || len(runs) != 2 || !runs[0].Asked() || !runs[0].Failed() || runs[1].Asked() || runs[1].Failed() {
			t.Errorf("history %+v, %v", runs, err)
		}
		// A node that died in a run keeps the job from nobody for long.
		if _, mine, err := w.AskRun(t.Context(), "quota"); err != nil || !mine {
			t.Fatal(mine, err)
		}
		w.clock.Advance(11 * time.Minute)
		if mine, err := other.ClaimRun(t.Context(), "quota", minute.Add(12*time.Minute)); err != nil || !mine {
			t.Errorf("after a crash: %v, %v", mine, err)
		}
		if n := w.count(`SELECT COUNT(*) FROM audit WHERE action = 'job.run'`); n != 2 {
			t.Errorf("%d lines in the audit log, want 2", n)
		}
	})
}

func TestAudit_FiltersAndExportsAllPages(t *testing.T) {
	eachWorld(t, func(w *world) {
		ming := w.user("小明")
		w.app(push.NewApp{})
		by := func(user push.UserID, via string) context.Context {
			return push.WithActor(t.Context(), push.Actor{User: user, Via: via, Address: "192.0.2.1"})
		}
		note := func(ctx context.Context, app push.AppID, action string, n int) {
			for i := range n {
				if err := w.Note(ctx, push.Change{App: app, Action: action, Subject: fmt.Sprint(i)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		note(by(ming.ID, push.ViaConsole), 1, "topic.rename", 3)
		note(by(0, push.ViaCommand), 0, "topicless", 2)
		for _, c := range []struct {
			f    push.AuditFilter
			want int
		}{
			{push.AuditFilter{}, 6}, {push.AuditFilter{App: 1}, 4}, {push.AuditFilter{UID: ming.UID}, 3}, {push.AuditFilter{UID: "UID_x"}, 0},
			{push.AuditFilter{Action: "topic"}, 3}, {push.AuditFilter{Action: "topic.rename", App: 1}, 3}, {push.AuditFilter{Via: push.ViaCommand}, 2},
			{push.AuditFilter{Via: push.ViaCommand, Action: "topic"}, 0}, {push.AuditFilter{Action: "%"}, 0}, {push.AuditFilter{Via: "\xff\x00"}, 0},
		} {
			n := 0
			f := c.f
			f.Limit = 2
			for {
				all, next, err := w.Audit(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				n += len(all)
				if f.After = next; next == "" {
					break
				}
			}
			exported := 0
			if err := w.EachAudit(t.Context(), c.f, func(push.Changed) error { exported++; return nil }); err != nil {
				t.Fatal(err)
			}
			if n != c.want || exported != c.want {
				t.Errorf("%+v: %d listed, %d exported, want %d", c.f, n, exported, c.want)
			}
		}
		stop := errors.New("enough")
		if err := w.EachAudit(t.Context(), push.AuditFilter{}, func(push.Changed) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("an export that is broken off: %v", err)
		}
	})
}

func TestInstallation_TellsWhatWaitsAndWhatFailed(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{CallbackURL: listening})
		uid := w.follower("小明", app)
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		due := w.clock.Now()
		w.clock.Advance(30 * time.Second)
		if err := w.Pause(t.Context(), w.clock.Now().Add(time.Hour), "微信错误 45009"); err != nil {
			t.Fatal(err)
		}
		if err := w.KeepQuota(t.Context(), 100, 3); err != nil {
			t.Fatal(err)
		}
		if mine, err := w.ClaimRun(t.Context(), "quota", due); err != nil || !mine {
			t.Fatal(mine, err)
		}
		if err := w.EndRun(t.Context(), "quota", due, "", errors.New("40001")); err != nil {
			t.Fatal(err)
		}
		in, err := w.Installation(t.Context(), []string{"quota", "parked"})
		if err != nil {
			t.Fatal(err)
		}
		if in.Deliveries.Rows != 1 || !in.Deliveries.Oldest.Equal(due) || in.Callbacks.Rows != 1 || in.SendsPerMinute != 1 || in.Apps != 1 || in.Followers != 1 {
			t.Errorf("figures %+v", in)
		}
		if in.PauseReason != "微信错误 45009" || in.Quota.Limit != 100 || in.Quota.Left != 3 || len(in.FailedJobs) != 1 || len(in.Nodes) != 1 || in.Nodes[0].Node != w.Node() {
			t.Errorf("state %+v", in)
		}
		w.clock.Advance(2 * time.Hour)
		if in, err = w.Installation(t.Context(), nil); err != nil || !in.PausedUntil.IsZero() || in.SendsPerMinute != 0 {
			t.Errorf("two hours later %+v, %v", in, err)
		}
	})
}

// TestAdminLists_ReadAPage: of many rows a list reads those it shows, by an
// index, on SQLite, whose plan says so.
func TestAdminLists_ReadAPage(t *testing.T) {
	eachWorld(t, func(w *world) {
		if w.db.Postgres() {
			return
		}
		for _, c := range []struct{ query, index string }{
			{`SELECT id FROM users WHERE id < 9 AND name <> '' AND LOWER(name) LIKE 'x' ORDER BY id DESC`, "users_named"},
			{`SELECT id FROM users WHERE barred_at > 0 AND id < 9 ORDER BY id DESC`, "users_barred"},
			{`SELECT id FROM audit WHERE user_id = 3 AND id < 9 ORDER BY id DESC`, "audit_user"},
			{`SELECT id FROM audit WHERE app_id = 3 AND id < 9 ORDER BY id DESC`, "audit_app"},
			{`SELECT COUNT(*) FROM report WHERE app_id = 3 AND handled_at = 0`, "report_app"},
			{`SELECT COUNT(*) FROM (SELECT 1 FROM users WHERE following = 1 LIMIT 100000) f`, "users_following"},
			{`SELECT COUNT(*) FROM (SELECT due_at FROM delivery WHERE state < 2 LIMIT 100000) w`, "delivery_due"},
		} {
			var plan []string
			err := w.db.View(t.Context(), func(tx *store.Tx) (err error) {
				plan, err = store.Collect(tx, func(r *store.Rows) (s string, err error) {
					var a, b, c any
					return s, r.Scan(&a, &b, &c, &s)
				}, `EXPLAIN QUERY PLAN `+c.query)
				return err
			})
			if got := strings.Join(plan, "; "); err != nil || !strings.Contains(got, c.index) {
				t.Errorf("%s: %s, %v; want %s", c.query, got, err, c.index)
			}
		}
	})
}
