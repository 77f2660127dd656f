package wechat

import (
	"errors"
	"fmt"
	"time"

	"hongyan/oa"
	"hongyan/push"
)

// The platform's paths whose failures mean different things.
const (
	pathTemplate = "/cgi-bin/message/template/send"
	pathCustom   = "/cgi-bin/message/custom/send"
)

// safeRepeat is how long WeChat promises to recognise a repeated
// client_msg_id.
const safeRepeat = 10 * time.Minute

// rule is what an error code means for a delivery. then is the sentence that
// follows the platform's own words on the code; it says what happens next.
type rule struct {
	verdict push.Verdict
	wait    func(now time.Time) time.Time // when the verdict needs a time
	then    string
}

// ruleOf is the table of codes. What the operator must mend pauses the
// account and keeps every row, so that a mistake in the configuration, or a
// template WeChat took away, does not fail a million deliveries.
func ruleOf(code int, class oa.Class) rule {
	switch code {
	case 43117:
		return rule{push.RetryAfter, after(10 * time.Minute), wordTenMinutes}
	case 40241:
		return rule{push.RetryAfter, after(time.Minute), wordOneMinute}
	case 40036, 40037, 40039, 43116: // the template's fault, not the message's
		return rule{push.Paused, after(10 * time.Minute), wordPaused}
	case 45015, 45047: // of customer messages, which have another channel
		return rule{verdict: push.Temporary}
	}
	switch class {
	case oa.ClassRetry:
		return rule{verdict: push.Throttled}
	case oa.ClassQuota:
		return rule{verdict: push.Paused, wait: newDay}
	case oa.ClassUser:
		return rule{verdict: push.Stopped}
	case oa.ClassMessage:
		return rule{verdict: push.Permanent}
	case oa.ClassConfig:
		return rule{push.Paused, after(10 * time.Minute), wordPaused}
	}
	return rule{verdict: push.Temporary}
}

func after(d time.Duration) func(time.Time) time.Time {
	return func(now time.Time) time.Time { return now.Add(d) }
}

// newDay is when a used-up quota is tried again: at midnight in Beijing, when
// WeChat counts a new day. Nobody knows to the minute when it does, so a
// refusal in the first hour of a day is taken for the last day's.
func newDay(now time.Time) time.Time {
	now = now.In(cst)
	if now.Hour() == 0 {
		return now.Add(10 * time.Minute)
	}
	year, month, day := now.Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, cst)
}

// judge turns an error of a template message into an outcome. firstAt is when
// the first attempt at this card began.
func judge(err error, firstAt, now time.Time) push.Outcome {
	out := judgeError(err, firstAt, now)
	out.NotSent = !mayHaveArrived(err, pathTemplate)
	return out
}

func judgeError(err error, firstAt, now time.Time) push.Outcome {
	var refusal *oa.Error
	if errors.As(err, &refusal) {
		return judgeCode(refusal, now)
	}
	switch {
	case !mayHaveArrived(err, pathTemplate):
		return push.Outcome{Verdict: push.Temporary, Reason: wordUnreachable}
	case firstAt.IsZero(), now.Sub(firstAt) < safeRepeat:
		return push.Outcome{Verdict: push.Temporary, Reason: wordUnknown}
	}
	return push.Outcome{Verdict: push.Unconfirmed, Reason: wordUnconfirmed}
}

func judgeCode(e *oa.Error, now time.Time) push.Outcome {
	if e.RetryAt.After(now) {
		return push.Outcome{Verdict: push.Paused, RetryAt: e.RetryAt, Reason: wordHeldBack}
	}
	r := ruleOf(e.Code, e.Class())
	if e.Path != pathTemplate && e.Path != pathCustom {
		r = ruleOfToken(e)
	}
	out := push.Outcome{Verdict: r.verdict, Reason: reason(e, r)}
	if r.wait != nil {
		out.RetryAt = r.wait(now)
	}
	return out
}

// ruleOfToken is for errors of the call for a token, made before the card was
// tried. They say nothing about the card or the follower.
func ruleOfToken(e *oa.Error) rule {
	switch e.Class() {
	case oa.ClassRetry:
		return rule{verdict: push.Throttled}
	case oa.ClassQuota, oa.ClassConfig:
		return rule{push.Paused, after(10 * time.Minute), wordPaused}
	}
	return rule{verdict: push.Temporary}
}

// reason says what WeChat answered, what can be done and what happens next.
func reason(e *oa.Error, r rule) string {
	return fmt.Sprintf(wordAnswer, e.Code) + orElse(e.Remedy(), wordOther) + r.then
}

// mayHaveArrived tells whether a failed call to path may still have been
// carried out. A failure on the way to the token comes before it.
func mayHaveArrived(err error, path string) bool {
	var network *oa.NetworkError
	if errors.As(err, &network) {
		return network.Sent && network.Path == path
	}
	var refusal *oa.Error
	return errors.As(err, &refusal) && refusal.Code == -1 && refusal.Path == path
}
