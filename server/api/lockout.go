package api

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"hongyan/push"
)

// Somebody who guesses tokens shows many different wrong ones; a script that is
// set up wrongly repeats one, and is none of a guesser however often it asks.
const (
	mostWrong   = 10               // different wrong tokens of one source
	wrongWithin = 10 * time.Minute // before they are forgotten
	firstLock   = time.Minute      // doubled each time
	longestLock = time.Hour
	mostRight   = 32     // right tokens remembered of one source
	mostSources = 10_000 // remembered at all
)

// lockout keeps guessers out. While a source is locked, its tokens that were
// right before stay good, so that those who share an address with a guesser
// hardly notice.
type lockout struct {
	now func() time.Time

	mu      sync.Mutex
	sources map[string]*caller
}

// caller is what is known of one source; tokens stand there as hashes.
type caller struct {
	wrong, right map[tokenHash]struct{}
	since        time.Time // of the first wrong token
	until        time.Time // locked
	locks        int       // so far
	seen         time.Time
}

type tokenHash [16]byte

func hashToken(token string) (h tokenHash) {
	sum := sha256.Sum256([]byte(token))
	copy(h[:], sum[:])
	return h
}

func newLockout(now func() time.Time) *lockout {
	return &lockout{now: now, sources: make(map[string]*caller)}
}

// locked returns how long the source may not try this token.
func (l *lockout) locked(source, token string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.sources[source]
	if c == nil {
		return 0
	}
	if _, known := c.right[hashToken(token)]; known {
		return 0
	}
	return max(0, min(c.until.Sub(l.now()), longestLock))
}

// right remembers a token that was right.
func (l *lockout) right(source, token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, h := l.of(source), hashToken(token)
	if _, known := c.right[h]; known {
		return
	}
	if len(c.right) >= mostRight {
		for other := range c.right {
			delete(c.right, other)
			break
		}
	}
	c.right[h] = struct{}{}
}

// wrong counts a wrong token and locks the source when they are too many.
func (l *lockout) wrong(source, token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, h, now := l.of(source), hashToken(token), l.now()
	delete(c.right, h)
	if len(c.wrong) == 0 || now.Sub(c.since) > wrongWithin {
		clear(c.wrong)
		c.since = now
	}
	c.wrong[h] = struct{}{}
	if len(c.wrong) < mostWrong {
		return
	}
	clear(c.wrong)
	if now.Sub(c.until) > longestLock {
		c.locks = 0
	}
	c.until = now.Add(min(longestLock, firstLock<<min(c.locks, 10)))
	c.locks++
}

// of finds or makes a source, and forgets one of some when there are too many.
func (l *lockout) of(source string) *caller {
	now := l.now()
	c := l.sources[source]
	if c == nil {
		if len(l.sources) >= mostSources {
			delete(l.sources, l.stalest(now))
		}
		c = &caller{wrong: make(map[tokenHash]struct{}), right: make(map[tokenHash]struct{})}
		l.sources[source] = c
	}
	c.seen = now
	return c
}

func (l *lockout) stalest(now time.Time) (stalest string) {
	const some = 16
	n, oldest := 0, time.Time{}
	for source, c := range l.sources {
		last := c.seen
		if c.until.After(now) {
			last = c.until // a lock is kept to its end where there is a choice
		}
		if n == 0 || last.Before(oldest) {
			stalest, oldest = source, last
		}
		if n++; n == some {
			break
		}
	}
	return stalest
}

// admit notes whose token a call carries, and refuses a source that guesses.
func (a *API) admit(q *request, token text) error {
	q.token, q.admitted = string(token), true
	if wait := a.locks.locked(q.source(), q.token); wait > 0 {
		return refuse(fmt.Sprintf(textLocked, push.WaitText(wait)))
	}
	return nil
}

// v1Webhooks begins the paths where a token may stand in the address.
const v1Webhooks = "v1/webhooks/"

// v1Guarded serves /api/v1 to those who do not guess tokens.
func (a *API) v1Guarded(w http.ResponseWriter, q *request) {
	_, token, _ := strings.Cut(q.Header.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); token == "" && strings.HasPrefix(q.path, v1Webhooks) {
		token = q.query["appToken"]
	}
	if wait := a.locks.locked(q.source(), token); wait > 0 && token != "" {
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprintf(w, `{"title":"Too Many Requests","status":429,"detail":%q}`, fmt.Sprintf(textLocked, push.WaitText(wait)))
		return
	}
	seen := &statusWriter{ResponseWriter: w}
	if q.Body != nil {
		q.Body = io.NopCloser(q.Body) // what is closed cannot be drained
	}
	a.v1.ServeHTTP(seen, q.Request)
	drain(w, q.Request)
	switch {
	case token == "":
	case seen.status == http.StatusUnauthorized:
		a.locks.wrong(q.source(), token)
	case seen.status < http.StatusBadRequest:
		a.locks.right(q.source(), token)
	}
}

// statusWriter remembers the status that was written.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController through.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
