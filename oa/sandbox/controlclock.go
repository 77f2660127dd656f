package sandbox

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// clockView is where the clock stands. Ahead is by how much it was moved, and
// Due when the next thing happens by itself, if anything will.
type clockView struct {
	Now   string     `json:"now"`
	Ahead string     `json:"ahead"`
	Due   *time.Time `json:"due,omitempty"`
}

func (s *Sandbox) controlNow(*http.Request) (any, error) {
	now := s.Now()
	v := clockView{Now: now.In(beijing).Format(time.RFC3339Nano), Ahead: s.ahead(now).String()}
	if due := s.NextDue(); !due.IsZero() {
		v.Due = &due
	}
	return v, nil
}

// ahead is by how much the sandbox's time differs from the machine's, in whole
// seconds.
func (s *Sandbox) ahead(now time.Time) time.Duration { return time.Until(now).Round(time.Second) }

// controlClock moves the clock, with whatever else goes by it. Alone moves the
// sandbox's own and nothing else: the server says so, which moves both.
func (s *Sandbox) controlClock(r *http.Request) (any, error) {
	ask, err := read[struct {
		Advance string `json:"advance"`
		Alone   bool   `json:"alone"`
	}](r)
	if err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(ask.Advance)
	if err != nil || d < 0 {
		return nil, errors.Join(errBody, errors.New("advance is a duration such as 72h or 10m, not below 0"))
	}
	if err := s.move(r.Context(), d, ask.Alone); err != nil {
		return nil, err
	}
	return s.controlNow(r)
}

// ErrAlone is Options.Move's answer that no server goes by the clock.
var ErrAlone = errors.New("no server goes by this clock")

func (s *Sandbox) move(ctx context.Context, d time.Duration, alone bool) error {
	err := ErrAlone
	if s.o.Move != nil && (!alone || s.o.OneClock) {
		err = s.o.Move(ctx, d)
	}
	if errors.Is(err, ErrAlone) {
		s.Advance(d)
		return nil
	}
	return err
}
