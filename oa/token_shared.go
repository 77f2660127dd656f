package oa

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/cache"
)

// cacheTimeout bounds a look into the shared cache, which only saves a call.
const cacheTimeout = 500 * time.Millisecond

// sharedToken is the account's token in the cache the nodes share. Its times
// stand within the value, since no cache keeps them reliably. A cache that
// fails or holds nonsense is an empty one.
type sharedToken struct {
	cache cache.ContextCache
	key   string
}

func (s sharedToken) get(ctx context.Context, now time.Time) (accessToken, bool) {
	if s.cache == nil {
		return accessToken{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, cacheTimeout)
	defer cancel()
	text, _ := s.cache.GetContext(ctx, s.key).(string)
	t, ok := parseShared(text)
	return t, ok && now.Before(t.expires)
}

func (s sharedToken) set(ctx context.Context, t accessToken, life time.Duration) {
	if s.cache == nil || life <= 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, cacheTimeout)
	defer cancel()
	// An error is no news here: the token in hand is good without the cache.
	_ = s.cache.SetContext(ctx, s.key, formatShared(t), life)
}

// formatShared writes obtained, expires (Unix milliseconds) and the token.
func formatShared(t accessToken) string {
	return strconv.FormatInt(t.obtained.UnixMilli(), 10) + " " + strconv.FormatInt(t.expires.UnixMilli(), 10) + " " + t.value
}

func parseShared(text string) (accessToken, bool) {
	parts := strings.Split(text, " ")
	if len(parts) != 3 || parts[2] == "" {
		return accessToken{}, false
	}
	obtained, err1 := strconv.ParseInt(parts[0], 10, 64)
	expires, err2 := strconv.ParseInt(parts[1], 10, 64)
	if err1 != nil || err2 != nil {
		return accessToken{}, false
	}
	return accessToken{value: parts[2], obtained: time.UnixMilli(obtained), expires: time.UnixMilli(expires)}, true
}
