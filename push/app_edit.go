package push

import (
	"context"
	"fmt"
	"unicode/utf8"

	"hongyan/store"
)

// AppEdit is what to change of an app. Nil fields stay.
type AppEdit struct {
	Name       *string
	Greeting   *string
	SettingURL *string // empty: none
	SettingKey *string // signs the links to SettingURL; empty: none
	QuerySend  *bool   // whether sends by GET, with the token in the address, are taken
}

// The length of a setting key in characters: too short a key can be guessed
// from one signed link.
const (
	minSettingKey = 16
	maxSettingKey = 128
)

// Validate refuses what an app cannot be.
func (e *AppEdit) Validate() error {
	if e.Name != nil {
		if err := checkText("name", *e.Name, 1, maxName); err != nil {
			return err
		}
	}
	if e.Greeting != nil {
		if err := checkText("greeting", *e.Greeting, 0, maxGreeting); err != nil {
			return err
		}
	}
	if e.SettingURL != nil {
		if err := checkURL("settingUrl", *e.SettingURL); err != nil {
			return err
		}
	}
	if e.SettingKey == nil || *e.SettingKey == "" {
		return nil
	}
	if n := utf8.RuneCountInString(*e.SettingKey); n < minSettingKey {
		return &Invalid{"settingKey", fmt.Sprintf(textTooShort, "settingKey", minSettingKey, n)}
	}
	return checkText("settingKey", *e.SettingKey, minSettingKey, maxSettingKey)
}

// EditApp changes the app and returns it as it is now. Doing it twice changes
// nothing more. Errors: *Invalid, ErrNoApp.
func (s *Service) EditApp(ctx context.Context, app AppID, e AppEdit) (a App, err error) {
	if err := e.Validate(); err != nil {
		return App{}, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if err := s.editApp(tx, app, e); err != nil {
			return err
		}
		a, err = findApp(tx, app)
		return err
	})
	if err != nil {
		return App{}, fmt.Errorf("edit app %d: %w", app, err)
	}
	return a, nil
}

func (s *Service) editApp(tx *store.Tx, app AppID, e AppEdit) error {
	set := func(column string, value any) error {
		_, err := tx.Exec(`UPDATE app SET `+column+` = $2 WHERE id = $1 AND deleted_at = 0`, int64(app), value)
		return err
	}
	for column, text := range map[string]*string{"name": e.Name, "greeting": e.Greeting, "setting_url": e.SettingURL} {
		if text == nil {
			continue
		}
		if err := set(column, *text); err != nil {
			return err
		}
	}
	if e.QuerySend != nil {
		if err := set("query_send", bit(*e.QuerySend)); err != nil {
			return err
		}
	}
	switch {
	case e.SettingKey == nil:
		return nil
	case *e.SettingKey == "":
		return set("setting_key", nil)
	}
	return set("setting_key", s.seal([]byte(*e.SettingKey)))
}
