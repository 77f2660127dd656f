package console

import (
	"net/http"
	"strconv"
	"time"

	"hongyan/push"
)

// messageView is one message with what became of it.
type messageView struct {
	push.Report
	Progress progressView
	Card     cardView
	State    stateChip
	Kind     string
	Path     string
	Topics   []string
	Live     bool // it is on its way
	Halt     bool // it can be paused and cancelled
}

// progressView is how far a message is.
type progressView struct {
	push.Message
	State    stateChip
	Bar      bar
	Done     int64
	Expected int64
	Percent  int64
	PerSec   int64  // cards whose fate became known, in the last seconds
	Left     string // time, in words; empty: nobody can tell
}

func (c *Console) messagePage(r *request) (reply, error) {
	report, err := c.o.Push.Message(r.Context(), r.app.ID, messageID(r))
	if err != nil {
		return reply{}, err
	}
	m := report.Message
	v := messageView{
		Report: report, Progress: progressOf(m, c.o.Now()), State: stateOf(m, c.o.Now()), Kind: kindWord(m.Kind),
		Path: messagePath(r.app.ID, m.ID), Halt: haltable(m) && (m.Counts.FanningOut || report.Waiting > 0 || report.Sampled),
	}
	v.Live = v.Halt && m.PausedAt.IsZero() || v.State == stateRunning
	topic := ""
	for _, id := range m.Topics {
		t, err := c.o.Push.FindTarget(r.Context(), push.OfTopic, int64(id))
		name := t.Name
		if err != nil { // deleted since
			name = "#" + strconv.FormatInt(int64(id), 10)
		}
		v.Topics, topic = append(v.Topics, name), name
	}
	if len(m.Topics) != 1 {
		topic = ""
	}
	v.Card = c.card(r.Context(), push.Page{AppName: r.app.Name, TopicName: topic, Summary: m.Summary, At: m.At})
	return shown("message", words{text: m.Summary}, v), nil
}

// haltable tells whether some of a message may still be on its way.
func haltable(m push.Message) bool {
	return m.CancelledAt.IsZero() && m.DeletedAt.IsZero() && (m.Counts.FanningOut || m.Counts.Open() > 0)
}

// messageID is what the path names; 0, which no message has, if it is none.
func messageID(r *request) int64 {
	id, _ := strconv.ParseInt(r.PathValue("message"), 10, 64)
	return id
}

func progressOf(m push.Message, now time.Time) progressView {
	n := m.Counts
	v := progressView{Message: m, State: stateOf(m, now), Bar: barOf(n), Done: n.Confirmed + n.Failed + n.Skipped, Expected: max(n.Expected, n.Total+n.Skipped)}
	if v.Expected > 0 {
		v.Percent = v.Done * 100 / v.Expected
	}
	return v
}

// OpenRate and ClickRate are of those whose card arrived, in percent.
func (v messageView) OpenRate() int64  { return rate(v.Opened, max(v.Counts.Confirmed, v.Opened)) }
func (v messageView) ClickRate() int64 { return rate(v.Clicked, max(v.Counts.Confirmed, v.Clicked)) }

func rate(n, of int64) int64 {
	if of == 0 {
		return 0
	}
	return n * 100 / of
}

// messageBody is the page of a message as its readers see it.
func (c *Console) messageBody(r *request) (reply, error) {
	p, err := c.o.Push.Body(r.Context(), r.app.ID, messageID(r))
	if err != nil {
		return reply{}, err
	}
	return c.article(r, p)
}

func (c *Console) pauseMessage(r *request) (reply, error) {
	return c.onMessage(r, "已暂停，手上的几百条可能还会发出", c.o.Push.PauseMessage(r.Context(), r.app.ID, messageID(r)))
}

func (c *Console) resumeMessage(r *request) (reply, error) {
	return c.onMessage(r, "已继续发送", c.o.Push.ResumeMessage(r.Context(), r.app.ID, messageID(r)))
}

func (c *Console) removeMessage(r *request) (reply, error) {
	return c.onMessage(r, "页面已删除", c.o.Push.RemoveMessage(r.Context(), r.app.ID, messageID(r)))
}

func (c *Console) cancelMessage(r *request) (reply, error) {
	done, err := c.o.Push.Cancel(r.Context(), r.app.ID, messageID(r))
	if err != nil {
		return reply{}, err
	}
	return sentTo(messagePath(r.app.ID, messageID(r))).saying("已取消：拦下 %d 人，已发出 %d 人", done.Stopped, done.Gone+done.InHand), nil
}

func (c *Console) onMessage(r *request, said string, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusSeeOther, to: messagePath(r.app.ID, messageID(r)), said: say(said)}, nil
}
