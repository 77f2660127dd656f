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

	Description *string
	Contact     *string
}

// The length of a setting key in characters: too short a key can be guessed
// from one signed link.
const (
	minSettingKey = 16
	maxSettingKey = 128
)

// Validate refuses what an app cannot be.
func (e *AppEdit) Validate() error {
	for _, text := range []struct {
		field       string
		value       *string
		least, most int
	}{
		{"name", e.Name, 1, maxName}, {"greeting", e.Greeting, 0, maxGreeting},
		{"description", e.Description, 0, maxDescription}, {"contact", e.Contact, 0, maxContact},
	} {
		if text.value == nil {
			continue
		}
		if err := checkText(text.field, *text.value, text.least, text.most); err != nil {
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
		before, err := findApp(tx, app)
		if err != nil {
			return err
		}
		if err := s.editApp(ctx, tx, before, e); err != nil {
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

// editApp writes what differs, each with its line in the audit log.
func (s *Service) editApp(ctx context.Context, tx *store.Tx, a App, e AppEdit) error {
	set := func(column string, value any, before, after string) error {
		_, err := tx.Exec(`UPDATE app SET `+column+` = $2 WHERE id = $1 AND deleted_at = 0`, int64(a.ID), value)
		if err != nil {
			return err
		}
		return s.AuditTx(ctx, tx, Change{App: a.ID, Action: "app." + column, Before: before, After: after})
	}
	for _, text := range []struct {
		column string
		before string
		after  *string
		shown  func(string) string
	}{
		{"name", a.Name, e.Name, asIs}, {"greeting", a.Greeting, e.Greeting, asIs},
		{"description", a.Description, e.Description, asIs}, {"contact", a.Contact, e.Contact, asIs},
		{"setting_url", a.SettingURL, e.SettingURL, withoutValues},
	} {
		if text.after == nil || *text.after == text.before {
			continue
		}
		if err := set(text.column, *text.after, text.shown(text.before), text.shown(*text.after)); err != nil {
			return err
		}
	}
	if e.QuerySend != nil && *e.QuerySend != a.QuerySend {
		if err := set("query_send", bit(*e.QuerySend), onOff(a.QuerySend), onOff(*e.QuerySend)); err != nil {
			return err
		}
	}
	switch {
	case e.SettingKey == nil, *e.SettingKey == "" && !a.SettingSigned:
		return nil
	case *e.SettingKey == "":
		return set("setting_key", nil, onOff(true), onOff(false))
	}
	return set("setting_key", s.seal([]byte(*e.SettingKey)), onOff(a.SettingSigned), onOff(true))
}

func asIs(s string) string { return s }

func onOff(on bool) string {
	if on {
		return textOn
	}
	return textOff
}
