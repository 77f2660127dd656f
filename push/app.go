package push

import (
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// App is what a developer sends from and people follow.
type App struct {
	ID         AppID
	Name       string
	Key        string // AK_…, public
	Greeting   string // said to a new follower
	SettingURL string // the developer's own page for followers
	Listening  bool   // has an address for callbacks, or is listened to

	Description string // what people read about it
	Contact     string // whom followers turn to
	Logo        string // path of its picture below the base URL; empty: it has none

	SettingSigned bool // links to SettingURL are signed
	QuerySend     bool // sends by GET are taken

	SuspendedAt     time.Time // by an administrator; zero: it is not
	SuspendedReason string
}

const appColumns = `a.id, a.name, a.app_key, a.greeting, a.setting_url,
	EXISTS (SELECT 1 FROM endpoint e WHERE e.app_id = a.id AND (e.url <> '' OR e.listening = 1)), a.setting_key IS NOT NULL, a.query_send,
	a.description, a.contact, ` + logoColumn + `, a.suspended_at, a.suspended_reason`

func scanApp(row interface{ Scan(...any) error }) (a App, err error) {
	var suspended int64
	err = row.Scan(&a.ID, &a.Name, &a.Key, &a.Greeting, &a.SettingURL, &a.Listening,
		&a.SettingSigned, &a.QuerySend, &a.Description, &a.Contact, &a.Logo, &suspended, &a.SuspendedReason)
	a.Logo, a.SuspendedAt = logoPath(a.ID, a.Logo), store.Time(suspended)
	return a, err
}

// FindApp returns the app with this number, or ErrNoApp.
func (s *Service) FindApp(t *Turn, id AppID) (App, error) { return findApp(t.Tx, id) }

func findApp(tx *store.Tx, id AppID) (App, error) {
	return readApp(tx, id, `a.deleted_at = 0`)
}

// findGone is findApp, of a deleted app too while it can be brought back.
func findGone(tx *store.Tx, id AppID) (App, error) {
	return readApp(tx, id, `(a.deleted_at = 0 OR a.deleted_at > $2 AND a.purged_at = 0)`, store.Millis(tx.Now.Add(-AppGrace)))
}

func readApp(tx *store.Tx, id AppID, there string, args ...any) (App, error) {
	a, err := scanApp(tx.QueryRow(`SELECT `+appColumns+` FROM app a WHERE a.id = $1 AND `+there, append([]any{int64(id)}, args...)...))
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoApp
	}
	if err != nil {
		return App{}, fmt.Errorf("find app %d: %w", id, err)
	}
	return a, nil
}

// appOfToken returns the app that owns the token, or ErrToken. The row is read
// at every call, so a reset kills the old token at once.
func appOfToken(tx *store.Tx, token string) (AppID, error) {
	var id AppID
	err := tx.QueryRow(`SELECT id FROM app WHERE token_hash = $1 AND deleted_at = 0`, hashSecret(token)).Scan(&id)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrToken
	}
	return id, err
}

// FollowedApps returns the apps the user follows, by number.
func (s *Service) FollowedApps(t *Turn) ([]App, error) {
	apps, err := store.Collect(t.Tx, func(r *store.Rows) (App, error) { return scanApp(r) },
		`SELECT `+appColumns+` FROM subscription s JOIN app a ON a.id = s.target
		WHERE s.user_id = $1 AND s.kind = $2 AND s.active = 1 AND s.rejected = 0 AND a.deleted_at = 0
		ORDER BY a.id`, int64(t.User.ID), int64(OfApp))
	if err != nil {
		return nil, fmt.Errorf("list the apps of user %d: %w", t.User.ID, err)
	}
	return apps, nil
}
