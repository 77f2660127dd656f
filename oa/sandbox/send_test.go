package sandbox_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox"
)

func fields(openid, data string) string {
	return fmt.Sprintf(`{"touser":%q,"template_id":%q,"data":{%s}}`, openid, sandbox.DefaultTemplate, data)
}

// Row 6, D3: a field that breaks its type's rule gets 47003 with its name.
func TestSend_TypedFields(t *testing.T) {
	p := newPlatform(t)
	f := p.member()
	p.set(`{"userPerMinute":0}`)
	for _, tc := range []struct {
		key, value string
		ok         bool
	}{
		{"thing1", strings.Repeat("雁", 20), true}, {"thing1", strings.Repeat("雁", 21), false}, {"thing1", "", false}, {"thing12", "🐦 abc", true},
		{"const1", "", true}, {"const1", strings.Repeat("甲", 21), false},
		{"character_string4", "A-1/2 b", true}, {"character_string4", "编号1", false}, {"character_string4", strings.Repeat("a", 33), false},
		{"number5", "12.5", true}, {"number5", "twelve", false}, {"number5", strings.Repeat("1", 33), false},
		{"letter6", "abcXYZ", true}, {"letter6", "ab1", false},
		{"symbol7", "!?#", true}, {"symbol7", "a!", false}, {"symbol7", "!!!!!!", false},
		{"time3", "15:01", true}, {"time3", "2019年10月1日 15:01", true}, {"time3", "2024-01-01 12:00:05", true},
		{"time3", "15:01~16:00", true}, {"time3", "明天", false}, {"time3", "2024-01-01", false},
		{"date8", "2019年10月1日", true}, {"date8", "2019-10-01 15:01", true}, {"date8", "2019年10月1日~2019年10月2日", true}, {"date8", "10月", false},
		{"amount9", "¥100.50", true}, {"amount9", "100元", true}, {"amount9", "一百元", false}, {"amount9", "12345678901", false},
		{"phone_number10", "+86-0766-66888866", true}, {"phone_number10", "电话", false}, {"phone_number10", strings.Repeat("1", 18), false},
		{"car_number11", "粤A8Z888挂", true}, {"car_number11", "粤A中8888", false}, {"car_number11", "粤A8Z88888", false},
		{"name12", "王小明", true}, {"name12", strings.Repeat("王", 11), false}, {"name12", strings.Repeat("a", 20), true}, {"name12", strings.Repeat("a", 21), false},
		{"phrase13", "配送中", true}, {"phrase13", "配送中且待收", false}, {"phrase13", "ok", false},
		{"keyword1", strings.Repeat("旧", 40), true},
	} {
		a := p.call("POST", sendPath, fields(f.OpenID, fmt.Sprintf("%q:{\"value\":%q}", tc.key, tc.value)))
		if tc.ok {
			wantCode(t, a, 0)
			continue
		}
		wantCode(t, a, 47003)
		if !strings.Contains(a.text, "argument invalid! data."+tc.key+".value invalid rid: ") {
			t.Errorf("%s=%s answers %s", tc.key, tc.value, a.text)
		}
		p.set(`{"checkFields":false}`)
		wantCode(t, p.call("POST", sendPath, fields(f.OpenID, fmt.Sprintf("%q:{\"value\":%q}", tc.key, tc.value))), 0)
		p.set(`{"checkFields":true}`)
	}
}

// Row 6: every other rule, and each switched off.
func TestF15_SendRules(t *testing.T) {
	type world struct {
		*platform
		f *sandbox.Follower
	}
	say := func(w world, id, text string) answer { return w.send(w.f.OpenID, id, text) }
	for name, tc := range map[string]struct {
		do   func(w world) answer
		want int
		off  string
	}{
		"40037 unknown template": {func(w world) answer {
			return w.call("POST", sendPath, strings.Replace(card(w.f.OpenID, "", "文"), sandbox.DefaultTemplate, "gone", 1))
		}, 40037, `{"checkTemplate":false}`},
		"43004 not following": {func(w world) answer {
			_, _ = w.f.Unfollow(w.t.Context())
			return say(w, "", "文")
		}, 43004, `{"checkFollow":false}`},
		"40003 no such openid": {func(w world) answer { return w.send("oNobody", "", "文") }, 40003, ""},
		"43116 template banned": {func(w world) answer {
			w.set(`{"bannedTemplates":[%q]}`, sandbox.DefaultTemplate)
			return say(w, "", "文")
		}, 43116, ""},
		"40249 marketing":         {func(w world) answer { return say(w, "", "领取奖励吧") }, 40249, `{"blockedWords":[]}`},
		"40241 same card in 60 s": {func(w world) answer { say(w, "a", "文"); return say(w, "b", "文") }, 40241, `{"repeatSeconds":0}`},
		"40241 over after 60 s":   {func(w world) answer { say(w, "a", "文"); w.Advance(time.Minute); return say(w, "b", "文") }, 0, ""},
		"43117 too many to one":   {func(w world) answer { w.set(`{"userPerMinute":1}`); say(w, "a", "一"); return say(w, "b", "二") }, 43117, `{"userPerMinute":0}`},
		"43117 over next minute": {func(w world) answer {
			w.set(`{"userPerMinute":1}`)
			say(w, "a", "一")
			w.Advance(time.Minute)
			return say(w, "b", "二")
		}, 0, ""},
		"45009 quota": {func(w world) answer {
			w.set(`{"quotas":{%q:1}}`, sendPath)
			say(w, "a", "一")
			return say(w, "b", "二")
		}, 45009, ""},
		"47003 no data":            {func(w world) answer { return w.call("POST", sendPath, fields(w.f.OpenID, "")) }, 47003, ""},
		"47003 client_msg_id long": {func(w world) answer { return say(w, strings.Repeat("x", 65), "文") }, 47003, `{"clientMsgIDMax":0}`},
		"47003 client_msg_id text": {func(w world) answer { w.set(`{"clientMsgIDASCII":true}`); return say(w, "编号", "文") }, 47003, `{"clientMsgIDASCII":false}`},
		"47003 key missing": {func(w world) answer {
			w.set(`{"checkKeys":true}`)
			return say(w, "", "文")
		}, 47003, `{"checkKeys":false}`},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t)
			w := world{p, p.member()}
			wantCode(t, tc.do(w), tc.want)
			if tc.off == "" {
				return
			}
			p.set("%s", tc.off)
			p.Advance(2 * time.Minute)
			wantCode(t, say(w, "after", "别的"), 0)
		})
	}
}

// J: 40003 instead of 43004 to someone who left.
func TestSend_UnfollowedCodeIsASetting(t *testing.T) {
	p := newPlatform(t)
	f := p.Add()
	p.set(`{"unfollowedCode":40003}`)
	wantCode(t, p.send(f.OpenID, "", "文"), 40003)
}

// Row 7, I3: one card for an openid and client_msg_id within ten minutes,
// whatever the answer is set to; another after that.
func TestSend_ClientMsgID(t *testing.T) {
	for _, how := range []string{"same", "new", "error"} {
		t.Run(how, func(t *testing.T) {
			p := newPlatform(t)
			p.set(`{"clientMsgIDAnswer":%q}`, how)
			f, other := p.member(), p.member()
			first := p.send(f.OpenID, "m1", "一")
			p.Advance(599 * time.Second)
			again := p.send(f.OpenID, "m1", "一")
			switch how {
			case "same":
				wantCode(t, again, 0)
				if again.msgid != first.msgid {
					t.Errorf("msgid %d, want %d", again.msgid, first.msgid)
				}
			case "new":
				wantCode(t, again, 0)
				if again.msgid == first.msgid {
					t.Error("msgid is the old one")
				}
			case "error":
				wantCode(t, again, 40241)
			}
			wantCode(t, p.send(other.OpenID, "m1", "一"), 0)
			if cards := must[[]sandbox.Card](t)(p.Ledger()); len(cards) != 2 || len(f.Chat()) != 2 {
				t.Fatalf("%d cards in the ledger, %d entries in the chat, want 2 and 2", len(cards), len(f.Chat()))
			}
			p.Advance(time.Second)
			wantCode(t, p.send(f.OpenID, "m1", "一"), 0)
			if cards := must[[]sandbox.Card](t)(p.Ledger()); len(cards) != 3 {
				t.Errorf("after ten minutes the ledger has %d cards, want 3", len(cards))
			}
		})
	}
}

// I3 under a race: sixteen sends at once with one client_msg_id are one card.
func TestSend_ClientMsgIDRace(t *testing.T) {
	p := newPlatform(t)
	f := p.member()
	p.signIn()
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() { p.send(f.OpenID, "m1", "一") })
	}
	all.Wait()
	if cards := must[[]sandbox.Card](t)(p.Ledger()); len(cards) != 1 {
		t.Errorf("%d cards, want 1", len(cards))
	}
}

// A card on the phone has its template's title and lines, and a msgid of 19
// digits.
func TestSend_CardOnThePhone(t *testing.T) {
	p := newPlatform(t)
	f := p.member()
	a := p.send(f.OpenID, "m1", "重启完成")
	if a.msgid < 1e18 {
		t.Errorf("msgid %d has not 19 digits", a.msgid)
	}
	chat := f.Chat()
	got := chat[len(chat)-1]
	if got.Kind != sandbox.KindTemplate || got.Title != "消息通知" || got.URL != "https://h/m" ||
		got.Fields.Value("thing2") != "重启完成" || got.Text != "应用：鸿雁\n内容：重启完成" || got.MsgID != a.msgid {
		t.Errorf("phone shows %+v", got)
	}
	_, text := p.control("GET", "/followers/"+f.OpenID+"/chat", "")
	if !strings.Contains(text, `"fields":{"thing1":"鸿雁","thing2":"重启完成"}`) {
		t.Errorf("control API shows %s", text)
	}
}

// running runs p's timers until the test ends.
func running(t *testing.T, p *platform) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := p.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); done.Wait() })
}

// finished are the finish reports that were posted, as package oa reads them.
func finished(t *testing.T, p *platform) (list []*oa.TemplateFinished, at []time.Time) {
	t.Helper()
	for _, post := range p.account.posts() {
		ev := must[oa.Event](t)(oa.Parse([]byte(post.body), false))
		if f, ok := ev.(*oa.TemplateFinished); ok {
			list, at = append(list, f), append(at, post.at)
		}
	}
	return list, at
}

// Row 8, F17: reports within 0–3 s, in order, by the virtual clock.
func TestF17_FinishReportsInOrderWithin3s(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, func(o *sandbox.Options) { o.Profile = "real" })
		p.set(`{"latencyMinMs":0,"latencyMaxMs":0}`)
		f := p.member()
		running(t, p)
		began := time.Now()
		var sent []int64
		for i := range 20 {
			sent = append(sent, p.send(f.OpenID, "", fmt.Sprint(i)).msgid)
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		got, at := finished(t, p)
		if len(got) != 20 {
			t.Fatalf("%d reports, want 20", len(got))
		}
		for i, f := range got {
			if f.TemplateMsgID != sent[i] || !f.OK() {
				t.Errorf("report %d is of %d, want %d", i, f.TemplateMsgID, sent[i])
			}
		}
		if last := at[19].Sub(began); last <= 0 || last > 3100*time.Millisecond {
			t.Errorf("last report after %s", last)
		}
	})
}

// Row 8, F17: lost, doubled, early, out of order, failed.
func TestF17_FinishReportsAsSet(t *testing.T) {
	for name, tc := range map[string]struct {
		set   string
		check func(t *testing.T, p *platform, sent []int64)
	}{
		"dropped": {`{"dropFinish":1}`, func(t *testing.T, p *platform, _ []int64) {
			if got, _ := finished(t, p); len(got) != 0 {
				t.Errorf("%d reports", len(got))
			}
		}},
		"doubled": {`{"duplicateFinish":1}`, func(t *testing.T, p *platform, sent []int64) {
			if got, _ := finished(t, p); len(got) != 2*len(sent) {
				t.Errorf("%d reports", len(got))
			}
		}},
		"reordered": {`{"reorderFinish":1,"finishMaxMs":3000}`, func(t *testing.T, p *platform, sent []int64) {
			got, _ := finished(t, p)
			inOrder := true
			for i := range got {
				inOrder = inOrder && got[i].TemplateMsgID == sent[i]
			}
			if len(got) != len(sent) || inOrder {
				t.Errorf("%d reports, in order %t", len(got), inOrder)
			}
		}},
		"failed": {`{"failFinish":1,"finishStatus":"failed: system failed","finishLower":true}`, func(t *testing.T, p *platform, _ []int64) {
			got, _ := finished(t, p)
			if len(got) == 0 || got[0].OK() || !strings.Contains(string(got[0].Raw), "<![CDATA[templatesendjobfinish]]></Event>") ||
				!strings.Contains(string(got[0].Raw), "<![CDATA[failed: system failed]]>") {
				t.Errorf("%d reports: %s", len(got), got[0].Raw)
			}
			if cards := must[[]sandbox.Card](t)(p.Ledger()); len(cards) != 0 {
				t.Errorf("%d failed cards in the ledger", len(cards))
			}
		}},
		"failed but shown": {`{"failFinish":1,"finishShown":true}`, func(t *testing.T, p *platform, sent []int64) {
			if cards := must[[]sandbox.Card](t)(p.Ledger()); len(cards) != len(sent) {
				t.Errorf("%d cards in the ledger", len(cards))
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				p.set("%s", tc.set)
				f := p.member()
				running(t, p)
				var sent []int64
				for i := range 12 {
					sent = append(sent, p.send(f.OpenID, "", fmt.Sprint(i)).msgid)
				}
				time.Sleep(5 * time.Second)
				synctest.Wait()
				tc.check(t, p, sent)
			})
		})
	}
}

// A report that is due sooner does not wait for one planned before it.
func TestF17_FinishOvertakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		f := p.member()
		running(t, p)
		began := time.Now()
		var last int64
		for _, ms := range []int{9000, 5000, 7000, 1000} {
			p.set(`{"reorderFinish":1,"finishMinMs":%d,"finishMaxMs":%d}`, ms, ms)
			last = p.send(f.OpenID, "", fmt.Sprint(ms)).msgid
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		got, at := finished(t, p)
		if len(got) != 4 || got[0].TemplateMsgID != last {
			t.Fatalf("%d reports", len(got))
		}
		for i, want := range []time.Duration{1, 5, 7, 9} {
			if took := at[i].Sub(began); took != want*time.Second {
				t.Errorf("report %d after %s, want %d s", i+1, took, want)
			}
		}
	})
}

// Row 8, F17: an early report is there before the answer, without Run.
func TestF17_FinishBeforeAnswer(t *testing.T) {
	p := newPlatform(t)
	f := p.member()
	early := 1.0
	p.fault(sandbox.Fault{Overlay: sandbox.Overlay{EarlyFinish: &early}})
	msgid := p.send(f.OpenID, "", "文").msgid
	if got, _ := finished(t, p); len(got) != 1 || got[0].TemplateMsgID != msgid {
		t.Errorf("reports at the answer: %+v", got)
	}
}

// A follower who refuses messages: accepted, not shown, failed:user block.
func TestBlock_EndsAsUserBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		f := p.member()
		running(t, p)
		if err := f.Block(true); err != nil {
			t.Fatal(err)
		}
		wantCode(t, p.send(f.OpenID, "m", "文"), 0)
		synctest.Wait()
		got, _ := finished(t, p)
		if len(got) != 1 || got[0].Status != "failed:user block" || len(f.Chat()) != 1 {
			t.Errorf("reports %+v, chat %+v", got, f.Chat())
		}
		must[sandbox.Answer](t)(f.Say(t.Context(), "说"))
		text := `{"touser":"` + f.OpenID + `","msgtype":"text","text":{"content":"好"}}`
		wantCode(t, p.call("POST", "/cgi-bin/message/custom/send", text), 48002)
		_ = f.Block(false)
		wantCode(t, p.call("POST", "/cgi-bin/message/custom/send", text), 0)
	})
}

// Row 17: a report due in three seconds comes when the clock is advanced.
func TestClock_AdvanceSendsWhatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		p.set(`{"finishMinMs":3000000,"finishMaxMs":3000000}`)
		f := p.member()
		running(t, p)
		p.send(f.OpenID, "", "文")
		synctest.Wait()
		if got, _ := finished(t, p); len(got) != 0 {
			t.Fatal("reported too early")
		}
		p.Advance(50 * time.Minute)
		synctest.Wait()
		if got, _ := finished(t, p); len(got) != 1 {
			t.Errorf("%d reports after the clock moved", len(got))
		}
	})
}
