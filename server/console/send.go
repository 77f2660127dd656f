package console

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"hongyan/push"
)

// mostListed bounds the topics that stand in the form, and mostFound the
// followers that a search offers.
const (
	mostListed = 200
	mostFound  = 8
)

// sendView is the form of a message, with what it will look like beside it.
type sendView struct {
	Form     form
	Kinds    []option
	Topics   []topicChoice
	Whom     whomView
	Sells    bool
	Payers   []option
	From, To string // earliest and latest time, as the browser's field wants them
	Preview  previewView
	Confirm  *confirmView
	Refused  []push.Receipt // nobody could be sent to: why, for each
	Tried    int64          // public id of the message that went to the person themselves
}

// topicChoice is a topic that can be ticked.
type topicChoice struct {
	push.TopicCount
	Ticked, Many bool
}

// whomView are the followers that are ticked, and those a search found.
type whomView struct {
	Form   form
	Chosen []string
	Found  []push.Follower
	Nobody bool // the search found nobody
}

// confirmView asks before many are sent to.
type confirmView struct {
	Topics []topicChoice
	People int
	At     time.Time
	Digest string
}

// sendPage is the form, empty or with what an earlier message said.
func (c *Console) sendPage(r *request) (reply, error) {
	f := filled("kind", "1", "when", "now", "audience", "0")
	if id, err := strconv.ParseInt(r.FormValue("from"), 10, 64); err == nil {
		body, err := c.o.Push.Body(r.Context(), r.app.ID, id)
		if err != nil {
			return reply{}, err
		}
		f = filled("kind", strconv.Itoa(int(body.Kind)), "content", body.Content, "summary", body.Summary, "url", body.URL, "when", "now", "audience", "0")
		if r.FormValue("failed") != "" {
			uids, err := c.o.Push.FailedUIDs(r.Context(), r.app.ID, id)
			if err != nil {
				return reply{}, err
			}
			f.Values.Set("uids", lines(uids))
		}
	}
	if uid := r.FormValue("to"); uid != "" {
		f.Values.Set("uid", uid)
	}
	return c.sendForm(r, f)
}

// sendForm shows the form with what stands in it.
func (c *Console) sendForm(r *request, f form, change ...func(*sendView)) (reply, error) {
	now := c.o.Now().In(shanghai)
	v := sendView{
		Form: f, Kinds: wordsDraftKinds.in(r.lang), Payers: wordsPayers.in(r.lang), From: now.Format(localTime), To: now.Add(furthest).Format(localTime),
	}
	var err error
	if v.Topics, err = c.topicChoices(r, f.Values["topic"]); err != nil {
		return reply{}, err
	}
	if v.Sells, err = c.o.Push.Sells(r.Context(), r.app.ID); err != nil {
		return reply{}, err
	}
	if v.Whom, err = c.whom(r, f, false); err != nil {
		return reply{}, err
	}
	v.Preview = c.previewOf(r, f, v.Topics)
	for _, do := range change {
		do(&v)
	}
	a := shown("send", wordsSend, v)
	if len(f.Wrong) > 0 || len(v.Refused) > 0 {
		a = a.wrong()
	}
	return a, nil
}

func (c *Console) topicChoices(r *request, ticked []string) ([]topicChoice, error) {
	all, err := c.o.Push.CountTopics(r.Context(), r.app.ID, push.TopicFilter{Limit: mostListed})
	if err != nil {
		return nil, err
	}
	choices := make([]topicChoice, len(all))
	for i, t := range all {
		choices[i] = topicChoice{t, slices.Contains(ticked, strconv.FormatInt(int64(t.ID), 10)), t.Active >= push.CountTo}
	}
	return choices, nil
}

// whom are the ticked followers, and with a search those it found.
func (c *Console) whom(r *request, f form, search bool) (whomView, error) {
	v := whomView{Form: f, Chosen: f.Values["uid"]}
	if !search {
		return v, nil
	}
	found, err := c.o.Push.FindFollowers(r.Context(), r.app.ID, r.value("q"), mostFound+len(v.Chosen))
	if f.refuse(err) {
		return v, nil
	}
	v.Nobody = len(found) == 0
	for _, one := range found {
		if !slices.Contains(v.Chosen, string(one.UID)) && len(v.Found) < mostFound {
			v.Found = append(v.Found, one)
		}
	}
	return v, err
}

// findReceivers searches followers while the rest of the form stays as it is.
func (c *Console) findReceivers(r *request) (reply, error) {
	f := typed(r)
	v, err := c.whom(r, f, true)
	if err != nil {
		return reply{}, err
	}
	if r.htmx() {
		return part("send", "found", sendView{Whom: v}), nil
	}
	return c.sendForm(r, f, func(page *sendView) { page.Whom = v })
}

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

func messagePath(app push.AppID, id int64) string {
	return appPath(app, "messages/"+strconv.FormatInt(id, 10))
}

func lines(uids []push.UID) string {
	text := ""
	for _, uid := range uids {
		text += string(uid) + "\n"
	}
	return text
}

// query is an address with a query of name, value, …; empty values are left
// out.
func query(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
