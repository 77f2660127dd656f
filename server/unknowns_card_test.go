package main

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"hongyan/oa/sandbox"
	"hongyan/push"
)

// oneCard sends a message while WeChat does something strange to it, and wants
// one card and this status in the end.
func oneCard(fault *sandbox.Fault, code int, text string) func(context.Context, *platform) {
	return func(ctx context.Context, p *platform) {
		f := p.followers[0]
		if fault != nil {
			p.must(p.wechat.Dial(*fault))
		}
		r := p.send(ctx, f, "磁盘将满")
		p.quiesce(ctx)
		p.wantShown(f, sandbox.KindTemplate, "磁盘将满", 1)
		p.wantStatus(ctx, r, code, text)
	}
}

// What a repeated client_msg_id is answered: the card must not come twice, and
// must not count as failed.
func TestUnknown_AnswerToARepeatedCard(t *testing.T) {
	faults := map[string]sandbox.Fault{
		"cut":  {Path: pathSend, Times: 1, Delivered: true, Cut: true},
		"hang": {Path: pathSend, Times: 1, Delivered: true, Hang: true},
		"-1":   {Path: pathSend, Times: 1, Delivered: true, ErrCode: -1},
	}
	for name, fault := range faults {
		for answer, want := range map[string]struct {
			code int
			text string
		}{
			"same":  {push.StatusSent, "发送成功"},
			"new":   {push.StatusWaiting, "未收到回执"},
			"error": {push.StatusWaiting, "未收到回执"},
		} {
			unknown{name: "clientMsgIDAnswer=" + answer + " after " + name, set: func(r *sandbox.Settings) {
				r.ClientMsgIDAnswer = answer
			}, story: oneCard(&fault, want.code, want.text)}.run(t)
		}
		for _, code := range []int{-1, 40241, 40300, 43117, 45011} {
			unknown{name: fmt.Sprintf("clientMsgIDCode=%d after %s", code, name), set: func(r *sandbox.Settings) {
				r.ClientMsgIDAnswer, r.ClientMsgIDCode = "error", code
			}, story: oneCard(&fault, push.StatusWaiting, "未收到回执")}.run(t)
		}
	}
}

// How long a client_msg_id may be, and of which letters.
func TestUnknown_ShapeOfAClientMsgID(t *testing.T) {
	for _, most := range []int{22, 32, 64} {
		for _, ascii := range []bool{false, true} {
			unknown{name: fmt.Sprintf("clientMsgIDMax=%d clientMsgIDASCII=%t", most, ascii), set: func(r *sandbox.Settings) {
				r.ClientMsgIDMax, r.ClientMsgIDASCII = most, ascii
			}, story: oneCard(nil, push.StatusSent, "发送成功")}.run(t)
		}
	}
}

// Whether a card answered by -1 arrived.
func TestUnknown_BusyAnswerDelivered(t *testing.T) {
	for _, delivered := range []bool{false, true} {
		unknown{name: fmt.Sprintf("busy delivered=%t", delivered), set: func(r *sandbox.Settings) {
			r.BusyRatio, r.BusyDelivered = 1, 0
			if delivered {
				r.BusyRatio, r.BusyDelivered = 0, 1
			}
		}, story: func(ctx context.Context, p *platform) {
			f := p.followers[0]
			r := p.send(ctx, f, "磁盘将满")
			time.Sleep(3 * time.Second)
			p.set(func(*sandbox.Settings) {})
			p.quiesce(ctx)
			p.wantShown(f, sandbox.KindTemplate, "磁盘将满", 1)
			p.wantStatus(ctx, r, push.StatusSent, "发送成功")
		}}.run(t)
	}
}

// Whether a -1 answer uses the day's quota. What was answered by -1 may have
// arrived, so a day later it is not repeated; what was only refused arrives.
func TestUnknown_BusyAnswerCounts(t *testing.T) {
	for _, counts := range []bool{false, true} {
		set := func(busy float64) func(*sandbox.Settings) {
			return func(r *sandbox.Settings) {
				r.BusyCounts, r.BusyRatio = counts, busy
				r.Quotas = maps.Clone(r.Quotas)
				r.Quotas[pathSend] = 3
			}
		}
		unknown{name: fmt.Sprintf("busyCounts=%t", counts), set: set(1), story: func(ctx context.Context, p *platform) {
			f := p.followers[0]
			unsure := p.send(ctx, f, "第一条")
			time.Sleep(3 * time.Second)
			p.set(set(0))
			time.Sleep(10 * time.Second)
			refused := []push.Receipt{p.send(ctx, f, "第二条"), p.send(ctx, f, "第三条")}
			p.quiesce(ctx)
			if p.calls(pathSend, "-1") == 0 || counts != (p.calls(pathSend, "45009") > 0) {
				p.Errorf("answers: %v", p.wechat.Calls().Calls[pathSend].Answers)
			}
			for n, r := range refused {
				p.wantShown(f, sandbox.KindTemplate, []string{"第二条", "第三条"}[n], 1)
				p.wantStatus(ctx, r, push.StatusSent, "发送成功")
			}
			p.wantShown(f, sandbox.KindTemplate, "第一条", 1)
			p.wantStatus(ctx, unsure, push.StatusSent, "发送成功")
		}}.run(t)
	}
}

// When the day's quota begins anew. The account waits for midnight and, if
// that was too early, asks again soon.
func TestUnknown_QuotaResetMinute(t *testing.T) {
	for _, minute := range []int{0, 1, 10, 45, 8 * 60} {
		set := func(r *sandbox.Settings) {
			r.QuotaResetMinutes = minute
			r.Quotas = maps.Clone(r.Quotas)
			r.Quotas[pathSend] = 1
		}
		unknown{name: fmt.Sprintf("quotaResetMinutes=%d", minute), set: set, story: func(ctx context.Context, p *platform) {
			f := p.followers[0]
			first, second := p.send(ctx, f, "第一条"), p.send(ctx, f, "第二条")
			p.quiesce(ctx)
			p.wantShown(f, sandbox.KindTemplate, "条", 2)
			p.wantStatus(ctx, first, push.StatusSent, "发送成功")
			p.wantStatus(ctx, second, push.StatusSent, "发送成功")
			cards, err := p.wechat.Ledger()
			p.must(err)
			beijing := time.UnixMilli(cards[len(cards)-1].At).In(time.FixedZone("CST", 8*3600))
			late := time.Duration(beijing.Hour())*time.Hour + time.Duration(beijing.Minute()-minute)*time.Minute
			if minute <= 60 && (late < 0 || late > 11*time.Minute) {
				p.Errorf("the second card came at %s, %s after the reset", beijing, late)
			}
			if asked := p.calls(pathSend, "45009"); asked > 12 {
				p.Errorf("WeChat was asked %d times in vain", asked)
			}
		}}.run(t)
	}
}

// How many cards one follower may get, and how soon the same again: all
// arrive, none twice, later if need be.
func TestUnknown_Frequency(t *testing.T) {
	story := func(ctx context.Context, p *platform) {
		f := p.followers[0]
		var sent []push.Receipt
		for range 8 {
			sent = append(sent, p.send(ctx, f, "磁盘将满"))
		}
		p.quiesce(ctx)
		p.wantShown(f, sandbox.KindTemplate, "磁盘将满", len(sent))
		for _, r := range sent {
			p.wantStatus(ctx, r, push.StatusSent, "发送成功")
		}
	}
	for _, most := range []int{0, 1, 3, 60} {
		unknown{name: fmt.Sprintf("userPerMinute=%d", most), set: func(r *sandbox.Settings) { r.UserPerMinute = most }, story: story}.run(t)
	}
	for _, seconds := range []int{0, 60, 600, 3600} {
		unknown{name: fmt.Sprintf("repeatSeconds=%d", seconds), set: func(r *sandbox.Settings) { r.RepeatSeconds = seconds }, story: story}.run(t)
	}
	for _, rate := range []int64{1, 2, 100} {
		unknown{name: fmt.Sprintf("softRate=%d", rate), set: func(r *sandbox.Settings) { r.SoftRate = rate }, story: story}.run(t)
	}
}

// What a finish report that says failed means, shown or not: the sender reads
// why, and nothing is sent again.
func TestUnknown_FailedFinish(t *testing.T) {
	for status, want := range map[string]string{
		"failed:freq limit":      "发送频率",
		"failed: freq limit":     "发送频率",
		"failed:user block":      "拒收",
		"failed: system failed":  "系统失败",
		"failed:something newer": "something newer",
	} {
		for _, shown := range []bool{false, true} {
			unknown{name: fmt.Sprintf("finishStatus=%q finishShown=%t", status, shown), set: func(r *sandbox.Settings) {
				r.FailFinish, r.FinishStatus, r.FinishShown = 1, status, shown
			}, story: func(ctx context.Context, p *platform) {
				r := p.send(ctx, p.followers[0], "磁盘将满")
				p.quiesce(ctx)
				p.wantStatus(ctx, r, push.StatusFailed, want)
				if n := p.calls(pathSend, "0"); n != 1 {
					p.Errorf("sent %d times", n)
				}
			}}.run(t)
		}
	}
}

// When a finish report comes: before the answer, never, twice, in any order,
// late, under any spelling.
func TestUnknown_ArrivalOfFinish(t *testing.T) {
	sure, lost := "发送成功", "未收到回执"
	for name, c := range map[string]struct {
		set  func(*sandbox.Settings)
		code int
		text string
	}{
		"earlyFinish=1":     {func(r *sandbox.Settings) { r.EarlyFinish = 1 }, push.StatusSent, sure},
		"dropFinish=1":      {func(r *sandbox.Settings) { r.DropFinish = 1 }, push.StatusWaiting, lost},
		"duplicateFinish=1": {func(r *sandbox.Settings) { r.DuplicateFinish = 1 }, push.StatusSent, sure},
		"reorderFinish=1":   {func(r *sandbox.Settings) { r.ReorderFinish, r.FinishMaxMs = 1, 30_000 }, push.StatusSent, sure},
		"finishMs=9min":     {func(r *sandbox.Settings) { r.FinishMinMs, r.FinishMaxMs = 540_000, 540_000 }, push.StatusSent, sure},
		"finishLower=true":  {func(r *sandbox.Settings) { r.FinishLower = true }, push.StatusSent, sure},
	} {
		unknown{name: name, set: c.set, story: oneCard(nil, c.code, c.text)}.run(t)
	}
}
