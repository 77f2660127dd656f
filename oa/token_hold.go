package oa

import (
	"errors"
	"time"
)

const (
	// forceApart and forcePerDay are WeChat's rule on force_refresh.
	forceApart  = 30 * time.Second
	forcePerDay = 20
	// premature is the age below which a token's death means that someone else
	// takes it away.
	premature    = 5 * time.Minute
	contestFirst = 10 * time.Second
	contestMost  = 10 * time.Minute
	failureFirst = time.Second
	failureMost  = time.Minute
)

// heldError says that no token is asked for before a moment, and why.
type heldError struct{ until time.Time }

func (e *heldError) Error() string {
	return "the access token is taken away by another program; held back until " + e.until.Format(time.RFC3339)
}

// buried marks the token dead. One that dies young was taken away by another
// program with the same secret: then asking at once would take it away from
// that program in turn, so the next question waits longer each time.
func (s *tokenSource) buried(now time.Time) {
	s.current.dead = true
	if now.Sub(s.current.obtained) >= premature {
		s.rapid = 0
		return
	}
	s.rapid++
	if s.rapid < 2 {
		return
	}
	wait := doubled(contestFirst, s.rapid-2, contestMost)
	s.holdTill, s.failed = now.Add(wait), &heldError{now.Add(wait)}
	s.log.Warn(wordsContested, "deaths", s.rapid, "wait", wait)
}

// doubled is first, doubled n times, at most most.
func doubled(first time.Duration, n int, most time.Duration) time.Duration {
	for ; n > 0 && first < most; n-- {
		first *= 2
	}
	return min(first, most)
}

// mayForce decides on force_refresh: only for a token that WeChat confirmed
// although it had been refused, and within WeChat's own limits.
func (s *tokenSource) mayForce(now time.Time) (bool, error) {
	if !s.current.dead || s.suspect == "" || s.suspect != s.current.value {
		return false, nil
	}
	for len(s.forced) > 0 && now.Sub(s.forced[0]) >= 24*time.Hour {
		s.forced = s.forced[1:]
	}
	n := len(s.forced)
	switch {
	case n > 0 && now.Sub(s.forced[n-1]) < forceApart:
		return false, &heldError{s.forced[n-1].Add(forceApart)}
	case n >= forcePerDay:
		return false, &heldError{s.forced[0].Add(24 * time.Hour)}
	}
	s.forced = append(s.forced, now)
	return true, nil
}

// fell remembers a failed flight, so that a token that cannot be had is asked
// for at a bounded rate, and a wrong secret once a minute.
func (s *tokenSource) fell(err error, now time.Time) {
	wait := doubled(failureFirst, s.failures, failureMost)
	var e *Error
	if errors.As(err, &e) && e.Class() == ClassConfig {
		wait = failureMost
	}
	s.failures++
	s.failed, s.holdTill = err, now.Add(wait)
	s.log.Warn("no access token", "error", err, "wait", wait)
}
