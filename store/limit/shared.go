package limit

import (
	"context"
	"encoding/base64"
	"errors"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

// A question to Redis may take as long as patience; after a failure Redis is
// left alone for rest, so that a dead one costs one caller a moment and not
// all of them all the time.
const (
	patience = 300 * time.Millisecond
	rest     = time.Second
)

var errResting = errors.New("redis failed a moment ago")

// shared counts in Redis, for all nodes, by the clock of Redis.
type shared struct {
	rate   *redis_rate.Limiter
	prefix string
	until  atomic.Int64 // Unix nanoseconds; no question before
}

// newShared returns nil when there is no client, and sees through an interface
// that holds a nil pointer.
func newShared(client redis.UniversalClient, prefix string) *shared {
	if client == nil {
		return nil
	}
	if v := reflect.ValueOf(client); v.Kind() == reflect.Pointer && v.IsNil() {
		return nil
	}
	return &shared{rate: redis_rate.NewLimiter(prefixed{client}), prefix: prefix + "limit:"}
}

// take takes n, or gives back if n is negative. An error says that Redis did
// not count.
func (s *shared) take(ctx context.Context, id bucketID, r Rate, n int) (ok bool, retry time.Duration, err error) {
	if time.Now().UnixNano() < s.until.Load() {
		return false, 0, errResting
	}
	// A caller who leaves takes nothing back and is no fault of Redis.
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	type answer struct {
		result *redis_rate.Result
		err    error
	}
	answered := make(chan answer, 1)
	go func() { // a client hears its context only when its options say so
		key := s.prefix + base64.RawURLEncoding.EncodeToString(id[:])
		result, err := s.rate.AllowN(bounded, key, redis_rate.Limit{Rate: r.Most, Burst: r.Most, Period: r.Per}, n)
		if said := redis.Error(nil); errors.As(err, &said) {
			_ = s.rate.Reset(bounded, key) // what lies there may be no count of ours
		}
		answered <- answer{result, err}
	}()
	var a answer
	select {
	case a = <-answered:
	case <-bounded.Done():
		a.err = bounded.Err()
	}
	if a.err != nil {
		s.until.Store(time.Now().Add(rest).UnixNano())
		return false, 0, a.err
	}
	return a.result.Allowed != 0, max(a.result.RetryAfter, 0), nil
}

// prefixed takes away the prefix that the library puts before every key, so
// that all keys of the platform begin alike and an ACL can name them.
type prefixed struct{ redis.UniversalClient }

func bare(keys []string) []string {
	for i, key := range keys {
		keys[i] = strings.TrimPrefix(key, "rate:")
	}
	return keys
}

func (p prefixed) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	return p.UniversalClient.Eval(ctx, script, bare(keys), args...)
}

func (p prefixed) Del(ctx context.Context, keys ...string) *redis.IntCmd {
	return p.UniversalClient.Del(ctx, bare(keys)...)
}

func (p prefixed) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	return p.UniversalClient.EvalSha(ctx, sha, bare(keys), args...)
}
