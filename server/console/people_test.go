package console_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// hostileTexts run nothing wherever they stand.
var hostileTexts = []string{
	`<script>document.title="ran"</script>`, `"><img src=x onerror='document.title="ran"'>`, `' onmouseover='document.title="ran"`,
	"\u202eabc\u202d", "𠮷野家🐉" + `</code>`, `{{.Ticket}}`, `javascript:document.title="ran"`, "=HYPERLINK(\"http://evil.example\",\"x\")",
}

var uidLink = regexp.MustCompile(`/people/(UID_[A-Z0-9]{32})"`)

// listed are the UIDs of the list on the page.
func (b *browser) listed() (all []string) {
	for _, m := range uidLink.FindAllStringSubmatch(b.Page, -1) {
		all = append(all, m[1])
	}
	return all
}

func uidOf(p *phone) string { return string(p.user().UID) }

// TestPeople_AreFoundByWhatIsKnownOfThem: by UID, by its end, by the code's
// parameter, by state and by day.
func TestPeople_AreFoundByWhatIsKnownOfThem(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		ming, hong := s.follows(97), s.follows(97)
		s.exec(`UPDATE subscription SET extra = '海报 <1>', source = 'scan' WHERE user_id = $1`, int64(hong.user().ID))
		s.must(s.push.RejectFollower(s.Context(), 97, 0, ming.user().UID, true))
		uid := uidOf(ming)
		for query, want := range map[string][]string{
			"":                                  {uidOf(hong), uid},
			"?uid=" + uid:                       {uid},
			"?uid=" + uid[30:]:                  {uid},
			"?uid=" + strings.ToLower(uid[28:]): {uid},
			"?uid=UID_X":                        nil,
			"?extra=" + url.QueryEscape("海报 <1>"):   {uidOf(hong)},
			"?state=rejected":                       {uid},
			"?source=scan":                          {uidOf(hong)},
			"?state=paid":                           nil,
			"?since=2000-01-01&source=command":      {uid},
			"?since=2100-01-01":                     nil,
			"?state=nonsense&source=&unknown=field": {uidOf(hong), uid},
		} {
			if got := m.reader.get("/console/app/97/people" + query); got != http.StatusOK {
				t.Errorf("%s answered %d", query, got)
			}
			if got := fmt.Sprint(m.reader.listed()); got != fmt.Sprint(want) {
				t.Errorf("%s lists %s, want %s", query, got, want)
			}
		}
		for query, want := range map[string]string{"?uid=ABC": "至少6个字符", "?since=yesterday": "请填写日期"} {
			if got := m.reader.get("/console/app/97/people" + query); got != http.StatusUnprocessableEntity {
				t.Errorf("%s answered %d", query, got)
			}
			m.reader.shows(want)
		}
		m.reader.do("GET", "/console/app/97/people?uid="+uid, nil, http.Header{"Hx-Request": {"true"}})
		if strings.Contains(m.reader.Page, "<html") || len(m.reader.listed()) != 1 {
			t.Errorf("a search while typing answers more than the list:\n%.300s", m.reader.Page)
		}
	})
}

// TestPeople_ActionsChangeOnceAndAreWrittenDown: reject, lift, put into a
// topic, take out, remove; each with its line in the audit log.
func TestPeople_ActionsChangeOnceAndAreWrittenDown(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		ming := s.follows(97)
		topic, err := s.push.CreateTopic(s.Context(), 97, "夜间构建")
		s.must(err)
		other, _, err := s.push.CreateApp(s.Context(), push.NewApp{Name: "别人的"})
		s.must(err)
		foreign, err := s.push.CreateTopic(s.Context(), other.ID, "别人的主题")
		s.must(err)
		here := "/console/app/97/people/" + uidOf(ming)
		b := m.developer
		act := func(path string, want int, form ...string) {
			t.Helper()
			if got := b.send(path, filledForm(form...)); got != want {
				t.Errorf("%s %v answered %d, want %d\n%.300s", path, form, got, want, body(b.Page))
			}
		}
		id := fmt.Sprint(topic.ID)
		act(here+"/join", http.StatusOK, "topic", id)
		b.shows("已加入主题", "夜间构建")
		act(here+"/join", http.StatusOK, "topic", id)
		act(here+"/join", http.StatusNotFound, "topic", fmt.Sprint(foreign.ID))
		act(here+"/join", http.StatusNotFound, "topic", "x")
		act(here+"/join", http.StatusNotFound)
		act(here+"/reject", http.StatusOK, "on", "1")
		b.shows("已屏蔽", "解除屏蔽")
		act(here+"/join", http.StatusConflict, "topic", id)
		b.shows("请先在对方的页面上解除屏蔽")
		act(here+"/reject", http.StatusOK, "on", "0")
		act(here+"/leave", http.StatusOK, "topic", id)
		b.shows("以前关注过", "没有关注任何主题")
		act(here+"/join", http.StatusOK, "topic", id)
		act(here+"/leave", http.StatusOK, "topic", id, "back", "topic")
		if got := b.Last.Request.URL.Path; got != "/console/app/97/topics/"+id {
			t.Errorf("led to %s, want the topic", got)
		}
		act(here+"/join", http.StatusOK, "topic", id)
		act(here+"/remove", http.StatusOK)
		if got := b.get(here); got != http.StatusOK {
			t.Errorf("one who left: %d", got)
		}
		b.shows("没有关注应用")
		if got := len(m.reader.listedAt("/console/app/97/people")); got != 0 {
			t.Errorf("%d followers listed, want none", got)
		}
		for _, stranger := range []string{uidOf(m.strangerPhone), "UID_x", "%00", strings.Repeat("A", 100)} {
			if got := b.get("/console/app/97/people/" + stranger); got != http.StatusNotFound {
				t.Errorf("page of %.10s: %d", stranger, got)
			}
		}
		for _, stranger := range []string{uidOf(m.strangerPhone), "UID_x"} {
			act("/console/app/97/people/"+stranger+"/remove", http.StatusNotFound)
			act("/console/app/97/people/"+stranger+"/reject", http.StatusNotFound, "on", "1")
		}
		changed, _, err := s.push.Audit(s.Context(), push.AuditFilter{App: 97, Action: "follower", Limit: 100})
		s.must(err)
		var lines []string
		for _, c := range changed {
			if c.UID != m.developerPhone.user().UID || c.Via != push.ViaConsole || c.Subject != uidOf(ming) {
				t.Errorf("audit %+v", c)
			}
			lines = append(lines, c.Action+c.Before+c.After)
		}
		name := "#" + id + " 夜间构建"
		want := []string{
			"follower.remove" + name, "follower.remove", "follower.add" + name, "follower.remove" + name, "follower.add" + name, "follower.remove" + name,
			"follower.accept", "follower.reject", "follower.add" + name,
		}
		if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("audit:\n%s\nwant\n%s", got, strings.Join(want, "\n"))
		}
	})
}

func filledForm(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func (b *browser) listedAt(path string) []string {
	b.s.Helper()
	if got := b.get(path); got != http.StatusOK {
		b.s.Errorf("%s answered %d", path, got)
	}
	return b.listed()
}

// TestF35_ExportIsDataToSpreadsheets: every follower once, in UTF-8 that Excel
// knows, and no cell that is a formula.
func TestF35_ExportIsDataToSpreadsheets(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		extras := append([]string{"+1", "-1", "@x", "=1", "\t=1", "＝1", "a=1", "雁\"，\r\n,雁"}, hostileTexts...)
		topic, err := s.push.CreateTopic(s.Context(), 97, `=cmd|'/c calc'!A1`)
		s.must(err)
		for _, extra := range extras {
			ming := s.follows(97)
			s.exec(`UPDATE subscription SET extra = $2 WHERE user_id = $1`, int64(ming.user().ID), extra)
			s.must(s.push.AddToTopic(s.Context(), 97, topic.ID, ming.user().UID))
		}
		if got := m.developer.get("/console/app/97/people.csv"); got != http.StatusOK {
			t.Fatalf("export: %d", got)
		}
		rest, bom := strings.CutPrefix(m.developer.Page, "\ufeff")
		if !bom || !strings.Contains(m.developer.Last.Header.Get("Content-Disposition"), `attachment; filename="hongyan-97-`) {
			t.Errorf("BOM %v, %v", bom, m.developer.Last.Header)
		}
		rows, err := csv.NewReader(strings.NewReader(rest)).ReadAll()
		s.must(err)
		if len(rows) != len(extras)+1 || rows[0][0] != "UID" || rows[0][2] != "参数" {
			t.Fatalf("%d rows, heads %q", len(rows), rows[0])
		}
		for i, row := range rows[1:] {
			want := strings.ReplaceAll(extras[len(extras)-1-i], "\r\n", "\n") // as csv reads it
			if got := row[2]; got != want && got != "'"+want {
				t.Errorf("row %d has %q, want %q", i, got, want)
			}
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t＝", []rune(cell)[0]) {
					t.Errorf("cell %q is a formula", cell)
				}
			}
		}
		m.developer.get(fmt.Sprintf("/console/app/97/people.csv?topic=%d&extra=%s", topic.ID, "x"))
		if got := strings.Count(m.developer.Page, "\n"); got != 1 {
			t.Errorf("%d lines of nobody, want the heads", got)
		}
		for query, want := range map[string]int{"?topic=9999": 404, "?topic=x": 404, "?since=x": 422, "?uid=abc": 422} {
			if got := m.developer.get("/console/app/97/people.csv" + query); got != want {
				t.Errorf("export %s: %d, want %d", query, got, want)
			}
		}
	})
}

// TestPeople_ProfileTellsMessagesAndCommands of this app alone.
func TestPeople_ProfileTellsMessagesAndCommands(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		ming := s.follows(97)
		other, token, err := s.push.CreateApp(s.Context(), push.NewApp{ID: 98, Name: "另一个", CallbackURL: "https://dev.example/b"})
		s.must(err)
		s.exec(`INSERT INTO endpoint (app_id, url, secret) SELECT 97, url, secret FROM endpoint WHERE app_id = $1`, int64(other.ID))
		ming.say("#98")
		for _, to := range []string{m.token, token} {
			_, err := s.push.Send(s.Context(), to, push.Draft{Content: "磁盘将满 " + to[:6], Kind: 1, UIDs: []push.UID{ming.user().UID}})
			s.must(err)
		}
		s.event(ming, "重启 <服务器>", 97)
		s.event(ming, "别家的指令", 98)
		m.reader.get("/console/app/97/people/" + uidOf(ming))
		m.reader.shows("磁盘将满", "等待发送", "重启 &lt;服务器&gt;")
		if strings.Contains(m.reader.Page, "别家的指令") || strings.Contains(body(m.reader.Page), "磁盘将满 "+token[:6]+"</a>") && strings.Count(body(m.reader.Page), "磁盘将满") > 1 {
			t.Error("the page tells of another app")
		}
	})
}

// event is a command as if it had come, without a developer who answers.
func (s *site) event(p *phone, text string, app push.AppID) {
	s.Helper()
	_, err := s.push.Once(s.Context(), push.Inbound{Key: "command " + text, OpenID: push.OpenID(p.OpenID), At: s.db.Now()}, func(t *push.Turn) error {
		return s.push.Uplink(t, app, text)
	})
	s.must(err)
}

// TestTopics_AreMadeNamedAndDeleted, and tell how they grow.
func TestTopics_AreMadeNamedAndDeleted(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		b := m.developer
		if got := b.send("/console/app/97/topics/new", filledForm("name", strings.Repeat("长", 65))); got != http.StatusUnprocessableEntity {
			t.Errorf("a long name: %d", got)
		}
		b.shows("最多64个字符", strings.Repeat("长", 65))
		b.send("/console/app/97/topics/new", filledForm("name", "优惠 <b>"))
		b.shows("主题「优惠 &lt;b&gt;」已建好", "永久有效", "还没有人关注这个主题")
		here := b.Last.Request.URL.Path
		for range 2 {
			ming := s.follows(97)
			ming.scan(handleOf.FindStringSubmatch(b.Page)[1])
		}
		b.get(here)
		b.shows(">2</dd>", "+2", "&#34;新增&#34;")
		if got := b.send(here+"/name", filledForm("name", "")); got != http.StatusUnprocessableEntity {
			t.Errorf("no name: %d", got)
		}
		b.send(here+"/name", filledForm("name", "特价"))
		b.shows("已保存", "特价", "删除主题「特价」", "2 人将不再收到它的消息")
		m.reader.get("/console/app/97/topics?search=" + url.QueryEscape("特"))
		m.reader.shows("特价")
		m.reader.get("/console/app/97/topics?search=" + url.QueryEscape("优惠"))
		m.reader.shows("没有这样的主题")
		b.send(here+"/delete", nil)
		b.shows("主题已删除", "还没有主题")
		if got := b.get(here); got != http.StatusNotFound {
			t.Errorf("a deleted topic: %d", got)
		}
		other, _, err := s.push.CreateApp(s.Context(), push.NewApp{Name: "别人的"})
		s.must(err)
		foreign, err := s.push.CreateTopic(s.Context(), other.ID, "别人的主题")
		s.must(err)
		for _, action := range []string{"", "/name", "/delete"} {
			path := fmt.Sprintf("/console/app/97/topics/%d%s", foreign.ID, action)
			got := 0
			if action == "" {
				got = b.get(path)
			} else {
				got = b.send(path, filledForm("name", "x"))
			}
			if got != http.StatusNotFound {
				t.Errorf("%s: %d", path, got)
			}
		}
		if got := s.count(`SELECT COUNT(*) FROM audit WHERE action IN ('topic.create', 'topic.rename', 'topic.delete') AND via = 'console'`); got != 3 {
			t.Errorf("%d lines in the audit log, want 3", got)
		}
	})
}

// TestCodes_CarryWhatTheySay: made by the form, scanned, listed, expired; and
// the app's own.
func TestCodes_CarryWhatTheySay(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		b := m.developer
		for _, c := range []struct{ extra, valid, unit, want string }{
			{"", "1", "60", "1到64个字符"}, {"a", "0", "60", "1到2592000秒之间"}, {"a", "31", "86400", "现在是2678400秒"}, {"a", "x", "60", "1到2592000秒之间"}, {"海报", "1", "y", "1到2592000秒之间"},
		} {
			if got := b.send("/console/app/97/codes", filledForm("extra", c.extra, "valid", c.valid, "unit", c.unit)); got != http.StatusUnprocessableEntity {
				t.Errorf("%+v answered %d", c, got)
			}
			b.shows(c.want, `value="`+c.valid+`"`)
		}
		b.send("/console/app/97/codes", filledForm("extra", "海报 <1>", "valid", "2", "unit", "3600"))
		b.shows("二维码已生成", "海报 &lt;1&gt;", "还没有人扫过")
		here := b.Last.Request.URL.Path
		handle := handleOf.FindStringSubmatch(b.Page)[1]
		ming := s.phone()
		ming.scan(handle)
		m.reader.get(here)
		m.reader.shows(uidOf(ming), "已关注", "近 30 天扫码 1 次")
		m.reader.get("/console/app/97/codes?search=" + url.QueryEscape("海报 <"))
		m.reader.shows("海报 &lt;1&gt;", uidOf(ming)[:8])
		s.clock.Advance(2*time.Hour + time.Minute)
		m.reader.get(here)
		m.reader.shows("已过期", "二维码已过期")
		m.reader.get("/console/app/97/codes?state=expired")
		m.reader.shows("海报 &lt;1&gt;")
		m.reader.get("/console/app/97/codes?state=valid")
		m.reader.shows("没有这样的二维码")
		if got := b.send(here+"/draw", nil); got != http.StatusNotFound {
			t.Errorf("a picture of an expired code: %d", got)
		}
		m.reader.get("/console/app/97/codes")
		m.reader.shows("还没有二维码")
		for range 2 {
			b.send("/console/app/97/codes/permanent", nil)
			b.shows("永久有效")
		}
		own := handleOf.FindStringSubmatch(body(b.Page))[1]
		if got := ming.scan(own); !strings.Contains(got, "服务器监控") {
			t.Errorf("the app's code says %q", got)
		}
		foreign, _, err := s.push.CreateApp(s.Context(), push.NewApp{ID: 98, Name: "别人的"})
		s.must(err)
		code, err := s.push.NewSceneOf(s.Context(), foreign.ID, push.NewScene{Extra: "秘密"})
		s.must(err)
		login := s.word(`SELECT handle FROM scene WHERE purpose = 'approval' LIMIT 1`)
		for _, bad := range []string{code.Handle, login, "x", "AAAAAAAAAAAAAAAAAAAAAA"} {
			for _, path := range []string{"", "/live"} {
				if got := b.get("/console/app/97/codes/" + bad + path); got != http.StatusNotFound {
					t.Errorf("%s%s: %d", bad, path, got)
				}
			}
		}
	})
}

// word reads one text of the database.
func (s *site) word(query string, args ...any) (text string) {
	s.Helper()
	s.must(s.db.View(s.Context(), func(tx *store.Tx) error { return tx.QueryRow(query, args...).Scan(&text) }))
	return text
}
