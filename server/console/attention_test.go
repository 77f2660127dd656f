package console

import (
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

// TestWarn_SaysWhatNeedsAttention: what holds, and the words that are told of
// it; nothing else is.
func TestWarn_SaysWhatNeedsAttention(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, shanghai)
	well := push.AppFacts{Followers: 3, EverSent: true}
	for _, c := range []struct {
		what string
		f    facts
		want []string
	}{
		{"all well", facts{app: well}, nil},
		{"the quota unknown", facts{app: well, account: push.AccountState{}}, nil},
		{"a pause that is over", facts{app: well, account: push.AccountState{PausedUntil: now.Add(-time.Second)}}, nil},
		{"a failure or two", facts{app: well, endpoint: &push.Endpoint{Failures: 2}, reasons: []push.ReasonCount{{Reason: "x", Count: 9}}}, nil},
		{"cards that wait a moment", facts{app: push.AppFacts{Followers: 1, EverSent: true, OldestDue: now.Add(-time.Minute)}}, nil},
		{"cards that wait for a pause", facts{app: push.AppFacts{Followers: 1, EverSent: true, OldestDue: now.Add(-time.Hour)}, account: push.AccountState{PausedUntil: now.Add(time.Hour), PauseReason: "额度"}}, []string{"暂停发送到"}},

		{"no token", facts{app: well, tokenFails: true}, []string{"access_token"}},
		{"a disabled endpoint", facts{app: well, endpoint: &push.Endpoint{Disabled: true, Reason: "410", Failures: 9}}, []string{"回调地址已停用：410"}},
		{"a failing endpoint", facts{app: well, endpoint: &push.Endpoint{Failures: 3}}, []string{"连续失败 3 次"}},
		{"one reason often", facts{app: well, reasons: []push.ReasonCount{{Reason: "用户拒收", Remedy: "请打开", Count: 1200}}}, []string{"1,200 条发送失败：用户拒收"}},
		{"cards that wait", facts{app: push.AppFacts{Followers: 1, EverSent: true, OldestDue: now.Add(-11 * time.Minute)}}, []string{"已等待 11 分钟还没有交给微信"}},
		{"callbacks that wait", facts{app: push.AppFacts{Followers: 1, EverSent: true, OldestTold: now.Add(-20 * time.Minute)}}, []string{"有回调已等待 20 分钟"}},
		{"little quota", facts{app: well, account: push.AccountState{Quota: push.Quota{Limit: 100_000, Left: 19_999}}}, []string{"还能发 19,999 条"}},
		{"nobody there", facts{}, []string{"还没有人关注"}},
		{"never sent", facts{app: push.AppFacts{Followers: 1}}, []string{"还没有发过"}},
		{"all at once", facts{tokenFails: true, endpoint: &push.Endpoint{Disabled: true}}, []string{"access_token", "已停用", "还没有人关注"}},
	} {
		c.f.now, c.f.id = now, 97
		got := warn(chinese, c.f)
		if len(got) != len(c.want) {
			t.Errorf("%s: %+v, want %d warnings", c.what, got, len(c.want))
			continue
		}
		for i, w := range got {
			if !strings.Contains(w.Text, c.want[i]) || w.Remedy == "" {
				t.Errorf("%s: %+v, want %q and a remedy", c.what, w, c.want[i])
			}
		}
	}
}
