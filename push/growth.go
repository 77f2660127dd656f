package push

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"hongyan/store"
)

// Everything is the resource whose growth is that of the official account
// itself: who follows it and who leaves it.
var Everything = Resource{Kind: 2}

// The names of growth in the stat table.
const (
	statGained = "gained"
	statLost   = "lost"
)

// An hour of growth, and the zone whose days are meant.
const hour = int64(time.Hour / time.Millisecond)

var china = time.FixedZone("CST", 8*3600)

// grow writes down that a follower came (1) or went (-1), in the transaction
// that made them. A follower is somebody active and not rejected: leaving,
// being removed and being rejected count as going, a lifted rejection as
// coming. Who leaves the official account goes from Everything alone: their
// subscriptions wait for them. It is a row and no counter, so that followers
// who come together do not wait for each other.
func grow(tx *store.Tx, on Resource, delta int64) error {
	if delta == 0 {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO growth (kind, target, delta, at) VALUES ($1, $2, $3, $4)`,
		int64(on.Kind), on.Target, delta, store.Millis(tx.Now))
	return err
}

// CountGrowth counts the growth that was written down, into hours and into how
// many there are, and returns
// how many rows that were. A row is counted and deleted in one transaction, so
// each counts once however often this is called, by whomever, and wherever it
// is interrupted.
func (s *Service) CountGrowth(ctx context.Context) (n int, err error) {
	if n, err = s.inChunks(ctx, countGrowth); err != nil {
		return n, fmt.Errorf("count growth: %w", err)
	}
	return n, nil
}

// countHeads adds what was counted to how many there are.
func countHeads(tx *store.Tx, counts map[statKey]int64) error {
	change := make(map[Resource]int64)
	for key, n := range counts {
		if key.name == statLost {
			n = -n
		}
		change[Resource{SubscriptionKind(key.kind), key.target}] += n
	}
	rows := make([][]any, 0, len(change))
	for on, n := range change {
		rows = append(rows, []any{int64(on.Kind), on.Target, n})
	}
	slices.SortFunc(rows, func(a, b []any) int {
		return cmp.Or(cmp.Compare(a[0].(int64), b[0].(int64)), cmp.Compare(a[1].(int64), b[1].(int64)))
	})
	return tx.Bulk(`INSERT INTO headcount (kind, target, n) VALUES ($1, $2, $3)
		ON CONFLICT (kind, target) DO UPDATE SET n = headcount.n + excluded.n`, rows)
}

// statKey is a row of the stat table.
type statKey struct {
	kind, target int64
	name         string
	hour         int64
}

func countGrowth(tx *store.Tx) (int64, error) {
	counts, rows := make(map[statKey]int64), int64(0)
	_, err := store.Collect(tx, func(r *store.Rows) (none struct{}, err error) {
		key := statKey{name: statGained}
		var delta, at int64
		err = r.Scan(&key.kind, &key.target, &delta, &at)
		if delta < 0 {
			key.name = statLost
		}
		key.hour = at - at%hour
		counts[key] += max(delta, -delta)
		rows++
		return none, err
	}, `WITH c AS MATERIALIZED (SELECT id FROM growth ORDER BY id LIMIT $1`+tx.SkipLocked()+`)
		DELETE FROM growth WHERE id IN (SELECT id FROM c) RETURNING kind, target, delta, at`, chunk)
	if err != nil || rows == 0 {
		return 0, err
	}
	upserts := make([][]any, 0, len(counts))
	for key, n := range counts {
		upserts = append(upserts, []any{key.kind, key.target, key.name, key.hour, n})
	}
	// In one order, so that nodes that count together do not wait in a circle.
	slices.SortFunc(upserts, func(a, b []any) int {
		return cmp.Or(cmp.Compare(a[0].(int64), b[0].(int64)), cmp.Compare(a[1].(int64), b[1].(int64)),
			cmp.Compare(a[2].(string), b[2].(string)), cmp.Compare(a[3].(int64), b[3].(int64)))
	})
	if err := countHeads(tx, counts); err != nil {
		return 0, err
	}
	return rows, tx.Bulk(`INSERT INTO stat (kind, target, name, hour, n) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kind, target, name, hour) DO UPDATE SET n = stat.n + excluded.n`, upserts)
}

// Grown is what came and went in one hour or day.
type Grown struct {
	At     time.Time // its beginning
	Gained int64
	Lost   int64
	Total  int64 // followers at its end
}

// mostGrown bounds the points of a curve.
const mostGrown = 1000

// Growth is how an app, a topic or Everything grew from since until now, hour
// by hour or, with day, by days of China's time. Every hour or day has its
// point, the last one is the present; of more than 1,000 the last are returned.
// Whose resource it is has to be checked before.
func (s *Service) Growth(ctx context.Context, on Resource, since time.Time, day bool) (all []Grown, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		all = emptyGrowth(since, tx.Now, day)
		rows, err := readGrowth(tx, on, all[0].At)
		if err != nil {
			return err
		}
		all = fillGrowth(all, rows)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("growth of %d %d: %w", on.Kind, on.Target, err)
	}
	return all, nil
}

// emptyGrowth has a point for every hour or day.
func emptyGrowth(since, now time.Time, day bool) (all []Grown) {
	step := func(t time.Time, n int) time.Time {
		if day {
			return t.AddDate(0, 0, n)
		}
		return t.Add(time.Duration(n) * time.Hour)
	}
	at := startOf(now, day)
	for len(all) < mostGrown && (len(all) == 0 || !at.Before(startOf(since, day))) {
		all = append(all, Grown{At: at})
		at = step(at, -1)
	}
	slices.Reverse(all)
	return all
}

func startOf(t time.Time, day bool) time.Time {
	t = t.In(china)
	if day {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, china)
	}
	return t.Truncate(time.Hour)
}

// readGrowth reads the hours since then, and at 0 how many there are now. It
// is one statement, so that a row that is being counted is seen once.
func readGrowth(tx *store.Tx, on Resource, since time.Time) ([]Grown, error) {
	return store.Collect(tx, func(r *store.Rows) (g Grown, err error) {
		var at int64
		err = r.Scan(&at, &g.Gained, &g.Lost)
		g.At = store.Time(at)
		return g, err
	}, `WITH fresh AS (SELECT at - at % $4 AS at, CASE WHEN delta > 0 THEN delta ELSE 0 END AS gained, CASE WHEN delta < 0 THEN -delta ELSE 0 END AS lost
			FROM growth WHERE kind = $1 AND target = $2)
		SELECT at, CAST(SUM(gained) AS BIGINT), CAST(SUM(lost) AS BIGINT) FROM (
			SELECT 0 AS at, n AS gained, 0 AS lost FROM headcount WHERE kind = $1 AND target = $2
			UNION ALL SELECT 0, gained, lost FROM fresh
			UNION ALL SELECT at, gained, lost FROM fresh WHERE at >= $3
			UNION ALL SELECT hour, CASE WHEN name = 'gained' THEN n ELSE 0 END, CASE WHEN name = 'lost' THEN n ELSE 0 END
				FROM stat WHERE kind = $1 AND target = $2 AND name IN ('gained', 'lost') AND hour >= $3) g
		GROUP BY at ORDER BY at`, int64(on.Kind), on.Target, store.Millis(since), hour)
}

// fillGrowth adds the rows to the points they belong to. What a clock ahead of
// ours wrote belongs to the present.
func fillGrowth(all, rows []Grown) []Grown {
	var total int64
	at := 0
	for _, row := range rows {
		if row.At.IsZero() {
			total = row.Gained - row.Lost
			continue
		}
		for at+1 < len(all) && !row.At.Before(all[at+1].At) {
			at++
		}
		all[at].Gained += row.Gained
		all[at].Lost += row.Lost
	}
	for i := len(all) - 1; i >= 0; i-- {
		all[i].Total = total
		total -= all[i].Gained - all[i].Lost
	}
	return all
}
