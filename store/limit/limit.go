// Package limit bounds how often something happens: send calls of an app,
// messages to a user, look-ups of a source.
//
// A limit is a bucket that refills evenly (GCRA): Most at once, then one more
// every Per/Most. Every bucket is counted in this process, in bounded memory
// (local.go), and, when there is Redis, once more for all nodes by redis_rate.
// A Redis that fails or hangs is left alone for a moment (shared.go); the
// process's own count goes on meanwhile, so a limit gets wider by the number of
// nodes and is never off.
//
// It is not for money, nor for what must count exactly: a Redis that forgets
// all and a process that restarts begin with full buckets.
package limit

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Rate is a limit: Most in a row, refilled evenly within Per. A Most of 0
// limits nothing.
type Rate struct {
	Most int
	Per  time.Duration
}

// None tells whether the rate limits nothing.
func (r Rate) None() bool { return r.Most <= 0 || r.Per <= 0 }

// Options are the choices of New; the zero value counts in this process alone.
type Options struct {
	Redis  redis.UniversalClient // nil: this process alone
	Prefix string                // of every key in Redis; "hongyan:"
	Size   int                   // buckets kept in the process; 100,000
	Now    func() time.Time      // of the process's own count; time.Now
}

// Limiter counts. Many goroutines may use it.
type Limiter struct {
	here   *local
	shared *shared // nil without Redis
}

// New makes a limiter. It does not touch the network.
func New(o Options) *Limiter {
	if o.Prefix == "" {
		o.Prefix = "hongyan:"
	}
	if o.Size <= 0 {
		o.Size = 100_000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Limiter{here: newLocal(o.Size, o.Now), shared: newShared(o.Redis, o.Prefix)}
}

// Allow takes n out of the bucket of key, or nothing and returns after which
// time it is worth asking again. A key says what is counted and for whom
// ("send:AT_…"); it is hashed before it is kept anywhere. More than Most at
// once is never allowed.
func (l *Limiter) Allow(ctx context.Context, key string, r Rate, n int) (ok bool, retry time.Duration) {
	if l == nil || r.None() || n <= 0 {
		return true, 0
	}
	id := hash(key)
	if ok, retry = l.here.take(id, r, n); !ok || l.shared == nil {
		return ok, retry
	}
	ok, retry, err := l.shared.take(ctx, id, r, n)
	switch {
	case err != nil:
		return true, 0
	case !ok:
		l.here.giveBack(id, r, n)
	}
	return ok, retry
}

// GiveBack returns n that were taken for something that did not happen.
func (l *Limiter) GiveBack(ctx context.Context, key string, r Rate, n int) {
	if l == nil || r.None() || n <= 0 {
		return
	}
	id := hash(key)
	l.here.giveBack(id, r, n)
	if l.shared != nil {
		_, _, _ = l.shared.take(ctx, id, r, -n) // what cannot be given back refills by itself
	}
}

// atOnce bounds the questions to Redis that one call asks at the same time.
const atOnce = 32

// Each runs f for every index below n, several at a time when there is Redis,
// since each question to it takes a moment.
func (l *Limiter) Each(n int, f func(i int)) {
	if l == nil || l.shared == nil || n == 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var wait sync.WaitGroup
	for first := range min(n, atOnce) {
		wait.Go(func() {
			for i := first; i < n; i += atOnce {
				f(i)
			}
		})
	}
	wait.Wait()
}
