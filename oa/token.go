package oa

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/silenceper/wechat/v2/cache"
)

const (
	// earlyRenewal is how long before its end a token is replaced. WeChat gives
	// a new one within the last five minutes of the old.
	earlyRenewal = 240 * time.Second
	earlyJitter  = 50 * time.Second
)

// accessToken is one token. Generations count the answers of WeChat, so that
// a re-confirmed token differs from the one reported dead before.
type accessToken struct {
	value             string
	obtained, expires time.Time
	renewAt           time.Time
	generation        int64
	dead              bool
}

// supersedes reports whether t, from another node, is news to one who has old.
func (t accessToken) supersedes(old accessToken) bool {
	return t.obtained.After(old.obtained) && !(old.dead && t.value == old.value)
}

// fetchFunc asks WeChat for a token.
type fetchFunc func(ctx context.Context, force bool) (value string, life time.Duration, err error)

// tokenSource holds the account's access token. However many calls need one
// or find it dead, WeChat is asked once: the first starts a flight, the others
// wait for it, and a call that used an older generation takes the newer.
type tokenSource struct {
	shared sharedToken
	now    func() time.Time
	log    *slog.Logger
	fetch  fetchFunc

	mu       sync.Mutex
	current  accessToken
	flight   *flight
	failures int
	failed   error     // why the last flight failed
	holdTill time.Time // no flight before
	rapid    int       // deaths in a row that came too early
	suspect  string    // token WeChat confirmed after it was reported dead
	forced   []time.Time
}

// flight is one question for a token, waited for by many.
type flight struct {
	done chan struct{}
	err  error
}

func newTokenSource(shared cache.ContextCache, appID string, now func() time.Time, log *slog.Logger, fetch fetchFunc) *tokenSource {
	return &tokenSource{shared: sharedToken{shared, "oa:token:" + appID}, now: now, log: log, fetch: fetch}
}

// get returns a token to call with. Near its end it is replaced beside the
// calls, which go on with the old one.
func (s *tokenSource) get(ctx context.Context) (accessToken, error) {
	s.mu.Lock()
	now := s.now()
	if t := s.current; !t.dead && now.Before(t.expires) {
		if !now.Before(t.renewAt) {
			s.start(ctx, now)
		}
		s.mu.Unlock()
		return t, nil
	}
	return s.join(ctx, now)
}

// renew is told that used was refused. It returns a newer token, asking WeChat
// only if nobody has since used was handed out.
func (s *tokenSource) renew(ctx context.Context, used accessToken) (accessToken, error) {
	s.mu.Lock()
	now := s.now()
	t := s.current
	if t.generation != used.generation && !t.dead && now.Before(t.expires) {
		s.mu.Unlock()
		return t, nil
	}
	if t.generation == used.generation && !t.dead {
		s.buried(now)
	}
	return s.join(ctx, now)
}

// join waits for the flight under way or a new one. It is entered with the
// lock held and leaves without.
func (s *tokenSource) join(ctx context.Context, now time.Time) (accessToken, error) {
	f, err := s.start(ctx, now)
	s.mu.Unlock()
	if err != nil {
		return accessToken{}, err
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		return accessToken{}, &NetworkError{Path: pathToken, Err: ctx.Err()}
	}
	if f.err != nil {
		return accessToken{}, f.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, nil
}

// start returns the flight under way, or begins one unless it is held back.
func (s *tokenSource) start(ctx context.Context, now time.Time) (*flight, error) {
	if s.flight != nil {
		return s.flight, nil
	}
	if now.Before(s.holdTill) {
		return nil, s.failed
	}
	force, err := s.mayForce(now)
	if err != nil {
		return nil, err
	}
	f := &flight{done: make(chan struct{})}
	s.flight = f
	go s.fly(context.WithoutCancel(ctx), f, s.current, force)
	return f, nil
}

// fly finds a token, from another node or from WeChat, and lands the flight.
// It does not end with the call that began it, since others wait as well.
func (s *tokenSource) fly(ctx context.Context, f *flight, old accessToken, force bool) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout+2*time.Second)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			s.land(f, old, accessToken{}, fmt.Errorf("token cache or transport panicked: %v", p))
		}
	}()
	if t, ok := s.shared.get(ctx, s.now()); ok && t.supersedes(old) {
		s.land(f, old, t, nil)
		return
	}
	value, life, err := s.fetch(ctx, force)
	now := s.now()
	t := accessToken{value: value, obtained: now, expires: now.Add(life)}
	if err == nil {
		s.shared.set(ctx, t, life)
	}
	s.land(f, old, t, err)
}

// land ends a flight with a token or an error, and tells all who wait.
func (s *tokenSource) land(f *flight, old, t accessToken, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(f.done)
	s.flight, f.err = nil, err
	now := s.now()
	if err != nil {
		s.fell(err, now)
		return
	}
	s.failures, s.failed, s.holdTill = 0, nil, time.Time{}
	if old.dead && t.value == old.value {
		s.suspect = t.value
	}
	t.generation = old.generation + 1
	t.renewAt = renewal(now, t.expires)
	s.current = t
}

// renewal is when to replace a token that lives until expires: a little before
// its end, not at the same moment on every node, and never in its first half.
func renewal(now, expires time.Time) time.Time {
	early := min(earlyRenewal+rand.N(earlyJitter), expires.Sub(now)/2)
	return expires.Add(-early)
}

// TokenState is what is known of the account's access token without asking
// WeChat.
type TokenState struct {
	Obtained, Expires time.Time // zero: none was needed yet
	Err               error     // why the last question for one failed; nil when it did not
	Failures          int       // in a row
}

func (s *tokenSource) state() TokenState {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := TokenState{Err: s.failed, Failures: s.failures}
	if !s.current.dead && s.current.value != "" {
		st.Obtained, st.Expires = s.current.obtained, s.current.expires
	}
	return st
}
