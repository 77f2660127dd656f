package push

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"hongyan/store"
)

// mostApps is how many apps share one claim.
const mostApps = 64

// claim leases rows that are due and makes them ready. It reports whether
// another claim is worth while at once.
func (q *queue) claim(ctx context.Context) (again bool, err error) {
	c := q.newClaim()
	if c.room == [lanes]int{} {
		return false, nil
	}
	q.turn.Lock()
	err = q.db.Update(ctx, func(tx *store.Tx) error { return c.run(tx) })
	if err != nil {
		q.turn.Unlock()
		return false, fmt.Errorf("claim %s: %w", q.table.name, err)
	}
	tasks := q.keep(c)
	q.turn.Unlock()
	if len(tasks) == 0 {
		return false, nil
	}
	if err := q.db.View(ctx, func(tx *store.Tx) error { return q.table.load(tx, tasks) }); err != nil {
		q.mu.Lock()
		defer q.mu.Unlock()
		for _, t := range tasks {
			q.giveBack(t, q.db.LeaseNow())
		}
		return false, fmt.Errorf("load %s: %w", q.table.name, err)
	}
	q.enter(tasks)
	return c.full, nil
}

// claim is one claim: what it may take, and what it took. The fields below
// the line belong to the transaction, which may run twice.
type claim struct {
	q    *queue
	room [lanes]int
	last [lanes]AppID
	was  [lanes]bool // dry
	now  time.Time
	due  time.Time // rows due until then are taken

	tasks  []*task
	after  [lanes]AppID
	paused time.Time
	left   bool // this lane has rows of an app that has its share
	capped bool
	dry    [lanes]bool // there is no more
	full   bool        // a lane's room was used up
}

// newClaim decides how much may be claimed. A lane is filled up when half of
// it is used, and nothing is claimed while outcomes pile up.
func (q *queue) newClaim() *claim {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := &claim{q: q, last: q.after, was: q.dry, now: q.db.LeaseNow()}
	if c.due = c.now; q.db.Postgres() {
		c.due = c.now.Add(slack)
	}
	if q.onHold || len(q.held) > 8*q.batch {
		return c
	}
	most := q.most()
	for lane := range lanes {
		if waiting := len(q.ready[lane]); waiting <= most/2 && !q.dry[lane] {
			c.room[lane] = most - waiting
		}
	}
	return c
}

// most is how many ready tasks a lane needs to keep the workers busy.
func (q *queue) most() int { return min(q.batch, max(2*q.speed.limit, firstLimit)) }

func (c *claim) run(tx *store.Tx) error {
	c.tasks, c.after, c.paused, c.capped, c.full = nil, c.last, time.Time{}, false, false
	c.dry = c.was
	if c.q.table.paused != nil {
		until, err := c.q.table.paused(tx)
		if err != nil {
			return err
		}
		if until.After(tx.Now) {
			c.paused = until
			return nil
		}
	}
	for lane, room := range c.room {
		if room == 0 {
			continue
		}
		c.left = false
		n, err := c.lane(tx, lane, room)
		if err != nil {
			return err
		}
		c.full = c.full || n == room
		c.dry[lane] = n < room && !c.left
		c.capped = c.capped || c.left
	}
	return nil
}

// lane claims up to room rows of a lane, the apps with due rows taking turns.
func (c *claim) lane(tx *store.Tx, lane, room int) (n int, err error) {
	apps, err := c.dueApps(tx, lane)
	if err != nil {
		return 0, err
	}
	for i, app := range apps {
		part := (room - n + len(apps) - i - 1) / (len(apps) - i)
		if part == 0 {
			break
		}
		if left := c.q.shareLeft(app, lane) - c.has(app); left < part {
			part, c.left = left, true
		}
		if part > 0 {
			got, err := c.app(tx, lane, app, part)
			if err != nil {
				return n, err
			}
			n += got
		}
		c.after[lane] = app
	}
	return n, nil
}

// has counts what this claim has taken of the app's already, in another lane.
func (c *claim) has(app AppID) (n int) {
	for _, t := range c.tasks {
		if t.app == app {
			n++
		}
	}
	return n
}

// dueApps lists apps with due rows, beginning behind the one served last and
// going round. It skips from app to app in the index.
func (c *claim) dueApps(tx *store.Tx, lane int) ([]AppID, error) {
	behind, err := c.appsAfter(tx, lane, c.last[lane], mostApps)
	if err != nil || len(behind) == mostApps {
		return behind, err
	}
	around, err := c.appsAfter(tx, lane, -1, mostApps-len(behind))
	for _, app := range around {
		if app > c.last[lane] {
			break
		}
		behind = append(behind, app)
	}
	return behind, err
}

func (c *claim) appsAfter(tx *store.Tx, lane int, after AppID, most int) ([]AppID, error) {
	return store.Collect(tx, func(r *store.Rows) (app AppID, err error) {
		return app, r.Scan(&app)
	}, openApps(c.q.table.name)+`SELECT app FROM a WHERE app IS NOT NULL
		AND (SELECT MIN(due_at) FROM `+c.q.table.name+` WHERE state < 2 AND lane = $1 AND app_id = a.app) <= $3
		LIMIT $4`, lane, int64(after), store.Millis(c.due), most)
}

// openApps is the table expression a (app) of the apps with open rows in lane
// $1 behind app $2, by number.
func openApps(table string) string {
	next := `(SELECT MIN(app_id) FROM ` + table + ` WHERE state < 2 AND lane = $1 AND app_id > `
	return `WITH RECURSIVE a (app) AS (SELECT ` + next + `$2)
		UNION ALL SELECT ` + next + `a.app) FROM a WHERE a.app IS NOT NULL) `
}

// app claims up to n due rows of an app.
func (c *claim) app(tx *store.Tx, lane int, app AppID, n int) (int, error) {
	got, err := c.q.table.lease(tx, lease{lane: lane, app: app, most: n, owner: c.q.owner, now: c.now, due: c.due})
	if err != nil {
		return 0, err
	}
	for _, one := range got {
		one.fresh = one.fresh || one.first.Equal(c.now.Truncate(time.Millisecond))
	}
	c.tasks = append(c.tasks, got...)
	return len(got), nil
}

// lease is what to lease: up to most rows of an app in a lane that are due
// until then, to an owner.
type lease struct {
	lane  int
	app   AppID
	most  int
	owner string
	now   time.Time
	due   time.Time
}

// lease leases rows, the first due first, and returns them by key.
func (t *table) lease(tx *store.Tx, l lease) ([]*task, error) {
	until := l.now.Add(leaseFor)
	args := []any{l.lane, int64(l.app), store.Millis(l.due), l.most, l.owner, store.Millis(until)}
	if t.set != "" {
		args = append(args, store.Millis(l.now))
	}
	got, err := store.Collect(tx, t.scan, `WITH c AS MATERIALIZED (SELECT `+t.keys+` FROM `+t.name+`
		WHERE state < 2 AND lane = $1 AND app_id = $2 AND due_at <= $3 ORDER BY due_at LIMIT $4`+tx.SkipLocked()+`)
		UPDATE `+t.name+` SET state = 1, owner = $5, due_at = $6, attempts = attempts + 1`+t.set+`
		WHERE (`+t.keys+`) IN (SELECT `+t.keys+` FROM c) RETURNING `+t.returning, args...)
	if err != nil {
		return nil, fmt.Errorf("app %d: %w", l.app, err)
	}
	for _, one := range got {
		one.app, one.lane, one.until = l.app, l.lane, until
	}
	slices.SortFunc(got, func(x, y *task) int {
		return cmp.Or(cmp.Compare(x.key.a, y.key.a), cmp.Compare(x.key.b, y.key.b))
	})
	return got, nil
}

// keep takes what a claim brought into hand and returns what is new there. A
// row that was in hand already, because the clock ended its lease too early,
// stays ours. Its task keeps the end of the lease it was decided under: if it
// still waits for its call, it goes back and is decided anew.
func (q *queue) keep(c *claim) []*task {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.after, q.capped, q.dry = c.after, c.capped, c.dry
	if !c.paused.IsZero() {
		q.paused = true
		q.giveBackAll()
	} else if q.pauses == 0 {
		q.paused = false
	}
	fresh := c.tasks[:0]
	for _, t := range c.tasks {
		if old := q.held[t.key]; old != nil {
			old.again += t.claims - old.claims
			old.claims = t.claims
			continue
		}
		q.take(t)
		fresh = append(fresh, t)
	}
	q.counts.Claimed += int64(len(fresh))
	return fresh
}
