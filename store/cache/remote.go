package cache

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// A call of Redis may take as long as patience; after a failure Redis is left
// alone for rest, so that a dead one costs one caller a moment and not all of
// them all the time.
const (
	patience = 300 * time.Millisecond
	rest     = time.Second
)

var errResting = errors.New("redis failed a moment ago")

// remote is the Redis tier as the library wants it, with bounds on waiting.
type remote struct {
	client redis.UniversalClient
	until  atomic.Int64 // Unix nanoseconds; reads and writes wait for it
}

func (r *remote) Get(ctx context.Context, key string) *redis.StringCmd {
	cmd := redis.NewStringCmd(ctx)
	if r.resting() {
		cmd.SetErr(errResting)
		return cmd
	}
	return ask(ctx, r, cmd, func(ctx context.Context) *redis.StringCmd { return r.client.Get(ctx, key) })
}

func (r *remote) Set(ctx context.Context, key string, value any, ttl time.Duration) *redis.StatusCmd {
	cmd := redis.NewStatusCmd(ctx)
	if r.resting() {
		cmd.SetErr(errResting)
		return cmd
	}
	return ask(ctx, r, cmd, func(ctx context.Context) *redis.StatusCmd { return r.client.Set(ctx, key, value, ttl) })
}

// Del is tried in any case: the value is wrong, and Redis may be back.
func (r *remote) Del(ctx context.Context, keys ...string) *redis.IntCmd {
	return ask(ctx, r, redis.NewIntCmd(ctx), func(ctx context.Context) *redis.IntCmd { return r.client.Del(ctx, keys...) })
}

// ask has Redis do a command and gives up, with late as the answer, after
// patience. The command itself may go on a little: a client hears its context
// only when its options say so, and has its own time limits.
func ask[C redis.Cmder](ctx context.Context, r *remote, late C, do func(context.Context) C) C {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer := make(chan C, 1)
	go func() { answer <- do(bounded) }()
	select {
	case cmd := <-answer:
		r.learn(ctx, cmd.Err())
		return cmd
	case <-bounded.Done():
		late.SetErr(bounded.Err())
		r.learn(ctx, late.Err())
		return late
	}
}

// SetXX and SetNX are asked for by the library's interface and used by nobody:
// with a local tier their answer would be wrong.
func (r *remote) SetXX(ctx context.Context, _ string, _ any, _ time.Duration) *redis.BoolCmd {
	return refused(ctx)
}

func (r *remote) SetNX(ctx context.Context, _ string, _ any, _ time.Duration) *redis.BoolCmd {
	return refused(ctx)
}

func refused(ctx context.Context) *redis.BoolCmd {
	cmd := redis.NewBoolCmd(ctx)
	cmd.SetErr(errors.ErrUnsupported)
	return cmd
}

func (r *remote) resting() bool { return time.Now().UnixNano() < r.until.Load() }

// learn notes a failure of Redis. A miss is none, nor is a caller who left.
func (r *remote) learn(ctx context.Context, err error) {
	if err != nil && !errors.Is(err, redis.Nil) && ctx.Err() == nil {
		r.until.Store(time.Now().Add(rest).UnixNano())
	}
}
