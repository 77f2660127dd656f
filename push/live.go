package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"hongyan/store"
)

// What the administrator can change while the platform runs stands in settings
// and is read by every node: at its start, when it is told of a change, and
// every few seconds, should it not have been told. Whoever needs a value takes
// it from the last reading, so it costs nothing and needs no database.
const (
	settingLimits   = "limits"   // LimitChange as JSON
	settingTemplate = "template" // CardTemplate as JSON

	settingChannel = "setting"
	// settingsEach is the safety net behind the wake-ups.
	settingsEach = 3 * time.Second
)

// live is one reading. It is never changed.
type live struct {
	limits   Limits
	change   LimitChange    // what the administrator set of them
	sends    map[string]int // apps' own limits, by the hash of the token
	template *CardTemplate  // nil: as configured
}

// RunSettings keeps up with the settings until ctx ends. While the database is
// away the last reading stays.
func (s *Service) RunSettings(ctx context.Context) error {
	wake, stop := s.db.Listen(settingChannel)
	defer stop()
	poll := time.NewTicker(settingsEach)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-poll.C:
		}
		if err := s.refreshSettings(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("settings stay as they were", "error", err)
		}
	}
}

// refreshSettings reads the settings. One that cannot be understood counts as
// not set; a newer program may have written it.
func (s *Service) refreshSettings(ctx context.Context) error {
	var now live
	err := s.db.View(ctx, func(tx *store.Tx) error {
		now = live{}
		for name, into := range map[string]any{settingLimits: &now.change, settingTemplate: &now.template} {
			value, err := readSetting(tx, name)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if err := readJSON(value, into); err != nil {
				s.log.Error("a setting is not understood", "name", name, "error", err)
				reflect.ValueOf(into).Elem().SetZero()
			}
		}
		own, err := store.Collect(tx, func(r *store.Rows) (one ownSends, err error) {
			return one, r.Scan(&one.hash, &one.n)
		}, `SELECT token_hash, send_limit FROM app WHERE send_limit >= 0 AND deleted_at = 0`)
		if err != nil {
			return err
		}
		now.sends = make(map[string]int, len(own))
		for _, one := range own {
			now.sends[string(one.hash)] = one.n
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	if now.change.Validate() != nil {
		now.change = LimitChange{}
	}
	now.limits = now.change.over(s.o.Limits)
	if was := s.live.Load(); was.template != nil && now.template != nil && reflect.DeepEqual(was.template, now.template) {
		now.template = was.template // so that whoever read it knows it again
	}
	s.live.Store(&now)
	return nil
}

type ownSends struct {
	hash []byte
	n    int
}

// readJSON reads a setting; none is the zero value.
func readJSON(value []byte, into any) error {
	if len(value) == 0 {
		return nil
	}
	return json.Unmarshal(value, into)
}

// saveSetting writes a setting as JSON, or deletes it, has the change written
// down with the value before, and lets every node know.
func (s *Service) saveSetting(ctx context.Context, name string, value any, gone bool, audit func(*store.Tx, []byte) error) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(settingsLock); err != nil {
			return err
		}
		before, err := readSetting(tx, name)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if gone {
			_, err = tx.Exec(`DELETE FROM setting WHERE name = $1`, name)
		} else {
			_, err = tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
				name, marshal(value))
		}
		if err != nil {
			return err
		}
		tx.Notify(settingChannel)
		return audit(tx, before)
	})
	if err != nil {
		return err
	}
	return s.refreshSettings(ctx)
}
