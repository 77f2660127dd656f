package push

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"hongyan/store"
)

// ErrNoEndpoint: the app has no address for callbacks.
var ErrNoEndpoint = errors.New("the app has no endpoint")

// EndpointOff is why nothing is sent to an app's endpoint until it is set
// again.
type EndpointOff struct{ Reason string }

// Error returns the reason.
func (e *EndpointOff) Error() string { return "the endpoint is disabled: " + e.Reason }

// Endpoint is where an app's callbacks go, and how it does.
type Endpoint struct {
	URL           string // without the values of its query; while the app is listened to, what comes back after that, if anything
	Failures      int64  // in a row
	Disabled      bool
	DisabledUntil time.Time // zero: until it is set again
	Reason        string    // why it is disabled
	Remedy        string

	Listening  bool      // callbacks wait for whoever listens; none goes to URL
	ListenedAt time.Time // when a listener was last there; zero: never
	Listeners  int       // who listen now; of Service.Endpoint only
}

// Endpoint returns the app's endpoint, or ErrNoEndpoint.
func (s *Service) Endpoint(ctx context.Context, app AppID) (e Endpoint, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		if e, err = readEndpoint(tx, app); err != nil || !e.Listening {
			return err
		}
		e.Listeners, err = s.listenersOf(tx, app)
		return err
	})
	if err != nil {
		return Endpoint{}, fmt.Errorf("endpoint of app %d: %w", app, err)
	}
	return e, nil
}

func readEndpoint(tx *store.Tx, app AppID) (e Endpoint, err error) {
	var until, listened int64
	var reason string
	err = tx.QueryRow(`SELECT e.url, e.failures, e.disabled_until, e.disabled_reason, e.listening = 1, e.listened_at
		FROM endpoint e WHERE e.app_id = $1 AND `+reachable("e"), int64(app)).
		Scan(&e.URL, &e.Failures, &until, &reason, &e.Listening, &listened)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoEndpoint
	}
	if err != nil {
		return Endpoint{}, err
	}
	e.URL, e.ListenedAt = withoutValues(e.URL), store.Time(listened)
	if until > store.Millis(tx.Now) && !e.Listening {
		e.Disabled, e.Reason = true, orElse(reason, whyEndpointDisabled)
		e.Remedy = doSetEndpoint
		if until < store.Millis(disabledForEver) {
			e.DisabledUntil = store.Time(until)
		}
	}
	return e, nil
}

// reachable is the condition, of an endpoint e, that the app's callbacks go
// somewhere. A row without an address keeps the secret that was made before.
func reachable(e string) string { return `(` + e + `.url <> '' OR ` + e + `.listening = 1)` }

// taking returns nil if the app's endpoint takes calls, else ErrNoEndpoint or
// an *EndpointOff.
func taking(tx *store.Tx, app AppID) error {
	if lock := tx.KeyShare(); lock != "" { // the mode stays until the commit
		if _, err := tx.Exec(`SELECT 1 FROM endpoint WHERE app_id = $1`+lock, int64(app)); err != nil {
			return err
		}
	}
	e, err := readEndpoint(tx, app)
	if err == nil && e.Disabled {
		err = &EndpointOff{e.Reason}
	}
	return err
}

// withoutValues is an address that can be shown: its query may hold secrets,
// so only the names of it stay, and nothing of a user part.
func withoutValues(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	parts := strings.FieldsFunc(u.RawQuery, func(r rune) bool { return r == '&' || r == ';' })
	for i, part := range parts {
		if name, _, ok := strings.Cut(part, "="); ok {
			parts[i] = name + "=***"
		} else {
			parts[i] = "***" // a bare token has no name
		}
	}
	u.RawQuery = strings.Join(parts, "&")
	return u.String()
}
