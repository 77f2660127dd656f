package wxpusher

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

// unanswered takes the address, which holds the token, out of an error of
// net/http, and marks a call whose connection never stood.
func unanswered(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return fmt.Errorf("%w: %w", errUnsent, err)
	}
	return err
}

const (
	mostAttempts = 8 // about two minutes
	firstPause   = time.Second
	longestPause = 30 * time.Second
)

// pause is how long to wait after the n-th failure, from 0.
func pause(n int) time.Duration {
	return min(firstPause<<min(n, 10), longestPause)
}

// persist calls fn until it works, cannot work, or has failed mostAttempts
// times. waiting is told each time.
func persist(ctx context.Context, waiting func(error, time.Duration), fn func() error) error {
	for n := 0; ; n++ {
		err := fn()
		var refused *Refusal
		if err == nil || errors.As(err, &refused) && refused.Fatal() || n+1 == mostAttempts || ctx.Err() != nil {
			return err
		}
		waiting(err, pause(n))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause(n)):
		}
	}
}
