package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/bot"
	"hongyan/commands"
	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// bubble runs f in simulated time, with a world on SQLite.
func bubble(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f(t, newWorld(t, storetest.SQLite(t)))
	})
}

func TestF26_LateReplyIsSaidOnceAsCustomerMessage(t *testing.T) {
	for _, late := range []time.Duration{4420 * time.Millisecond, 6 * time.Second, 14 * time.Second} {
		bubble(t, func(t *testing.T, w *world) {
			xiaoming := w.Follower("小明")
			xiaoming.Say("#97")
			w.Developer.Answers(after(late, "已重启"))
			began := time.Now()
			if got := xiaoming.Say("#97 重启服务器"); got != "" {
				t.Errorf("passive reply: got %q", got)
			}
			if took := time.Since(began); took > 4500*time.Millisecond {
				t.Errorf("answered after %s", took)
			}
			<-time.After(time.Minute)
			if got, want := xiaoming.Heard(), []string{"已重启"}; !slices.Equal(got, want) {
				t.Errorf("customer messages of a reply after %s: got %q, want %q", late, got, want)
			}
			w.Developer.WantCallback(t, "send_up_cmd", "重启服务器")
		})
	}
}

func TestF26_ReplyInTimeIsNotSaidAgain(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		xiaoming := w.Follower("小明")
		xiaoming.Say("#97")
		w.Developer.Answers(after(4300*time.Millisecond, "已重启"))
		if got := xiaoming.Say("#97 重启服务器"); got != "已重启" {
			t.Errorf("passive reply: got %q", got)
		}
		<-time.After(time.Minute)
		if heard := xiaoming.Heard(); len(heard) != 0 {
			t.Errorf("said again: %q", heard)
		}
	})
}

func TestF26_DeveloperWhoNeverAnswersIsAskedAgainAndHeardOnce(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		xiaoming := w.Follower("小明")
		xiaoming.Say("#97")
		w.Developer.Answers(after(time.Hour, ""))
		if got := xiaoming.Say("#97 重启服务器"); got != "" {
			t.Errorf("passive reply: got %q", got)
		}
		<-time.After(16 * time.Second)
		w.Developer.Answers(nil)
		<-time.After(10 * time.Minute)
		if got, want := xiaoming.Heard(), []string{"好的：重启服务器"}; !slices.Equal(got, want) {
			t.Errorf("customer messages: got %q, want %q", got, want)
		}
	})
}

// TestF19_AnswersInTimeUnderLoad lets 200 events a second come in, open loop,
// while every callback takes three seconds.
func TestF19_AnswersInTimeUnderLoad(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		const apps, followers, perSecond, seconds = 50, 200, 200, 5
		for i := range apps {
			w.App(push.AppID(100+i), fmt.Sprint("应用", i))
		}
		for i := range followers {
			w.Follower(fmt.Sprint(i)).Say(fmt.Sprintf("#%d", 100+i%apps))
		}
		w.Developer.Answers(after(3*time.Second, "已重启"))
		var mu sync.Mutex
		var took []time.Duration
		var all sync.WaitGroup
		tick := time.NewTicker(time.Second / perSecond)
		defer tick.Stop()
		for i := range perSecond * seconds {
			<-tick.C
			f := w.Follower(fmt.Sprint(i % followers))
			all.Go(func() {
				began := time.Now()
				if got := f.Say("重启服务器"); got != "已重启" {
					t.Errorf("reply: got %q", got)
				}
				mu.Lock()
				defer mu.Unlock()
				took = append(took, time.Since(began))
			})
		}
		all.Wait()
		slices.Sort(took)
		p999 := took[len(took)*999/1000]
		t.Logf("%d events: median %s, p99.9 %s", len(took), took[len(took)/2], p999)
		if p999 >= 4500*time.Millisecond {
			t.Errorf("p99.9 of the answers: %s", p999)
		}
	})
}

func TestF24_ChattyFollowerIsToldOnceAndThenIgnored(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		xiaoming := w.Follower("小明")
		xiaoming.Say("#97")
		answered, told := 0, 0
		for i := range 100 {
			switch got := xiaoming.Say(fmt.Sprintf("#97 第 %d 句", i)); {
			case strings.HasPrefix(got, "好的："):
				answered++
			case strings.HasPrefix(got, "发得太频繁了"):
				told++
			case got != "":
				t.Errorf("got %q", got)
			}
		}
		if answered == 0 || answered > 50 || told != 1 {
			t.Errorf("of 100 commands %d were answered and %d refused aloud", answered, told)
		}
		if calls := w.Developer.Calls("send_up_cmd"); len(calls) != answered {
			t.Errorf("the developer was called %d times for %d answers", len(calls), answered)
		}
		<-time.After(time.Minute)
		if heard := xiaoming.Heard(); len(heard) != 0 {
			t.Errorf("customer messages: %q", heard)
		}
		if got := xiaoming.Say("#97 还在吗"); got != "好的：还在吗" {
			t.Errorf("a minute later: got %q", got)
		}
		if got := w.Follower("小红").Say("#97"); got == "" {
			t.Error("another follower is ignored")
		}
	})
}

func TestF24_MachineThatAnswersItselfIsMetWithSilence(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		robot := w.Follower("机器人")
		rounds := 0
		for reply := "你好"; reply != ""; rounds++ {
			if rounds == 100 {
				t.Fatal("still talking after 100 rounds")
			}
			reply = robot.Say("您好，我现在有事不在，稍后联系您")
		}
		if rounds < 3 {
			t.Errorf("silent after %d rounds; a person may ask twice", rounds)
		}
		<-time.After(2 * time.Minute)
		if robot.Say("帮助") == "" {
			t.Error("no answer two minutes later")
		}
	})
}

func TestPictures_AreAnsweredOnce(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	openid, now := w.Follower("小明").phone.OpenID, w.db.Now()
	image := "<PicUrl>http://x</PicUrl><MediaId>m</MediaId>"
	if got := w.handle(w.nodes[0], document(openid, "image", image, now)); !strings.Contains(got, "只看得懂文字") {
		t.Errorf("a picture: got %q", got)
	}
	for range 8 {
		if got := w.handle(w.nodes[0], document(openid, "image", image, now)); got != "" {
			t.Errorf("another picture: got %q", got)
		}
	}
}

func TestVoice_IsReadWhenRecognised(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	xiaoming := w.Follower("小明")
	xiaoming.Say("#97")
	voice := "<MediaId>m</MediaId><Format>amr</Format><Recognition>重启服务器。</Recognition>"
	got := w.handle(w.nodes[0], document(xiaoming.phone.OpenID, "voice", voice, w.db.Now()))
	if got != "好的：重启服务器" {
		t.Errorf("got %q", got)
	}
}

// TestF8_BusyDatabase holds the writer elsewhere: a writer is told, other
// events are left to WeChat, and everybody is answered in time.
func TestF8_BusyDatabase(t *testing.T) {
	url := storetest.URL(t, storetest.SQLiteEngine)
	open := func(wait time.Duration) *store.DB {
		db, err := store.Open(t.Context(), url, store.Options{Wait: wait})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	w := newWorld(t, open(500*time.Millisecond))
	openid := w.Follower("小明").phone.OpenID
	other := open(time.Second)

	for name, deadline := range map[string]time.Duration{"busy": 4500 * time.Millisecond, "late": 450 * time.Millisecond} {
		b := bot.New(bot.Options{Push: w.push(), Deadline: deadline,
			Commands: commands.New(commands.Options{Push: w.push()})})
		release := hold(t, other)
		began := time.Now()
		now := w.db.Now()
		reply, err := b.Handle(t.Context(), text(openid, "我的UID", now))
		if got := said(reply); err != nil || got != "系统繁忙，请稍后重发" {
			t.Errorf("%s, a text: got %q, %v", name, got, err)
		}
		reply, err = b.Handle(t.Context(), event(openid, "CLICK", "HELP", now))
		if got := said(reply); err != nil || got != "系统繁忙，请稍后重发" {
			t.Errorf("%s, a click: got %q, %v", name, got, err)
		}
		leave := event(openid, "unsubscribe", "", now.Add(time.Hour))
		if _, err = b.Handle(t.Context(), leave); err == nil {
			t.Errorf("%s: an event that could not be stored is not left to WeChat", name)
		}
		if took := time.Since(began); took > 3*deadline {
			t.Errorf("%s: answered after %s", name, took)
		}
		release()
		if got := w.handle(w.nodes[0], text(openid, "我的UID", now)); !strings.HasPrefix(got, "你的 UID") {
			t.Errorf("%s, afterwards: got %q", name, got)
		}
	}
}

// hold keeps the writer of db busy until release is called.
func hold(t *testing.T, db *store.DB) (release func()) {
	held, done, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		ended <- db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE users SET muted = muted`)
			close(held)
			<-done
			return err
		})
	}()
	<-held
	return func() {
		close(done)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
