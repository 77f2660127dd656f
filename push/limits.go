package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
	"hongyan/store/limit"
)

// Limits are how much may be done. Every face asks Service.Limits for those of
// now and keeps none of its own. A zero Rate or number is no limit.
type Limits struct {
	Sends   limit.Rate // send calls of an app's token, or of a simple push token
	Lookups limit.Rate // of one source: what needs no token
	PerUser limit.Rate // messages to one user, of all apps together
	Apps    int        // that one user may own
	// OnlyAdmins: nobody else makes apps.
	OnlyAdmins bool
}

// The windows of the limits, and how many look-ups may come in a row.
const (
	sendsPer     = 10 * time.Second
	perUserPer   = 24 * time.Hour
	lookupsPer   = 5 * time.Second
	lookupsBurst = 5 // seconds' worth at once
)

// SendsOf are so many send calls per ten seconds.
func SendsOf(n int) limit.Rate { return limit.Rate{Most: n, Per: sendsPer} }

// PerUserOf are so many messages a day.
func PerUserOf(n int) limit.Rate { return limit.Rate{Most: n, Per: perUserPer} }

// LookupsOf are so many look-ups a second, five times as many in a row.
func LookupsOf(n int) limit.Rate { return limit.Rate{Most: lookupsBurst * n, Per: lookupsPer} }

// LimitChange is what the administrator says of the limits. Nil fields are as
// configured; 0 is no limit.
type LimitChange struct {
	Sends      *int  `json:"sends,omitempty"`   // per ten seconds
	PerUser    *int  `json:"perUser,omitempty"` // a day
	Lookups    *int  `json:"lookups,omitempty"` // a second
	Apps       *int  `json:"apps,omitempty"`
	OnlyAdmins *bool `json:"onlyAdmins,omitempty"`
}

// The highest each can be set. Above them a limit would be one in name only.
const (
	mostSends   = 100_000
	mostPerUser = 1_000_000
	mostLookups = 10_000
	mostOwned   = 10_000
)

// Validate refuses what no limit can be.
func (c *LimitChange) Validate() error {
	for _, one := range []struct {
		field string
		n     *int
		most  int
	}{{"sends", c.Sends, mostSends}, {"perUser", c.PerUser, mostPerUser}, {"lookups", c.Lookups, mostLookups}, {"apps", c.Apps, mostOwned}} {
		if one.n != nil && (*one.n < 0 || *one.n > one.most) {
			return &Invalid{one.field, fmt.Sprintf(textLimitRange, one.field, one.most, *one.n)}
		}
	}
	return nil
}

// over returns the limits that hold with the change on top of the configured.
func (c LimitChange) over(l Limits) Limits {
	if c.Sends != nil {
		l.Sends = SendsOf(*c.Sends)
	}
	if c.PerUser != nil {
		l.PerUser = PerUserOf(*c.PerUser)
	}
	if c.Lookups != nil {
		l.Lookups = LookupsOf(*c.Lookups)
	}
	if c.Apps != nil {
		l.Apps = *c.Apps
	}
	if c.OnlyAdmins != nil {
		l.OnlyAdmins = *c.OnlyAdmins
	}
	return l
}

// String is the limits in short, for the audit log.
func (l Limits) String() string {
	text := fmt.Sprintf(textLimits, l.Sends.Most, l.PerUser.Most, l.Lookups.Most/lookupsBurst, l.Apps)
	if l.OnlyAdmins {
		text += textOnlyAdmins
	}
	return text
}

// Limits are those of now: what the administrator set, else what is configured.
// It reads no database; a change is known on every node within seconds.
func (s *Service) Limits() Limits { return s.live.Load().limits }

// ConfiguredLimits are those that hold where the administrator set none.
func (s *Service) ConfiguredLimits() Limits { return s.o.Limits }

// LimitsSet is what the administrator set.
func (s *Service) LimitsSet() LimitChange { return s.live.Load().change }

// SendLimit is how many send calls are taken under a token now: those of its
// app, if the administrator gave it a limit of its own.
func (s *Service) SendLimit(token string) limit.Rate {
	now := s.live.Load()
	if len(now.sends) > 0 {
		if n, own := now.sends[string(hashSecret(token))]; own {
			return SendsOf(n)
		}
	}
	return now.limits.Sends
}

// SetLimits replaces what the administrator said of the limits; the zero value
// goes back to the configuration. Errors: *Invalid.
func (s *Service) SetLimits(ctx context.Context, c LimitChange) error {
	if err := c.Validate(); err != nil {
		return err
	}
	err := s.saveSetting(ctx, settingLimits, c, c == LimitChange{}, func(tx *store.Tx, before []byte) error {
		var was LimitChange
		if err := readJSON(before, &was); err != nil {
			was = LimitChange{}
		}
		return s.AuditTx(ctx, tx, Change{Action: "limits.set", Before: was.over(s.o.Limits).String(), After: c.over(s.o.Limits).String()})
	})
	if err != nil {
		return fmt.Errorf("set the limits: %w", err)
	}
	return nil
}

// SetAppLimit gives the app a limit of its own on send calls per ten seconds:
// 0 is none at all, nil as every app. Errors: *Invalid, ErrNoApp.
func (s *Service) SetAppLimit(ctx context.Context, app AppID, n *int) error {
	limit := int64(-1)
	if n != nil {
		if err := (&LimitChange{Sends: n}).Validate(); err != nil {
			return err
		}
		limit = int64(*n)
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		a, err := findApp(tx, app)
		if err != nil {
			return err
		}
		var before int64
		if err := tx.QueryRow(`SELECT send_limit FROM app WHERE id = $1`+tx.ForUpdate(), int64(app)).Scan(&before); err != nil || before == limit {
			return err
		}
		if _, err := tx.Exec(`UPDATE app SET send_limit = $2 WHERE id = $1`, int64(app), limit); err != nil {
			return err
		}
		tx.Notify(settingChannel)
		return s.AuditTx(ctx, tx, Change{App: app, Action: "app.limit", Subject: a.Name, Before: ownLimit(before), After: ownLimit(limit)})
	})
	if err != nil {
		return fmt.Errorf("limit app %d: %w", app, err)
	}
	return s.refreshSettings(ctx)
}

// ownLimit words an app's own limit for the audit log; empty is none.
func ownLimit(n int64) string {
	if n < 0 {
		return ""
	}
	return fmt.Sprintf(textSendLimit, n)
}
