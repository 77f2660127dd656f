package console_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/browsertest"
	"hongyan/store"
)

// peopled fills the installation as one that has been used for a while.
func (s *site) peopled(m *team) (report string) {
	s.Helper()
	names := []string{"王小明", "赵一琳（值班）", "Alexandra Konstantinopoulou-Featherstonehaugh", "🀄 运维组", "", "", "", "李雷"}
	for i, name := range names {
		p := s.phone()
		_, err := p.Follow(s.Context())
		s.must(err)
		s.must(s.push.SetName(s.Context(), p.user().ID, name))
		s.exec(`UPDATE users SET muted = $2, following = $3 WHERE id = $1`, int64(p.user().ID), i%3/2, 1-i%5/4)
	}
	s.must(s.push.SetName(s.Context(), m.ownerPhone.user().ID, "张伟"))
	s.must(s.push.SetName(s.Context(), m.adminPhone.user().ID, "刘管理"))
	ctx := push.WithActor(s.Context(), push.Actor{User: m.adminPhone.user().ID, Via: push.ViaConsole, Address: "203.0.113.7"})
	for _, name := range []string{"构建通知", "家里的空气质量", "Nightly build of the very long-named project “Constantinople”", "🚨 告警中心", "优惠信息", "图书馆座位"} {
		_, _, err := s.push.CreateApp(ctx, push.NewApp{Name: name, Owner: m.ownerPhone.user().ID})
		s.must(err)
	}
	_, _, err := s.push.CreateApp(push.WithActor(s.Context(), push.Actor{Via: push.ViaCommand}), push.NewApp{Name: "没人要的应用"})
	s.must(err)
	report = s.reported(m)["id"]
	m.strangerPhone.say("#97")
	out, err := s.push.Send(s.Context(), m.token, push.Draft{Kind: content.Markdown, Summary: "【限时】点击领取 88 元红包，先到先得，转发三个群有效",
		Content: "## 恭喜你\n\n点击 [这里](https://example.com) 领取，**先到先得**。\n\n| 档位 | 金额 |\n|---|---|\n| 一 | 88 |", UIDs: []push.UID{m.strangerPhone.user().UID}})
	s.must(err)
	if out[0].Failed {
		s.Fatal(out)
	}
	_, err = s.push.Report(s.Context(), s.push.Handle(int64(s.count(`SELECT MAX(id) FROM message`)), m.strangerPhone.user().ID), "诈骗或钓鱼：要我先付 10 元手续费，还要身份证照片")
	s.must(err)
	s.must(s.push.Suspend(ctx, 102, "群发广告，用户举报较多"))
	s.must(s.push.SetAppLimit(ctx, 97, new(50)))
	s.must(s.push.SetLimits(ctx, push.LimitChange{Sends: new(30)}))
	s.must(s.push.KeepQuota(s.Context(), 100_000, 8_412))
	s.must(s.db.Update(s.Context(), func(tx *store.Tx) error {
		for i := range 14 {
			at := tx.Now.Add(-time.Duration(i*10) * time.Minute).Truncate(time.Minute)
			outcome := fmt.Sprintf("%d of 100000 left", 8412+i*700)
			if i == 2 {
				outcome = "failed: wechat /cgi-bin/openapi/quota/get: context deadline exceeded, it may have arrived"
			}
			if _, err := tx.Exec(`INSERT INTO cron_run (job, slot, node, started_at, finished_at, outcome) VALUES ('quota', $1, $4, $1, $2, $3)`,
				store.Millis(at), store.Millis(at)+180, outcome, s.push.Node()); err != nil {
				return err
			}
		}
		at := store.Millis(tx.Now.Add(-9 * time.Minute))
		_, err := tx.Exec(`INSERT INTO cron_run (job, slot, node, started_at, finished_at, outcome) VALUES ('retention', $1, 'node-b', $1, $2, 'failed: retain: database is locked')`, at, at+4200)
		return err
	}))
	return report
}

// TestBrowser_AdminPages looks at every page of the administrator, full and
// empty.
func TestBrowser_AdminPages(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	report := s.peopled(m)
	s.eachLook(m.admin, map[string]string{
		"admin-overview": "/console/admin/", "admin-account": "/console/admin/account", "admin-templates": "/console/admin/templates",
		"admin-users": "/console/admin/users", "admin-user": "/console/admin/users/" + string(m.ownerPhone.user().UID),
		"admin-apps": "/console/admin/apps", "admin-app": "/console/admin/apps/102",
		"admin-limits": "/console/admin/limits", "admin-reports": "/console/admin/reports", "admin-report": "/console/admin/reports/" + report,
		"admin-jobs": "/console/admin/jobs", "admin-job": "/console/admin/jobs/quota", "admin-log": "/console/admin/log", "admin-backup": "/console/admin/backup",
		"admin-empty": "/console/admin/users?q=" + url.QueryEscape("没有这个人"),
	})
}

// TestBrowser_AdminStory: the checks come one by one, the card is drawn while
// somebody types, and a confirmation opens and closes by the keyboard.
func TestBrowser_AdminStory(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	s.open(p, m.admin, "/console/admin/account")
	p.Click(`main .page-head button`)
	p.WaitText("main", "检查完毕，2 项有问题")
	p.WaitText("main", "<script>alert(1)</script>")
	p.Screenshot("console-admin-doctor-1280-light")
	p.WantContrast()

	p.Open(s.base + "/console/admin/templates")
	p.Type(`[name="f.thing2"]`, " 请看")
	p.WaitText(".wx-card", "请看三号机柜")
	browsertest.Eval[bool](p, `(() => { const e = document.querySelector('[name="f.thing2"]'); e.value = "{sumary}"; e.dispatchEvent(new Event("input", {bubbles: true})); return true; })()`)
	p.WaitText(".live-preview", "没有这个占位符")

	p.Open(s.base + "/console/admin/users/" + string(m.strangerPhone.user().UID))
	browsertest.Eval[bool](p, `(document.querySelector('[popovertarget="bar"]').focus(), true)`)
	p.Press("\r")
	p.WaitUntil(`document.querySelector("#bar").matches(":popover-open")`)
	p.WantContrast()
	p.Screenshot("console-admin-confirm-1280-light")
	p.Press("\x1b")
	p.WaitUntil(`!document.querySelector("#bar").matches(":popover-open")`)
	p.WantQuiet()
}

// TestBrowser_AdminOverviewIsLive: what happens while somebody looks appears by
// itself, and a backup shows its way to the end.
func TestBrowser_AdminOverviewIsLive(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	p := browsertest.New(t, 375, 812, browsertest.Light)
	s.open(p, m.admin, "/console/admin/")
	p.WaitText("main", "一切正常")
	s.must(s.push.Pause(s.Context(), s.db.Now().Add(time.Hour), "微信错误 45009：今天的额度已用完"))
	p.WaitText("main", "公众号暂停发送到")
	p.Click(".advice a")
	p.WaitText("main", "立即恢复")
	p.Click(`form[action$="/resume"] button`)
	p.WaitText("main", "已恢复发送")

	held, on := make(chan struct{}), make(chan struct{})
	s.process.backup = holding(held, on)
	p.Open(s.base + "/console/admin/backup")
	p.Click("main .page-head button")
	p.WaitText("main", "正在备份")
	close(on)
	p.WaitText("main", "备份完成")
	p.WantQuiet()
	p.WantFits()
}

// TestF35_BrowserRunsNothingOfAdminPages opens pages full of what hostile
// people wrote.
func TestF35_BrowserRunsNothingOfAdminPages(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	report := s.peopled(m)
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>` + "\u202e🀄"
	s.exec(`UPDATE users SET name = $1`, evil)
	s.exec(`UPDATE app SET name = $1, suspended_reason = $1`, evil)
	s.exec(`UPDATE report SET summary = $1, reason = $1`, evil)
	s.exec(`UPDATE content SET body = $1`, evil+`<meta http-equiv=refresh content="0;url=/console/"><a href="javascript:alert(3)">x</a>`)
	s.exec(`UPDATE audit SET subject = $1, before = $1, after = $1`, evil)
	s.exec(`UPDATE cron_run SET outcome = $1`, evil)
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	for _, path := range []string{"", "users", "users/" + string(m.ownerPhone.user().UID), "apps", "apps/102", "reports", "reports/" + report, "jobs/quota", "log", "account?check=1"} {
		s.open(p, m.admin, "/console/admin/"+path)
		if got := browsertest.Eval[string](p, `location.pathname`); !strings.HasPrefix(got, "/console/admin/") {
			t.Errorf("%s led to %s", path, got)
		}
	}
	if got := p.Dialogs(); len(got) > 0 {
		t.Errorf("scripts ran: %q", got)
	}
}
