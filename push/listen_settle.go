package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// Answered is what became of a callback that a listener brought back.
type Answered struct {
	// Taken says that the outcome counts. If it does not, the callback is in
	// other hands or over, by another attempt.
	Taken bool
	State CallbackState
	Next  time.Time // of the next attempt, while it waits
	// Late says that the developer's reply, if there is one, is said by
	// customer message.
	Late bool
}

// AnswerCallback settles a callback in a listener's hand like one that a node
// called for, with the attempt's log and the developer's reply. Bringing the
// same attempt back again is harmless and answered alike. ErrNoCallback when
// the app has no such callback, or not any more.
func (s *Service) AnswerCallback(ctx context.Context, app AppID, listener string, h Held, o Outcome) (a Answered, err error) {
	if err := checkListener(listener); err != nil {
		return Answered{}, err
	}
	var after func()
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		a, after, err = s.settleListened(tx, app, listener, h, o)
		return err
	})
	if err != nil {
		return Answered{}, fmt.Errorf("answer a callback of app %d: %w", app, err)
	}
	if after != nil {
		after()
	}
	return a, nil
}

func (s *Service) settleListened(tx *store.Tx, app AppID, listener string, h Held, o Outcome) (a Answered, after func(), err error) {
	t, err := s.listenedTask(tx, app, h, o)
	if err != nil {
		return a, nil, err
	}
	settled, after, err := s.settleCallbacksOf(tx, listenerOwner(listener), []*task{t})
	if err != nil {
		return a, nil, err
	}
	if len(settled) == 0 {
		err = tx.QueryRow(`SELECT COUNT(*) > 0 FROM callback_attempt WHERE callback_id = $1 AND attempt = $2`, t.key.a, h.Attempt).Scan(&a.Taken)
	} else {
		a.Taken, a.Late = true, t.outcome.Reply != "" && !t.answered
		err = endWait(tx, t)
	}
	if err != nil {
		return a, nil, err
	}
	now, err := ownCallback(tx, app, h.ID)
	a.State, a.Next = now.State, now.Next
	return a, after, err
}

// endWait wakes who waits for the answer of a settled callback's event, on
// whichever node. After a failed attempt nothing comes in time: the next one's
// reply is late.
func endWait(tx *store.Tx, t *task) error {
	if t.fate.state < stateConfirmed {
		n, err := tx.Exec(`UPDATE callback SET reply_via = 'customer' WHERE id = $1 AND reply_via = ''`, t.key.a)
		if err != nil || n == 0 {
			return err
		}
		if err := setReply(tx, t.event, ""); err != nil {
			return err
		}
	}
	tx.Notify(answerChannel(t.event))
	return nil
}

// listenedTask is a callback in a listener's hand with what came of it.
func (s *Service) listenedTask(tx *store.Tx, app AppID, h Held, o Outcome) (*task, error) {
	t := &task{app: app, claims: h.Attempt, began: tx.Now, done: true, outcome: o, job: Job{Attempt: h.Attempt, Call: &Call{ID: h.ID, App: app}}}
	if o.Attempt != nil {
		t.job.Call.URL = o.Attempt.URL
	}
	if checkText("id", h.ID, 1, maxName) != nil {
		return nil, ErrNoCallback
	}
	var made int64
	err := tx.QueryRow(`SELECT c.id, c.replayed_from, c.event_key, c.user_id, c.created_at, COALESCE(u.openid, '')
		FROM callback c LEFT JOIN users u ON u.id = c.user_id WHERE c.webhook_id = $1 AND c.app_id = $2`, h.ID, int64(app)).
		Scan(&t.key.a, &t.before, &t.event, &t.job.Call.User, &made, &t.job.Call.OpenID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNoCallback
	}
	t.made = store.Time(made)
	return t, err
}
