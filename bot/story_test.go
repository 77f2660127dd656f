package bot_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

func TestUplink_ReachesDeveloper(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		xiaoming := w.Follower("小明")
		xiaoming.Say("#97")
		if got, want := xiaoming.Say("#97 重启服务器"), "好的：重启服务器"; got != want {
			t.Errorf("reply: got %q, want %q", got, want)
		}
		w.Developer.WantCallback(t, "send_up_cmd", "重启服务器")
		w.Developer.WantCallback(t, "app_subscribe", "command")
	})
}

// TestContract_WhatAFollowerCanSay is contract §5, row by row.
func TestContract_WhatAFollowerCanSay(t *testing.T) {
	long := strings.Repeat("重启服务器", 120)
	for _, c := range []struct {
		name    string
		follows []push.AppID // of 97 and 98
		says    string
		reply   string   // begins with; empty: nothing
		calls   []string // send_up_cmd
	}{
		{"command", only97, "#97 重启服务器", "好的：重启服务器", []string{"重启服务器"}},
		{"full-width hash and digits", only97, "＃９７ 重启服务器", "好的：重启服务器", []string{"重启服务器"}},
		{"several spaces", only97, "#97    重启服务器", "好的：重启服务器", []string{"重启服务器"}},
		{"ideographic space", only97, "#97　重启服务器", "好的：重启服务器", []string{"重启服务器"}},
		{"line breaks are kept", only97, "#97 第一行\n第二行", "好的：第一行\n第二行", []string{"第一行\n第二行"}},
		{"no space", only97, "#97重启", "好的：重启", []string{"重启"}},
		{"emoji", only97, "#97 🚀", "好的：🚀", []string{"🚀"}},
		{"600 characters", only97, "#97 " + long, "好的：重启服务器", []string{long}},
		{"not following", nil, "#97 重启服务器", "未订阅「小助手」，回复 #97 关注", nil},
		{"not following this one", only97, "#98 重启服务器", "未订阅「仓库」，回复 #98 关注", nil},
		{"no such app", only97, "#99 重启服务器", "没有编号为 #99 的应用", nil},
		{"zero", only97, "#0 重启", "没有这个编号的应用", nil},
		{"overflow", only97, "#99999999999999999999 重启", "没有这个编号的应用", nil},
		{"follow", nil, "#97", "你已关注「小助手」(#97)。\n发送 重启 试试。", nil},
		{"follow twice", only97, "#97", "你已关注「小助手」(#97)。", nil},
		{"follow nobody", nil, "#99", "没有编号为 #99 的应用", nil},
		{"plain, one app", only97, "重启服务器", "好的：重启服务器", []string{"重启服务器"}},
		{"plain with a hash", only97, "#abc", "好的：#abc", []string{"#abc"}},
		{"plain, several apps", both, "重启服务器", "你关注了几个应用", nil},
		{"plain, no app", nil, "重启服务器", "你还没有关注应用", nil},
		{"hash", only97, "#", "你可以发送：", nil},
		{"my uid", nil, "我的UID", "你的 UID：\nUID_", nil},
		{"my spt", nil, "我的SPT", "你的 SPT：\nSPT_", nil},
		{"my subscriptions", both, "我的订阅", "你关注了：\n小助手 (#97)", nil},
		{"help", nil, "帮助", "你可以发送：", nil},
		{"switch off", nil, "关闭消息", "已关闭消息", nil},
		{"switch on", nil, "打开消息", "已打开消息", nil},
		{"unfollow", only97, "退订 #97", "已退订「小助手」", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t))
			w.App(98, "仓库")
			xiaoming := w.Follower("小明")
			for _, app := range c.follows {
				xiaoming.Say(fmt.Sprintf("#%d", app))
			}
			if got := xiaoming.Say(c.says); !strings.HasPrefix(got, c.reply) || c.reply == "" && got != "" {
				t.Errorf("%.30q: got %q, want %q", c.says, got, c.reply)
			}
			w.Developer.WantCallback(t, "send_up_cmd", c.calls...)
		})
	}
}

var (
	only97 = []push.AppID{97}
	both   = []push.AppID{97, 98}
)

func TestPlainText_SeveralAppsAreChosenByTap(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.App(98, "仓库")
		xiaoming := w.Follower("小明")
		xiaoming.Say("#97")
		xiaoming.Say("#98")
		texts := []string{
			"重启服务器", "两个 字", "↩3", strings.Repeat("长", 101), `引"号`, "<b>&", "第一行\n第二行", "100%",
		}
		for _, text := range texts {
			list := xiaoming.Say(text)
			if strings.Count(list, "weixin://bizmsgmenu?") != 2 {
				t.Fatalf("the list of %q is %q", text, list)
			}
			if got, want := xiaoming.Tap("98"), "好的："+text; got != want {
				t.Errorf("tapping %q: got %q, want %q", text, got, want)
			}
		}
		w.Developer.WantCallback(t, "send_up_cmd", texts...)
	})
}

func TestPlainText_TapCarriesTheText(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.App(98, "仓库")
	xiaoming := w.Follower("小明")
	xiaoming.Say("#97")
	xiaoming.Say("#98")
	for _, c := range []struct{ text, want string }{
		{"重启服务器", "msgmenucontent=#98 重启服务器&"},
		{strings.Repeat("长", 100), "msgmenucontent=#98 " + strings.Repeat("长", 100) + "&"},
		{strings.Repeat("长", 101), "msgmenucontent=#98 ↩1&"},
		{"a\"b", "msgmenucontent=#98 ↩2&"},
	} {
		if got := xiaoming.Say(c.text); !strings.Contains(got, c.want) {
			t.Errorf("%q: the list is %q, without %q", c.text, got, c.want)
		}
	}
}

func TestSubscribe_GreetsAndHelps(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	xiaoming := w.Stranger("小明")
	got := xiaoming.answer(xiaoming.phone.Follow(t.Context()))
	for _, want := range []string{"你好", "#97 重启服务器", "我的订阅", "帮助"} {
		if !strings.Contains(got, want) {
			t.Errorf("the greeting %q does not say %s", got, want)
		}
	}
}

func TestSubscribe_ByScene(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		topic, err := w.push().CreateTopic(t.Context(), 97, "优惠")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ name, code, want string }{
			{"app", w.Code("订单 7"), "你已关注「小助手」(#97)。\n发送 重启 试试。"},
			{"topic", w.permanent(push.SceneTopic, 97, topic.ID), "你已订阅主题「优惠」"},
			{"spt", w.permanent(push.SceneSPT, 0, 0), "你的 SPT：\nSPT_"},
			{"unknown", w.picture("somebody-elses-code"), "这个二维码不能用"},
		} {
			for _, follows := range []bool{false, true} {
				f := w.Stranger(fmt.Sprint(c.name, follows))
				if follows {
					w.Follower(fmt.Sprint(c.name, follows))
				}
				if got := f.Scan(c.code); !strings.HasPrefix(got, c.want) {
					t.Errorf("%s scanned by somebody who follows %v: got %q, want %q", c.name, follows, got, c.want)
				}
			}
		}
		w.Developer.WantCallback(t, "app_subscribe", "scan 订单 7", "scan 订单 7")
	})
}

// permanent makes the code without end of a purpose.
func (w *world) permanent(purpose string, app push.AppID, topic push.TopicID) string {
	w.t.Helper()
	scene, err := w.push().PermanentScene(w.t.Context(), purpose, app, topic)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.picture(scene.Handle)
}

func TestSubscriptions_AreListedWithTheWayOut(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	topic, err := w.push().CreateTopic(t.Context(), 97, "优惠")
	if err != nil {
		t.Fatal(err)
	}
	xiaoming := w.Follower("小明")
	xiaoming.Say("#97")
	xiaoming.Scan(w.permanent(push.SceneTopic, 97, topic.ID))
	list := xiaoming.Click("MY_SUBS")
	for _, bye := range []string{"退订 #97", fmt.Sprintf("退订主题 #%d", topic.ID)} {
		if !strings.Contains(list, ">"+bye+"</a>") {
			t.Fatalf("the list %q does not say %s", list, bye)
		}
		if got := xiaoming.Say(bye); !strings.HasPrefix(got, "已退订") {
			t.Errorf("%s: got %q", bye, got)
		}
	}
	if got := xiaoming.Say("我的订阅"); !strings.HasPrefix(got, "你还没有关注应用") {
		t.Errorf("after leaving both: got %q", got)
	}
	if got := xiaoming.Say("#97 在吗"); !strings.HasPrefix(got, "未订阅「小助手」") {
		t.Errorf("after leaving: got %q", got)
	}
}

func TestMenu_AnswersWhatTheWordsAnswer(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	xiaoming := w.Follower("小明")
	for key, word := range map[string]string{
		"MY_UID": "我的UID", "MY_SPT": "我的SPT", "MY_SUBS": "我的订阅", "MARKET": "消息市场", "HELP": "帮助", "OLD_KEY": "帮助",
	} {
		clicked, typed := xiaoming.Click(key), xiaoming.Say(word)
		if clicked == "" || clicked != typed {
			t.Errorf("%s answers %q and %s answers %q", key, clicked, word, typed)
		}
	}
}

func TestMute_IsToldWhenFollowing(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	xiaoming := w.Follower("小明")
	xiaoming.Say("关闭消息")
	if got := xiaoming.Say("#97"); !strings.Contains(got, "你之前关闭了消息") {
		t.Errorf("following with messages switched off: got %q", got)
	}
	xiaoming.Say("打开消息")
	if got := xiaoming.Say("#97"); strings.Contains(got, "你之前关闭了消息") {
		t.Errorf("following with messages switched on: got %q", got)
	}
}

func TestFollowers_AreServedSideBySide(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const followers, texts = 8, 10
		w := newWorld(t, db)
		var want []string
		var all sync.WaitGroup
		for i := range followers {
			f := w.Follower(fmt.Sprint("跟随者", i))
			f.Say("#97")
			for j := range texts {
				want = append(want, fmt.Sprintf("%d 的第 %d 句", i, j))
			}
			all.Go(func() {
				for j := range texts {
					said := fmt.Sprintf("%d 的第 %d 句", i, j)
					if got := f.Say(said); got != "好的："+said {
						t.Errorf("%s: got %q", said, got)
					}
				}
			})
		}
		all.Wait()
		w.Developer.WantCallback(t, "send_up_cmd", want...)
	})
}

func TestReplies_FitInOnePassiveText(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		xiaoming := w.Follower("小明")
		for id := range push.AppID(60) {
			w.App(id+100, strings.Repeat("名", 20))
			xiaoming.Say(fmt.Sprintf("#%d", id+100))
			<-time.After(2 * time.Second)
		}
		for _, text := range []string{"我的订阅", "重启服务器", strings.Repeat("长", 100)} {
			got := xiaoming.Say(text)
			links, closed := strings.Count(got, "<a "), strings.Count(got, "</a>")
			if len(got) > 2048 || !strings.Contains(got, "没有列出") || links == 0 || links != closed {
				t.Errorf("the answer to %.20q has %d bytes: %q", text, len(got), got)
			}
		}
	})
}
