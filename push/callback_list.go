package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hongyan/push/content"
	"hongyan/store"
)

// ErrNoCallback: the app has no callback of this id, or not any more.
var ErrNoCallback = errors.New("no such callback")

// CallbackState is how far a callback has come.
type CallbackState string

const (
	CallbackWaiting   CallbackState = "waiting" // for its first or next attempt, or under way
	CallbackDelivered CallbackState = "delivered"
	CallbackFailed    CallbackState = "failed"
)

// CallbackFilter narrows a list of callbacks. The zero value lists all.
type CallbackFilter struct {
	State  CallbackState
	Action string
	UID    UID
	Since  time.Time // by when they were written
	After  string    // the cursor of the page before
	Limit  int       // 1 to 100; 0 means 20
}

// Validate refuses what no callback can be found by.
func (f *CallbackFilter) Validate() error {
	switch f.State {
	case "", CallbackWaiting, CallbackDelivered, CallbackFailed:
	default:
		return &Invalid{"state", textCallbackState}
	}
	if err := checkText("action", f.Action, 0, maxName); err != nil {
		return err
	}
	return checkText("uid", string(f.UID), 0, maxUID)
}

// Callback is one thing an app's developer is told.
type Callback struct {
	ID         string // webhook-id, the same at every attempt
	Action     string
	UID        UID // whom it is about; empty when it is about nobody
	State      CallbackState
	Attempts   int       // made, before and after replays
	At         time.Time // when it was written
	Next       time.Time // next attempt, while it waits
	DoneAt     time.Time
	ReplayedAt time.Time
	Reason     string // why it failed, or why the last attempt did
	Remedy     string
	About      string        // what a command said, or how somebody came to follow; its beginning
	Status     int           // HTTP, of the last attempt; 0: there was none, or no answer
	Latency    time.Duration // of the last attempt

	id int64
}

// callbackColumns find the last attempt by the key of the attempts.
const callbackColumns = `id, webhook_id, action, COALESCE((SELECT u.uid FROM users u WHERE u.id = callback.user_id), ''),
	state, attempts, created_at, due_at, done_at, replayed_at, reason, body,
	COALESCE((SELECT a.status FROM callback_attempt a WHERE a.callback_id = callback.id ORDER BY a.attempt DESC LIMIT 1), 0),
	COALESCE((SELECT a.latency_ms FROM callback_attempt a WHERE a.callback_id = callback.id ORDER BY a.attempt DESC LIMIT 1), 0)`

func scanCallbackView(r *store.Rows) (c Callback, err error) {
	var state int
	var at, due, done, replayed, latency int64
	var body string
	err = r.Scan(&c.id, &c.ID, &c.Action, &c.UID, &state, &c.Attempts, &at, &due, &done, &replayed, &c.Reason, &body, &c.Status, &latency)
	c.About, c.Latency = aboutBody(body), time.Duration(latency)*time.Millisecond
	c.At, c.DoneAt, c.ReplayedAt = store.Time(at), store.Time(done), store.Time(replayed)
	switch state {
	case stateConfirmed:
		c.State = CallbackDelivered
	case stateFailed:
		c.State, c.Reason = CallbackFailed, orElse(c.Reason, textNoReason)
	default:
		c.State = CallbackWaiting
		c.Next = store.Time(due)
	}
	if c.Reason != "" {
		c.Remedy = Remedy(c.Reason)
	}
	return c, err
}

// longestAbout bounds what a list says of a callback, in characters.
const longestAbout = 80

// aboutBody is what a person calls the callback: the command, or how somebody
// came.
func aboutBody(body string) string {
	var b struct {
		Data struct {
			Content string `json:"content"`
			Source  string `json:"source"`
			Extra   string `json:"extra"`
		} `json:"data"`
	}
	if json.Unmarshal([]byte(body), &b) != nil {
		return ""
	}
	about := orElse(b.Data.Content, b.Data.Source)
	if b.Data.Extra != "" {
		about += " · " + b.Data.Extra
	}
	return content.Cut(about, longestAbout)
}

// Callbacks lists what an app's developer is told, newest first, and the
// cursor of the next page, empty at the end. Pages are as those of Messages.
func (s *Service) Callbacks(ctx context.Context, app AppID, f CallbackFilter) (all []Callback, next string, err error) {
	if err := f.Validate(); err != nil {
		return nil, "", err
	}
	l := newListing("callback", callbackColumns, app, f.Since, time.Time{})
	if err := s.readCursor(cursorCallbacks, f.After, &l.below.at, &l.below.id); err != nil {
		return nil, "", err
	}
	f.narrow(l)
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		var low spot
		var more bool
		all, low, more, err = page(tx, l, pageSize(f.Limit), scanCallbackView, func(c Callback) spot { return spot{store.Millis(c.At), c.id} })
		next = ""
		if more {
			next = s.cursor(cursorCallbacks, low.at, low.id)
		}
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the callbacks of app %d: %w", app, err)
	}
	return all, next, nil
}

func (f *CallbackFilter) narrow(l *listing) {
	switch f.State {
	case CallbackWaiting:
		l.filter(`state < $%d`, stateAccepted)
	case CallbackDelivered:
		l.filter(`state = $%d`, stateConfirmed)
	case CallbackFailed:
		l.index = ` AND state = 4`
	}
	if f.Action != "" {
		l.filter(`action = $%d`, f.Action)
	}
	if f.UID != "" {
		l.filter(`user_id = (SELECT u.id FROM users u WHERE u.uid = $%d)`, string(f.UID))
	}
}

// What is shown of one callback's attempts.
const (
	shownAttempts = 50   // the last ones
	shownAnswer   = 4096 // characters of an answer
)

// CallbackDetail is a callback with its body and its last attempts, the latest
// first.
type CallbackDetail struct {
	Callback
	Body  string
	Calls []AttemptView
}

// AttemptView is one attempt as it is shown. Its address is without the values
// of its query.
type AttemptView struct {
	Number int
	Attempt
	Cut bool // the answer went on
}

// Callback returns an app's callback by its webhook-id, or ErrNoCallback.
func (s *Service) Callback(ctx context.Context, app AppID, id string) (c CallbackDetail, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		found, err := ownCallback(tx, app, id)
		if err != nil {
			return err
		}
		c = CallbackDetail{Callback: found}
		if err := tx.QueryRow(`SELECT body FROM callback WHERE id = $1`, found.id).Scan(&c.Body); err != nil {
			return err
		}
		c.Calls, err = store.Collect(tx, scanAttempt, `SELECT attempt, at, url, request, status, SUBSTR(answer, 1, $2),
				LENGTH(answer) > $2, latency_ms, failure
			FROM callback_attempt WHERE callback_id = $1 ORDER BY attempt DESC LIMIT $3`, found.id, shownAnswer, shownAttempts)
		return err
	})
	if err != nil {
		return CallbackDetail{}, fmt.Errorf("callback of app %d: %w", app, err)
	}
	return c, nil
}

// ownCallback finds an app's callback.
func ownCallback(tx *store.Tx, app AppID, id string) (Callback, error) {
	if checkText("id", id, 1, maxName) != nil {
		return Callback{}, ErrNoCallback
	}
	found, err := store.Collect(tx, scanCallbackView,
		`SELECT `+callbackColumns+` FROM callback WHERE webhook_id = $1 AND app_id = $2`, id, int64(app))
	if err != nil {
		return Callback{}, err
	}
	if len(found) == 0 {
		return Callback{}, ErrNoCallback
	}
	return found[0], nil
}

func scanAttempt(r *store.Rows) (a AttemptView, err error) {
	var at, latency int64
	err = r.Scan(&a.Number, &at, &a.URL, &a.Request, &a.Status, &a.Answer, &a.Cut, &latency, &a.Failure)
	a.At, a.Latency, a.URL = store.Time(at), time.Duration(latency)*time.Millisecond, withoutValues(a.URL)
	return a, err
}
