package console

import (
	"time"

	"hongyan/push"
)

// A warning says what needs attention and what to do about it.
type warning struct {
	Tone   string // bad, wait or ""
	Text   string
	Remedy string
	Link   string // of the console, where that is done; may be empty
}

// facts are what is known of an app when its overview is shown.
type facts struct {
	now        time.Time
	id         push.AppID
	base       string
	app        push.AppFacts
	account    push.AccountState
	endpoint   *push.Endpoint // nil: none
	reasons    []push.ReasonCount
	tokenFails bool
}

// From when on something needs attention.
const (
	manyFailures  = 10               // of one reason, in an hour
	longWait      = 10 * time.Minute // of a card or a callback
	fewLeft       = 20               // the quota left, of 100
	failuresInRow = 3
)

// warn is what needs attention, the worst first. It is a function of the facts
// alone.
func warn(lang string, f facts) (all []warning) {
	add := func(tone, section, text, remedy string, args ...any) {
		link := ""
		if section != "" {
			link = appPath(f.id, section)
		}
		all = append(all, warning{tone, translate(lang, text, args...), translate(lang, remedy), link})
	}
	if f.tokenFails {
		add("bad", "", "拿不到微信的 access_token，消息暂时发不出去", "请管理员运行 hongyan doctor，按它说的处理；恢复后排队的消息会自动发出。")
	}
	if f.account.Paused(f.now) {
		add("bad", "", "公众号暂停发送到 %s：%s", "到时会自动继续，不用重发。急用时请联系管理员。", clock(f.account.PausedUntil), f.account.PauseReason)
	}
	if e := f.endpoint; e != nil && e.Disabled {
		add("bad", "callbacks", "回调地址已停用：%s", "请修好接收服务，在回调页恢复地址，再重放失败的回调。", e.Reason)
	} else if e != nil && e.Failures >= failuresInRow {
		add("wait", "callbacks", "回调连续失败 %d 次", "请看最近一次的应答，修好接收服务；平台会自动重试。", e.Failures)
	}
	for _, r := range f.reasons {
		if r.Count >= manyFailures {
			all = append(all, warning{"wait", translate(lang, "一小时内有 %s 条发送失败：%s", num(r.Count), r.Reason), r.Remedy, appPath(f.id, "messages?state=failed")})
		}
	}
	if late := f.now.Sub(f.app.OldestDue); !f.app.OldestDue.IsZero() && late > longWait && !f.account.Paused(f.now) {
		add("wait", "messages", "有消息已等待 %d 分钟还没有交给微信", "发送量大时会排队；一直不动请联系管理员。", int(late/time.Minute))
	}
	if late := f.now.Sub(f.app.OldestTold); !f.app.OldestTold.IsZero() && late > longWait {
		add("wait", "callbacks", "有回调已等待 %d 分钟", "回调排队中；一直不动请联系管理员。", int(late/time.Minute))
	}
	if a := f.account; a.Quota.Limit > 0 && a.Quota.Left*100 < a.Quota.Limit*fewLeft {
		add("wait", "", "公众号今天还能发 %s 条模板消息，共 %s 条", "用完之后要等到第二天零点。请把不急的消息改到明天，或请管理员申请更高的额度。", num(a.Quota.Left), num(a.Quota.Limit))
	}
	if f.app.Followers == 0 {
		all = append(all, warning{"", translate(lang, "还没有人关注这个应用"),
			translate(lang, "把二维码发给第一个关注者，或者在公众号里发送 #%d。", f.id), appPath(f.id, "codes")})
	} else if !f.app.EverSent {
		add("", "send", "还没有发过消息", "在发送页写第一条，或用接口发送。")
	}
	return all
}
