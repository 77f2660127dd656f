package console

import (
	"errors"
	"time"

	"hongyan/push"
)

// send sends what the form holds, now or at its time, once for one form.
func (c *Console) send(r *request) (reply, error) {
	f := typed(r)
	d, at := f.draft(), time.Time{}
	if f.Value("to") == "me" {
		return c.sendToMe(r, d, f)
	}
	if f.Value("when") == "at" {
		at = f.time("at", r.lang, c.o.Now())
	}
	if err := d.Validate(); err != nil && !f.refuseDraft(err) {
		return reply{}, err
	}
	if len(d.UIDs)+len(d.Topics) == 0 {
		f.Wrong["topic"] = translate(r.lang, wordsNobodyChosen)
	}
	if len(f.Wrong) > 0 {
		return c.sendForm(r, f)
	}
	if agreed := digest(d, at); (len(d.Topics) > 0 || len(d.UIDs) > 20) && r.Form.Get("agreed") != agreed {
		return c.sendForm(r, f, func(v *sendView) { v.Confirm = confirmOf(v, d, at, agreed) })
	}
	if !at.IsZero() {
		return c.schedule(r, d, at, f)
	}
	d.Key = keyOf(r, "send")
	receipts, err := c.o.Push.SendFrom(r.Context(), r.app.ID, d)
	if f.refuseDraft(err) {
		if f.Wrong["Idempotency-Key"] != "" { // the browser's way back led to a form that was sent
			return reply{}, errFormUsed
		}
		return c.sendForm(r, f)
	}
	if err != nil {
		return reply{}, err
	}
	return c.sent(r, f, receipts)
}

// confirmOf names what is about to happen.
func confirmOf(v *sendView, d push.Draft, at time.Time, digest string) *confirmView {
	confirm := &confirmView{People: len(d.UIDs), At: at, Digest: digest}
	for _, t := range v.Topics {
		if t.Ticked {
			confirm.Topics = append(confirm.Topics, t)
		}
	}
	return confirm
}

// sent leads to the message, or shows for whom there is none.
func (c *Console) sent(r *request, f form, receipts []push.Receipt) (reply, error) {
	var failed []push.Receipt
	message := int64(0)
	for _, one := range receipts {
		if one.Failed {
			failed = append(failed, one)
		}
		message = max(message, one.Message)
	}
	switch {
	case message == 0:
		return c.sendForm(r, f, func(v *sendView) { v.Refused = failed })
	case len(failed) > 0:
		return shown("send_partly", wordsSent, partlyView{messagePath(r.app.ID, message), len(receipts) - len(failed), failed}), nil
	}
	return sentTo(messagePath(r.app.ID, message)).saying("消息已提交，正在发送"), nil
}

// partlyView is a send that reached some of those it was for.
type partlyView struct {
	Message string
	Good    int
	Failed  []push.Receipt
}

// sendToMe sends it to the person who looks at it, and keeps the form.
func (c *Console) sendToMe(r *request, d push.Draft, f form) (reply, error) {
	d.UIDs, d.Topics, d.Audience, d.Key = []push.UID{r.user.UID}, nil, push.Everybody, keyOf(r, "to me")
	f.Wrong = map[string]string{}
	receipts, err := c.o.Push.SendFrom(r.Context(), r.app.ID, d)
	if f.refuseDraft(err) {
		return c.sendForm(r, f)
	}
	if err != nil {
		return reply{}, err
	}
	return c.sendForm(r, f, func(v *sendView) {
		if v.Tried = receipts[0].Message; receipts[0].Failed {
			v.Refused = receipts
		}
	})
}

// schedule writes the message down for its time.
func (c *Console) schedule(r *request, d push.Draft, at time.Time, f form) (reply, error) {
	key, list := keyOf(r, "send"), appPath(r.app.ID, "send/scheduled")
	_, err := c.o.Push.ScheduledOf(r.Context(), r.app.ID, key)
	if err == nil { // this form was sent before; what became of it since stays
		return sentTo(list), nil
	}
	if !errors.Is(err, push.ErrNoScheduled) {
		return reply{}, err
	}
	_, _, err = c.o.Push.Schedule(r.Context(), r.app.ID, key, at, d)
	if f.refuseDraft(err) {
		return c.sendForm(r, f)
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(list).saying("已安排在 %s 发送", clock(at)), nil
}
