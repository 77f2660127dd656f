package push

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"hongyan/store"
)

// settleDeliveries writes what came of deliveries: their rows, the counts of
// their records, followers who can get no more cards and the pause of the
// account. Finish reports that came first are joined.
func (s *Service) settleDeliveries(tx *store.Tx, batch []*task) ([]*task, func(), error) {
	decide(batch, tx.Now, deliveryFate)
	if err := shelve(tx, batch); err != nil {
		return nil, nil, err
	}
	rows, err := s.writeDeliveries(tx, batch)
	if err != nil {
		return nil, nil, err
	}
	byKey := make(map[rowKey]*task, len(batch))
	for _, t := range batch {
		byKey[t.key] = t
	}
	counts := make(counts)
	var settled []*task
	var msgids []int64
	for _, key := range rows {
		t := byKey[key]
		if t == nil {
			continue
		}
		delete(byKey, key)
		settled = append(settled, t)
		counts.add(t.record, t.fate.state)
		if t.fate.state == stateAccepted && t.outcome.MsgID != 0 {
			msgids = append(msgids, t.outcome.MsgID)
		}
	}
	if err := putOnShelf(tx, settled); err != nil {
		return nil, nil, err
	}
	if err := s.joinParked(tx, msgids, counts); err != nil {
		return nil, nil, err
	}
	if err := stopUsers(tx, settled); err != nil {
		return nil, nil, err
	}
	if err := s.pauseBy(tx, settled); err != nil {
		return nil, nil, err
	}
	return settled, nil, counts.write(tx)
}

// writeDeliveries writes the rows that are still ours and returns their keys.
func (s *Service) writeDeliveries(tx *store.Tx, batch []*task) ([]rowKey, error) {
	l := newList("message_id BIGINT", "user_id BIGINT", "fence BIGINT", "state BIGINT", "due_at BIGINT",
		"less BIGINT", "first_at BIGINT", "msgid BIGINT", "sent_at BIGINT", "done_at BIGINT", "reason TEXT")
	now := store.Millis(tx.Now)
	for _, t := range batch {
		var first, msgid, sent, done int64
		if t.fate.arrived {
			first = store.Millis(t.first)
		}
		if t.fate.state == stateAccepted || t.fate.state == stateConfirmed {
			msgid, sent = t.outcome.MsgID, now
		}
		if t.fate.state >= stateConfirmed {
			done = now
		}
		l.add(t.key.a, t.key.b, t.claims, t.fate.state, store.Millis(t.fate.due),
			t.less(), first, msgid, sent, done, t.fate.reason)
	}
	rows, err := collectAll(tx, l, func(r *store.Rows) (k rowKey, err error) {
		return k, r.Scan(&k.a, &k.b)
	}, `UPDATE delivery SET state = v.state, due_at = v.due_at, owner = '', attempts = delivery.attempts - v.less,
			first_at = v.first_at, msgid = v.msgid, sent_at = v.sent_at, done_at = v.done_at, reason = v.reason
		FROM v WHERE delivery.message_id = v.message_id AND delivery.user_id = v.user_id
			AND `+fence("delivery")+`
		RETURNING delivery.message_id, delivery.user_id`, s.node)
	if err != nil {
		return nil, fmt.Errorf("write %d deliveries: %w", len(batch), err)
	}
	return rows, nil
}

// counts collects what a transaction adds to the counts of records.
type counts map[int64]*count

type count struct{ confirmed, failed int64 }

func (c counts) add(record int64, state int) {
	if state != stateConfirmed && state != stateFailed {
		return
	}
	one := c[record]
	if one == nil {
		one = new(count)
		c[record] = one
	}
	if state == stateConfirmed {
		one.confirmed++
	} else {
		one.failed++
	}
}

// write adds the counts, the records locked by number, so that transactions
// that count for the same records wait for each other and never in a circle.
func (c counts) write(tx *store.Tx) error {
	if len(c) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(c))
	l, locked := newList("id BIGINT", "confirmed BIGINT", "failed BIGINT"), newList("id BIGINT")
	for _, id := range ids {
		l.add(id, c[id].confirmed, c[id].failed)
		locked.add(id)
	}
	if lock := tx.ForUpdate(); lock != "" {
		if _, err := execAll(tx, locked, `SELECT id FROM record WHERE id IN (SELECT id FROM v) ORDER BY id`+lock); err != nil {
			return fmt.Errorf("lock %d records: %w", len(ids), err)
		}
	}
	_, err := execAll(tx, l, `UPDATE record SET confirmed = record.confirmed + v.confirmed, failed = record.failed + v.failed
		FROM v WHERE record.id = v.id`)
	if err != nil {
		return fmt.Errorf("count for %d records: %w", len(ids), err)
	}
	return nil
}

// stopUsers remembers whom WeChat refuses cards to, unless they followed or
// spoke after the call was made.
func stopUsers(tx *store.Tx, settled []*task) error {
	var stopped []*task
	for _, t := range settled {
		if !t.back && t.outcome.Verdict == Stopped {
			stopped = append(stopped, t)
		}
	}
	slices.SortFunc(stopped, func(x, y *task) int { return cmp.Compare(x.who, y.who) })
	for _, t := range stopped {
		began := t.began.Truncate(time.Second) // events are dated in seconds
		_, err := tx.Exec(`UPDATE users SET blocked_at = $2, blocked_reason = $3
			WHERE id = $1 AND blocked_at = 0 AND state_at < $4 AND said_at < $4`,
			int64(t.who), store.Millis(tx.Now), t.fate.reason, store.Millis(began))
		if err != nil {
			return fmt.Errorf("stop user %d: %w", t.who, err)
		}
	}
	return nil
}
