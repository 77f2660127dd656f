package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/store"
)

const (
	// callbackWorkers is enough for 200 commands a second whose developers
	// take three seconds each, and for others beside them.
	callbackWorkers = 1024
	// waitedFor is how long after an event WeChat's third attempt has ended:
	// nobody waits for a passive answer any more.
	waitedFor = 15 * time.Second
)

// newCallbackQueue is the queue of what developers are to be told.
func newCallbackQueue(s *Service) *queue {
	most := s.o.CallbackWorkers
	if most == 0 {
		most = callbackWorkers
	}
	q := newQueue(s, table{
		name:      "callback",
		keys:      "id",
		returning: "id, attempts, replayed_from, webhook_id, event_key, user_id, body, created_at",
		scan:      scanCallback,
		load:      s.loadCallbacks,
		settle:    s.settleCallbacks,
	}, most)
	q.speed.limit = most        // developers are many; each has a share of its own
	q.perApp = max(1, most*5/8) // one app alone never has them all
	return q
}

func scanCallback(r *store.Rows) (*task, error) {
	t := &task{job: Job{Call: new(Call)}}
	var made int64
	err := r.Scan(&t.key.a, &t.claims, &t.before, &t.job.Call.ID, &t.event, &t.job.Call.User, &t.job.Call.Body, &made)
	t.made = store.Time(made)
	return t, err
}

// endpoint is where an app's callbacks go.
type endpoint struct {
	app       AppID
	url       string
	secrets   [][]byte  // sealed
	disabled  string    // why nothing goes there
	listening bool      // nothing goes there: it is fetched by who listens
	ends      time.Time // when the deleted app is past bringing back; zero: it is not deleted
}

// loadCallbacks completes the calls of claimed rows. Without an endpoint that
// takes calls a row fails; one of an app that is listened to by now goes back.
func (s *Service) loadCallbacks(tx *store.Tx, tasks []*task) error {
	endpoints, err := endpointsOf(tx, tasks)
	if err != nil {
		return fmt.Errorf("endpoints of %d callbacks: %w", len(tasks), err)
	}
	openids, err := openidsOf(tx, tasks)
	if err != nil {
		return fmt.Errorf("users of %d callbacks: %w", len(tasks), err)
	}
	for _, t := range tasks {
		call := t.job.Call
		call.App, call.OpenID = t.app, openids[call.User]
		t.job.FirstAt = t.made
		to, ok := endpoints[t.app]
		switch {
		case !ok:
			t.refuse(Permanent, whyNoEndpoint)
			continue
		case !to.ends.IsZero():
			t.park(to.ends)
			continue
		case to.listening:
			t.back, t.due, t.done = true, tx.Now, true
			continue
		case to.disabled != "":
			t.refuse(Permanent, to.disabled)
			continue
		}
		call.URL = to.url
		if call.Secrets, err = s.secretsOf(to); err != nil {
			return err
		}
	}
	return nil
}

// secretsOf opens the secrets that sign for an endpoint.
func (s *Service) secretsOf(to endpoint) (secrets []string, err error) {
	for _, sealed := range to.secrets {
		secret, err := s.open(sealed)
		if err != nil {
			return nil, fmt.Errorf("secret of app %d: %w", to.app, err)
		}
		secrets = append(secrets, string(secret))
	}
	return secrets, nil
}

func endpointsOf(tx *store.Tx, tasks []*task) (map[AppID]endpoint, error) {
	l := newList("app_id BIGINT")
	for _, t := range tasks {
		l.add(int64(t.app))
	}
	all, err := collectAll(tx, l, func(r *store.Rows) (endpoint, error) { return scanEndpoint(r, tx.Now) },
		`SELECT e.app_id, e.url, e.secret, e.old_secret, e.old_until, e.disabled_until, e.disabled_reason, e.listening = 1, a.deleted_at
		FROM endpoint e JOIN app a ON a.id = e.app_id WHERE e.app_id IN (SELECT app_id FROM v) AND `+reachable("e"))
	byApp := make(map[AppID]endpoint, len(all))
	for _, e := range all {
		byApp[e.app] = e
	}
	return byApp, err
}

func scanEndpoint(r *store.Rows, now time.Time) (e endpoint, err error) {
	var secret, old []byte
	var oldUntil, disabledUntil, deleted int64
	err = r.Scan(&e.app, &e.url, &secret, &old, &oldUntil, &disabledUntil, &e.disabled, &e.listening, &deleted)
	if deleted > 0 {
		e.ends = store.Time(deleted).Add(AppGrace)
	}
	e.secrets = signing(secret, old, oldUntil, now)
	if disabledUntil > store.Millis(now) {
		e.disabled = orElse(e.disabled, whyEndpointDisabled)
	} else {
		e.disabled = ""
	}
	return e, err
}

// signing are the sealed secrets that sign now: after a rotation the one
// before does for a day.
func signing(secret, old []byte, oldUntil int64, now time.Time) [][]byte {
	if len(old) > 0 && oldUntil > store.Millis(now) {
		return [][]byte{secret, old}
	}
	return [][]byte{secret}
}

func openidsOf(tx *store.Tx, tasks []*task) (map[UserID]OpenID, error) {
	l := newList("id BIGINT")
	for _, t := range tasks {
		l.add(int64(t.job.Call.User))
	}
	type named struct {
		id     UserID
		openid OpenID
	}
	all, err := collectAll(tx, l, func(r *store.Rows) (n named, err error) {
		return n, r.Scan(&n.id, &n.openid)
	}, `SELECT id, openid FROM users WHERE id IN (SELECT id FROM v)`)
	byID := make(map[UserID]OpenID, len(all))
	for _, n := range all {
		byID[n.id] = n.openid
	}
	return byID, err
}

// say sends a developer's late reply as a customer message. It is tried once:
// customer messages have no key that would make a repeat harmless, and the row
// says already that it was said.
func (s *Service) say(to OpenID, text string) {
	if s.o.Say == nil {
		s.log.Warn("a late reply is dropped: customer messages are not set up")
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), callFor)
	defer cancel()
	if err := s.o.Say(ctx, to, text); err != nil {
		s.log.Warn("a late reply was not said", "error", err)
	}
}
