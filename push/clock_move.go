package push

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"hongyan/store"
)

// A sandbox's time can be moved: by so much it is ahead of the machines' own.
// What is written here holds for every node and survives a restart. With an
// official account time is what it is.
const (
	settingClock = "clock" // milliseconds, in decimal

	// sandboxMode is the value of settingMode where WeChat is played.
	sandboxMode = "sandbox"

	// ClockChannel rings on every node when the clock was moved.
	ClockChannel = "clock"

	// clockLock makes movers go one after another.
	clockLock = 0x686f6e6779616e07
)

// ErrRealTime: the database belongs to an official account, whose time nobody
// moves.
var ErrRealTime = errors.New("the time of an official account cannot be moved")

// ClockOffset is by how much a sandbox's time was moved. It takes the store
// alone, because the clock has to be right before anything else is opened.
func ClockOffset(ctx context.Context, db *store.DB) (ahead time.Duration, err error) {
	err = db.View(ctx, func(tx *store.Tx) (err error) {
		ahead, err = clockOffset(tx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("read by how much the clock was moved: %w", err)
	}
	return ahead, nil
}

func clockOffset(tx *store.Tx) (time.Duration, error) {
	raw, err := readSetting(tx, settingClock)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	ms, err := strconv.ParseInt(string(raw), 10, 64)
	return time.Duration(ms) * time.Millisecond, err
}

// MoveClock moves a sandbox's time forward and returns by how much it is ahead
// then. Leases go along, so that a call under way stays the caller's however
// far the clock jumps; what has become due is looked for at once. A fan-out and
// a scheduled send need no such care: they are fenced by their rows.
// ErrRealTime.
func MoveClock(ctx context.Context, db *store.DB, by time.Duration) (ahead time.Duration, err error) {
	if by < 0 {
		return 0, errors.New("move the clock: time does not go back")
	}
	err = db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(clockLock); err != nil {
			return err
		}
		if mode, err := readSetting(tx, settingMode); err != nil || string(mode) != sandboxMode {
			return errors.Join(ErrRealTime, err)
		}
		before, err := clockOffset(tx)
		if err != nil {
			return err
		}
		ahead = before + by.Truncate(time.Millisecond)
		_, err = tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value`,
			settingClock, []byte(strconv.FormatInt(ahead.Milliseconds(), 10)))
		if err != nil {
			return err
		}
		for _, table := range []string{"delivery", "callback"} {
			if _, err := tx.Exec(`UPDATE `+table+` SET due_at = due_at + $1 WHERE state = 1`, by.Milliseconds()); err != nil {
				return fmt.Errorf("leases of %s: %w", table, err)
			}
		}
		for _, channel := range []string{ClockChannel, "delivery", "callback", "fanout", "schedule"} {
			tx.Notify(channel)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("move the clock by %s: %w", by, err)
	}
	return ahead, nil
}

// Working tells whether cards, callbacks or fan-outs are due or under way, and
// when the next of them, or a scheduled send, will be due; zero is never.
func (s *Service) Working(ctx context.Context) (now bool, next time.Time, err error) {
	var first int64
	err = s.db.View(ctx, func(tx *store.Tx) error {
		at := store.Millis(tx.Now)
		err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM delivery WHERE state < 2 AND (state = 1 OR due_at <= $1))
			OR EXISTS (SELECT 1 FROM callback WHERE state < 2 AND (state = 1 OR due_at <= $1))
			OR EXISTS (SELECT 1 FROM record WHERE fan_after >= 0)
			OR EXISTS (SELECT 1 FROM scheduled WHERE state = 0 AND send_at <= $1)`, at).Scan(&now)
		if err != nil {
			return err
		}
		return tx.QueryRow(`SELECT COALESCE(MIN(at), 0) FROM (
				SELECT MIN(due_at) AS at FROM delivery WHERE state < 2 AND due_at > $1
				UNION ALL SELECT MIN(due_at) AS at FROM callback WHERE state < 2 AND due_at > $1
				UNION ALL SELECT MIN(send_at) AS at FROM scheduled WHERE state = 0 AND send_at > $1
			) coming`, at).Scan(&first)
	})
	if err != nil {
		return false, time.Time{}, fmt.Errorf("look what is due: %w", err)
	}
	return now, store.Time(first), nil
}
