package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/push/wechat"
)

const pathCustom = "/cgi-bin/message/custom/send"

// Which code names a user who left while we did not hear of it: the sender
// reads why, and WeChat is not asked for them again.
func TestUnknown_CodeOfAUserWhoLeft(t *testing.T) {
	for _, code := range []int{43004, 40003} {
		unknown{name: fmt.Sprintf("unfollowedCode=%d", code), set: func(r *sandbox.Settings) { r.UnfollowedCode = code }, story: func(ctx context.Context, p *platform) {
			f := p.followers[0]
			time.Sleep(2 * time.Second)
			p.wechat.SetCallback("", nil) // the unsubscribe event is lost
			_, _ = f.Unfollow(ctx)
			p.wechat.SetCallback(callbackURL, frontDoor{p.simulation})
			r := p.send(ctx, f, "磁盘将满")
			p.quiesce(ctx)
			p.wantStatus(ctx, r, push.StatusFailed, fmt.Sprint(code))
			receipts, err := p.anyNode().push.Send(ctx, p.apps[0].token, push.Draft{Content: "又一条", Kind: 1, UIDs: []push.UID{f.uid}})
			if err != nil || !receipts[0].Failed {
				p.Errorf("the next send answered %+v, %v", receipts, err)
			}
		}}.run(t)
	}
}

// Whether a second message adds to the five customer messages of 48 hours or
// sets them anew: we count on five, so WeChat refuses none, and what does not
// go as a customer message goes as a card.
func TestUnknown_SecondMessageAndTheWindow(t *testing.T) {
	for _, adds := range []bool{false, true} {
		unknown{name: fmt.Sprintf("windowAdds=%t", adds), route: wechat.CustomerThenTemplate, set: func(r *sandbox.Settings) {
			r.WindowAdds = adds
		}, story: func(ctx context.Context, p *platform) {
			f := p.followers[0]
			for range 2 {
				f.must(f.Say(ctx, "我的UID"))
				p.jump(2 * time.Minute) // the short windows are over
			}
			for n := range 9 {
				p.send(ctx, f, fmt.Sprintf("第%d条", n))
			}
			p.quiesce(ctx)
			for n := range 9 {
				p.wantShown(f, "", fmt.Sprintf("第%d条", n), 1)
			}
			p.wantShown(f, sandbox.KindCustomer, "条", 5)
			if n := p.calls(pathCustom, "45047") + p.calls(pathCustom, "45015"); n != 0 {
				p.Errorf("WeChat refused %d customer messages", n)
			}
		}}.run(t)
	}
}

// By which code a token dies in the middle of a fan-out.
func TestUnknown_CodeOfADeadToken(t *testing.T) {
	for _, code := range []int{0, 40001, 40014, 42001} {
		unknown{name: fmt.Sprintf("tokenDeathCode=%d", code), set: func(r *sandbox.Settings) {
			r.TokenDeathCode, r.TokenSeconds, r.TokenOverlapSeconds = code, 5, 0
		}, story: func(ctx context.Context, p *platform) {
			f := p.followers[0]
			for n := range 6 {
				time.Sleep(3 * time.Second)
				p.must(p.wechat.Dial(sandbox.Fault{ErrCode: code, Overlay: sandbox.Overlay{KillTokens: true}}))
				p.send(ctx, f, fmt.Sprintf("第%d条", n))
			}
			p.quiesce(ctx)
			p.wantShown(f, sandbox.KindTemplate, "条", 6)
		}}.run(t)
	}
}
