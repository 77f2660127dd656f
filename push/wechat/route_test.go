package wechat

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"hongyan/oa/sandbox"
	"hongyan/push"
)

func TestRoute_PicksTheChannel(t *testing.T) {
	broken := func(context.Context, push.UserID) (bool, error) { return false, errors.New("database is busy") }
	tests := []struct {
		name    string
		route   string
		spend   func(context.Context, push.UserID) (bool, error)
		said    bool // the follower spoke, so WeChat allows customer messages
		attempt int
		fault   sandbox.Fault
		verdict push.Verdict
		shown   string
	}{
		{"template only", Template, budget(5), true, 1, sandbox.Fault{}, push.Accepted, "template"},
		{"customer first", CustomerThenTemplate, budget(5), true, 1, sandbox.Fault{}, push.Delivered, "customer"},
		{"customer first, no budget", CustomerThenTemplate, budget(0), true, 1, sandbox.Fault{}, push.Accepted, "template"},
		{"customer first, budget unknown", CustomerThenTemplate, broken, true, 1, sandbox.Fault{}, push.Accepted, "template"},
		{"customer first, second attempt", CustomerThenTemplate, budget(5), true, 2, sandbox.Fault{}, push.Accepted, "template"},
		{"customer first, window over (45015)", CustomerThenTemplate, budget(5), false, 1, sandbox.Fault{}, push.Accepted, "template"},
		{"customer first, window used up", CustomerThenTemplate, budget(5), true, 1, sandbox.Fault{Path: pathCustom, ErrCode: 45047}, push.Accepted, "template"},
		{"customer first, its quota used up", CustomerThenTemplate, budget(5), true, 1, sandbox.Fault{Path: pathCustom, ErrCode: 45009}, push.Accepted, "template"},
		{"customer first, not authorised", CustomerThenTemplate, budget(5), true, 1, sandbox.Fault{Path: pathCustom, ErrCode: 48001}, push.Accepted, "template"},
		{"customer first, not followed", CustomerThenTemplate, budget(5), true, 1, sandbox.Fault{Path: pathCustom, ErrCode: 43004}, push.Stopped, ""},
		{"customer first, busy", CustomerThenTemplate, budget(5), true, 1, sandbox.Fault{Path: pathCustom, ErrCode: -1}, push.Unconfirmed, ""},
		{"customer first, answer lost", CustomerThenTemplate, budget(5), true, 1, sandbox.Fault{Path: pathCustom, Cut: true, Delivered: true}, push.Unconfirmed, "customer"},
		{"template first", TemplateThenCustomer, budget(5), true, 1, sandbox.Fault{}, push.Accepted, "template"},
		{"template first, deleted", TemplateThenCustomer, budget(5), true, 1, sandbox.Fault{Path: pathTemplate, ErrCode: 40037}, push.Delivered, "customer"},
		{"template first, quota", TemplateThenCustomer, budget(5), true, 1, sandbox.Fault{Path: pathTemplate, ErrCode: 45009}, push.Delivered, "customer"},
		{"template first, quota and no budget", TemplateThenCustomer, budget(0), true, 1, sandbox.Fault{Path: pathTemplate, ErrCode: 45009}, push.Paused, ""},
		{"template first, quota and window over", TemplateThenCustomer, budget(5), false, 1, sandbox.Fault{Path: pathTemplate, ErrCode: 45009}, push.Paused, ""},
		{"template first, not followed", TemplateThenCustomer, budget(5), true, 1, sandbox.Fault{Path: pathTemplate, ErrCode: 43004}, push.Stopped, ""},
		{"template first, busy", TemplateThenCustomer, budget(5), true, 1, sandbox.Fault{Path: pathTemplate, ErrCode: -1}, push.Throttled, ""},
		{"template first, answer lost", TemplateThenCustomer, budget(5), true, 1, sandbox.Fault{Path: pathTemplate, Cut: true, Delivered: true}, push.Temporary, "template"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, Options{Route: tt.route}, tt.spend)
				w.Change([]byte(`{"tapQuota":0}`))
				if tt.said {
					w.follower.Say(t.Context(), "在吗")
				} else {
					w.Advance(49 * 3600e9)
				}
				if tt.fault.Path != "" {
					w.fault(tt.fault)
				}
				j := w.job()
				j.Attempt = tt.attempt
				out := w.deliver(j)
				if out.Verdict != tt.verdict || w.shown() != tt.shown {
					t.Errorf("got %d %q, the phone shows %q; want %d and %q", out.Verdict, out.Reason, w.shown(), tt.verdict, tt.shown)
				}
				if accepted := out.Verdict == push.Accepted || out.Verdict == push.Delivered; accepted != (out.Reason == "") {
					t.Errorf("verdict %d with reason %q", out.Verdict, out.Reason)
				}
			})
		})
	}
}

func TestRoute_CustomerTextSaysWhoWhatAndWhere(t *testing.T) {
	want := "【监控·机房】\n三号机房温度 42 度\n请处理\n\n查看详情：https://push.example/api/message/abc"
	if got := customerText(card()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	long := card()
	long.AppName, long.Summary = strings.Repeat("名", 500), strings.Repeat("摘", 5000)
	got := customerText(long)
	if len(got) > 2048 || !utf8.ValidString(got) || !strings.HasSuffix(got, long.PageURL) {
		t.Errorf("%d bytes, ends with %q", len(got), got[len(got)-40:])
	}
}
