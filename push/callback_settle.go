package push

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"hongyan/store"
)

// settleCallbacks writes what came of callbacks in this node's hand.
func (s *Service) settleCallbacks(tx *store.Tx, batch []*task) ([]*task, func(), error) {
	return s.settleCallbacksOf(tx, s.node, batch)
}

// settleCallbacksOf writes what came of callbacks in an owner's hand: their
// rows, the log of the attempts, the health of the endpoints and who says the
// developer's reply.
func (s *Service) settleCallbacksOf(tx *store.Tx, owner string, batch []*task) ([]*task, func(), error) {
	decide(batch, tx.Now, callbackFate)
	settled, err := writeCallbacks(tx, owner, batch)
	if err != nil {
		return nil, nil, err
	}
	if err := logAttempts(tx, settled); err != nil {
		return nil, nil, err
	}
	if err := judgeEndpoints(tx, settled); err != nil {
		return nil, nil, err
	}
	said, err := decideReplies(tx, settled)
	if err != nil {
		return nil, nil, err
	}
	return settled, func() { s.tellReplies(batch, said) }, nil
}

// writeCallbacks writes the rows that are still the owner's and returns their
// tasks.
func writeCallbacks(tx *store.Tx, owner string, batch []*task) ([]*task, error) {
	l := newList("id BIGINT", "fence BIGINT", "state BIGINT", "due_at BIGINT", "less BIGINT", "done_at BIGINT", "reason TEXT")
	byID := make(map[int64]*task, len(batch))
	for _, t := range batch {
		var done int64
		if t.fate.state >= stateConfirmed {
			done = store.Millis(tx.Now)
		}
		l.add(t.key.a, t.claims, t.fate.state, store.Millis(t.fate.due), t.less(), done, t.fate.reason)
		byID[t.key.a] = t
	}
	ids, err := collectAll(tx, l, func(r *store.Rows) (id int64, err error) {
		return id, r.Scan(&id)
	}, `UPDATE callback SET state = v.state, due_at = v.due_at, owner = '', attempts = callback.attempts - v.less,
			done_at = v.done_at, reason = v.reason
		FROM v WHERE callback.id = v.id AND `+fence("callback")+`
		RETURNING callback.id`, owner)
	if err != nil {
		return nil, fmt.Errorf("write %d callbacks: %w", len(batch), err)
	}
	settled := make([]*task, 0, len(ids))
	for _, id := range ids {
		settled = append(settled, byID[id])
	}
	slices.SortFunc(settled, func(x, y *task) int { return cmp.Compare(x.key.a, y.key.a) })
	return settled, nil
}

func logAttempts(tx *store.Tx, settled []*task) error {
	var rows [][]any
	for _, t := range settled {
		a := t.outcome.Attempt
		if t.back || a == nil {
			continue
		}
		rows = append(rows, []any{t.key.a, t.attempt(), store.Millis(a.At), storable(a.URL), storable(a.Request),
			a.Status, storable(a.Answer), a.Latency.Milliseconds(), storable(a.Failure)})
	}
	if len(rows) == 0 {
		return nil
	}
	err := tx.Bulk(`INSERT INTO callback_attempt (callback_id, attempt, at, url, request, status, answer, latency_ms, failure)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (callback_id, attempt) DO NOTHING`, rows)
	if err != nil {
		return fmt.Errorf("log %d attempts: %w", len(rows), err)
	}
	return nil
}

// health is what a batch says about an endpoint.
type health struct {
	good, bad int64
	gone      string // the address that answered 410
	why       string
}

// disabledForEver is until when an endpoint is disabled that said it is gone:
// until its owner sets it again.
var disabledForEver = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// judgeEndpoints keeps count of failures in a row and disables endpoints that
// are gone, the apps in order of their numbers.
func judgeEndpoints(tx *store.Tx, settled []*task) error {
	all := make(map[AppID]health)
	for _, t := range settled {
		if t.back || t.began.IsZero() {
			continue
		}
		h := all[t.app]
		if t.outcome.Verdict == Delivered {
			h.good++
		} else {
			h.bad++
		}
		if t.outcome.Verdict == Gone {
			h.gone, h.why = t.job.Call.URL, orElse(t.fate.reason, whyEndpointGone)
		}
		all[t.app] = h
	}
	for _, app := range slices.Sorted(maps.Keys(all)) {
		if err := judgeEndpoint(tx, app, all[app]); err != nil {
			return fmt.Errorf("endpoint of app %d: %w", app, err)
		}
	}
	return nil
}

func judgeEndpoint(tx *store.Tx, app AppID, h health) (err error) {
	if h.good > 0 {
		_, err = tx.Exec(`UPDATE endpoint SET failures = 0 WHERE app_id = $1 AND failures > 0`, int64(app))
	} else {
		_, err = tx.Exec(`UPDATE endpoint SET failures = failures + $2 WHERE app_id = $1`, int64(app), h.bad)
	}
	if err != nil || h.gone == "" {
		return err
	}
	_, err = tx.Exec(`UPDATE endpoint SET disabled_until = $2, disabled_reason = $3 WHERE app_id = $1 AND url = $4`,
		int64(app), store.Millis(disabledForEver), h.why, h.gone)
	return err
}

// decideReplies decides by compare-and-set on reply_via who says each reply:
// the passive answer that is still awaited, or a customer message. It returns
// the tasks whose reply is to be said; they are marked before the call, so
// that nothing is said twice.
func decideReplies(tx *store.Tx, settled []*task) (said []*task, err error) {
	for _, t := range settled {
		t.reply, t.answered = "", false
		if t.fate.state < stateConfirmed || t.job.Call.User == 0 {
			continue
		}
		late, err := decideReply(tx, t)
		if err != nil {
			return nil, fmt.Errorf("reply of callback %d: %w", t.key.a, err)
		}
		if late {
			said = append(said, t)
		}
	}
	return said, nil
}

// decideReply reports whether the reply is late. No reply is an answer too.
func decideReply(tx *store.Tx, t *task) (late bool, err error) {
	var reply string
	if t.outcome.Verdict == Delivered {
		reply = storable(t.outcome.Reply)
	}
	n, err := tx.Exec(`UPDATE callback SET reply_via = 'passive' WHERE id = $1 AND reply_via = '' AND created_at > $2`,
		t.key.a, store.Millis(tx.Now.Add(-waitedFor)))
	if err != nil {
		return false, err
	}
	if n > 0 {
		t.reply, t.answered = reply, true
		return false, setReply(tx, t.event, reply)
	}
	if reply == "" {
		return false, nil
	}
	n, err = tx.Exec(`UPDATE callback SET reply_via = 'said' WHERE id = $1 AND reply_via IN ('', 'customer')`, t.key.a)
	return n > 0, err
}

// tellReplies wakes those who wait for a passive answer and says the late
// replies.
func (s *Service) tellReplies(batch, said []*task) {
	for _, t := range batch {
		if t.pending != nil {
			t.pending.settled(t.reply, t.answered)
		}
	}
	for _, t := range said {
		to, text := t.job.Call.OpenID, storable(t.outcome.Reply)
		s.callbacks.says.Go(func() { s.say(to, text) })
	}
}
