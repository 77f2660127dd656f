package push_test

import (
	"errors"
	"testing"

	"hongyan/push"
)

func TestTopics_AreCountedRenamedAndDeleted(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{})
		topic, foreign := w.topic(app), w.topic(other)
		for _, openid := range []push.OpenID{"小明", "小红", "小刚"} {
			if err := w.AddToTopic(t.Context(), app, topic, w.follower(openid, app)); err != nil {
				t.Fatal(err)
			}
		}
		w.exec(`UPDATE subscription SET muted = 1 WHERE kind = 1 AND user_id = 1`)
		w.exec(`UPDATE subscription SET rejected = 1 WHERE kind = 1 AND user_id = 2`)
		page, err := w.CountTopics(t.Context(), app, push.TopicFilter{Limit: 10})
		if err != nil || len(page) != 1 || page[0].ID != topic || page[0].Followers != 2 || page[0].Active != 1 {
			t.Errorf("topics %+v, %v; want one of 2 followers, 1 of them active", page, err)
		}
		for range 2 {
			if got, err := w.RenameTopic(t.Context(), app, topic, "夜间"); err != nil || got.Name != "夜间" || got.Followers != 2 {
				t.Errorf("renamed %+v, %v", got, err)
			}
		}
		for _, id := range []push.TopicID{foreign, 4242} {
			_, err1 := w.RenameTopic(t.Context(), app, id, "夜间")
			_, err2 := w.CountTopic(t.Context(), app, id)
			for _, err := range []error{err1, err2, w.DeleteTopic(t.Context(), app, id)} {
				if !errors.Is(err, push.ErrNoTopic) {
					t.Errorf("topic %d: %v, want ErrNoTopic", id, err)
				}
			}
		}
		w.send(token, push.Draft{Topics: []push.TopicID{topic}})
		for range 2 {
			if err := w.DeleteTopic(t.Context(), app, topic); err != nil {
				t.Fatal(err)
			}
		}
		for more := true; more; {
			if more, err = w.FanOut(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.count(`SELECT count(*) FROM delivery`); n != 0 {
			t.Errorf("%d deliveries of a fan-out to a deleted topic", n)
		}
		if n := w.count(`SELECT count(*) FROM subscription WHERE kind = 1`); n != 3 {
			t.Errorf("%d followers' rows are left, want 3", n)
		}
		if page, err := w.CountTopics(t.Context(), app, push.TopicFilter{Limit: 10}); err != nil || len(page) != 0 {
			t.Errorf("topics %+v, %v; want none", page, err)
		}
		if next := w.topic(app); next <= foreign {
			t.Errorf("number %d was given again", next)
		}
	})
}

func TestEditApp_ChangesWhatIsGivenAndSealsTheKey(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{Name: "旧", Greeting: "你好"})
		name, off := "新", false
		for range 2 {
			got, err := w.EditApp(t.Context(), app, push.AppEdit{Name: &name, QuerySend: &off})
			if err != nil || got.Name != "新" || got.Greeting != "你好" || got.QuerySend {
				t.Errorf("app %+v, %v", got, err)
			}
		}
		const key = "0123456789abcdef"
		address, signing, none := "https://dev.example/setting", key, ""
		if _, err := w.EditApp(t.Context(), app, push.AppEdit{SettingURL: &address, SettingKey: &signing}); err != nil {
			t.Fatal(err)
		}
		if got, err := w.AppByID(t.Context(), app); err != nil || !got.SettingSigned || got.SettingURL == "" {
			t.Errorf("app %+v, %v; want a signed setting", got, err)
		}
		if n := w.count(`SELECT count(*) FROM app WHERE setting_key = $1`, []byte(key)); n != 0 {
			t.Error("the key stands in the database as it is")
		}
		if _, err := w.EditApp(t.Context(), app, push.AppEdit{SettingURL: &none, SettingKey: &none}); err != nil {
			t.Fatal(err)
		}
		if got, _ := w.AppByID(t.Context(), app); got.SettingSigned || got.SettingURL != "" {
			t.Errorf("app %+v, want no setting", got)
		}
		empty, short, script := "", "short", "javascript:alert(1)"
		for _, bad := range []push.AppEdit{{Name: &empty}, {SettingKey: &short}, {SettingURL: &script}} {
			var invalid *push.Invalid
			if _, err := w.EditApp(t.Context(), app, bad); !errors.As(err, &invalid) {
				t.Errorf("%+v: %v, want *Invalid", bad, err)
			}
		}
	})
}
