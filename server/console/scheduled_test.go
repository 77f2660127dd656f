package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A message for a time waits, is moved, and goes once; its form again, also
// after it was cancelled, brings nothing back.
func TestScheduled_FromTheFormToTheEnd(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		form := draft("开会", s.follows(97).user().UID)
		form.Set("when", "at")
		form.Set("at", s.local(2*time.Hour))
		form.Set("once", m.developer.ticket())
		for range 2 {
			if got := m.developer.post(sendPath, form); got != http.StatusOK {
				t.Fatalf("schedule: %d\n%.500s", got, body(m.developer.Page))
			}
			m.developer.shows("开会")
		}
		if n := s.count(`SELECT COUNT(*) FROM scheduled`); n != 1 {
			t.Fatalf("%d scheduled sends", n)
		}
		key := s.word(`SELECT name FROM scheduled`)
		list := sendPath + "/scheduled"
		if got := m.developer.send(list+"/move", url.Values{"key": {key}, "at": {s.local(-time.Hour)}}); got != http.StatusUnprocessableEntity {
			t.Errorf("a time past: %d", got)
		}
		m.developer.shows("已经过去")
		if got := m.developer.send(list+"/move", url.Values{"key": {key}, "at": {s.local(30 * time.Hour)}}); got != http.StatusOK {
			t.Errorf("move: %d", got)
		}
		m.developer.shows("已改到")
		m.developer.send(list+"/cancel", url.Values{"key": {key}})
		m.developer.shows("已取消这次发送", "没有等待中的定时发送")
		m.developer.post(sendPath, form)
		if n := s.count(`SELECT COUNT(*) FROM scheduled WHERE state = 0`); n != 0 {
			t.Error("an old form revived what was cancelled")
		}
		if got := m.developer.send(list+"/now", url.Values{"key": {key}}); got != http.StatusConflict {
			t.Errorf("send now what was cancelled: %d", got)
		}
		m.developer.get(list + "?past=1")
		m.developer.shows("开会", "已取消")
		for action, want := range map[string]int{"message.schedule": 1, "schedule.move": 1, "schedule.cancel": 1} {
			if n := s.count(`SELECT COUNT(*) FROM audit WHERE action = $1 AND user_id > 0`, action); n != want {
				t.Errorf("%d lines of %s, want %d", n, action, want)
			}
		}
	})
}

func TestScheduled_SendNow(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		form := draft("开会", s.follows(97).user().UID)
		form.Set("when", "at")
		form.Set("at", s.local(2*time.Hour))
		m.developer.send(sendPath, form)
		m.developer.send(sendPath+"/scheduled/now", url.Values{"key": {s.word(`SELECT name FROM scheduled`)}})
		m.developer.shows("正在发送")
		s.runSchedule()
		if n := s.messages(); n != 1 {
			t.Errorf("%d messages", n)
		}
		m.developer.get(sendPath + "/scheduled?past=1")
		m.developer.shows("已发出", "/console/app/97/messages/")
	})
}

// A foreign message and a foreign schedule look like none.
func TestF37_ForeignMessagesLookLikeNone(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		in := aMessage(s, m)
		theirs := s.browser().signIn(s.phone())
		theirs.send("/console/apps/new", url.Values{"name": {"别家"}})
		app := s.word(`SELECT CAST(MAX(id) AS TEXT) FROM app`)
		for _, path := range []string{"", "/live", "/page", "/people", "/people/" + in["uid"]} {
			if got := theirs.get("/console/app/" + app + "/messages/" + in["message"] + path); got != http.StatusNotFound || strings.Contains(theirs.Page, "磁盘将满") {
				t.Errorf("GET %s: %d", path, got)
			}
		}
		for _, path := range []string{"/pause", "/resume", "/cancel", "/remove"} {
			if got := theirs.send("/console/app/"+app+"/messages/"+in["message"]+path, nil); got != http.StatusNotFound {
				t.Errorf("POST %s: %d", path, got)
			}
		}
		for _, path := range []string{"/move", "/now", "/cancel"} {
			form := url.Values{"key": {aScheduled(s, m)["=key"]}, "at": {s.local(time.Hour)}}
			if got := theirs.send("/console/app/"+app+"/send/scheduled"+path, form); got != http.StatusNotFound {
				t.Errorf("POST scheduled%s: %d", path, got)
			}
		}
		if n := s.count(`SELECT COUNT(*) FROM message WHERE paused_at + cancelled_at + deleted_at > 0`) + s.count(`SELECT COUNT(*) FROM scheduled WHERE state > 0`); n != 0 {
			t.Error("somebody else's was changed")
		}
	})
}

func TestMessage_PauseResumeCancelRemove(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		path := "/console/app/97/messages/" + aMessage(s, m)["message"]
		b := m.developer
		for _, step := range []struct{ do, shows, column string }{
			{"/pause", "继续发送", "paused_at > 0"}, {"/resume", "暂停", "paused_at = 0"},
			{"/cancel", "拦下 1 人", "cancelled_at > 0"}, {"/remove", "页面已删除", "deleted_at > 0"},
		} {
			if got := b.send(path+step.do, nil); got != http.StatusOK || s.count(`SELECT COUNT(*) FROM message WHERE `+step.column) != 1 {
				t.Errorf("%s: %d", step.do, got)
			}
			b.shows(step.shows)
		}
		if got := b.get(path + "/page"); got != http.StatusNotFound {
			t.Errorf("the page of a removed message: %d", got)
		}
		if n := s.count(`SELECT COUNT(*) FROM audit WHERE action LIKE 'message.%' AND user_id = $1`, int64(m.developerPhone.user().ID)); n != 4 {
			t.Errorf("%d lines in the audit log, want 4", n)
		}
	})
}

// runSchedule sends what is due.
func (s *site) runSchedule() {
	s.Helper()
	s.run(s.push.RunSchedule, func() bool { return s.count(`SELECT COUNT(*) FROM scheduled WHERE state = 0`) == 0 })
}
