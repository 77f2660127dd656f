package console

import (
	"net/http"
	"strconv"
	"time"

	"hongyan/push"
	"hongyan/server/ui"
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

<<<<<<< HEAD
// How often progress is looked at, and over how long the rate is taken.
const (
	lookEach = time.Second
	rateOver = 5 * time.Second
	// giveUpAfter ends the looking when nothing happens any more: what is open
	// then waits for reports that WeChat may never send.
	giveUpAfter = 2 * time.Minute
)

// messageLive tells how far a message is, every second until it is over.
func (c *Console) messageLive(r *request) (reply, error) {
	id := messageID(r)
	if _, err := c.o.Push.Progress(r.Context(), r.app.ID, id); err != nil {
		return reply{}, err
	}
	return live(func(ctx context.Context, s *stream) error {
		ctx, over := context.WithCancel(ctx)
		defer over()
		var p pace
		return every(ctx, lookEach, func() error {
			m, err := c.o.Push.Progress(ctx, r.app.ID, id)
			if err != nil {
				return err
			}
			v := progressOf(m, c.o.Now())
			still := p.still(time.Now(), v)
			v.PerSec, v.Left = p.look(r.lang, time.Now(), v)
			if err := s.part("progress", "message", "progress", v); err != nil {
				return err
			}
			if !haltable(m) || still > giveUpAfter && !m.Counts.FanningOut && m.PausedAt.IsZero() {
				over()
				return s.out.Write(ui.Event("over", "", ""))
			}
			return nil
		})
	}), nil
}

// pace remembers how far a message was in the last seconds.
type pace struct {
	seen  []mark
	moved mark // when it moved last, and to where
}

type mark struct {
	at   time.Time
	done int64
}

// still is for how long nothing has happened.
func (p *pace) still(now time.Time, v progressView) time.Duration {
	if p.moved.at.IsZero() || p.moved.done != v.Done {
		p.moved = mark{now, v.Done}
	}
	return now.Sub(p.moved.at)
}

// look adds how far it is now, and returns how many a second that makes and
// how long the rest will take.
func (p *pace) look(lang string, now time.Time, v progressView) (perSec int64, left string) {
	p.seen = append(p.seen, mark{now, v.Done})
	for len(p.seen) > 2 && now.Sub(p.seen[1].at) >= rateOver {
		p.seen = p.seen[1:]
	}
	first := p.seen[0]
	took := now.Sub(first.at)
	if took <= 0 || v.Done <= first.done || !v.PausedAt.IsZero() {
		return 0, ""
	}
	each := float64(v.Done-first.done) / took.Seconds()
	rest := time.Duration(float64(v.Expected-v.Done) / each * float64(time.Second))
	return int64(each + .5), lasting(lang, rest)
}

// lasting words how long something takes.
func lasting(lang string, d time.Duration) string {
	switch {
	case d < time.Minute:
		return translate(lang, wordsSeconds, int(d/time.Second)+1)
	case d < time.Hour:
		return translate(lang, wordsMinutes, int(d/time.Minute)+1)
	}
	return translate(lang, wordsHours, int(d/time.Hour)+1)
}

=======
>>>>>>> send
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
