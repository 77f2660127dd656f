package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// History is what was counted, by name and hour.
type History map[string]map[time.Time]int64

// Sum adds up what was counted of a name.
func (c History) Sum(name string) (n int64) {
	for _, one := range c[name] {
		n += one
	}
	return n
}

// Since is the part of it from the hour that the time is in.
func (c History) Since(at time.Time) History {
	later := History{}
	for name, hours := range c {
		for hour, n := range hours {
			if !hour.Before(at.Truncate(time.Hour)) {
				later.set(name, hour, n)
			}
		}
	}
	return later
}

// History reads what was counted of the app, or of all with 0, since the hour
// that the time is in. The last hours are counted as they stand now.
func (s *Service) History(ctx context.Context, app AppID, since time.Time) (c History, err error) {
	since = since.Truncate(time.Hour)
	kind := int64(OfApp)
	if app == 0 {
		kind = ofEverything
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		c = History{}
		late, err := lateSince(tx)
		if err != nil {
			return err
		}
		if late.Before(since) {
			late = since
		}
		type cell struct {
			name string
			hour int64
			n    int64
		}
		cells, err := store.Collect(tx, func(r *store.Rows) (x cell, err error) { return x, r.Scan(&x.name, &x.hour, &x.n) },
			`SELECT name, hour, n FROM stat WHERE kind = $1 AND target = $2 AND name IN ('messages', 'people', 'confirmed', 'failed', 'skipped',
				'commands', 'told', 'untold', 'p50', 'p95') AND hour >= $3 AND hour < $4`, kind, int64(app), store.Millis(since), store.Millis(late))
		if err != nil {
			return err
		}
		for _, x := range cells {
			c.set(x.name, store.Time(x.hour), x.n)
		}
		for hour := late; !hour.After(tx.Now); hour = hour.Add(time.Hour) {
			now, err := countSpan(tx, app, hour, hour.Add(time.Hour))
			if err != nil {
				return err
			}
			if app == 0 {
				now = everything(now)
			}
			for _, x := range now {
				c.set(x.name, hour, x.n)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("history of app %d: %w", app, err)
	}
	return c, nil
}

func (c History) set(name string, hour time.Time, n int64) {
	if c[name] == nil {
		c[name] = map[time.Time]int64{}
	}
	c[name][hour.UTC()] = n
}

// lateSince is the first hour that is counted at a reading: the job may be
// late, but not by more than a day.
func lateSince(tx *store.Tx) (time.Time, error) {
	newest := tx.Now.Truncate(time.Hour)
	var done int64
	err := tx.QueryRow(`SELECT hour FROM stat WHERE kind = $1 AND target = 0 AND name = $2 ORDER BY hour DESC LIMIT 1`,
		ofEverything, countedHour).Scan(&done)
	if errors.Is(err, store.ErrNotFound) {
		return newest.Add(-countedBack), nil
	}
	late := store.Time(done).Add(-(lateHours - 1) * time.Hour)
	if oldest := newest.Add(-countedBack); late.Before(oldest) {
		late = oldest
	}
	return late, err
}
