package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

const (
	// MostClaimed is how many callbacks a listener can have in hand.
	MostClaimed = 64
	// longestClaim is how long a claim waits for something to be due.
	longestClaim = 25 * time.Second
	// lookEach is the safety net behind the wake-ups of those who wait.
	lookEach = 5 * time.Second
)

// Held is a callback in a listener's hand, at one attempt.
type Held struct {
	ID      string // webhook-id
	Attempt int
}

// Claim is what a listener asks for.
type Claim struct {
	Listener string
	Most     int    // callbacks it takes; 0 only keeps what it holds
	Holding  []Held // what it has in hand and has not brought back
	Wait     time.Duration
}

// Validate refuses what no claim can be.
func (c *Claim) Validate() error {
	if err := checkListener(c.Listener); err != nil {
		return err
	}
	if c.Most < 0 || c.Most > MostClaimed || len(c.Holding) > 2*MostClaimed {
		return &Invalid{"most", fmt.Sprintf(textMostClaimed, MostClaimed)}
	}
	if c.Wait < 0 || c.Wait > longestClaim {
		return &Invalid{"wait", fmt.Sprintf(textClaimWait, int(longestClaim.Seconds()))}
	}
	return nil
}

// ClaimCallbacks leases callbacks of a listened app to one of its listeners for
// 30 s and returns them, ready to be signed. If nothing is due it waits, up to
// the time asked for, and then returns none. The leases of what the listener
// holds are made longer. What is leased to it and not among that never reached
// it, and is returned again as the same attempt: so a lost answer or a killed
// listener costs nobody the time of a lease. Errors: *Invalid, ErrNotListened,
// ErrManyListeners.
func (s *Service) ClaimCallbacks(ctx context.Context, app AppID, c Claim) (jobs []Job, err error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	wake, stop := s.db.Listen(listenChannel(app))
	defer stop()
	over := time.NewTimer(c.Wait)
	defer over.Stop()
	for first := true; ; first = false {
		var next time.Time
		err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
			jobs, next, err = s.claimListened(tx, app, &c, first)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("claim callbacks of app %d: %w", app, err)
		}
		if len(jobs) > 0 || c.Most == 0 || !s.untilDue(ctx, next, wake, over.C) {
			return jobs, nil
		}
	}
}

// untilDue waits for a callback to be due and reports false when the wait is
// over without.
func (s *Service) untilDue(ctx context.Context, next time.Time, wake <-chan struct{}, over <-chan time.Time) bool {
	pause := lookEach
	if !next.IsZero() {
		pause = min(pause, max(next.Sub(s.db.LeaseNow()), time.Millisecond))
	}
	look := time.NewTimer(pause)
	defer look.Stop()
	select {
	case <-wake:
	case <-look.C:
	case <-over:
		return false
	case <-s.hungUp:
		return false
	case <-ctx.Done():
		return false
	}
	return true
}

// HangUp makes the claims that wait return, and later ones not wait, so that
// the process can end.
func (s *Service) HangUp() { s.hangUp() }

// claimListened is one look for what is due. Without any, next is when
// something will be.
func (s *Service) claimListened(tx *store.Tx, app AppID, c *Claim, first bool) (jobs []Job, next time.Time, err error) {
	to, err := listenedEndpoint(tx, app)
	if err != nil {
		return nil, next, err
	}
	now := s.db.LeaseNow()
	if first {
		if err := keepLeases(tx, app, c, now); err != nil {
			return nil, next, err
		}
	}
	tasks, err := s.leaseListened(tx, app, c, now)
	if err != nil {
		return nil, next, err
	}
	if first { // behind the callbacks, in the order in which a settlement locks them
		if err := s.seeListener(tx, app, c.Listener, now.Add(c.Wait+returnWithin)); err != nil {
			return nil, next, err
		}
	}
	if len(tasks) == 0 {
		next, err = nextListened(tx, app)
		return nil, next, err
	}
	secrets, err := s.secretsOf(to)
	if err != nil {
		return nil, next, err
	}
	for _, t := range tasks {
		t.job.Attempt, t.job.Before, t.job.FirstAt = t.attempt(), t.before, t.made
		t.job.Call.App, t.job.Call.Secrets = app, secrets
		jobs = append(jobs, t.job)
	}
	return jobs, next, nil
}

// listenedEndpoint is the endpoint of an app that is listened to.
func listenedEndpoint(tx *store.Tx, app AppID) (endpoint, error) {
	all, err := endpointsOf(tx, []*task{{app: app}})
	if err == nil && !all[app].listening {
		err = ErrNotListened
	}
	return all[app], err
}

// leaseListened leases what a listener lost on its way and what is due, the
// commands of now before those of a mass replay.
func (s *Service) leaseListened(tx *store.Tx, app AppID, c *Claim, now time.Time) (tasks []*task, err error) {
	if c.Most == 0 {
		return nil, nil
	}
	held := make(map[string]int, len(c.Holding))
	for _, h := range c.Holding {
		held[h.ID] = h.Attempt
	}
	due := now
	if s.db.Postgres() {
		due = now.Add(slack)
	}
	for lane := listenLanes; lane < allLanes; lane++ {
		lost, err := s.leasedTo(tx, app, lane, listenerOwner(c.Listener), now)
		if err != nil {
			return nil, err
		}
		for _, t := range lost {
			if held[t.job.Call.ID] != t.attempt() {
				tasks = append(tasks, t)
			}
		}
	}
	for lane := listenLanes; lane < allLanes && len(tasks) < c.Most; lane++ {
		fresh, err := s.callbacks.table.lease(tx, lease{
			lane: lane, app: app, most: c.Most - len(tasks), owner: listenerOwner(c.Listener), now: now, due: due,
		})
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, fresh...)
	}
	return tasks, nil
}

// leasedTo makes an owner's running leases in a lane longer and returns their
// rows.
func (s *Service) leasedTo(tx *store.Tx, app AppID, lane int, owner string, now time.Time) ([]*task, error) {
	return store.Collect(tx, s.callbacks.table.scan, `UPDATE callback SET due_at = $5
		WHERE state < 2 AND lane = $1 AND app_id = $2 AND due_at > $3 AND due_at <= $5 AND state = 1 AND owner = $4
		RETURNING `+s.callbacks.table.returning,
		lane, int64(app), store.Millis(now), owner, store.Millis(now.Add(leaseFor)))
}

// keepLeases makes the leases of what a listener holds longer, even if they
// have ended, so long as nobody else took one.
func keepLeases(tx *store.Tx, app AppID, c *Claim, now time.Time) error {
	if len(c.Holding) == 0 {
		return nil
	}
	l := newList("webhook_id TEXT", "attempts BIGINT")
	for _, h := range c.Holding {
		if checkText("holding", h.ID, 1, maxName) == nil {
			l.add(h.ID, h.Attempt)
		}
	}
	if l.rows() == 0 {
		return nil
	}
	_, err := execAll(tx, l, `UPDATE callback SET due_at = $1 FROM v WHERE callback.webhook_id = v.webhook_id
		AND callback.attempts = v.attempts AND callback.app_id = $2 AND callback.state = 1 AND callback.owner = $3`,
		store.Millis(now.Add(leaseFor)), int64(app), listenerOwner(c.Listener))
	return err
}

// nextListened is when the next callback of a listened app is due, zero when
// none is open.
func nextListened(tx *store.Tx, app AppID) (next time.Time, err error) {
	for lane := listenLanes; lane < allLanes; lane++ {
		var due int64
		err := tx.QueryRow(`SELECT due_at FROM callback WHERE state < 2 AND lane = $1 AND app_id = $2 ORDER BY due_at LIMIT 1`,
			lane, int64(app)).Scan(&due)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return time.Time{}, err
		}
		if at := store.Time(due); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next, nil
}
