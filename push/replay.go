package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
)

const (
	// replayChunk is how many callbacks one transaction of a replay makes due.
	replayChunk = 500
	// mostReplayed bounds one call for a replay; the cursor goes on.
	mostReplayed = 5000
	// replayLock and an app's number are the lock under which its replays go
	// one after another, so that a full chunk always means that there is more.
	replayLock = 0x7265706c_00000000
)

// A replayed callback is due at once under its old webhook-id. The numbers of
// its attempts go on, so that the log keeps them apart and no attempt from
// before can settle it; its schedule starts over. Who speaks the developer's
// reply was decided for good at the first answer: nothing is said again.
// For a listener it waits in the lanes of listeners.
const replay = `UPDATE callback SET state = 0,
	lane = $2 + COALESCE((SELECT CASE e.listening WHEN 1 THEN 2 ELSE 0 END FROM endpoint e WHERE e.app_id = callback.app_id), 0), due_at = $3, owner = '', replayed_at = $3, replayed_from = attempts,
	done_at = 0, reason = '' WHERE `

// ReplayCallback makes an app's callback due again, whether it failed or was
// delivered; it goes before mass replays. queued is false for one that is
// waiting or under way, which stays as it is. Errors: ErrNoCallback,
// ErrNoEndpoint, *EndpointOff.
func (s *Service) ReplayCallback(ctx context.Context, app AppID, id string) (queued bool, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		c, err := ownCallback(tx, app, id)
		if err != nil {
			return err
		}
		if err := taking(tx, app); err != nil {
			return err
		}
		n, err := tx.Exec(replay+`id = $1 AND state IN (3, 4)`, c.id, 0, store.Millis(tx.Now))
		if queued = n > 0; !queued || err != nil {
			return err
		}
		s.notifyDue(tx, app)
		return s.AuditTx(ctx, tx, Change{App: app, Action: "callback.replay", Subject: id})
	})
	if err != nil {
		return false, fmt.Errorf("replay a callback of app %d: %w", app, err)
	}
	return queued, nil
}

// CountFailed counts the app's failed callbacks that were written since then,
// up to CountTo.
func (s *Service) CountFailed(ctx context.Context, app AppID, since time.Time) (n int, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM (SELECT 1 FROM callback WHERE app_id = $1 AND state = 4 AND created_at >= $2 LIMIT $3) c`,
			int64(app), store.Millis(since), CountTo).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("count the failed callbacks of app %d: %w", app, err)
	}
	return n, nil
}

// notifyDue wakes whoever takes the app's callbacks.
func (s *Service) notifyDue(tx *store.Tx, app AppID) {
	tx.Notify(s.callbacks.table.name)
	tx.Notify(listenChannel(app))
}

// ReplayProgress is how far a replay of all has come.
type ReplayProgress struct {
	Queued int
	Next   string // the cursor to go on with; empty when all are queued
}

// ReplayFailed makes an app's failed callbacks due again that were written
// since then, oldest first, up to 5,000 in one call, in small transactions. It
// may be stopped at any line and called again, with the cursor or from the
// beginning: what is due already is not touched, and what was replayed in this
// run and failed again waits for the next. Errors: *Invalid, ErrNoEndpoint,
// *EndpointOff; what was queued before an error is in the progress.
func (s *Service) ReplayFailed(ctx context.Context, app AppID, since time.Time, after string) (p ReplayProgress, err error) {
	run := replayRun{app: app, since: store.Millis(since)}
	if err := s.readCursor(cursorReplays, after, &run.since, &run.last.at, &run.last.id, &run.began); err != nil {
		return p, err
	}
	for more := true; more; {
		var next replayRun
		var n int
		err = ctx.Err()
		if err == nil {
			err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
				next, n, err = run.chunk(tx)
				if n == 0 || err != nil {
					return err
				}
				s.notifyDue(tx, app)
				if run.began != 0 { // a chunk of the same run
					return nil
				}
				return s.AuditTx(ctx, tx, Change{App: app, Action: "callback.replay-all", After: since.UTC().Format(time.RFC3339)})
			})
		}
		if err != nil {
			return p, fmt.Errorf("replay the failed callbacks of app %d: %w", app, err)
		}
		run, p.Queued, p.Next = next, p.Queued+n, ""
		if more = n == replayChunk; more {
			p.Next = s.cursor(cursorReplays, run.since, run.last.at, run.last.id, run.began)
			more = p.Queued < mostReplayed
		}
	}
	return p, nil
}

// replayRun is where a replay of all stands.
type replayRun struct {
	app   AppID
	since int64
	last  spot
	began int64 // what failed later is not meant
}

// chunk queues the next failed callbacks and returns where the run stands then.
func (r replayRun) chunk(tx *store.Tx) (replayRun, int, error) {
	if err := tx.Lock(replayLock + int64(r.app)); err != nil {
		return r, 0, err
	}
	if err := taking(tx, r.app); err != nil {
		return r, 0, err
	}
	if r.began == 0 {
		r.began = store.Millis(tx.Now)
	}
	spots, err := store.Collect(tx, func(row *store.Rows) (at spot, err error) { return at, row.Scan(&at.at, &at.id) },
		`WITH c AS MATERIALIZED (SELECT id, created_at FROM callback WHERE app_id = $1 AND state = 4 AND created_at >= $4
				AND (created_at, id) > ($5, $6) AND done_at <= $7 AND replayed_at < $7
				ORDER BY created_at, id LIMIT $8)
			`+replay+`state = 4 AND id IN (SELECT id FROM c) RETURNING created_at, id`,
		int64(r.app), 1, store.Millis(tx.Now), r.since, r.last.at, r.last.id, r.began, replayChunk)
	for _, at := range spots {
		if at.at > r.last.at || at.at == r.last.at && at.id > r.last.id {
			r.last = at
		}
	}
	return r, len(spots), err
}
