package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/store/storetest"
)

const sendPath = "/console/app/97/send"

// draft is the form of a text to these people.
func draft(text string, uids ...push.UID) url.Values {
	f := url.Values{"kind": {"1"}, "content": {text}, "when": {"now"}, "audience": {"0"}}
	for _, uid := range uids {
		f.Add("uid", string(uid))
	}
	return f
}

func (s *site) messages() int { return s.count(`SELECT COUNT(*) FROM message`) }

// The same form twice, and eight times at once, is one message, and everybody
// who sent it is led to it.
func TestSend_TheSameFormTwiceSendsOnce(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		uid := s.follows(97).user().UID
		form := draft("磁盘将满", uid)
		form.Set("once", m.developer.ticket())
		var mu sync.Mutex
		ended := map[string]int{}
		var wg sync.WaitGroup
		for range 8 {
			twin := *m.developer
			wg.Go(func() {
				twin.post(sendPath, form)
				mu.Lock()
				defer mu.Unlock()
				ended[fmt.Sprint(twin.Last.StatusCode, " ", twin.Last.Request.URL.Path)]++
			})
		}
		wg.Wait()
		if len(ended) != 1 || s.messages() != 1 || s.count(`SELECT COUNT(*) FROM delivery`) != 1 {
			t.Errorf("%d messages; they ended at %v", s.messages(), ended)
		}
		if n := s.count(`SELECT COUNT(*) FROM audit WHERE action = 'message.send' AND user_id > 0 AND via = 'console'`); n != 1 {
			t.Errorf("%d lines in the audit log", n)
		}
		// Another message in the same form, from the browser's way back, is not
		// taken for the first.
		form.Set("content", "另一条")
		if got := m.developer.post(sendPath, form); got != http.StatusConflict || s.messages() != 1 {
			t.Errorf("another draft by a used form: %d, %d messages", got, s.messages())
		}
	})
}

// TestF1_SendSurvivesACrash: the database is lost between the form's arrival
// and the message. Nothing was used up, so the same form, which the browser
// still has, sends once.
func TestF1_SendSurvivesACrash(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		form := draft("磁盘将满", s.follows(97).user().UID)
		form.Set("once", m.developer.ticket())
		s.exec(`ALTER TABLE content RENAME TO content_lost`)
		if got := m.developer.post(sendPath, form); got != http.StatusInternalServerError {
			t.Fatalf("without a table: %d", got)
		}
		s.exec(`ALTER TABLE content_lost RENAME TO content`)
		for range 2 {
			if got := m.developer.post(sendPath, form); got != http.StatusOK || s.messages() != 1 {
				t.Errorf("again: %d, %d messages", got, s.messages())
			}
		}
	})
}

func TestSend_KeepsWhatWasTyped(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		topic, err := s.push.CreateTopic(s.Context(), 97, "优惠")
		s.must(err)
		uid := s.follows(97).user().UID
		hostile := `</textarea><script>alert(1)</script>"'`
		for what, c := range map[string]struct {
			change url.Values
			wrong  string
		}{
			"no content":    {url.Values{"content": {""}}, "不能为空"},
			"a bad address": {url.Values{"url": {"javascript:alert(1)"}}, "http://"},
			"nobody":        {url.Values{"uid": nil, "uids": {" , \n"}}, "还没有接收者"},
			"too many":      {url.Values{"uids": {strings.Repeat("UID_a\nUID_b ", 1) + manyUIDs(2001)}}, "最多2000个"},
			"six topics":    {url.Values{"topic": {"1", "2", "3", "4", "5", "6"}}, "最多5个"},
			"no time":       {url.Values{"when": {"at"}, "at": {""}}, "完整的日期"},
			"a time past":   {url.Values{"when": {"at"}, "at": {s.local(-time.Hour)}}, "已经过去"},
			"a far time":    {url.Values{"when": {"at"}, "at": {s.local(31 * 24 * time.Hour)}}, "30 天"},
			"a kind":        {url.Values{"kind": {"9"}}, "只能是1"},
			"a stranger":    {url.Values{"uid": {"UID_nobody"}}, "用户UID=[UID_nobody]不存在"},
		} {
			form := draft("正文 "+hostile, uid)
			form.Set("summary", "摘要 "+hostile)
			for k, v := range c.change {
				form[k] = v
			}
			if got := m.developer.send(sendPath, form); got != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d, want 422", what, got)
			}
			m.developer.shows(c.wrong, `摘要 &lt;/textarea&gt;`)
			if strings.Contains(body(m.developer.Page), "<script>alert") {
				t.Errorf("%s: the page runs what was typed", what)
			}
		}
		if n := s.messages(); n != 0 {
			t.Errorf("%d messages", n)
		}
		_ = topic
	})
}

func manyUIDs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "UID_%d,", i)
	}
	return b.String()
}

// local is a time from now as a browser writes it.
func (s *site) local(from time.Duration) string {
	return s.db.Now().Add(from).In(time.FixedZone("CST", 8*3600)).Format("2006-01-02T15:04")
}

var agreedOf = regexp.MustCompile(`name="agreed" value="([^"]+)"`)

// A topic is sent to after a question that names it, and the answer holds for
// exactly what was asked.
func TestSend_ManyAreAskedFor(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		topic, err := s.push.CreateTopic(s.Context(), 97, "优惠")
		s.must(err)
		s.crowd(topic.ID, 3)
		form := draft("大减价")
		form.Set("topic", fmt.Sprint(topic.ID))
		m.developer.send(sendPath, form)
		m.developer.shows("确认发送", "主题「优惠」的 3 人")
		agreed := agreedOf.FindStringSubmatch(m.developer.Page)[1]
		form.Set("agreed", agreed)
		form.Set("content", "大减价，改过了")
		m.developer.send(sendPath, form)
		m.developer.shows("确认发送")
		if n := s.messages(); n != 0 {
			t.Fatalf("%d messages before the right answer", n)
		}
		form.Set("content", "大减价")
		m.developer.send(sendPath, form)
		m.developer.shows("正在发送")
		if n := s.messages(); n != 1 {
			t.Errorf("%d messages", n)
		}
	})
}

// The person's own phone gets it, whoever the form is for, and the form stays.
func TestSend_ToMeFirst(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		other := s.follows(97).user().UID
		form := draft("试一下", other)
		form.Set("to", "me")
		if got := m.developer.send(sendPath, form); got != http.StatusUnprocessableEntity {
			t.Errorf("who does not follow the app: %d", got)
		}
		m.developer.shows("未订阅应用", string(other))
		m.developerPhone.say("#97")
		form.Set("once", m.developer.ticket())
		for range 2 {
			if got := m.developer.post(sendPath, form); got != http.StatusOK {
				t.Errorf("to me: %d", got)
			}
		}
		m.developer.shows("已发给你自己", "试一下", string(other))
		if n := s.count(`SELECT COUNT(*) FROM delivery WHERE user_id = $1`, int64(m.developerPhone.user().ID)); n != 1 || s.messages() != 1 {
			t.Errorf("%d cards for the person, %d messages", n, s.messages())
		}
	})
}

// What some cannot get is told for each of them.
func TestSend_TellsWhoGetsNothing(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		form := draft("磁盘将满", s.follows(97).user().UID, "UID_nobody")
		m.developer.send(sendPath, form)
		m.developer.shows("已提交 1 个接收者，另有 1 个没有发出", "用户UID=[UID_nobody]不存在")
	})
}

// The preview is the page that readers get, to the byte but for its date and
// its ways out, under the same policy; asking for it changes nothing.
func TestPreview_IsThePage(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		p := s.follows(97)
		changed := storetest.Watch(s, s.db, held(s)...)
		for i, body := range []string{"第一行\n  第二行", `<p style="color:red">红</p><script>alert(1)</script><copy data-clipboard-text="5">码</copy>`, report} {
			kind := content.Kind(i + 1)
			form := draft(body)
			form.Set("kind", fmt.Sprint(int(kind)))
			form.Set("url", "https://example.com/a?b=1&c=2")
			changed() // so far
			if got := m.developer.post(sendPath+"/page", form); got != http.StatusOK {
				t.Fatalf("preview: %d", got)
			}
			if rows := changed(); rows != "" {
				t.Errorf("the preview changed something:\n%s", rows)
			}
			preview, policy := m.developer.Page, m.developer.Last.Header.Get("Content-Security-Policy")
			receipts, err := s.push.SendFrom(s.Context(), 97, push.Draft{Kind: kind, Content: body, URL: form.Get("url"), UIDs: []push.UID{p.user().UID}})
			s.must(err)
			if got := m.developer.get(fmt.Sprintf("/console/app/97/messages/%d/page", receipts[0].Message)); got != http.StatusOK || main(m.developer.Page) != main(preview) {
				t.Errorf("the sent message's page in the console: %d", got)
			}
			reader := s.browser()
			reader.get("/api/message/" + s.push.Handle(int64(s.count(`SELECT MAX(id) FROM message`)), p.user().ID))
			if main(reader.Page) != main(preview) || !strings.Contains(preview, `class="article-content"`) {
				t.Errorf("kind %d: the preview\n%s\nis not the page\n%s", kind, main(preview), main(reader.Page))
			}
			if want := strings.Replace(reader.Last.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'", "frame-ancestors 'self'", 1); policy != want {
				t.Errorf("policy %s\nwant %s", policy, want)
			}
			if m.developer.Last.Header.Get("X-Frame-Options") != "" {
				t.Error("our own pages may not frame it")
			}
		}
	})
}

// main is a document but for its date and ways out.
func main(page string) string {
	page = regexp.MustCompile(`<time.*?</time>`).ReplaceAllString(page, "")
	page = regexp.MustCompile(`href="(#|/m/[^"]*|https://example\.com[^"]*)"`).ReplaceAllString(page, "href")
	return page
}

// TestPreview_FollowsWhatIsTyped: the card as WeChat shows it, with its title
// and labels, and what is cut from it.
func TestPreview_FollowsWhatIsTyped(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		form := draft("三号机房的磁盘使用率到了百分之九十一，请在今天下班前清理")
		if got := m.developer.do("POST", sendPath+"/preview", form, http.Header{"Hx-Request": {"true"}}); got != http.StatusOK {
			t.Fatal(got)
		}
		m.developer.shows("消息通知", "内容", "三号机房的磁盘使用率到了百分之九十一，…", "已截断", "服务器监控", "还没有接收者")
		if strings.Contains(m.developer.Page, "<html") {
			t.Error("the part comes with a page around it")
		}
	})
}

func TestSend_FindsFollowers(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		first, second := string(s.follows(97).user().UID), string(s.follows(97).user().UID)
		stranger := s.phone()
		_, err := stranger.Follow(s.Context())
		s.must(err)
		find := func(q string) string {
			form := draft("x", push.UID(second))
			form.Set("q", q)
			m.developer.do("POST", sendPath+"/find", form, http.Header{"Hx-Request": {"true"}})
			return m.developer.Page
		}
		for q, want := range map[string]bool{first: true, first[len(first)-5:]: true, strings.ToLower(first[len(first)-6:]): true, "": true, "%": false, string(stranger.user().UID): false} {
			page := find(q)
			if got := strings.Contains(page, `value="`+first+`">`); got != want {
				t.Errorf("%q finds the follower: %v, want %v", q, got, want)
			}
			if !strings.Contains(page, `value="`+second+`" checked`) {
				t.Errorf("%q: the ticked one is gone", q)
			}
			if strings.Contains(page, string(stranger.user().UID)) {
				t.Errorf("%q: somebody who does not follow the app is shown", q)
			}
		}
		// Without a script it is a button, and the page keeps what was typed.
		form := draft("写到一半")
		form.Set("q", first)
		m.developer.post(sendPath+"/find", form)
		m.developer.shows("写到一半", first, "<html")
	})
}
