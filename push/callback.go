package push

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

const (
	// callbackWorkers is enough for 200 commands a second whose developers
	// take three seconds each, and for others beside them.
	callbackWorkers = 1024
	// waitedFor is how long after an event WeChat's third attempt has ended:
	// nobody waits for a passive answer any more.
	waitedFor = 15 * time.Second
)

// newCallbackQueue is the queue of what developers are to be told.
func newCallbackQueue(s *Service) *queue {
	most := s.o.CallbackWorkers
	if most == 0 {
		most = callbackWorkers
	}
	q := newQueue(s, table{
		name:      "callback",
		keys:      "id",
		returning: "id, attempts, webhook_id, event_key, user_id, body, created_at",
		scan:      scanCallback,
		load:      s.loadCallbacks,
		settle:    s.settleCallbacks,
	}, most)
	q.speed.limit = most        // developers are many; each has a share of its own
	q.perApp = max(1, most*5/8) // one app alone never has them all
	return q
}

func scanCallback(r *store.Rows) (*task, error) {
	t := &task{job: Job{Call: new(Call)}}
	var made int64
	err := r.Scan(&t.key.a, &t.claims, &t.job.Call.ID, &t.event, &t.job.Call.User, &t.job.Call.Body, &made)
	t.made = store.Time(made)
	return t, err
}

// newCallback is what an app's developer is to be told. With a Pending the
// developer's reply is awaited as the passive answer; otherwise it goes by
// customer message to User, if there is one.
type newCallback struct {
	App      AppID
	Action   string
	EventKey string
	User     UserID
	Body     []byte
	Born     bool // the first attempt is made here, right after the commit
	Pending  *Pending
}

// enqueueCallback writes the callback, once for an event, app and action. An
// app without an endpoint gets none. A row born leased is tried first by this
// process, without a claim; if the process dies, the lease ends. When the app
// has its share of calls under way the row is due instead, like any other.
func (s *Service) enqueueCallback(tx *store.Tx, c newCallback) error {
	q := s.callbacks
	t := &task{app: c.App, made: tx.Now, event: c.EventKey, pending: c.Pending, job: Job{Call: &Call{
		ID: "msg_" + rand.Text(), App: c.App, User: c.User, Body: c.Body,
	}}}
	state, owner, due := stateDue, "", tx.Now
	if c.Born && q.canBear(c.App) {
		t.claims, t.until = 1, q.db.LeaseNow().Add(leaseFor)
		state, owner, due = stateLeased, s.node, t.until
	}
	via := "customer"
	if c.Pending != nil {
		via = ""
	}
	err := tx.QueryRow(`INSERT INTO callback (webhook_id, app_id, action, event_key, user_id, body,
			state, owner, due_at, attempts, reply_via, created_at)
		SELECT CAST($1 AS TEXT), e.app_id, CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT), CAST($6 AS TEXT),
			CAST($7 AS BIGINT), CAST($8 AS TEXT), CAST($9 AS BIGINT), CAST($10 AS BIGINT), CAST($11 AS TEXT), CAST($12 AS BIGINT)
		FROM endpoint e WHERE e.app_id = $2
		ON CONFLICT (event_key, app_id, action) DO NOTHING RETURNING id`,
		t.job.Call.ID, int64(c.App), c.Action, c.EventKey, int64(c.User), string(c.Body),
		state, owner, store.Millis(due), t.claims, via, store.Millis(tx.Now)).Scan(&t.key.a)
	if errors.Is(err, store.ErrNotFound) {
		tx.AfterCommit(t.pending.unanswered)
		return nil
	}
	if err != nil {
		return fmt.Errorf("enqueue %s for app %d: %w", c.Action, c.App, err)
	}
	if t.claims == 0 {
		tx.Notify(q.table.name)
		tx.AfterCommit(func() { q.await(t.key, c.Pending) })
		return nil
	}
	if err := s.loadCallbacks(tx, []*task{t}); err != nil {
		return fmt.Errorf("enqueue %s for app %d: %w", c.Action, c.App, err)
	}
	tx.AfterCommit(func() { q.bear(t) })
	return nil
}

// unanswered tells whoever waits that no answer will come in time.
func (p *Pending) unanswered() {
	if p != nil {
		p.settled("", false)
	}
}

// canBear reports whether a row may be born leased: workers run and the app's
// share is not used up.
func (q *queue) canBear(app AppID) bool {
	q.mu.Lock()
	running := q.launch != nil && len(q.ready[0]) < q.batch
	q.mu.Unlock()
	return running && q.shareLeft(app) > 0
}

// bear takes a row that was born leased into hand.
func (q *queue) bear(t *task) {
	q.mu.Lock()
	running := q.launch != nil
	if running {
		q.take(t)
		q.counts.Claimed++
	}
	q.mu.Unlock()
	if !running {
		t.pending.unanswered()
		return
	}
	q.enter([]*task{t})
}

// await keeps p for the row until it comes into hand.
func (q *queue) await(key rowKey, p *Pending) {
	if p == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.db.LeaseNow()
	for key, w := range q.pendings { // another node may have served them
		if now.Sub(w.since) > waitedFor {
			delete(q.pendings, key)
		}
	}
	switch t := q.held[key]; {
	case t != nil:
		t.pending = p
	case q.launch == nil:
		p.unanswered()
	default:
		q.pendings[key] = waiter{p, now}
	}
}

// endpoint is where an app's callbacks go.
type endpoint struct {
	app      AppID
	url      string
	secrets  [][]byte // sealed
	disabled string   // why nothing goes there
}

// loadCallbacks completes the calls of claimed rows. Without an endpoint that
// takes calls a row fails.
func (s *Service) loadCallbacks(tx *store.Tx, tasks []*task) error {
	endpoints, err := endpointsOf(tx, tasks)
	if err != nil {
		return fmt.Errorf("endpoints of %d callbacks: %w", len(tasks), err)
	}
	openids, err := openidsOf(tx, tasks)
	if err != nil {
		return fmt.Errorf("users of %d callbacks: %w", len(tasks), err)
	}
	for _, t := range tasks {
		call := t.job.Call
		call.App, call.OpenID = t.app, openids[call.User]
		t.job.FirstAt = t.made
		to, ok := endpoints[t.app]
		switch {
		case !ok:
			t.refuse(Permanent, whyNoEndpoint)
			continue
		case to.disabled != "":
			t.refuse(Permanent, to.disabled)
			continue
		}
		call.URL = to.url
		for _, sealed := range to.secrets {
			secret, err := s.open(sealed)
			if err != nil {
				return fmt.Errorf("secret of app %d: %w", t.app, err)
			}
			call.Secrets = append(call.Secrets, string(secret))
		}
	}
	return nil
}

func endpointsOf(tx *store.Tx, tasks []*task) (map[AppID]endpoint, error) {
	l := newList("app_id BIGINT")
	for _, t := range tasks {
		l.add(int64(t.app))
	}
	all, err := collectAll(tx, l, func(r *store.Rows) (endpoint, error) { return scanEndpoint(r, tx.Now) },
		`SELECT app_id, url, secret, old_secret, old_until, disabled_until, disabled_reason
		FROM endpoint WHERE app_id IN (SELECT app_id FROM v)`)
	byApp := make(map[AppID]endpoint, len(all))
	for _, e := range all {
		byApp[e.app] = e
	}
	return byApp, err
}

func scanEndpoint(r *store.Rows, now time.Time) (e endpoint, err error) {
	var secret, old []byte
	var oldUntil, disabledUntil int64
	err = r.Scan(&e.app, &e.url, &secret, &old, &oldUntil, &disabledUntil, &e.disabled)
	e.secrets = [][]byte{secret}
	if len(old) > 0 && oldUntil > store.Millis(now) {
		e.secrets = append(e.secrets, old)
	}
	if disabledUntil > store.Millis(now) {
		e.disabled = orElse(e.disabled, whyEndpointDisabled)
	} else {
		e.disabled = ""
	}
	return e, err
}

func openidsOf(tx *store.Tx, tasks []*task) (map[UserID]OpenID, error) {
	l := newList("id BIGINT")
	for _, t := range tasks {
		l.add(int64(t.job.Call.User))
	}
	type named struct {
		id     UserID
		openid OpenID
	}
	all, err := collectAll(tx, l, func(r *store.Rows) (n named, err error) {
		return n, r.Scan(&n.id, &n.openid)
	}, `SELECT id, openid FROM users WHERE id IN (SELECT id FROM v)`)
	byID := make(map[UserID]OpenID, len(all))
	for _, n := range all {
		byID[n.id] = n.openid
	}
	return byID, err
}

// say sends a developer's late reply as a customer message. It is tried once:
// customer messages have no key that would make a repeat harmless, and the row
// says already that it was said.
func (s *Service) say(to OpenID, text string) {
	if s.o.Say == nil {
		s.log.Warn("a late reply is dropped: customer messages are not set up")
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), callFor)
	defer cancel()
	if err := s.o.Say(ctx, to, text); err != nil {
		s.log.Warn("a late reply was not said", "error", err)
	}
}
