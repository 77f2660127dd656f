package console

import "hongyan/push"

// scheduledView are the sends that wait, and what became of those that did.
type scheduledView struct {
	Past   bool
	Rows   []scheduledRow
	Next   string
	Form   form // of the row whose new time was refused
	Wrong  string
	Path   string
	Latest string // time, as the browser's field wants it
	Soon   string
}

// scheduledRow is one of them.
type scheduledRow struct {
	push.Scheduled
	State   stateChip
	At      string // as the browser's field wants it
	Summary string
	Kind    string
	Failed  string // the first reason why it reached nobody
	URL     string // of the message it became
}

func (c *Console) scheduledPage(r *request) (reply, error) { return c.scheduledList(r, filled(), "") }

// scheduledList shows the list, and beside a send why its new time was refused.
func (c *Console) scheduledList(r *request, f form, wrong string) (reply, error) {
	past, after := r.FormValue("past") != "", r.FormValue("after")
	list := c.o.Push.WaitingSends
	if past {
		list = c.o.Push.PastSends
	}
	all, next, err := list(r.Context(), r.app.ID, after, 20)
	if err != nil {
		return reply{}, err
	}
	now := c.o.Now().In(shanghai)
	v := scheduledView{Past: past, Form: f, Wrong: wrong, Path: appPath(r.app.ID, "send/scheduled"),
		Soon: now.Format(localTime), Latest: now.Add(furthest).Format(localTime)}
	for _, one := range all {
		row := scheduledRow{Scheduled: one, State: chipsOfScheduled[one.State], At: one.SendAt.In(shanghai).Format(localTime),
			Summary: one.Draft.Shown(), Kind: kindWord(one.Draft.Kind), Failed: one.Reason}
		if one.Message != 0 {
			row.URL = messagePath(r.app.ID, one.Message)
		}
		if one.State == push.ScheduledFailed && len(one.Receipts) > 0 {
			row.Failed = one.Receipts[0].Text
		}
		v.Rows = append(v.Rows, row)
	}
	if next != "" {
		v.Next = query(v.Path, "past", r.FormValue("past"), "after", next)
	}
	return shown("scheduled", wordsScheduled, v), nil
}

func (c *Console) moveScheduled(r *request) (reply, error) {
	f := typed(r)
	at := f.time("at", r.lang, c.o.Now())
	var err error
	if f.Error("at") == "" {
		err = c.o.Push.MoveScheduled(r.Context(), r.app.ID, r.value("key"), at)
	}
	if f.refuseDraft(err) || f.Error("at") != "" {
		a, err := c.scheduledList(r, f, f.Error("at"))
		return a.wrong(), err
	}
	if err != nil {
		return reply{}, err
	}
	return c.toScheduled(r).saying("已改到 %s 发送", clock(at)), nil
}

func (c *Console) sendScheduledNow(r *request) (reply, error) {
	if err := c.o.Push.MoveScheduled(r.Context(), r.app.ID, r.value("key"), c.o.Now()); err != nil {
		return reply{}, err
	}
	return c.toScheduled(r).saying("正在发送，稍后在「已结束」里查看结果"), nil
}

func (c *Console) cancelScheduled(r *request) (reply, error) {
	if _, err := c.o.Push.CancelScheduled(r.Context(), r.app.ID, r.value("key")); err != nil {
		return reply{}, err
	}
	return c.toScheduled(r).saying("已取消这次发送"), nil
}

func (c *Console) toScheduled(r *request) reply { return sentTo(appPath(r.app.ID, "send/scheduled")) }
