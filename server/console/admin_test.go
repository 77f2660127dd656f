package console_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/console"
	"hongyan/store"
)

// audited counts lines of the audit log with an action.
func (s *site) audited(action string) int {
	s.Helper()
	return s.count(`SELECT COUNT(*) FROM audit WHERE action = $1`, action)
}

// TestAdmin_MakesAndUnmakesAdministratorsByAStep: only with the phone, and the
// last one stays.
func TestAdmin_MakesAndUnmakesAdministratorsByAStep(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		path := "/console/admin/users/" + string(m.strangerPhone.user().UID) + "/admin"
		if got := m.admin.send(path, url.Values{"on": {"1"}}); got != http.StatusAccepted || m.strangerPhone.user().Admin {
			t.Fatalf("without the phone: %d, administrator %v", got, m.strangerPhone.user().Admin)
		}
		if got := m.admin.allow(m.adminPhone, path, url.Values{"on": {"1"}}); got != http.StatusOK || !m.strangerPhone.user().Admin {
			t.Fatalf("with the phone: %d\n%.500s", got, body(m.admin.Page))
		}
		if got := m.stranger.get("/console/admin/"); got != http.StatusOK {
			t.Errorf("the new administrator gets %d", got)
		}
		s.clock.Advance(4 * time.Second)
		if m.admin.allow(m.adminPhone, path, url.Values{"on": {"0"}}); m.strangerPhone.user().Admin {
			t.Error("is still an administrator")
		}
		if got := m.stranger.get("/console/admin/"); got != http.StatusNotFound {
			t.Errorf("who is none any more gets %d", got)
		}
		s.clock.Advance(4 * time.Second)
		self := "/console/admin/users/" + string(m.adminPhone.user().UID) + "/admin"
		if got := m.admin.allow(m.adminPhone, self, url.Values{"on": {"0"}}); got != http.StatusConflict || !m.adminPhone.user().Admin {
			t.Errorf("the last one: %d", got)
		}
		if a, p := s.audited("user.admin"), s.audited("user.plain"); a != 2 || p != 1 { // the first came by the link
			t.Errorf("audit log: %d made, %d unmade", a, p)
		}
	})
}

func TestAdmin_BarringEndsSessionsAtOnce(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		path := "/console/admin/users/" + string(m.ownerPhone.user().UID)
		if m.admin.send(path+"/sessions/end", nil); m.owner.get("/console/me") != 200 || m.owner.Last.Request.URL.Path != "/console/login" {
			t.Errorf("sessions were ended, and the owner sees %s", m.owner.Last.Request.URL)
		}
		m.owner.signIn(m.ownerPhone)
		m.admin.send(path+"/bar", url.Values{"on": {"1"}})
		m.admin.shows("禁止进入控制台")
		if m.owner.get("/console/me"); m.owner.Last.Request.URL.Path != "/console/login" {
			t.Errorf("is barred, and sees %s", m.owner.Last.Request.URL)
		}
		if n := s.count(`SELECT COUNT(*) FROM session WHERE user_id = $1`, int64(m.ownerPhone.user().ID)); n != 0 {
			t.Errorf("%d sessions of somebody barred", n)
		}
		m.admin.send(path+"/bar", url.Values{"on": {"0"}})
		m.owner.signIn(m.ownerPhone)
		if got := m.owner.get("/console/me"); got != 200 || m.owner.Last.Request.URL.Path != "/console/me" {
			t.Errorf("was let in again, and sees %s", m.owner.Last.Request.URL)
		}
		if s.audited("session.end") != 1 || s.audited("user.bar") != 1 || s.audited("user.unbar") != 1 {
			t.Error("the audit log misses something")
		}
	})
}

// TestAdmin_NoOpenIDAndNoSecretOnAnyPage
func TestAdmin_NoOpenIDAndNoSecretOnAnyPage(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		uid := string(m.ownerPhone.user().UID)
		for _, path := range []string{"", "account", "templates", "users", "users/" + uid, "apps", "apps/97", "limits", "reports", "jobs", "log", "backup"} {
			if got := m.admin.get("/console/admin/" + path); got != http.StatusOK {
				t.Errorf("%s: %d", path, got)
			}
			for _, secret := range []string{m.ownerPhone.OpenID, m.adminPhone.OpenID, m.token, "fedcba9876543210"} {
				if strings.Contains(m.admin.Page, secret) {
					t.Errorf("%s shows %q", path, secret)
				}
			}
		}
	})
}

func TestAdmin_SuspendsAnAppForAllToSee(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		const path = "/console/admin/apps/97"
		if got := m.admin.send(path+"/suspend", url.Values{"reason": {""}}); got != http.StatusUnprocessableEntity {
			t.Errorf("without a reason: %d", got)
		}
		long := strings.Repeat("字", 201)
		if got := m.admin.send(path+"/suspend", url.Values{"reason": {long}}); got != http.StatusUnprocessableEntity || !strings.Contains(m.admin.Page, long) {
			t.Errorf("too long: %d, or what was typed is lost", got)
		}
		m.admin.send(path+"/suspend", url.Values{"reason": {"群发广告"}})
		m.admin.shows("应用已停用", "群发广告", "恢复应用")
		if got := m.readerPhone.say("#97"); !strings.Contains(got, "停用") {
			t.Errorf("who follows is told %q", got)
		}
		b := s.browser()
		b.get("/api/send/message?appToken=" + m.token + "&content=x&uid=" + string(m.readerPhone.user().UID))
		if !strings.Contains(b.Page, `"code":1001`) || !strings.Contains(b.Page, "群发广告") {
			t.Errorf("the sender is told %s", b.Page)
		}
		r, _ := http.NewRequest("POST", s.base+"/api/v1/messages", strings.NewReader(`{"content":"x","uids":["`+string(m.readerPhone.user().UID)+`"]}`))
		r.Header.Set("Authorization", "Bearer "+m.token)
		r.Header.Set("Content-Type", "application/json")
		if got := b.round(r); got != http.StatusForbidden || !strings.Contains(b.Page, "群发广告") {
			t.Errorf("v1 answers %d %s", got, b.Page)
		}
		b.get("/follow?type=1&id=97&qr=1")
		m.admin.send(path+"/lift", nil)
		m.admin.shows("应用已恢复")
		if got := m.readerPhone.say("#97"); !strings.Contains(got, "已关注") {
			t.Errorf("who follows after the lifting is told %q", got)
		}
	})
}

func TestAdmin_GivesAnAppAway(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		s.exec(`DELETE FROM app_member`)
		m.admin.get("/console/admin/apps/97")
		m.admin.shows("这个应用没有所有者")
		if got := m.admin.allow(m.adminPhone, "/console/admin/apps/97/owner", url.Values{"uid": {string(m.strangerPhone.user().UID)}}); got != 200 {
			t.Fatalf("%d\n%.500s", got, body(m.admin.Page))
		}
		if _, role, err := s.push.RoleOf(t.Context(), m.strangerPhone.user().ID, 97); err != nil || role != push.Owner {
			t.Errorf("role %q, %v", role, err)
		}
		s.clock.Advance(4 * time.Second)
		if got := m.admin.allow(m.adminPhone, "/console/admin/apps/97/owner", url.Values{"uid": {"UID_nobody"}}); got != http.StatusNotFound {
			t.Errorf("nobody: %d", got)
		}
	})
}

func TestAdmin_LimitsAreKeptRefusedAndTakenBack(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		if got := m.admin.send("/console/admin/limits", url.Values{"sends": {"-3"}, "perUser": {"很多"}, "apps": {"7"}}); got != 422 {
			t.Errorf("wrong input: %d", got)
		}
		m.admin.shows(`value="-3"`, `value="很多"`, `value="7"`, "请填 0 或正整数")
		if got := m.admin.send("/console/admin/limits", url.Values{"sends": {"-3"}}); got != 422 || !strings.Contains(m.admin.Page, "应在0到") {
			t.Errorf("-3: %d", got)
		}
		m.admin.send("/console/admin/limits", url.Values{"sends": {"50"}, "makers": {"admins"}})
		m.admin.shows("限额已保存", `value="50"`)
		if got := s.push.Limits(); got.Sends != push.SendsOf(50) || !got.OnlyAdmins || got.PerUser != push.PerUserOf(2000) {
			t.Errorf("limits %+v", got)
		}
		if got := m.owner.send("/console/apps/new", url.Values{"name": {"新应用"}}); got != http.StatusUnprocessableEntity {
			t.Errorf("who is no administrator makes an app: %d", got)
		}
		m.admin.send("/console/admin/limits/reset", nil)
		if got := s.push.Limits(); got != s.push.ConfiguredLimits() {
			t.Errorf("limits %+v", got)
		}
		m.admin.send("/console/admin/apps/97/limit", url.Values{"sends": {"3"}})
		if got := s.push.SendLimit(m.token); got != push.SendsOf(3) {
			t.Errorf("the app's limit %+v", got)
		}
		m.admin.send("/console/admin/apps/97/limit", url.Values{"sends": {""}})
		if got := s.push.SendLimit(m.token); got != push.SendsOf(20) {
			t.Errorf("the app's limit %+v", got)
		}
		if s.audited("limits.set") != 2 || s.audited("app.limit") != 2 {
			t.Error("the audit log misses something")
		}
	})
}

func TestAdmin_TemplateIsChosenTriedAndTakenBack(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		m.admin.get("/console/admin/templates")
		m.admin.shows("消息通知", "使用中", "thing2", "20 个字以内，任意文字", "三号机柜温度")
		id := "SANDBOX_template_0000000000000000000000000001"
		wrong := url.Values{"id": {id}, "f.thing1": {"{sumary}"}, "f.time3": {"{time}"}}
		if got := m.admin.send("/console/admin/templates", wrong); got != 422 {
			t.Errorf("a wrong placeholder: %d", got)
		}
		m.admin.shows(`value="{sumary}"`, "{summary}", "没有这个占位符")
		good := url.Values{"id": {id}, "f.thing1": {"{app}"}, "f.thing2": {"【{id}】{summary}"}, "f.time3": {"{time}"}, "f.character_string4": {"{id}"}}
		if got := m.admin.send("/console/admin/templates/try", good); got != 200 || !strings.Contains(m.admin.Page, "已发给你") || !strings.Contains(m.admin.Page, "【{id}】{summary}") {
			t.Errorf("tried: %d, or what was typed is lost\n%.800s", got, body(m.admin.Page))
		}
		chat := m.adminPhone.Chat()
		if last := chat[len(chat)-1]; last.Kind != "template" || last.Title != "消息通知" {
			t.Errorf("the phone shows %+v", last)
		}
		if s.push.CardTemplate() != nil {
			t.Error("a try was saved")
		}
		m.admin.send("/console/admin/templates", good)
		m.admin.shows("已保存", "恢复启动参数里的模板")
		if got := s.push.CardTemplate(); got == nil || got.Fields["thing2"] != "【{id}】{summary}" || s.cards.TemplateID() != id {
			t.Errorf("in use: %+v", got)
		}
		gone := url.Values{"id": {"NO_SUCH"}, "f.thing1": {"{app}"}}
		if got := m.admin.send("/console/admin/templates/try", gone); got != 422 || !strings.Contains(m.admin.Page, "微信没有收下") {
			t.Errorf("a template WeChat does not have: %d", got)
		}
		m.admin.send("/console/admin/templates/reset", nil)
		if s.push.CardTemplate() != nil {
			t.Error("the choice stays")
		}
		if s.audited("template.set") != 2 || s.audited("template.try") != 1 {
			t.Error("the audit log misses something")
		}
	})
}

func TestAdmin_HandlesReports(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		id := s.reported(m)["id"]
		m.admin.get("/console/admin/reports")
		m.admin.shows("恭喜", "诈骗", "服务器监控 1")
		m.admin.get("/console/admin/reports/" + id + "/page")
		m.admin.shows("中奖了")
		if got := m.admin.Last.Header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "sandbox; default-src 'none'") {
			t.Errorf("the policy of what a sender wrote is %q", got)
		}
		m.admin.send("/console/admin/reports/"+id, url.Values{"note": {"已停用应用"}, "remove": {"1"}})
		m.admin.shows("没有举报")
		m.admin.get("/console/admin/reports?state=handled")
		m.admin.shows("已停用应用")
		if got := m.admin.get("/console/admin/reports/" + id + "/page"); got != http.StatusNotFound {
			t.Errorf("the page that was taken away: %d", got)
		}
		for _, none := range []string{"4242", "x", "-1"} {
			if got := m.admin.get("/console/admin/reports/" + none); got != http.StatusNotFound {
				t.Errorf("report %s: %d", none, got)
			}
		}
	})
}

func TestAdmin_RunsAJobOnceAndShowsItsHistory(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		m.admin.send("/console/admin/jobs/quota", nil)
		m.admin.shows("已执行", "删除 12 行", "手动", "成功")
		s.clock.Advance(time.Second)
		if _, mine, err := s.push.AskRun(t.Context(), "quota"); err != nil || !mine { // which does not end
			t.Fatal(mine, err)
		}
		if got := m.admin.send("/console/admin/jobs/quota", nil); got != http.StatusConflict {
			t.Errorf("while it runs: %d", got)
		}
		if got := m.admin.send("/console/admin/jobs/rm-rf", nil); got != http.StatusNotFound {
			t.Errorf("no such job: %d", got)
		}
		m.admin.get("/console/admin/jobs")
		m.admin.shows("查询微信额度", "每 10 分钟", "每小时第 17 分钟", "每天 03:30", "进行中")
	})
}

// TestAdmin_LogFileRunsNoFormula: what people wrote begins no formula in a
// spreadsheet, and every line is in the file.
func TestAdmin_LogFileRunsNoFormula(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		evil := []string{`=HYPERLINK("http://x","y")`, "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "|calc", "平常", `"引号",逗号`}
		for _, text := range evil {
			s.must(s.push.Note(t.Context(), push.Change{App: 97, Action: "topic.rename", Subject: text, Before: text, After: text}))
		}
		if got := m.admin.get("/console/admin/log.csv?action=topic"); got != http.StatusOK {
			t.Fatal(got)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(m.admin.Page, "\ufeff"))).ReadAll()
		if err != nil || len(rows) != len(evil)+1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, row := range rows[1:] {
			want := evil[len(evil)-1-i]
			if want != "平常" && want[0] != '"' {
				want = "'" + want
			}
			if row[7] != want || row[8] != want || row[9] != want {
				t.Errorf("row %q, want %q", row, want)
			}
		}
		if got := m.admin.Last.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename=\"hongyan-log-") {
			t.Errorf("disposition %q", got)
		}
		m.admin.get("/console/admin/log?app=x")
		m.admin.shows("请填应用的编号")
		m.admin.get("/console/admin/log?who=" + string(m.adminPhone.user().UID))
		m.admin.shows("设为管理员")
	})
}

// TestAdmin_BackupGoesToItsEndAndIsDownloadedByAStep
func TestAdmin_BackupGoesToItsEndAndIsDownloadedByAStep(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		held, on := make(chan struct{}), make(chan struct{})
		s.process.backup = holding(held, on)
		m.admin.send("/console/admin/backup", nil)
		<-held
		m.admin.get("/console/admin/backup")
		m.admin.shows("正在备份", `value="25"`)
		if got := m.admin.send("/console/admin/backup", nil); got != http.StatusConflict {
			t.Errorf("a second one beside: %d", got)
		}
		close(on)
		for range 200 {
			if m.admin.get("/console/admin/backup"); strings.Contains(m.admin.Page, "备份完成") && s.audited("backup.make") == 1 {
				break
			}
		}
		m.admin.shows("备份完成")
		const old = "hongyan-20261101-031500.db"
		if got := m.admin.allow(m.adminPhone, "/console/admin/backup/download", url.Values{"file": {old}}); got != 200 || !strings.HasPrefix(m.admin.Page, "SQLite format 3\x00") {
			t.Errorf("download: %d %.40q", got, m.admin.Page)
		}
		if got := m.admin.Last.Header.Get("Content-Disposition"); got != `attachment; filename="`+old+`"` {
			t.Errorf("disposition %q", got)
		}
		s.clock.Advance(4 * time.Second)
		if got := m.admin.allow(m.adminPhone, "/console/admin/backup/download", url.Values{"file": {"../hongyan.db"}}); got != http.StatusNotFound {
			t.Errorf("another file: %d", got)
		}
		if s.audited("backup.download") != 1 {
			t.Error("the audit log misses the download")
		}
	})
}

// TestF35_AdminPagesEscapeWhatPeopleWrote: names, summaries, reasons and
// outcomes are shown as they were written, in texts and in attributes.
func TestF35_AdminPagesEscapeWhatPeopleWrote(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		const evil = `"><img src=x onerror=alert(1)>'</script>{{.}}` + "\u202e🀄"
		s.exec(`UPDATE users SET name = $1`, evil)
		s.exec(`UPDATE app SET name = $1, suspended_at = 1, suspended_reason = $1`, evil)
		id := func() string { s.exec(`UPDATE app SET suspended_at = 0`); return s.reported(m)["id"] }()
		s.exec(`UPDATE app SET suspended_at = 1`)
		s.exec(`UPDATE report SET summary = $1, reason = $1`, evil)
		s.exec(`UPDATE content SET body = $1`, evil)
		s.exec(`UPDATE message SET content_type = $1`, int(content.HTML))
		s.must(s.push.Note(t.Context(), push.Change{App: 97, Action: evil, Subject: evil, Before: evil, After: evil}))
		s.must(s.push.EndRun(t.Context(), "quota", s.db.Now(), evil, nil))
		s.must(s.db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO cron_run (job, slot, node, started_at, finished_at, outcome) VALUES ('quota', 1, $1, 1, 2, $2)`, evil, "failed: "+evil)
			return err
		}))
		uid := string(m.ownerPhone.user().UID)
		q := url.QueryEscape(evil)
		for _, path := range []string{
			"", "users?q=" + q, "users", "users/" + uid, "apps?q=" + q, "apps", "apps/97", "reports", "reports/" + id, "reports/" + id + "/page", "jobs/quota", "log",
			"log?who=" + q + "&action=" + q + "&via=" + q, "log?app=" + q, "templates?id=" + q, "templates/preview?f.thing1=" + q + "&l.thing1=" + q,
		} {
			m.admin.get("/console/admin/" + path)
			if strings.Contains(m.admin.Page, "<img src=x") && strings.Contains(m.admin.Page, "onerror") || strings.Contains(m.admin.Page, "'</script>") {
				t.Errorf("%s runs what somebody wrote:\n%.300s", path, m.admin.Page)
			}
		}
	})
}

// TestAdmin_EveryFormCountsOnce: sent twice it changes once.
func TestAdmin_EveryFormCountsOnce(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		form := url.Values{"sends": {"50"}, "once": {m.admin.ticket()}}
		if got := m.admin.post("/console/admin/limits", form); got != 200 {
			t.Fatal(got)
		}
		form.Set("sends", "60")
		if got := m.admin.post("/console/admin/limits", form); got != http.StatusConflict {
			t.Errorf("again: %d", got)
		}
		form.Set("once", m.owner.ticket())
		if got := m.admin.post("/console/admin/limits", form); got != http.StatusForbidden {
			t.Errorf("with another's ticket: %d", got)
		}
		if got := s.push.Limits().Sends; got != push.SendsOf(50) {
			t.Errorf("sends %+v", got)
		}
	})
}

// TestAttention_NamesWhatIsWrongAndWhatToDo is a table of states.
func TestAttention_NamesWhatIsWrongAndWhatToDo(t *testing.T) {
	now := time.Date(2026, 11, 2, 4, 0, 0, 0, time.UTC)
	disk := console.System{DiskFree: 50 << 30, DiskSize: 100 << 30, Redis: "ok"}
	for name, c := range map[string]struct {
		in   push.Installation
		s    console.System
		want []string
	}{
		"all is well":    {push.Installation{}, disk, nil},
		"nothing known":  {push.Installation{}, console.System{}, nil},
		"paused":         {push.Installation{PausedUntil: now.Add(time.Hour), PauseReason: "45009", Deliveries: push.Waiting{Rows: 9, Oldest: now.Add(-time.Hour)}}, disk, []string{"公众号暂停发送"}},
		"slow":           {push.Installation{Deliveries: push.Waiting{Rows: 9, Oldest: now.Add(-90 * time.Second)}}, disk, []string{"最早的消息已等待 1分30秒"}},
		"a busy minute":  {push.Installation{Deliveries: push.Waiting{Rows: 9, Oldest: now.Add(-50 * time.Second)}}, disk, nil},
		"slow callbacks": {push.Installation{Callbacks: push.Waiting{Rows: 9, Oldest: now.Add(-2 * time.Hour)}}, disk, []string{"最早的回调已等待 2小时0分"}},
		"disk":           {push.Installation{}, console.System{DiskFree: 5 << 30, DiskSize: 100 << 30}, []string{"磁盘只剩 5.0 GiB"}},
		"small disk":     {push.Installation{}, console.System{DiskFree: 500 << 20, DiskSize: 1 << 30}, []string{"磁盘只剩 500.0 MiB"}},
		"redis":          {push.Installation{}, console.System{Redis: "refused"}, []string{"连不上 Redis"}},
		"quota":          {push.Installation{Quota: push.Quota{Limit: 100000, Left: 9999, At: now}}, disk, []string{"今天的模板消息只剩 9,999 条"}},
		"quota is known": {push.Installation{Quota: push.Quota{Limit: 100000, Left: 50000, At: now}}, disk, nil},
		"job and report": {push.Installation{Complaints: 2, FailedJobs: []push.JobRun{{Job: "quota"}}}, disk, []string{"定时任务「查询微信额度」上一次没有成功", "2 条举报等待处理"}},
	} {
		got := console.Attention(c.in, c.s, now)
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i], c.want[i]) {
				t.Errorf("%s: %q, want %q", name, got[i], c.want[i])
			}
		}
	}
}

// TestF38_AdminPagesAreNotThereForOthers: a page of the administrator, with an
// id that exists or not, answers others as a page that does not exist, word for
// word.
func TestF38_AdminPagesAreNotThereForOthers(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		ticket := regexp.MustCompile(`name="(once|to)" value="[^"]*"`)
		see := func(path string) string {
			if got := m.owner.get(path); got != http.StatusNotFound {
				t.Errorf("%s: %d", path, got)
			}
			return ticket.ReplaceAllString(m.owner.Page, "")
		}
		want := see("/console/nowhere")
		for _, path := range []string{
			"", "account", "templates", "users", "users/" + string(m.adminPhone.user().UID), "users/UID_x", "apps/97", "apps/9999", "limits", "reports", "reports/1",
			"jobs", "jobs/quota", "jobs/none", "log", "log.csv", "backup", "live", "account/doctor/live", "nowhere",
		} {
			if got := see("/console/admin/" + path); got != want {
				t.Errorf("%s answers otherwise than a page that is not there", path)
			}
		}
	})
}
