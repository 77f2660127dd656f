package page_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"hongyan/push"
	"hongyan/push/content"
)

// TestI8_SwitchesStopMessages: each switch of the list, and an unfollow.
func TestI8_SwitchesStopMessages(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, u := s.follower()
		b := s.browser()
		status, text, _ := b.as(ming, "/my/subscriptions")
		s.want("the list", status, text, 200, "服务器监控", "#97", "机房告警")
		refusal := func() string {
			t.Helper()
			receipts, err := s.push.Send(t.Context(), s.token, push.Draft{Content: "好", Kind: content.Text, UIDs: []push.UID{u.UID}})
			s.must(err)
			s.sent++
			if receipts[0].Failed {
				return receipts[0].Text
			}
			return ""
		}
		if got := refusal(); got != "" {
			t.Fatalf("before: %s", got)
		}
		for _, c := range []struct{ form, want, undo string }{
			{"messages=off", "消息开关已关闭", "messages=on"},
			{"messages=off&type=1&id=97", "已拒收该应用的消息", "messages=on&type=1&id=97"},
			{"messages=off&type=2&id=1", "", "messages=on&type=2&id=1"},
		} {
			form, _ := url.ParseQuery(c.form)
			status, text, at := b.post("/my/subscriptions", form)
			s.want(c.form, status, text, 200, "已关闭")
			if at != "/my/subscriptions" {
				t.Errorf("ended at %s", at)
			}
			if got := refusal(); !strings.Contains(got, c.want) || c.want == "" && got != "" {
				t.Errorf("%s: a send says %q, want %q", c.form, got, c.want)
			}
			undo, _ := url.ParseQuery(c.undo)
			b.post("/my/subscriptions", undo)
			if got := refusal(); got != "" {
				t.Errorf("%s: a send says %q", c.undo, got)
			}
		}
		status, text, _ = b.get("/my/unfollow?type=1&id=97")
		s.want("the question", status, text, 200, "取消关注应用「服务器监控」", "不能再给它发指令")
		if got := refusal(); got != "" {
			t.Errorf("the question alone: %q", got)
		}
		status, text, _ = b.post("/my/unfollow?type=1&id=97", url.Values{})
		s.want("unfollowed", status, text, 200, "机房告警")
		if got := refusal(); !strings.Contains(got, "未订阅应用") {
			t.Errorf("after the unfollow a send says %q", got)
		}
	})
}

func TestSPT_ResetKillsTheOldOne(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, _ := s.follower()
		b := s.browser()
		spt := func() push.SPT {
			t.Helper()
			status, text, _ := b.get("/my/spt")
			s.want("the page", status, text, 200, "/api/send/message/SPT_")
			return push.SPT(regexp.MustCompile(`SPT_[0-9A-Z]{32}`).FindString(text))
		}
		works := func(spt push.SPT) bool {
			t.Helper()
			r, err := s.push.SendSimple(t.Context(), []push.SPT{spt}, push.Draft{Content: "好", Kind: content.Text})
			s.must(err)
			return !r[0].Failed
		}
		b.as(ming, "/my/spt")
		old := spt()
		status, text, _ := b.get("/my/spt/reset")
		s.want("the question", status, text, 200, "立刻失效")
		if !works(old) {
			t.Error("the question alone killed the SPT")
		}
		b.post("/my/spt/reset", url.Values{})
		if fresh := spt(); fresh == old || !works(fresh) || works(old) {
			t.Error("the old SPT lives, or the new one does not")
		}
	})
}

func TestSilence_ByTheHandleOfAMessage(t *testing.T) {
	eachSite(t, func(s *site) {
		_, u := s.follower()
		_, other := s.follower()
		b := s.browser()
		handle := s.handle(push.Draft{Topics: []push.TopicID{s.topic.ID}, Content: "磁盘将满", Kind: content.Text}, u)
		page := "/m/" + handle + "/mute"
		status, text, _ := b.get(page)
		s.want("the page", status, text, 200, "主题「机房告警」的消息", "应用「服务器监控」的全部消息", "重新打开")
		status, text, at := b.post(page, url.Values{"what": {"topic"}})
		s.want("silenced", status, text, 200, "已关闭消息")
		if at != page {
			t.Errorf("ended at %s", at)
		}
		if n := s.count(`SELECT count(*) FROM subscription WHERE muted = 1 AND kind = 1 AND user_id = $1`, int64(u.ID)); n != 1 {
			t.Error("the topic is not silenced")
		}
		b.post(page, url.Values{"what": {"app"}})
		if n := s.count(`SELECT count(*) FROM subscription WHERE muted = 1`); n != 2 {
			t.Error("the app is not silenced, or too much is")
		}
		if n := s.count(`SELECT count(*) FROM subscription WHERE muted = 1 AND user_id = $1`, int64(other.ID)); n != 0 {
			t.Error("another receiver is silenced")
		}
		status, text, _ = b.post(page, url.Values{"what": {"all"}})
		s.want("nonsense", status, text, 400)
		status, text, _ = b.get("/m/" + strings.Repeat("A", 22) + "/mute")
		s.want("made up", status, text, 404, "这条消息看不到了")

		user, spt, err := s.push.UserByOpenID(t.Context(), u.OpenID)
		s.must(err)
		_, err = s.push.SendSimple(t.Context(), []push.SPT{spt}, push.Draft{Content: "好", Kind: content.Text})
		s.must(err)
		s.sent++
		status, text, _ = b.get("/m/" + s.push.Handle(s.sent, user.ID) + "/mute")
		s.want("a simple push", status, text, 200, "/my/spt/reset")
		if strings.Contains(text, string(spt)) {
			t.Error("the page of a handle shows the SPT")
		}
	})
}

func TestReport_OncePerMessageAndReceiver(t *testing.T) {
	eachSite(t, func(s *site) {
		_, u := s.follower()
		b := s.browser()
		page := "/m/" + s.handle(push.Draft{}, u) + "/report"
		status, text, _ := b.get(page)
		s.want("the page", status, text, 200, "诈骗或钓鱼", "服务器监控")
		status, text, _ = b.post(page, url.Values{"words": {"忘了选"}})
		s.want("no reason", status, text, 400, "还没有选择原因", "忘了选")
		status, text, _ = b.post(page, url.Values{"reason": {"其他"}, "words": {strings.Repeat("长", 201)}})
		s.want("too long", status, text, 400, "现在是 201 个")
		status, text, _ = b.post(page, url.Values{"reason": {"诈骗或钓鱼"}, "words": {" 要我转账 <b> "}})
		s.want("reported", status, text, 200, "已收到你的举报")
		status, text, _ = b.post(page, url.Values{"reason": {"其他"}})
		s.want("again", status, text, 200, "已经举报过")
		if n := s.count(`SELECT count(*) FROM report WHERE reason = '诈骗或钓鱼：要我转账 <b>' AND app_id = 97 AND summary = '磁盘将满' AND user_id = $1`, int64(u.ID)); n != 1 || s.count(`SELECT count(*) FROM report`) != 1 {
			t.Error("the first report is not what is kept")
		}
	})
}

// TestF36_ForeignHostsAreNamedFirst.
func TestF36_ForeignHostsAreNamedFirst(t *testing.T) {
	eachSite(t, func(s *site) {
		_, u := s.follower()
		b := s.browser()
		b.stay = true
		for address, want := range map[string]struct {
			status int
			texts  []string
		}{
			"https://example.com/a?b=1":       {200, []string{`<p class="host">example.com</p>`, `href="https://example.com/a?b=1"`}},
			"http://example.com:8080/":        {200, []string{"example.com:8080", "没有加密"}},
			"https://аpple.com/":              {200, []string{"аpple.com", "xn--pple-43d.com", "实际写法"}},
			"https://xn--pple-43d.com/":       {200, []string{"аpple.com", "xn--pple-43d.com"}},
			"https://bank.cn@evil.example/":   {404, []string{"没有可以打开的原文"}},
			s.base + "/my/subscriptions?x=1":  {303, nil},
			"https://evil.example/?" + s.base: {200, []string{`<p class="host">evil.example</p>`}},
		} {
			handle := s.handle(push.Draft{URL: address, Content: "好", Kind: content.Text}, u)
			before := s.count(`SELECT count(*) FROM delivery WHERE clicked_at > 0`)
			for range 2 {
				status, text, at := b.get("/m/" + handle + "/go")
				s.want(address, status, text, want.status, want.texts...)
				if status == 303 && at != address {
					t.Errorf("%s leads to %s", address, at)
				}
			}
			if n := s.count(`SELECT count(*) FROM delivery WHERE clicked_at > 0`) - before; n != 1 {
				t.Errorf("%s: %d deliveries clicked, want 1", address, n)
			}
		}
		for _, address := range []string{"javascript:alert(1)", "weixin://dl/x", "data:text/html,x"} {
			handle := s.handle(push.Draft{}, u)
			s.exec(`UPDATE message SET url = $1 WHERE id = $2`, address, s.sent)
			status, text, _ := b.get("/m/" + handle + "/go")
			s.want(address, status, text, 404, "没有可以打开的原文")
			if strings.Contains(text, address) {
				t.Errorf("%s stands on the page", address)
			}
		}
	})
}
