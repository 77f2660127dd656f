package push

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"hongyan/store"
)

// Confirm closes the delivery that WeChat's finish report is about. A report
// that comes before its send is settled is kept and joined later; one that
// comes again, or contradicts an earlier one, changes nothing; one that comes
// after the wait for it was given up still counts. Calls that come together
// share a transaction. status is WeChat's text.
func (s *Service) Confirm(ctx context.Context, msgid int64, ok bool, status string) error {
	if err := s.confirms.add(ctx, finish{msgid: msgid, ok: ok, status: storable(status)}); err != nil {
		return fmt.Errorf("confirm %d: %w", msgid, err)
	}
	return nil
}

// finish is one finish report.
type finish struct {
	msgid  int64
	ok     bool
	status string
}

// okStatus is how a success is parked: the status WeChat sends with it.
const okStatus = "success"

// confirmer collects reports while a transaction is under way, so that the
// next one takes them all.
type confirmer struct {
	s *Service

	mu      sync.Mutex
	queue   []reported
	writing bool
}

type reported struct {
	finish finish
	done   chan error
}

func newConfirmer(s *Service) *confirmer { return &confirmer{s: s} }

// add waits until f is on disk. A caller that stops waiting leaves its report
// behind, and it is written all the same.
func (c *confirmer) add(ctx context.Context, f finish) error {
	r := reported{f, make(chan error, 1)}
	c.mu.Lock()
	c.queue = append(c.queue, r)
	lead := !c.writing
	c.writing = true
	c.mu.Unlock()
	if lead {
		go c.write(context.WithoutCancel(ctx))
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write writes what has been collected until nothing is left.
func (c *confirmer) write(ctx context.Context) {
	for batch := c.take(); len(batch) > 0; batch = c.take() {
		finishes := make([]finish, len(batch))
		for i, r := range batch {
			finishes[i] = r.finish
		}
		err := c.s.db.Update(ctx, func(tx *store.Tx) error { return c.s.closeDeliveries(tx, finishes) })
		for _, r := range batch {
			r.done <- err
		}
	}
}

func (c *confirmer) take() []reported {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.queue), mostSettled)
	batch := slices.Clone(c.queue[:n])
	c.queue = slices.Delete(c.queue, 0, n)
	c.writing = n > 0
	return batch
}

// closeDeliveries applies reports and parks those whose send is not known.
func (s *Service) closeDeliveries(tx *store.Tx, finishes []finish) error {
	first := firstOf(finishes)
	if err := lockMsgids(tx, first); err != nil {
		return err
	}
	counts := make(counts)
	closed, err := applyFinishes(tx, first, counts)
	if err != nil {
		return err
	}
	if len(closed) < len(first) {
		if err := s.parkOthers(tx, first, closed); err != nil {
			return err
		}
	}
	return counts.write(tx)
}

// firstOf keeps the first report of each msgid, by msgid.
func firstOf(finishes []finish) []finish {
	seen := make(map[int64]bool, len(finishes))
	first := make([]finish, 0, len(finishes))
	for _, f := range finishes {
		if f.msgid > 0 && !seen[f.msgid] {
			seen[f.msgid] = true
			first = append(first, f)
		}
	}
	return first
}

// msgidLocks is how many locks the msgids share. A finish report and the
// settling of its send take the same one, on any node.
const msgidLocks = 16

func lockMsgids(tx *store.Tx, finishes []finish) error {
	var wanted [msgidLocks]bool
	for _, f := range finishes {
		wanted[lockOf(f.msgid)] = true
	}
	const family = 0x6d736769_00000000 // "msgi", apart from other locks
	for i, want := range wanted {
		if !want {
			continue
		}
		if err := tx.Lock(family + int64(i)); err != nil {
			return err
		}
	}
	return nil
}

func lockOf(msgid int64) int { return int(uint64(msgid) * 0x9e3779b97f4a7c15 >> 60) }

// applyFinishes closes deliveries that are accepted or were given up, and
// returns the msgids it did that for.
func applyFinishes(tx *store.Tx, finishes []finish, c counts) (map[int64]bool, error) {
	if len(finishes) == 0 {
		return nil, nil
	}
	l := newList("msgid BIGINT", "state BIGINT", "reason TEXT")
	for _, f := range finishes {
		if f.ok {
			l.add(f.msgid, stateConfirmed, "")
		} else {
			l.add(f.msgid, stateFailed, finishReason(f.status))
		}
	}
	type closing struct {
		msgid, record int64
		state         int
	}
	rows, err := collectAll(tx, l, func(r *store.Rows) (x closing, err error) {
		return x, r.Scan(&x.msgid, &x.record, &x.state)
	}, `, k AS MATERIALIZED (SELECT msgid, state, reason, `+openBy("message_id")+`, `+openBy("user_id")+` FROM v)
		UPDATE delivery SET state = k.state, reason = k.reason, done_at = $1
		FROM k WHERE delivery.message_id = k.message_id AND delivery.user_id = k.user_id
		RETURNING delivery.msgid, delivery.record_id, delivery.state`, store.Millis(tx.Now))
	if err != nil {
		return nil, fmt.Errorf("close %d deliveries: %w", len(finishes), err)
	}
	closed := make(map[int64]bool, len(rows))
	for _, x := range rows {
		closed[x.msgid] = true
		c.add(x.record, x.state)
	}
	return closed, nil
}

// openBy is a key column of the delivery that waits for the report v. It is
// looked up row by row, so that PostgreSQL's planner, which cannot know how
// many deliveries wait, has no choice but the index.
func openBy(column string) string {
	return `(SELECT d.` + column + ` FROM delivery d
		WHERE d.msgid = v.msgid AND d.msgid > 0 AND d.state IN (2, 5) LIMIT 1) AS ` + column
}
