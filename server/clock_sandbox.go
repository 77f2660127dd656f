package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hongyan/oa/sandbox"
)

// letPass moves the clock for whoever asks the sandbox to. The words are read
// on the phone page.
func (n *node) letPass(ctx context.Context, d time.Duration) error {
	err := n.passTime(ctx, d, func(Day) {})
	for _, known := range []struct {
		err  error
		text string
	}{{errClockBack, textClockBack}, {errClockFar, textClockFar}, {errClockMoving, textClockMoving}} {
		if errors.Is(err, known.err) {
			return errors.New(known.text)
		}
	}
	if err != nil && ctx.Err() == nil {
		n.log.Error("time was not moved as far as asked", "err", err)
		return errors.New(textClockStopped)
	}
	return err
}

// What the phone page says of time.
const (
	textClockBack    = "时间只能往前走。请选择一段大于零的时间。"
	textClockFar     = "一次最多前进 400 天。请分几次前进。"
	textClockMoving  = "时间正在前进。请等这一次走完再点。"
	textClockStopped = "时间没有走到要去的地方，停在了中途。请看服务器日志里的原因，然后再前进一次。"
)

// moveSandbox tells the sandbox that time has moved. One inside has no clock of
// its own.
func (n *node) moveSandbox(ctx context.Context, by time.Duration) error {
	if n.sandbox != nil {
		n.sandbox.Advance(0)
		return nil
	}
	return n.sandboxCall(ctx, "/clock", map[string]any{"advance": by.String(), "alone": true}, nil)
}

// sandboxDue is when the sandbox next does something by itself; zero is never.
func (n *node) sandboxDue(ctx context.Context) (time.Time, error) {
	if n.sandbox != nil {
		return n.sandbox.NextDue(), nil
	}
	c, err := n.outsideClock(ctx)
	return c.Due, err
}

// outsideClock is the clock of a sandbox in another process.
type outsideClock struct{ Now, Due time.Time }

func (n *node) outsideClock(ctx context.Context) (c outsideClock, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.at.browser+"/api/clock", nil)
	if err != nil {
		return c, fmt.Errorf("the sandbox's clock: %w", err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return c, fmt.Errorf("the sandbox's clock: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return c, fmt.Errorf("the sandbox's clock: it answered %s", resp.Status)
	}
	return c, json.NewDecoder(resp.Body).Decode(&c)
}

// agreeOnTime makes a sandbox in another process and this server have the same
// time, that of the one who is ahead. It is asked at the start, when the two may
// have been moved or begun apart.
func (n *node) agreeOnTime(ctx context.Context) error {
	if n.sandbox != nil {
		return nil
	}
	c, err := n.outsideClock(ctx)
	if err != nil {
		return err
	}
	const same = 2 * time.Second // what the calls may take
	switch ahead := c.Now.Sub(n.db.Now()); {
	case ahead > same:
		n.log.Info("the sandbox was moved while this server did not run: time goes on from there", "by", ahead.Round(time.Second).String())
		return n.passTime(ctx, min(ahead, mostMoved), func(Day) {})
	case ahead < -same:
		return n.moveSandbox(ctx, -ahead)
	}
	return nil
}

// serverClock moves the clock of the server that a sandbox in its own process
// posts to, which moves the sandbox's along. Where no server listens the sandbox
// goes ahead alone; the server follows when it starts.
func serverClock(callback, key string) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		u, err := url.Parse(callback)
		if err != nil || u.Host == "" {
			return sandbox.ErrAlone
		}
		at := u.Scheme + "://" + u.Host + demoAt(key) + "/clock"
		body := strings.NewReader(fmt.Sprintf(`{"seconds":%d}`, int64(d/time.Second)))
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, body)
		if err != nil {
			return sandbox.ErrAlone
		}
		resp, err := http.DefaultClient.Do(r)
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			return sandbox.ErrAlone
		}
		if err != nil {
			return errors.New(textClockStopped)
		}
		defer resp.Body.Close()
		var last clockNow
		lines := json.NewDecoder(resp.Body)
		for lines.More() {
			last = clockNow{}
			if err := lines.Decode(&last); err != nil {
				return errors.New(textClockStopped)
			}
		}
		switch {
		case resp.StatusCode == http.StatusUnprocessableEntity:
			return errors.New(textClockFar)
		case resp.StatusCode == http.StatusConflict:
			return errors.New(textClockMoving)
		case resp.StatusCode != http.StatusOK || last.Error != "" || last.Ahead == 0:
			return errors.New(textClockStopped)
		}
		return nil
	}
}
