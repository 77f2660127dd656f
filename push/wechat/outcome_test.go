package wechat

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/push"
)

// untilMidnight marks a wait that ends at the next midnight in China.
const untilMidnight = -1

func TestF15_VerdictAndTextOfEveryCode(t *testing.T) {
	tests := []struct {
		code    int
		verdict push.Verdict
		wait    time.Duration
		text    string
	}{
		{40001, push.Temporary, 0, "AppSecret"}, {40014, push.Temporary, 0, "自动刷新"}, {42001, push.Temporary, 0, "自动刷新"},
		{-1, push.Throttled, 0, "自动重试"}, {45011, push.Throttled, 0, "自动重试"}, {42010, push.Throttled, 0, "自动重试"},
		{45009, push.Paused, untilMidnight, "零点后自动恢复"},
		{43004, push.Stopped, 0, "重新关注"}, {50005, push.Stopped, 0, "重新关注"}, {40003, push.Stopped, 0, "openid"}, {43019, push.Stopped, 0, "黑名单"},
		{43101, push.Stopped, 0, "拒收"}, {48002, push.Stopped, 0, "拒收"}, {50002, push.Stopped, 0, "受限"}, {70000, push.Stopped, 0, "未成年人"},
		{43117, push.RetryAfter, 10 * time.Minute, "过于频繁"}, {40241, push.RetryAfter, time.Minute, "一分钟后自动重试"},
		{47003, push.Permanent, 0, "模板字段"}, {40249, push.Permanent, 0, "修改内容"}, {45002, push.Permanent, 0, "过长"}, {47001, push.Permanent, 0, "升级程序"},
		{40037, push.Paused, 10 * time.Minute, "更新配置"}, {43116, push.Paused, 10 * time.Minute, "更换模板"},
		{40036, push.Paused, 10 * time.Minute, "模板 ID"}, {40039, push.Paused, 10 * time.Minute, "链接"},
		{48001, push.Paused, 10 * time.Minute, "接口权限"}, {48004, push.Paused, 10 * time.Minute, "申诉"}, {40164, push.Paused, 10 * time.Minute, "IP 白名单"},
		{50004, push.Paused, 10 * time.Minute, "账号状态"}, {50007, push.Paused, 10 * time.Minute, "冻结"}, {43106, push.Paused, 10 * time.Minute, "处罚"},
		{89503, push.Paused, 10 * time.Minute, "管理员确认"}, {89506, push.Paused, 10 * time.Minute, "24 小时"}, {89507, push.Paused, 10 * time.Minute, "1 小时"},
		{40013, push.Paused, 10 * time.Minute, "AppID"}, {40125, push.Paused, 10 * time.Minute, "AppSecret"}, {41002, push.Paused, 10 * time.Minute, "AppID"},
		{41004, push.Paused, 10 * time.Minute, "AppSecret"}, {40243, push.Paused, 10 * time.Minute, "解冻"}, {40200, push.Paused, 10 * time.Minute, "服务号"},
		{45015, push.Temporary, 0, "模板消息"}, {45047, push.Temporary, 0, "模板消息"}, {99999, push.Temporary, 0, "管理员查看日志"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, Options{}, nil)
				w.fault(sandbox.Fault{Path: pathTemplate, ErrCode: tt.code})
				out := w.deliver(w.job())
				if out.Verdict != tt.verdict || !strings.Contains(out.Reason, tt.text) || !strings.Contains(out.Reason, fmt.Sprint(tt.code)) {
					t.Errorf("got %d %q, want %d with %q", out.Verdict, out.Reason, tt.verdict, tt.text)
				}
				want := time.Time{}
				switch {
				case tt.wait == untilMidnight:
					want = newDay(time.Now())
				case tt.wait > 0:
					want = time.Now().Add(tt.wait)
				}
				if !out.RetryAt.Equal(want) {
					t.Errorf("retry at %v, want %v", out.RetryAt, want)
				}
				if out.NotSent != (tt.code != -1) {
					t.Errorf("not sent: %v", out.NotSent)
				}
				if w.shown() != "" {
					t.Errorf("the phone shows %q", w.shown())
				}
			})
		})
	}
}

func TestF15_SuccessIsAcceptedWithItsMsgID(t *testing.T) {
	w := newWorld(t, Options{}, nil)
	out := w.deliver(w.job())
	if out.Verdict != push.Accepted || out.MsgID == 0 || out.Reason != "" {
		t.Fatalf("got %+v", out)
	}
	chat := w.follower.Chat()
	last := chat[len(chat)-1]
	if last.MsgID != out.MsgID || last.URL != card().PageURL {
		t.Errorf("shown %+v", last)
	}
	for key, want := range map[string]string{"thing1": "监控·机房", "thing2": "三号机房温度 42 度 请处理", "time3": "2025年1月1日 00:30", "character_string4": "K7Q2"} {
		if got := last.Fields.Value(key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
}

// Errors of the call for a token say nothing about the card or the follower.
func TestF15_TokenFaultsPauseTheAccount(t *testing.T) {
	for code, want := range map[int]push.Verdict{
		40001: push.Paused, 40013: push.Paused, 40164: push.Paused, 50007: push.Paused, 89503: push.Paused, 45009: push.Paused,
		-1: push.Throttled, 45011: push.Throttled, 50002: push.Temporary, 99999: push.Temporary,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, Options{}, nil)
			w.fault(sandbox.Fault{ErrCode: code})
			out := w.deliver(w.job())
			if out.Verdict != want || out.Reason == "" || !out.NotSent {
				t.Errorf("%d: got %d %q not sent %v, want %d", code, out.Verdict, out.Reason, out.NotSent, want)
			}
			if want == push.Paused && !out.RetryAt.Equal(time.Now().Add(10*time.Minute)) {
				t.Errorf("%d: retry at %v", code, out.RetryAt)
			}
		})
	}
}

func TestF15_QuotaPausesUntilMidnightInChina(t *testing.T) {
	for now, want := range map[string]string{
		"2024-12-31T15:59:59Z": "2025-01-01T00:00:00+08:00",
		"2024-12-31T16:00:00Z": "2025-01-01T00:10:00+08:00", // the new day may not have begun at WeChat
		"2024-12-31T16:59:59Z": "2025-01-01T01:09:59+08:00",
		"2024-12-31T17:00:00Z": "2025-01-02T00:00:00+08:00",
		"2024-02-28T17:00:00Z": "2024-03-01T00:00:00+08:00",
		"2038-01-19T03:14:08Z": "2038-01-20T00:00:00+08:00",
	} {
		at, _ := time.Parse(time.RFC3339, now)
		if got := newDay(at).Format(time.RFC3339); got != want {
			t.Errorf("after %s: got %s, want %s", now, got, want)
		}
	}
}

func TestF12_BrokenAnswersAreRepeatedWhileThatIsSafe(t *testing.T) {
	faults := map[string]sandbox.Fault{
		"HTTP 500":         {Status: 500},
		"HTTP 502 page":    {Status: 502, HTML: true},
		"page":             {HTML: true},
		"reset":            {Cut: true},
		"truncated JSON":   {Truncate: true},
		"time-out":         {Hang: true},
		"slow loris":       {SlowMs: 1000},
		"4 MiB":            {Huge: true},
		"errcode an array": {Body: `{"errcode":[],"errmsg":"ok"}`},
		"not JSON":         {Body: `系统繁忙`},
		"empty":            {Body: ` `},
	}
	for name, f := range faults {
		for _, delivered := range []bool{false, true} {
			t.Run(fmt.Sprint(name, delivered), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, Options{}, nil)
					f.Path, f.Delivered = pathTemplate, delivered
					w.fault(f)
					j := w.job()
					out := w.deliver(j)
					if out.Verdict != push.Temporary || out.Reason != wordUnknown || out.NotSent {
						t.Fatalf("got %d %q not sent %v", out.Verdict, out.Reason, out.NotSent)
					}
					if took := time.Since(j.FirstAt); took > 10*time.Second {
						t.Errorf("took %v", took)
					}
					if strings.Contains(out.Reason, "access_token") || strings.Contains(out.Reason, w.follower.OpenID) {
						t.Errorf("the reason leaks: %q", out.Reason)
					}
					w.ClearFaults()
					j.Attempt++
					if again := w.deliver(j); again.Verdict != push.Accepted || w.shown() != "template" {
						t.Errorf("again: %d %q, the phone shows %q", again.Verdict, again.Reason, w.shown())
					}
				})
			})
		}
	}
}

func TestF12_AfterTenMinutesASilenceIsUnconfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Options{}, nil)
		w.fault(sandbox.Fault{Path: pathTemplate, Cut: true})
		j := w.job()
		time.Sleep(safeRepeat - time.Second)
		if out := w.deliver(j); out.Verdict != push.Temporary {
			t.Errorf("within ten minutes: got %d %q", out.Verdict, out.Reason)
		}
		time.Sleep(time.Second)
		if out := w.deliver(j); out.Verdict != push.Unconfirmed || out.Reason != wordUnconfirmed || out.NotSent {
			t.Errorf("after ten minutes: got %d %q", out.Verdict, out.Reason)
		}
		w.fault(sandbox.Fault{Path: "/cgi-bin/stable_token", Cut: true})
		w.Advance(3 * time.Hour)
		time.Sleep(3 * time.Hour) // the token is over
		if out := w.deliver(j); out.Verdict != push.Temporary || out.Reason != wordUnreachable || !out.NotSent {
			t.Errorf("without a token nothing was sent: got %d %q", out.Verdict, out.Reason)
		}
	})
}

func TestF12_OnlyTheCardsOwnCallMayHaveArrived(t *testing.T) {
	tests := []struct {
		err  error
		want bool
	}{
		{&oa.NetworkError{Path: pathTemplate, Sent: true}, true},
		{&oa.NetworkError{Path: pathTemplate}, false},
		{&oa.NetworkError{Path: "/cgi-bin/stable_token", Sent: true}, false},
		{&oa.Error{Path: pathTemplate, Code: -1}, true},
		{&oa.Error{Path: "/cgi-bin/stable_token", Code: -1}, false},
		{&oa.Error{Path: pathTemplate, Code: 45009}, false},
		{oa.ErrInTransaction, false},
	}
	for _, tt := range tests {
		if got := mayHaveArrived(tt.err, pathTemplate); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.err, got, tt.want)
		}
	}
}

func TestF14_HeldBackPausesUntilTheClientMayAskAgain(t *testing.T) {
	now := time.Now()
	held := &oa.Error{Path: pathTemplate, Code: 40001, RetryAt: now.Add(40 * time.Second)}
	if out := judge(held, now, now); out.Verdict != push.Paused || !out.RetryAt.Equal(held.RetryAt) || out.Reason != wordHeldBack {
		t.Errorf("got %+v", out)
	}
}

func TestDeliver_WithoutACardEndsAtOnce(t *testing.T) {
	w := newWorld(t, Options{}, nil)
	if out := w.deliver(push.Job{}); out.Verdict != push.Permanent || out.Reason == "" {
		t.Errorf("got %+v", out)
	}
}
