package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/server/browsertest"
)

// village is an app with many kinds of followers, topics and codes.
type village struct {
	topic push.TopicID
	uid   push.UID // of one with everything
	code  string
}

func (s *site) village(m *team) (v village) {
	s.Helper()
	ctx := s.Context()
	names := []string{"夜间构建", "优惠", "值班告警：华东一区核心交换机与负载均衡（含备用链路）", "Releases", "机房温度", "数据库", "🎉 周报"}
	var topics []push.TopicID
	for _, name := range names {
		t, err := s.push.CreateTopic(ctx, 97, name)
		s.must(err)
		topics = append(topics, t.ID)
	}
	v.topic = topics[0]
	now := time.Now()
	for i, extra := range []string{"海报-地铁二号线", "order-20261127-0007", "展会第二天", strings.Repeat("长", 64), "1"} {
		code := s.code(extra, time.Duration(i+1)*24*time.Hour)
		for range []int{2, 1, 3, 0, 0}[i] {
			s.phone().scan(code)
		}
	}
	for i := range 60 {
		user := s.follows(97).user()
		uid := user.UID
		day := now.Add(-time.Duration((59-i)*(59-i)) * 20 * time.Minute)
		s.exec(`UPDATE subscription SET created_at = $2, source = $3, extra = $4, muted = $5, paid_until = $6 WHERE user_id = $1`,
			int64(user.ID), day.UnixMilli(), []string{"scan", "link", "command", "order"}[i%4], []string{"", "海报-地铁二号线", "", "order-20261127-000" + fmt.Sprint(i), ""}[i%5],
			i%11/10, []int64{0, 0, now.Add(30 * 24 * time.Hour).UnixMilli(), 0, now.Add(-time.Hour).UnixMilli(), 0}[i%6])
		s.exec(`UPDATE growth SET at = $2 WHERE id = (SELECT MAX(id) FROM growth WHERE kind = 0 AND target = $1)`, 97, day.UnixMilli())
		for j, topic := range topics {
			if (i+j)%(j+2) == 0 {
				s.must(s.push.AddToTopic(ctx, 97, topic, uid))
				s.exec(`UPDATE growth SET at = $2 WHERE id = (SELECT MAX(id) FROM growth WHERE kind = 1 AND target = $1)`, int64(topic), day.UnixMilli())
			}
		}
		switch i % 13 {
		case 3:
			s.must(s.push.RejectFollower(ctx, 97, 0, uid, true))
		case 5:
			s.exec(`UPDATE users SET following = 0 WHERE id = $1`, int64(user.ID))
		case 7:
			s.exec(`UPDATE users SET blocked_at = 1, blocked_reason = 'x' WHERE id = $1`, int64(user.ID))
		}
		if i%13 == 2 && i > 20 {
			s.must(s.push.RemoveFromTopic(ctx, 97, topics[0], uid))
		}
		if i == 56 {
			v.uid = uid
			s.history(m, user)
		}
	}
	s.exec(`UPDATE scene SET expires_at = $1 WHERE extra = '1'`, now.Add(-time.Hour).UnixMilli())
	v.code = s.word(`SELECT handle FROM scene WHERE extra LIKE '展会%'`)
	m.developer.send("/console/app/97/codes/permanent", nil)
	m.developer.send("/console/app/97/codes/permanent", filledForm("topic", fmt.Sprint(v.topic)))
	return v
}

// code is one that carries something and has a picture.
func (s *site) code(extra string, valid time.Duration) (handle string) {
	s.Helper()
	code, err := s.push.NewSceneOf(s.Context(), 97, push.NewScene{Extra: extra, Valid: valid})
	s.must(err)
	made, err := s.client.CreateQR(s.Context(), code.Handle, valid)
	s.must(err)
	s.must(s.push.SceneLink(s.Context(), code.Handle, made.URL))
	return code.Handle
}

// history gives somebody messages and commands.
func (s *site) history(m *team, user push.User) {
	s.Helper()
	for i, text := range []string{"磁盘将满：华东一区 db-03 已用 95%", "夜间构建成功", "活动开始了", "服务器已重启"} {
		out, err := s.push.Send(s.Context(), m.token, push.Draft{Content: text, Kind: 1, UIDs: []push.UID{user.UID}})
		s.must(err)
		if len(out) != 1 || out[0].Failed {
			s.Fatalf("receipts %+v", out)
		}
		s.exec(`UPDATE delivery SET state = $2, reason = $3, done_at = $4, opened_at = $5 WHERE message_id = (SELECT MAX(id) FROM message) AND user_id = $1`,
			int64(user.ID), []int{3, 3, 4, 0}[i], []string{"", "", "用户拒收了公众号消息", ""}[i], time.Now().UnixMilli(), i%2)
	}
	for i, text := range []string{"重启服务器", "状态", "回滚到昨天的版本，然后把结果告诉我"} {
		s.exec(`INSERT INTO callback (webhook_id, app_id, action, event_key, user_id, body, state, due_at, created_at)
			VALUES ($1, 97, 'send_up_cmd', $1, $2, $3, $4, 0, $5)`, fmt.Sprint("msg_", i, user.ID), int64(user.ID),
			fmt.Sprintf(`{"action":"send_up_cmd","data":{"content":%q}}`, text), []int{3, 4, 0}[i], time.Now().Add(-time.Duration(i)*time.Hour).UnixMilli())
	}
}

// TestBrowser_PeoplePages: followers, topics and codes, full and empty.
func TestBrowser_PeoplePages(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	s.eachLook(m.owner, map[string]string{
		"people-empty": "/console/app/97/people", "topics-empty": "/console/app/97/topics", "codes-empty": "/console/app/97/codes",
	})
	v := s.village(m)
	s.eachLook(m.owner, map[string]string{
		"people": "/console/app/97/people", "follower": "/console/app/97/people/" + string(v.uid),
		"topics": "/console/app/97/topics", "topic": fmt.Sprintf("/console/app/97/topics/%d", v.topic), "topic-new": "/console/app/97/topics/new",
		"codes": "/console/app/97/codes", "code": "/console/app/97/codes/" + v.code,
	})
}

// TestBrowser_ScansAppearByThemselves while the code's page is open; a search
// needs no button; and a confirm sheet opens and closes by the keyboard.
func TestBrowser_ScansAppearByThemselves(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	code := s.code("海报", time.Hour)
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	s.open(p, m.reader, "/console/app/97/codes/"+code)
	p.WaitText("#scans", "还没有人扫过")
	ming := s.phone()
	ming.scan(code)
	p.WaitText("#scans", shortOf(ming))
	p.WantQuiet()

	hong := s.follows(97)
	s.open(p, m.developer, "/console/app/97/people")
	p.Type("#f-uid", uidOf(hong)[30:])
	p.WaitUntil(`document.querySelectorAll("#people tbody tr").length === 1 && document.querySelector("#people").innerText.includes("` + shortOf(hong) + `")`)
	if got := browsertest.Eval[string](p, `location.search`); !strings.Contains(got, uidOf(hong)[30:]) {
		t.Errorf("address %q does not tell the search", got)
	}
	s.open(p, m.developer, "/console/app/97/people/"+uidOf(hong))
	browsertest.Eval[bool](p, `document.querySelector('[popovertarget="reject"]').focus() ?? true`)
	p.Press("\r")
	if !browsertest.Eval[bool](p, `document.querySelector("#reject").matches(":popover-open")`) {
		t.Error("the sheet does not open by Enter")
	}
	p.Press("\u001b")
	if browsertest.Eval[bool](p, `document.querySelector("#reject").matches(":popover-open")`) {
		t.Error("the sheet does not close by Escape")
	}
	p.WantQuiet()
}

func shortOf(p *phone) string { uid := uidOf(p); return uid[len(uid)-6:] }

// TestF35_HostileTextsRunNothing: in every field of these pages that people
// write.
func TestF35_HostileTextsRunNothing(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	var topic push.Topic
	var err error
	paths := []string{"/console/app/97/people", "/console/app/97/topics", "/console/app/97/codes"}
	for _, text := range hostileTexts {
		topic, err = s.push.CreateTopic(s.Context(), 97, text)
		s.must(err)
		ming := s.follows(97)
		s.exec(`UPDATE subscription SET extra = $2 WHERE user_id = $1`, int64(ming.user().ID), text)
		s.must(s.push.AddToTopic(s.Context(), 97, topic.ID, ming.user().UID))
		code := s.code(text, time.Hour)
		ming.scan(code)
		_, err = s.push.Send(s.Context(), m.token, push.Draft{Content: text, Kind: 1, UIDs: []push.UID{ming.user().UID}})
		s.must(err)
		paths = append(paths, fmt.Sprintf("/console/app/97/topics/%d", topic.ID), "/console/app/97/people/"+uidOf(ming), "/console/app/97/codes/"+code)
	}
	for _, q := range hostileTexts[:3] {
		paths = append(paths, "/console/app/97/people?"+filledForm("extra", q, "uid", q, "since", q, "state", q, "source", q).Encode(),
			"/console/app/97/topics?"+filledForm("search", q).Encode(), "/console/app/97/codes?"+filledForm("search", q, "state", q).Encode())
	}
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	for _, path := range paths {
		s.open(p, m.owner, path)
		if got := browsertest.Eval[string](p, `document.title + document.querySelectorAll("main script, main img[onerror], [onmouseover], a[href^='javascript']").length`); !strings.HasSuffix(got, "鸿雁0") {
			t.Errorf("%s: something ran or stands: %q", path, got)
		}
		p.WantFits()
	}
}
