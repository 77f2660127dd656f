package push_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

// people are the records of a page, as "uid kind target name flags".
func (w *world) people(token string, q push.PeopleQuery) (lines []string, total int64) {
	w.Helper()
	found, total, err := w.People(w.Context(), token, q)
	if err != nil {
		w.Fatalf("people: %v", err)
	}
	for _, p := range found {
		lines = append(lines, fmt.Sprintf("%s %d %d %s enabled=%v rejected=%v", p.UID, p.Kind, p.Target, p.Name, p.Enabled, p.Rejected))
	}
	return lines, total
}

// recordOf is the id of the record of a user and an app.
func (w *world) recordOf(token string, uid push.UID) int64 {
	w.Helper()
	found, _, err := w.People(w.Context(), token, push.PeopleQuery{UID: uid})
	if err != nil || len(found) == 0 {
		w.Fatalf("%d records of %s, %v", len(found), uid, err)
	}
	return found[0].ID
}

func (w *world) followTopic(openid push.OpenID, topic push.TopicID) (err error) {
	w.Helper()
	w.event(openid, func(t *push.Turn) error {
		_, err = w.FollowTopic(t, topic, push.ByScan)
		return nil
	})
	return err
}

func (w *world) followApp(openid push.OpenID, app push.AppID) (err error) {
	w.Helper()
	w.event(openid, func(t *push.Turn) error {
		_, err = w.FollowApp(t, app, push.ByScan, "")
		return nil
	})
	return err
}

func ptr[T any](v T) *T { return &v }

func TestPeople_OneRecordForEachUserAndAppOrTopic(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{Name: "应用"})
		other, _ := w.app(push.NewApp{Name: "别人的"})
		topic := w.topic(app)
		ming, hong := w.follower("小明", app, other), w.follower("小红", app)
		if err := w.followTopic("小明", topic); err != nil {
			t.Fatal(err)
		}
		w.event("小红", func(t *push.Turn) error { return w.Mute(t, true) })
		all := []string{
			fmt.Sprintf("%s 0 %d 应用 enabled=true rejected=false", ming, app),
			fmt.Sprintf("%s 0 %d 应用 enabled=false rejected=false", hong, app),
			fmt.Sprintf("%s 1 %d 机房 enabled=true rejected=false", ming, topic),
		}
		for _, c := range []struct {
			name  string
			q     push.PeopleQuery
			want  []string
			total int64
		}{
			{"everybody", push.PeopleQuery{}, all, 3},
			{"first page", push.PeopleQuery{Page: 1, Size: 2}, all[:2], 3},
			{"second page", push.PeopleQuery{Page: 2, Size: 2}, all[2:], 3},
			{"a page across app and topic", push.PeopleQuery{Page: 1, Size: 3}, all, 3},
			{"behind the end", push.PeopleQuery{Page: 3, Size: 2}, nil, 3},
			{"a page of no number", push.PeopleQuery{Page: 1 << 62, Size: 1 << 62}, nil, 3},
			{"below the first", push.PeopleQuery{Page: -5, Size: -1}, all, 3},
			{"of the app", push.PeopleQuery{Kind: ptr(push.OfApp)}, all[:2], 2},
			{"of topics", push.PeopleQuery{Kind: ptr(push.OfTopic)}, all[2:], 1},
			{"of a user", push.PeopleQuery{UID: hong}, all[1:2], 1},
			{"of nobody", push.PeopleQuery{UID: "UID_x"}, nil, 0},
			{"rejected", push.PeopleQuery{Rejected: ptr(true)}, nil, 0},
			{"not rejected", push.PeopleQuery{Rejected: ptr(false)}, all, 3},
		} {
			got, total := w.people(token, c.q)
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") || total != c.total {
				t.Errorf("%s: %d records\n%s\nwant %d\n%s", c.name, total, strings.Join(got, "\n"), c.total, strings.Join(c.want, "\n"))
			}
		}
		if _, _, err := w.People(t.Context(), "AT_x", push.PeopleQuery{}); !errors.Is(err, push.ErrToken) {
			t.Errorf("a wrong token: %v", err)
		}
	})
}

func TestReject_ARejectedUserGetsNothingAndCannotFollow(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("小明", app)
		id := w.recordOf(token, uid)
		queued := w.send(token, push.Draft{UIDs: []push.UID{uid}})[0]
		for range 2 { // twice is the same as once
			if err := w.Reject(t.Context(), token, id, true); err != nil {
				t.Fatal(err)
			}
		}
		if out := w.send(token, push.Draft{UIDs: []push.UID{uid}}); !out[0].Failed || !strings.Contains(out[0].Text, "已被应用屏蔽") {
			t.Errorf("a send: %+v", out[0])
		}
		x := newWeChat(w.clock.Now)
		w.DeliverDue(t.Context(), x)
		if st, _ := w.Status(t.Context(), queued.Record); len(x.calls) != 0 || st.Code != push.StatusFailed {
			t.Errorf("what was on its way: %d cards, status %+v", len(x.calls), st)
		}
		w.event("小明", func(t *push.Turn) error { return w.UnfollowApp(t, app) })
		if err := w.followApp("小明", app); !errors.Is(err, push.ErrRejected) {
			t.Errorf("following again: %v", err)
		}
		if _, total := w.people(token, push.PeopleQuery{Rejected: ptr(true)}); total != 1 {
			t.Errorf("%d rejected users in the list, want the one who left too", total)
		}
		if err := w.Reject(t.Context(), token, id, false); err != nil {
			t.Fatal(err)
		}
		if err := w.followApp("小明", app); err != nil {
			t.Errorf("following when the rejection is lifted: %v", err)
		}
		if out := w.send(token, push.Draft{UIDs: []push.UID{uid}}); out[0].Failed {
			t.Errorf("a send then: %+v", out[0])
		}
	})
}

func TestRemovePerson_TheUserMayFollowAgain(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("小明", app)
		w.exec(`UPDATE subscription SET paid_until = 9000000000000`)
		id := w.recordOf(token, uid)
		for range 2 {
			if err := w.RemovePerson(t.Context(), token, id); err != nil {
				t.Fatal(err)
			}
		}
		if out := w.send(token, push.Draft{UIDs: []push.UID{uid}}); !out[0].Failed || !strings.Contains(out[0].Text, "未订阅应用") {
			t.Errorf("a send: %+v", out[0])
		}
		if _, total := w.people(token, push.PeopleQuery{}); total != 0 {
			t.Errorf("%d records", total)
		}
		if err := w.followApp("小明", app); err != nil {
			t.Errorf("following again: %v", err)
		}
		if got := w.recordOf(token, uid); got != id {
			t.Errorf("the record is %d, was %d", got, id)
		}
		if n := w.count(`SELECT COUNT(*) FROM subscription WHERE paid_until = 9000000000000`); n != 1 {
			t.Error("the paid time is forgotten")
		}
	})
}

// TestI11_PeopleOfAnotherAppAreNeitherSeenNorChanged, whatever id is guessed.
func TestI11_PeopleOfAnotherAppAreNeitherSeenNorChanged(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		_, foreign := w.app(push.NewApp{Name: "别人的"})
		topic := w.topic(app)
		w.follower("小明", app)
		if err := w.followTopic("小明", topic); err != nil {
			t.Fatal(err)
		}
		before := w.count(`SELECT SUM(active * 2 + rejected) FROM subscription`)
		for id := range int64(20) {
			for what, err := range map[string]error{
				"remove": w.RemovePerson(t.Context(), foreign, id),
				"reject": w.Reject(t.Context(), foreign, id, true),
			} {
				if !errors.Is(err, push.ErrNoFollower) {
					t.Errorf("%s %d: %v", what, id, err)
				}
			}
		}
		if after := w.count(`SELECT SUM(active * 2 + rejected) FROM subscription`); after != before {
			t.Error("a foreign record was changed")
		}
		if got, total := w.people(foreign, push.PeopleQuery{}); total != 0 {
			t.Errorf("sees %v", got)
		}
		if err := w.Reject(t.Context(), "AT_x", 1, true); !errors.Is(err, push.ErrToken) {
			t.Errorf("a wrong token: %v", err)
		}
		if _, total := w.people(token, push.PeopleQuery{}); total != 2 {
			t.Errorf("%d records of its own", total)
		}
	})
}

func TestPaidUntil_TellsEachResourceOfTheProduct(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		topic := w.topic(app)
		uid := w.follower("小明", app)
		until := w.clock.Now().Add(30 * 24 * time.Hour)
		w.exec(`UPDATE subscription SET paid_until = $1`, until.UnixMilli())
		w.bind(12, push.Resource{Kind: push.OfTopic, Target: int64(topic)}, push.Resource{Kind: push.OfApp, Target: int64(app)})
		for _, c := range []struct {
			product push.ProductID
			uid     push.UID
			want    string
		}{
			{12, uid, fmt.Sprintf("0:%d:%d 1:%d:0", app, until.UnixMilli(), topic)},
			{12, "UID_nobody", fmt.Sprintf("0:%d:0 1:%d:0", app, topic)},
			{13, uid, ""},
		} {
			paid, err := w.PaidUntil(t.Context(), c.product, c.uid)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range paid {
				ms := int64(0)
				if !p.Until.IsZero() {
					ms = p.Until.UnixMilli()
				}
				got = append(got, fmt.Sprintf("%d:%d:%d", p.Kind, p.Target, ms))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("product %d of %s: %v, want %s", c.product, c.uid, got, c.want)
			}
		}
	})
}

func TestF39_QuerySend_CanBeSwitchedOff(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		want := func(is bool) {
			t.Helper()
			if on, err := w.QuerySend(t.Context(), token); on != is || err != nil {
				t.Errorf("%v, %v, want %v", on, err, is)
			}
		}
		want(true)
		for _, on := range []bool{false, true, false} {
			if _, err := w.EditApp(t.Context(), app, push.AppEdit{QuerySend: &on}); err != nil {
				t.Fatal(err)
			}
			want(on)
		}
		if _, err := w.QuerySend(t.Context(), "AT_x"); !errors.Is(err, push.ErrToken) {
			t.Errorf("a wrong token: %v", err)
		}
	})
}
