package push

import (
	"crypto/rand"
	"errors"
	"fmt"

	"hongyan/store"
)

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
// has its share of calls under way the row is due instead, like any other, and
// when it is listened to the row waits for a listener.
func (s *Service) enqueueCallback(tx *store.Tx, c newCallback) error {
	q := s.callbacks
	t := &task{app: c.App, made: tx.Now, event: c.EventKey, pending: c.Pending, job: Job{Call: &Call{
		ID: "msg_" + rand.Text(), App: c.App, User: c.User, Body: c.Body,
	}}}
	if c.Pending != nil {
		c.Pending.elsewhere = false
	}
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
			lane, state, owner, due_at, attempts, reply_via, created_at)
		SELECT CAST($1 AS TEXT), e.app_id, CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT), CAST($6 AS TEXT),
			CASE e.listening WHEN 1 THEN 2 ELSE 0 END,
			CASE e.listening WHEN 1 THEN 0 ELSE CAST($7 AS BIGINT) END,
			CASE e.listening WHEN 1 THEN '' ELSE CAST($8 AS TEXT) END,
			CASE e.listening WHEN 1 THEN CAST($12 AS BIGINT) ELSE CAST($9 AS BIGINT) END,
			CASE e.listening WHEN 1 THEN 0 ELSE CAST($10 AS BIGINT) END,
			CAST($11 AS TEXT), CAST($12 AS BIGINT)
		FROM endpoint e WHERE e.app_id = $2 AND `+reachable("e")+tx.KeyShare()+`
		ON CONFLICT (event_key, app_id, action) DO NOTHING RETURNING id, lane`,
		t.job.Call.ID, int64(c.App), c.Action, c.EventKey, int64(c.User), string(c.Body),
		state, owner, store.Millis(due), t.claims, via, store.Millis(tx.Now)).Scan(&t.key.a, &t.lane)
	if errors.Is(err, store.ErrNotFound) {
		tx.AfterCommit(t.pending.unanswered)
		return nil
	}
	if err != nil {
		return fmt.Errorf("enqueue %s for app %d: %w", c.Action, c.App, err)
	}
	if t.lane >= listenLanes {
		return s.leaveToListeners(tx, c)
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

// leaveToListeners wakes the listeners of the callback's app. If none is there
// nobody is to wait for a reply.
func (s *Service) leaveToListeners(tx *store.Tx, c newCallback) error {
	tx.Notify(listenChannel(c.App))
	if c.Pending == nil {
		return nil
	}
	n, err := s.listenersOf(tx, c.App)
	if err != nil {
		return fmt.Errorf("listeners of app %d: %w", c.App, err)
	}
	if c.Pending.elsewhere = n > 0; n == 0 {
		tx.AfterCommit(c.Pending.unanswered)
	}
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
	return running && q.shareLeft(app, 0) > 0
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
