package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"hongyan/store"
)

// Migration is the move of one app's followers from another platform: where
// they come from and how far they have been read.
type Migration struct {
	App    AppID
	Origin string            // address of the other platform
	OldApp int64             // the app's number there; 0 until a follower was read
	Topics map[int64]TopicID // a topic's number there and here
	Place  Place             // the next page to read
	ReadAt time.Time         // when the last page was read; zero while reading
}

// Place is a page of one of the other platform's two lists, from 1.
type Place struct {
	Kind SubscriptionKind
	Page int
}

// BeginMigration starts the move of an app's followers, or goes on with it at
// the place where it stopped. topics are added to those known; fresh begins
// the reading anew, which is harmless. ErrNoApp; ErrNoTopic when a topic is
// not the app's; ErrOtherOrigin when the app's followers came from elsewhere.
func (s *Service) BeginMigration(ctx context.Context, app AppID, origin string, topics map[int64]TopicID, fresh bool) (m Migration, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if _, err = findApp(tx, app); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO migration (app_id, origin, topics) VALUES ($1, $2, '{}') ON CONFLICT (app_id) DO NOTHING`,
			int64(app), origin)
		if err != nil {
			return err
		}
		if m, err = readMigration(tx, app, tx.ForUpdate()); err != nil {
			return err
		}
		if m.Origin != origin {
			return fmt.Errorf("%w: %s", ErrOtherOrigin, m.Origin)
		}
		for _, topic := range topics {
			found, err := findTopic(tx, topic)
			if err == nil && found.App != app {
				err = ErrNoTopic
			}
			if err != nil {
				return err
			}
		}
		maps.Copy(m.Topics, topics)
		if fresh {
			m.Place, m.ReadAt = Place{OfApp, 1}, time.Time{}
		}
		return m.write(tx)
	})
	if err != nil {
		return Migration{}, fmt.Errorf("begin the migration of app %d: %w", app, err)
	}
	return m, nil
}

// MigrationOf returns the app's migration, or store.ErrNotFound.
func (s *Service) MigrationOf(ctx context.Context, app AppID) (m Migration, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		m, err = readMigration(tx, app, "")
		return err
	})
	return m, err
}

func readMigration(tx *store.Tx, app AppID, lock string) (Migration, error) {
	m := Migration{App: app}
	var topics string
	var readAt int64
	err := tx.QueryRow(`SELECT origin, old_app, topics, kind, page, read_at FROM migration WHERE app_id = $1`+lock, int64(app)).
		Scan(&m.Origin, &m.OldApp, &topics, &m.Place.Kind, &m.Place.Page, &readAt)
	if err != nil {
		return m, err
	}
	m.ReadAt = store.Time(readAt)
	return m, json.Unmarshal([]byte(topics), &m.Topics)
}

func (m *Migration) write(tx *store.Tx) error {
	topics, err := json.Marshal(m.Topics)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE migration SET old_app = $2, topics = $3, kind = $4, page = $5, read_at = $6 WHERE app_id = $1`,
		int64(m.App), m.OldApp, string(topics), int64(m.Place.Kind), m.Place.Page, store.Millis(m.ReadAt))
	return err
}

// topicHere is the topic that stands for one of the other platform's, made
// when it is met for the first time.
func (m *Migration) topicHere(tx *store.Tx, old int64, name string) (TopicID, error) {
	if id, known := m.Topics[old]; known {
		return id, nil
	}
	if name = strings.TrimSpace(name); name == "" {
		name = migrantNoName
	}
	suffix := fmt.Sprintf(migrantTopic, "", old)
	runes := []rune(name)
	id, err := insertTopic(tx, m.App, string(runes[:min(len(runes), maxName-len([]rune(suffix)))])+suffix)
	if err == nil {
		m.Topics[old] = id
	}
	return id, err
}

// MigrantCount is how many migrants are in one state for one reason.
type MigrantCount struct {
	State MigrantState
	Note  string
	Count int
}

// MigrantCounts counts the app's migrants by state and note.
func (s *Service) MigrantCounts(ctx context.Context, app AppID) (all []MigrantCount, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (c MigrantCount, err error) {
			return c, r.Scan(&c.State, &c.Note, &c.Count)
		}, `SELECT state, note, COUNT(*) FROM migrant WHERE app_id = $1 GROUP BY state, note ORDER BY state, COUNT(*) DESC`, int64(app))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count the migrants of app %d: %w", app, err)
	}
	return all, nil
}

// MovedUID is one person's name on the other platform and here.
type MovedUID struct {
	Old string `json:"old"`
	New UID    `json:"new"`
}

// MovedUIDs lists up to limit of those who arrived, in the order of their user
// number, behind after; the last number is returned for the next call.
func (s *Service) MovedUIDs(ctx context.Context, app AppID, after UserID, limit int) (all []MovedUID, last UserID, err error) {
	last = after
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (m MovedUID, err error) {
			return m, r.Scan(&m.Old, &m.New, &last)
		}, `SELECT m.old_uid, u.uid, m.user_id FROM migrant m JOIN users u ON u.id = m.user_id
			WHERE m.app_id = $1 AND m.state = $2 AND m.user_id IN (SELECT DISTINCT user_id FROM migrant
				WHERE app_id = $1 AND state = $2 AND user_id > $3 ORDER BY user_id LIMIT $4)
			ORDER BY m.user_id`, int64(app), int64(MigrantArrived), int64(after), limit)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, last, fmt.Errorf("list the moved UIDs of app %d: %w", app, err)
	}
	return all, last, nil
}
