package console

import (
	"context"
	"time"

	"hongyan/server/ui"
)

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
