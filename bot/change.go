package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"hongyan/commands"
	"hongyan/push"
	"hongyan/store"
)

// change is what one event does to the database.
type change struct {
	in      push.Inbound
	command commands.Command
	left    time.Duration // until the answer is due
	kind    string        // for the log
}

// errSlow means that the change has begun and nobody knows yet how it ends.
var errSlow = errors.New("the database did not answer in time")

// margin is kept between the last moment at which a change may begin and the
// answer, so that a refused change can still be told.
const margin = 250 * time.Millisecond

// closing is kept between the end of the wait for a developer and the answer:
// the passive way is closed in the database, so that the reply goes by
// customer message later.
const closing = 100 * time.Millisecond

// answer makes the change and waits for the developer if one is asked. It
// returns when ctx ends at the latest; the change goes on to its end then.
func (b *Bot) answer(ctx context.Context, c change) (string, error) {
	select {
	case b.inFlight <- struct{}{}:
	default:
		return "", fmt.Errorf("%s: %d events under way: %w", c.kind, cap(b.inFlight), store.ErrBusy)
	}
	type result struct {
		answer push.Answer
		err    error
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-b.inFlight }()
		answer, err := b.make(ctx, c)
		done <- result{answer, err}
	}()
	select {
	case r := <-done:
		if r.err != nil || r.answer.Pending == nil {
			return r.answer.Reply, r.err
		}
		return r.answer.Pending.Wait(ctx), nil
	case <-ctx.Done():
		go func() {
			if r := <-done; r.answer.Pending != nil {
				r.answer.Pending.Wait(ctx) // over already: the reply goes as a customer message
			}
		}()
		return "", fmt.Errorf("%s: %w", c.kind, errSlow)
	}
}

// make makes the change in the follower's order. A connection that WeChat has
// dropped does not stop it. A panic of a command is an error here: it has been
// rolled back.
func (b *Bot) make(ctx context.Context, c change) (answer push.Answer, err error) {
	begin, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(c.left-margin, 0))
	defer cancel()
	leave, err := b.order.enter(begin, string(c.in.OpenID))
	if err != nil {
		return push.Answer{}, fmt.Errorf("%s: wait for the follower's earlier events: %w", c.kind, err)
	}
	defer leave()
	defer func() {
		if p := recover(); p != nil {
			err = b.panicked(c.kind, p)
		}
	}()
	return b.push.Once(begin, c.in, c.command)
}

// panicked logs a panic of a command: its kind and where, never the value,
// which may hold what somebody said.
func (b *Bot) panicked(kind string, p any) error {
	b.log.Error("a command panicked", "event", kind, "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
	return fmt.Errorf("%s: the command panicked with %T", kind, p)
}
