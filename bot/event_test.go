package bot_test

import (
	"strings"
	"testing"
	"time"

	"hongyan/oa"
	"hongyan/push"
	"hongyan/push/content"
	"hongyan/store"
	"hongyan/store/storetest"
)

func TestFinishReport_ConfirmsTheDelivery(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		xiaoming := w.Follower("小明")
		xiaoming.Say("#97")
		uid := push.UID(strings.TrimSpace(strings.Split(xiaoming.Say("我的UID"), "\n")[1]))
		receipts, err := w.push().Send(t.Context(), w.token, push.Draft{
			Content: "到货了", Kind: content.Text, UIDs: []push.UID{uid},
		})
		if err != nil {
			t.Fatal(err)
		}
		err = w.db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE delivery SET state = 2, msgid = 77, sent_at = $1`, store.Millis(tx.Now))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		report := document(xiaoming.phone.OpenID, "event",
			"<Event>TEMPLATESENDJOBFINISH</Event><MsgID>77</MsgID><Status>success</Status>", w.db.Now())
		for range 3 {
			if got := w.handle(w.nodes[0], report); got != "" {
				t.Errorf("a finish report is answered by %q", got)
			}
		}
		status, err := w.push().Status(t.Context(), receipts[0].Record)
		if err != nil || status.Code != 2 {
			t.Errorf("status: got %+v, %v", status, err)
		}
	})
}

func TestOtherEvents_AreAnsweredNothingAndKeptNowhere(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	openid, now := w.Follower("小明").phone.OpenID, w.db.Now()
	updates := w.db.Stats().Updates
	for _, ev := range []oa.Event{
		event(openid, "VIEW", "https://example.com", now),
		document(openid, "event", "<Event>LOCATION</Event><Latitude>1</Latitude><Longitude>2</Longitude><Precision>3</Precision>", now),
		document("mphelper", "event", "<Event>MASSSENDJOBFINISH</Event><MsgID>1</MsgID><Status>send success</Status>", now),
		event(openid, "something_new", "", now),
		document(openid, "hologram", "", now),
	} {
		if got := w.handle(w.nodes[0], ev); got != "" {
			t.Errorf("%T: got %q", ev, got)
		}
	}
	if got := w.db.Stats().Updates; got != updates {
		t.Errorf("%d changes of the database", got-updates)
	}
}

func TestF41_ExpiredCodeDoesNothing(t *testing.T) {
	storetest.EachClock(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		w := newWorld(t, db)
		scene, err := w.push().NewScene(t.Context(), w.token, push.NewScene{Extra: "订单", Valid: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		openid := w.Follower("小明").phone.OpenID
		clock.Advance(time.Minute)
		for _, ev := range []oa.Event{
			event(openid, "SCAN", scene.Handle, clock.Now()),
			event("o小红", "subscribe", "qrscene_"+scene.Handle, clock.Now()),
		} {
			if got := w.handle(w.nodes[0], ev); !strings.HasPrefix(got, "这个二维码已过期") {
				t.Errorf("%T: got %q", ev, got)
			}
		}
		w.Developer.WantCallback(t, "app_subscribe")
		if !w.following("o小红") {
			t.Error("somebody who came by an expired code does not follow the account")
		}
	})
}

func TestKeptText_IsForgottenAfterTenMinutes(t *testing.T) {
	storetest.EachClock(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		w := newWorld(t, db)
		w.App(98, "仓库")
		openid := w.Follower("小明").phone.OpenID
		say := func(s string) string { return w.handle(w.nodes[0], text(openid, s, clock.Now())) }
		say("#97")
		say("#98")
		say("第一行\n第二行")
		clock.Advance(10*time.Minute - time.Second)
		if got := say("#97 ↩1"); got != "好的：第一行\n第二行" {
			t.Errorf("within ten minutes: got %q", got)
		}
		clock.Advance(time.Second)
		if got := say("#97 ↩1"); !strings.HasPrefix(got, "这段文字只保留 10 分钟") {
			t.Errorf("after ten minutes: got %q", got)
		}
		if got := w.handle(w.nodes[0], text("o小红", "#97 ↩1", clock.Now())); strings.Contains(got, "第一行") {
			t.Errorf("somebody else reads the text: %q", got)
		}
	})
}

func TestApp_ThatListensToNobodySaysSo(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	if _, _, err := w.push().CreateApp(t.Context(), push.NewApp{ID: 99, Name: "公告"}); err != nil {
		t.Fatal(err)
	}
	xiaoming := w.Follower("小明")
	xiaoming.Say("#99")
	if got := xiaoming.Say("#99 在吗"); !strings.HasPrefix(got, "「公告」不接收指令") {
		t.Errorf("got %q", got)
	}
}
