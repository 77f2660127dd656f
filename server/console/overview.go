package console

import (
	"context"
	"errors"
	"time"

	"hongyan/push"
)

// overviewView is the first page of an app.
type overviewView struct {
	Spans     []span
	Figures   []figure
	Attention []warning
	Sends     chart
	Latency   chart
	Growth    chart
	Callbacks chart
	Reasons   []push.ReasonCount
	Fresh     bool // nothing was ever sent
}

// A span is how far back the charts go.
type span struct {
	Name, Text string
	Here       bool
	back       time.Duration
	byDay      bool
}

var spans = []span{
	{Name: "24h", Text: "24 小时", back: 24 * time.Hour},
	{Name: "7d", Text: "7 天", back: 7 * 24 * time.Hour},
	{Name: "30d", Text: "30 天", back: 30 * 24 * time.Hour, byDay: true},
}

// A figure is a number with its name.
type figure struct {
	Name  string
	Value string
	Note  string
}

func (c *Console) overview(r *request) (reply, error) {
	v := overviewView{}
	at := spans[0]
	for _, s := range spans {
		s.Text = translate(r.lang, s.Text)
		if s.Here = s.Name == r.URL.Query().Get("span"); s.Here {
			at = s
		}
		v.Spans = append(v.Spans, s)
	}
	if at.Name == spans[0].Name {
		v.Spans[0].Here = true
	}
	now := c.o.Now()
	history, err := c.o.Push.History(r.Context(), r.app.ID, now.Add(-at.back))
	if err != nil {
		return reply{}, err
	}
	if v.Reasons, err = c.o.Push.FailureReasons(r.Context(), r.app.ID, now.Add(-min(at.back, 7*24*time.Hour))); err != nil {
		return reply{}, err
	}
	if err := c.today(r, &v, history); err != nil {
		return reply{}, err
	}
	times := buckets(now.Add(-at.back), now, at.byDay)
	draw := func(title string, names ...[3]string) chart {
		ch := chart{Title: translate(r.lang, title), Times: times, ByDay: at.byDay}
		for _, n := range names {
			ch.Lines = append(ch.Lines, line{
				Name: translate(r.lang, n[1]), Tone: n[2], Values: fill(times, history[n[0]]), Gaps: n[0] == push.CountHalf || n[0] == push.CountMost,
			})
		}
		ch.Empty = !anything(ch.Lines)
		return ch
	}
	v.Sends = draw("发送", [3]string{push.CountPeople, "收件人", ""}, [3]string{push.CountConfirmed, "已送达", "good"}, [3]string{push.CountFailed, "失败", "bad"})
	grown, err := c.o.Push.Growth(r.Context(), push.Resource{Kind: push.OfApp, Target: int64(r.app.ID)}, now.Add(-at.back), at.byDay)
	if err != nil {
		return reply{}, err
	}
	v.Growth = growthChart(r.lang, "关注者的变化", grown, at.byDay, false)
	v.Callbacks = draw("指令和回调", [3]string{push.CountCommands, "收到的指令", ""}, [3]string{push.CountTold, "回调成功", "good"}, [3]string{push.CountUntold, "回调失败", "bad"})
	if !at.byDay { // percentiles of hours do not add up
		v.Latency = draw("从接口到微信的耗时（毫秒）", [3]string{push.CountHalf, "一半的消息", "good"}, [3]string{push.CountMost, "95% 的消息", "wait"})
	}
	return shown("overview", wordsOverview, v), nil
}

// today fills in what is told of now: figures of the last day of a history that
// goes back so far, and what needs attention.
func (c *Console) today(r *request, v *overviewView, history push.History) error {
	day := history.Since(c.o.Now().Add(-24 * time.Hour))
	f, err := c.facts(r)
	if err != nil {
		return err
	}
	v.Fresh = !f.app.EverSent
	followers := num(f.app.Followers)
	if f.app.Followers >= push.CountTo {
		followers += "+"
	}
	people, confirmed, failed := day.Sum(push.CountPeople), day.Sum(push.CountConfirmed), day.Sum(push.CountFailed)
	v.Figures = []figure{
		{translate(r.lang, "关注者"), followers, ""},
		{translate(r.lang, "24 小时内发送"), num(people), translate(r.lang, "%s 条消息", num(day.Sum(push.CountMessages)))},
		{translate(r.lang, "已送达"), num(confirmed), share(confirmed, people)},
		{translate(r.lang, "失败"), num(failed), share(failed, people)},
		{translate(r.lang, "收到的指令"), num(day.Sum(push.CountCommands)), ""},
	}
	v.Attention = warn(r.lang, f)
	return nil
}

// overviewLive sends the figures and warnings again when they differ.
func (c *Console) overviewLive(r *request) (reply, error) {
	return live(func(ctx context.Context, s *stream) error {
		return every(ctx, 3*time.Second, func() error {
			day, err := c.o.Push.History(ctx, r.app.ID, c.o.Now().Add(-24*time.Hour))
			if err != nil {
				return err
			}
			var v overviewView
			if err := c.today(r, &v, day); err != nil {
				return err
			}
			return s.part("now", "overview", "now", v)
		})
	}), nil
}

// facts gathers what warnings are made of.
func (c *Console) facts(r *request) (f facts, err error) {
	f = facts{now: c.o.Now(), id: r.app.ID, base: c.o.BaseURL}
	if f.app, err = c.o.Push.AppFacts(r.Context(), r.app.ID); err != nil {
		return f, err
	}
	if f.account, err = c.o.Push.AccountState(r.Context()); err != nil {
		return f, err
	}
	endpoint, err := c.o.Push.Endpoint(r.Context(), r.app.ID)
	if err == nil {
		f.endpoint = &endpoint
	} else if !errors.Is(err, push.ErrNoEndpoint) {
		return f, err
	}
	if f.reasons, err = c.o.Push.FailureReasons(r.Context(), r.app.ID, f.now.Add(-time.Hour)); err != nil {
		return f, err
	}
	f.tokenFails = c.o.WeChat.TokenState().Err != nil
	return f, nil
}

// share is a part of a whole in percent.
func share(part, whole int64) string {
	if whole == 0 {
		return ""
	}
	return num(part*100/whole) + "%"
}
