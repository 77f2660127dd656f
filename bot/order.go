package bot

import (
	"context"
	"sync"
)

// order lets those who enter under one key in one at a time, first come first
// served, and those under different keys side by side. It remembers only keys
// with somebody inside or waiting.
type order struct {
	mu   sync.Mutex
	last map[string]chan struct{} // closed when the last who entered has left
}

func newOrder() *order { return &order{last: make(map[string]chan struct{})} }

// enter waits for everybody who came earlier under key, at most until ctx
// ends. Whoever gives up keeps the place in the queue for those behind, so
// that nobody overtakes.
func (o *order) enter(ctx context.Context, key string) (leave func(), err error) {
	mine := make(chan struct{})
	o.mu.Lock()
	before := o.last[key]
	o.last[key] = mine
	o.mu.Unlock()

	leave = func() { o.leave(key, mine) }
	if before == nil {
		return leave, nil
	}
	select {
	case <-before:
		return leave, nil
	case <-ctx.Done():
		go func() {
			<-before
			o.leave(key, mine)
		}()
		return nil, ctx.Err()
	}
}

func (o *order) leave(key string, mine chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last[key] == mine {
		delete(o.last, key)
	}
	close(mine)
}
