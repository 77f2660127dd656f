package push

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hongyan/store"
)

// What is counted by the hour lives longer than the rows it is counted from,
// and is read without them. An hour is counted again and again for a while,
// because cards are confirmed and callbacks delivered after it is over; the
// count of an hour replaces the one before, so counting twice, anywhere, is
// counting once.

// What is counted of an app and of everything.
const (
	CountMessages  = "messages"  // send calls
	CountPeople    = "people"    // cards to be shown
	CountConfirmed = "confirmed" // of them
	CountFailed    = "failed"    // of them
	CountSkipped   = "skipped"   // followers of topics who were left out
	CountCommands  = "commands"  // what followers said to the app
	CountTold      = "told"      // callbacks delivered
	CountUntold    = "untold"    // callbacks failed
	CountHalf      = "p50"       // milliseconds from the send call to WeChat, half of the cards
	CountMost      = "p95"       // the same, 95 of 100
)

const (
	// countedBack is how far back hours are counted again.
	countedBack = 26 * time.Hour
	// lateHours is how many of the last hours are counted at every reading,
	// since the job may not have come to them.
	lateHours = 2
	// keepCounts is how long counts are kept.
	keepCounts = 400 * 24 * time.Hour
	// ofEverything is the kind of what is counted about all apps together.
	ofEverything = 2
	// countedHour marks hours the job has counted.
	countedHour = "counted"
)

// counted is what happened to one app in one hour.
type counted struct {
	app  AppID
	name string
	n    int64
}

// CountHours counts the last hours that are over into the table of counts and
// returns how many that were. It may be stopped at any line and done twice.
func (s *Service) CountHours(ctx context.Context) (hours int, err error) {
	now := s.db.Now()
	last := now.Truncate(time.Hour).Add(-time.Hour)
	for hour := last.Add(-countedBack); !hour.After(last); hour = hour.Add(time.Hour) {
		if err := s.countHour(ctx, hour); err != nil {
			return hours, fmt.Errorf("count the hour %s: %w", hour.UTC().Format("2006-01-02T15"), err)
		}
		hours++
	}
	return hours, nil
}

func (s *Service) countHour(ctx context.Context, hour time.Time) error {
	var all []counted
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = countSpan(tx, 0, hour, hour.Add(time.Hour))
		return err
	})
	if err != nil {
		return err
	}
	all = append(all, everything(all)...)
	for part := range slices.Chunk(all, chunk) {
		if err := s.db.Update(ctx, func(tx *store.Tx) error { return writeCounts(tx, hour, part) }); err != nil {
			return err
		}
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		return writeCounts(tx, hour, []counted{{0, countedHour, 1}})
	})
}

// everything adds up what can be added, as that of app 0.
func everything(all []counted) []counted {
	sums := map[string]int64{}
	for _, c := range all {
		if c.name != CountHalf && c.name != CountMost {
			sums[c.name] += c.n
		}
	}
	var total []counted
	for name, n := range sums {
		total = append(total, counted{0, name, n})
	}
	return total
}

func writeCounts(tx *store.Tx, hour time.Time, all []counted) error {
	for _, c := range all {
		kind := int64(OfApp)
		if c.app == 0 {
			kind = ofEverything
		}
		if _, err := tx.Exec(`INSERT INTO stat (kind, target, name, hour, n) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (kind, target, name, hour) DO UPDATE SET n = excluded.n`,
			kind, int64(c.app), c.name, store.Millis(hour), c.n); err != nil {
			return err
		}
	}
	return nil
}

// countSpan counts what happened between two times, to one app or, with 0, to
// each. Records carry the counts of their cards, so a topic of a million costs
// as much as one person.
func countSpan(tx *store.Tx, app AppID, from, to time.Time) (all []counted, err error) {
	where, args := ``, []any{store.Millis(from), store.Millis(to)}
	if app != 0 {
		where, args = ` AND m.app_id = $3`, append(args, int64(app))
	}
	type sums struct {
		app                                          AppID
		messages, people, confirmed, failed, skipped int64
	}
	sent, err := store.Collect(tx, func(r *store.Rows) (c sums, err error) {
		return c, r.Scan(&c.app, &c.messages, &c.people, &c.confirmed, &c.failed, &c.skipped)
	}, `SELECT m.app_id, COUNT(DISTINCT m.id), CAST(COALESCE(SUM(r.total), 0) AS BIGINT), CAST(COALESCE(SUM(r.confirmed), 0) AS BIGINT),
			CAST(COALESCE(SUM(r.failed), 0) AS BIGINT), CAST(COALESCE(SUM(r.skipped), 0) AS BIGINT)
		FROM message m LEFT JOIN record r ON r.message_id = m.id
		WHERE m.created_at >= $1 AND m.created_at < $2`+where+` GROUP BY m.app_id`, args...)
	if err != nil {
		return nil, err
	}
	for _, c := range sent {
		all = append(all, counted{c.app, CountMessages, c.messages}, counted{c.app, CountPeople, c.people},
			counted{c.app, CountConfirmed, c.confirmed}, counted{c.app, CountFailed, c.failed}, counted{c.app, CountSkipped, c.skipped})
		took, err := latencies(tx, c.app, from, to)
		if err != nil {
			return nil, err
		}
		if len(took) > 0 {
			all = append(all, counted{c.app, CountHalf, quantile(took, 50)}, counted{c.app, CountMost, quantile(took, 95)})
		}
	}
	told, err := store.Collect(tx, func(r *store.Rows) (c [4]int64, err error) {
		return c, r.Scan(&c[0], &c[1], &c[2], &c[3])
	}, `SELECT m.app_id, CAST(SUM(CASE WHEN m.action = '`+actionUplink+`' THEN 1 ELSE 0 END) AS BIGINT),
			CAST(SUM(CASE WHEN m.state = 3 THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN m.state = 4 THEN 1 ELSE 0 END) AS BIGINT)
		FROM callback m WHERE m.created_at >= $1 AND m.created_at < $2`+where+` GROUP BY m.app_id`, args...)
	for _, c := range told {
		all = append(all, counted{AppID(c[0]), CountCommands, c[1]}, counted{AppID(c[0]), CountTold, c[2]}, counted{AppID(c[0]), CountUntold, c[3]})
	}
	return all, err
}

// Latencies are measured on a sample: this many cards of this many messages,
// the latest.
const (
	sampledMessages = 500
	sampledCards    = 2000
)

// latencies are the sorted milliseconds from a send call to WeChat.
func latencies(tx *store.Tx, app AppID, from, to time.Time) ([]int64, error) {
	took, err := store.Collect(tx, func(r *store.Rows) (ms int64, err error) { return ms, r.Scan(&ms) },
		`SELECT d.sent_at - m.created_at FROM (SELECT id, created_at FROM message WHERE app_id = $1 AND created_at >= $2 AND created_at < $3
				ORDER BY created_at DESC, id DESC LIMIT $4) m
			JOIN delivery d ON d.message_id = m.id WHERE d.sent_at > 0 LIMIT $5`,
		int64(app), store.Millis(from), store.Millis(to), sampledMessages, sampledCards)
	slices.Sort(took)
	return took, err
}

// quantile is the value below which that percentage of sorted values lies.
func quantile(sorted []int64, percent int) int64 {
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)]
}

// retainHours deletes what was counted long ago. Growth stays: how many
// followers there are is the sum of all of it.
func retainHours(tx *store.Tx) (int64, error) {
	return tx.Exec(`DELETE FROM stat WHERE (kind, target, name, hour) IN (
		SELECT kind, target, name, hour FROM stat WHERE hour < $1 AND name NOT IN ('`+statGained+`', '`+statLost+`') LIMIT $2)`,
		store.Millis(tx.Now.Add(-keepCounts)), chunk)
}
