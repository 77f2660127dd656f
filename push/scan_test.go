package push_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

func (w *world) code(app push.AppID, extra string, valid time.Duration) push.Scene {
	w.Helper()
	code, err := w.NewSceneOf(w.Context(), app, push.NewScene{Extra: extra, Valid: valid})
	if err != nil {
		w.Fatalf("new code: %v", err)
	}
	return code
}

// TestScans_AreListedForAMonthAndTheLastIsRemembered.
func TestScans_AreListedForAMonthAndTheLastIsRemembered(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		code := w.code(app, "海报", 30*24*time.Hour)
		own, err := w.MakePermanentCode(t.Context(), app, 0)
		if err != nil {
			t.Fatal(err)
		}
		ming, hong := w.follower("小明", app), w.follower("小红")
		for _, handle := range []string{code.Handle, own.Handle} {
			for _, openid := range []push.OpenID{"小明", "小红", "小明"} {
				if _, err := w.scan(openid, handle); err != nil {
					t.Fatal(err)
				}
				w.clock.Advance(time.Second)
			}
			var got []string
			for after := ""; ; {
				page, next, err := w.Scans(t.Context(), app, handle, after, 2)
				if err != nil {
					t.Fatal(err)
				}
				for _, one := range page {
					got = append(got, fmt.Sprint(one.UID, one.Follows))
				}
				if after = next; next == "" {
					break
				}
			}
			if want := []string{fmt.Sprint(ming, true), fmt.Sprint(hong, false), fmt.Sprint(ming, true)}; !slices.Equal(got, want) {
				t.Errorf("scans %q, want %q", got, want)
			}
			if c, err := w.Code(t.Context(), app, handle); err != nil || c.Scans != 3 || c.LastBy != ming || c.LastAt.IsZero() {
				t.Errorf("code %+v, %v", c, err)
			}
		}
		w.clock.Advance(29 * 24 * time.Hour)
		if _, err := w.scan("小红", own.Handle); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(24 * time.Hour)
		for range 2 {
			if _, err := w.Retain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM scan`); n != 1 {
			t.Errorf("%d scans are kept after a month, want 1", n)
		}
		for handle, want := range map[string]push.UID{code.Handle: ming, own.Handle: hong} {
			if uid, ok, err := w.LastScanner(t.Context(), handle); uid != want || !ok || err != nil {
				t.Errorf("last scanner %q %v %v, want %q", uid, ok, err, want)
			}
			if c, err := w.Code(t.Context(), app, handle); err != nil || c.LastBy != want || c.LastAt.IsZero() {
				t.Errorf("code %+v, %v; want its last scanner", c, err)
			}
		}
	})
}

// TestRetain_KeepsCodesForAMonthAfterTheyExpired, and permanent ones for ever.
func TestRetain_KeepsCodesForAMonthAfterTheyExpired(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		code := w.code(app, "海报", time.Hour)
		own, err := w.MakePermanentCode(t.Context(), app, 0)
		if err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Hour + 30*24*time.Hour - time.Second)
		retain := func(want error) {
			t.Helper()
			if _, err := w.Retain(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Code(t.Context(), app, code.Handle); !errors.Is(err, want) {
				t.Errorf("the code: %v, want %v", err, want)
			}
		}
		retain(nil)
		w.clock.Advance(2 * time.Second)
		retain(push.ErrNoScene)
		if _, err := w.Code(t.Context(), app, own.Handle); err != nil {
			t.Errorf("the permanent code: %v", err)
		}
	})
}

// TestCodes_AreListedByEachFilter, the latest first, without permanent ones,
// and I11: those of the app alone.
func TestCodes_AreListedByEachFilter(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{})
		topic, foreign := w.topic(app), w.topic(other)
		for _, id := range []push.TopicID{0, topic, topic} {
			if _, err := w.MakePermanentCode(t.Context(), app, id); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.MakePermanentCode(t.Context(), app, foreign); !errors.Is(err, push.ErrNoTopic) {
			t.Errorf("the code of another's topic: %v", err)
		}
		w.code(other, "别家", time.Hour)
		for i, extra := range []string{"海报 a", "海报 B", "100%", "_", "订单"} { // some in one moment
			w.code(app, extra, time.Duration(i+1)*time.Hour)
		}
		w.clock.Advance(2 * time.Hour)
		w.code(app, "新", time.Hour)
		yes, no := true, false
		for _, c := range []struct {
			f    push.CodeFilter
			want []string
		}{
			{push.CodeFilter{}, []string{"新", "海报 a", "海报 B", "100%", "_", "订单"}},
			{push.CodeFilter{Extra: "海报 A"}, []string{"海报 a"}},
			{push.CodeFilter{Extra: "海报"}, []string{"海报 a", "海报 B"}},
			{push.CodeFilter{Extra: "%"}, []string{"100%"}},
			{push.CodeFilter{Extra: "_"}, []string{"_"}},
			{push.CodeFilter{Expired: &yes}, []string{"海报 a", "海报 B"}},
			{push.CodeFilter{Expired: &no}, []string{"新", "100%", "_", "订单"}},
		} {
			for _, limit := range []int{1, 2, 100} {
				var got []string
				c.f.After, c.f.Limit = "", limit
				for {
					page, next, err := w.Codes(t.Context(), app, c.f)
					if err != nil {
						t.Fatal(err)
					}
					for _, one := range page {
						got = append(got, one.Extra)
					}
					if c.f.After = next; next == "" {
						break
					}
				}
				if len(got) > 0 && got[0] == "新" {
					slices.Sort(got[1:])
					slices.Sort(c.want[1:])
				} else {
					slices.Sort(got)
					slices.Sort(c.want)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("%+v lists %q, want %q", c.f, got, c.want)
				}
			}
		}
		var invalid *push.Invalid
		if _, _, err := w.Codes(t.Context(), app, push.CodeFilter{After: "x"}); !errors.As(err, &invalid) {
			t.Errorf("a cursor of nobody: %v", err)
		}
		if _, _, err := w.Codes(t.Context(), app, push.CodeFilter{Extra: strings.Repeat("长", 65)}); !errors.As(err, &invalid) {
			t.Errorf("a long search: %v", err)
		}
	})
}

// TestI11_CodesOfOthersLookLikeNone, and so do those that are not for
// following.
func TestI11_CodesOfOthersLookLikeNone(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{})
		spt, err := w.PermanentScene(t.Context(), push.SceneSPT, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, handle := range []string{w.code(other, "别家", time.Hour).Handle, spt.Handle, "", "x", strings.Repeat("A", 22)} {
			_, err1 := w.Code(t.Context(), app, handle)
			_, _, err2 := w.Scans(t.Context(), app, handle, "", 0)
			if !errors.Is(err1, push.ErrNoScene) || !errors.Is(err2, push.ErrNoScene) {
				t.Errorf("%q: %v, %v", handle, err1, err2)
			}
		}
		if _, err := w.NewSceneOf(t.Context(), 4242, push.NewScene{Extra: "a"}); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("a code of no app: %v", err)
		}
	})
}

// TestPeople_ListsUseTheirIndexes (SQLite says how).
func TestPeople_ListsUseTheirIndexes(t *testing.T) {
	onSQLite(t, func(w *world) {
		const there = `s.kind = 0 AND s.target = 1 AND (s.active = 1 OR s.rejected = 1)`
		for _, c := range []struct{ query, index string }{
			{`SELECT s.id FROM subscription s JOIN users u ON u.id = s.user_id WHERE ` + there + ` AND s.id < 9 AND s.id >= 1 ORDER BY s.id DESC LIMIT 9`, "subscription_people"},
			{`SELECT s.id FROM subscription s WHERE ` + there + ` AND s.id < 9 AND s.extra <> '' AND s.extra = 'a' ORDER BY s.id DESC LIMIT 9`, "subscription_extra"},
			{`SELECT id FROM users WHERE SUBSTR(uid, LENGTH(uid) - 5) = 'ABCDEF'`, "users_uid_end"},
			{`SELECT handle FROM scene c WHERE app_id = 1 AND created_at >= 0 AND (created_at, id) < (9, 9) AND purpose = 'app' AND expires_at > 0 ORDER BY created_at DESC, id DESC LIMIT 9`, "scene_codes"},
			{`SELECT l.user_id FROM scan l WHERE l.handle = 'a' ORDER BY l.id DESC LIMIT 1`, "scan_handle"},
			{`SELECT at, delta FROM growth WHERE kind = 1 AND target = 1`, "growth_at"},
			{`SELECT n FROM stat WHERE kind = 1 AND target = 1 AND name IN ('gained', 'lost') AND hour >= 5`, "sqlite_autoindex_stat"},
		} {
			plan := w.plan(c.query)
			if !strings.Contains(plan, c.index) || strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s\n%s", c.query, plan)
			}
		}
	})
}
