package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// migrantValid is how long WeChat keeps a migrant's code, its longest time for
// a temporary one; migrantRenew is what is left of it when a fresh picture is
// asked for. The link itself never ends, and costs none of the account's
// 100,000 permanent codes.
const (
	migrantValid = maxValid
	migrantRenew = 7 * 24 * time.Hour
)

// MigrantScene returns the personal code of a migrant. valid is the time for
// which WeChat is to be asked for a picture, which SceneRenewed then keeps;
// zero when the code has one that lasts. ErrNoScene.
func (s *Service) MigrantScene(ctx context.Context, handle string) (found Scene, valid time.Duration, err error) {
	if !isHandle(handle) {
		return Scene{}, 0, ErrNoScene
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		made := Scene{Handle: handle, Purpose: SceneMigrant, Expires: tx.Now.Add(migrantValid)}
		err := tx.QueryRow(`SELECT app_id, old_uid FROM migrant WHERE handle = $1`, handle).Scan(&made.App, &made.Extra)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrNoScene
		}
		if err != nil {
			return err
		}
		if err := insertScene(tx, made); err != nil {
			return err
		}
		found, err = readScene(tx, handle)
		if valid = 0; found.Link == "" || found.Expires.Sub(tx.Now) < migrantRenew {
			valid = migrantValid
		}
		return err
	})
	if err != nil {
		return Scene{}, 0, fmt.Errorf("code of a migrant: %w", err)
	}
	return found, valid, nil
}

// SceneRenewed keeps what a fresh picture of the code encodes and until when.
func (s *Service) SceneRenewed(ctx context.Context, handle, link string, valid time.Duration) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE scene SET link = $2, expires_at = $3 WHERE handle = $1`,
			handle, link, store.Millis(tx.Now.Add(valid)))
		return err
	})
	if err != nil {
		return fmt.Errorf("renew a scene: %w", err)
	}
	return nil
}

// Arrival is what the scan of a migrant's code came to.
type Arrival struct {
	App      App
	Topics   int  // that are followed now
	Again    bool // they had arrived before
	Taken    bool // the code is somebody else's: nothing was followed
	Rejected bool // the app's owner does not want them, here or there
}

// Arrive lets the turn's user follow what the code's migrant followed on the
// other platform. The first to scan a code is its person: paid time and
// rejections are carried over at that moment and never again, and anybody
// after them gets Taken. The app's developer is told of the arrival by
// app_subscribe with the old UID as extra, whether the user followed the app
// already or not. ErrNoScene, ErrNoApp, *Suspended.
func (s *Service) Arrive(t *Turn, handle string) (Arrival, error) {
	var app AppID
	var oldUID, follows string
	var who UserID
	err := t.Tx.QueryRow(`SELECT app_id, old_uid, follows, user_id FROM migrant WHERE handle = $1`+t.Tx.ForUpdate(), handle).
		Scan(&app, &oldUID, &follows, &who)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoScene
	}
	if err != nil {
		return Arrival{}, fmt.Errorf("arrive: %w", err)
	}
	a := Arrival{Again: who == t.User.ID, Taken: who != 0 && who != t.User.ID}
	if a.App, err = findApp(t.Tx, app); err == nil {
		err = a.App.refused()
	}
	if err != nil || a.Taken {
		return a, err
	}
	var all []carried
	if err := json.Unmarshal([]byte(follows), &all); err != nil {
		return Arrival{}, fmt.Errorf("arrive at app %d: %w", app, err)
	}
	if a.Rejected, err = t.rejected(OfApp, int64(app)); err != nil || a.Rejected {
		return a, err
	}
	for _, c := range all {
		a.Rejected = a.Rejected || c.Kind == OfApp && c.Rejected
	}
	if !a.Rejected {
		if err := s.followArrived(t, a.App, oldUID, a.Again); err != nil {
			return Arrival{}, fmt.Errorf("arrive at app %d: %w", app, err)
		}
	}
	for _, c := range all {
		if a.Rejected && !c.Rejected {
			continue
		}
		followed, err := t.carry(c, a.Again)
		if err != nil {
			return Arrival{}, fmt.Errorf("arrive at app %d: %w", app, err)
		}
		if followed && c.Kind == OfTopic {
			a.Topics++
		}
	}
	_, err = t.Tx.Exec(`UPDATE migrant SET state = 2, note = '', user_id = $2, arrived_at = $3 WHERE handle = $1 AND user_id = 0`,
		handle, int64(t.User.ID), store.Millis(t.Tx.Now))
	if err != nil {
		return Arrival{}, fmt.Errorf("arrive at app %d: %w", app, err)
	}
	return a, nil
}

// followArrived follows the app and tells its developer who arrived.
func (s *Service) followArrived(t *Turn, app App, oldUID string, again bool) error {
	added, err := t.subscribe(OfApp, int64(app.ID), ByScan, oldUID)
	if err != nil || again && !added {
		return err
	}
	return s.enqueueCallback(t.Tx, newCallback{
		App: app.ID, Action: actionSubscribe, EventKey: t.key, User: t.User.ID,
		Body: subscribeBody(app, t.User.UID, ByScan, oldUID, t.Tx.Now),
	})
}

// carry makes one of the old subscriptions one of ours; followed is false for
// a topic that is gone or whose owner does not want the user.
func (t *Turn) carry(c carried, again bool) (followed bool, err error) {
	if c.Kind == OfTopic {
		_, err := findTopic(t.Tx, TopicID(c.Target))
		if errors.Is(err, ErrNoTopic) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	_, err = t.subscribe(c.Kind, c.Target, ByScan, "")
	if errors.Is(err, ErrRejected) {
		return false, nil
	}
	if err != nil || again {
		return err == nil, err
	}
	_, err = t.Tx.Exec(`UPDATE subscription SET carried_until = $4, paid_until = CASE WHEN paid_until < $4 THEN $4 ELSE paid_until END
		WHERE kind = $1 AND target = $2 AND user_id = $3 AND carried_until < $4`,
		int64(c.Kind), c.Target, int64(t.User.ID), c.PaidUntil)
	if err == nil && c.Rejected {
		_, err = changeStanding(t.Tx, Resource{c.Kind, c.Target}, t.User.ID, rejection(true))
	}
	return !c.Rejected, err
}

func (t *Turn) rejected(kind SubscriptionKind, target int64) (is bool, err error) {
	err = t.Tx.QueryRow(`SELECT rejected FROM subscription WHERE kind = $1 AND target = $2 AND user_id = $3`,
		int64(kind), target, int64(t.User.ID)).Scan(&is)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return is, err
}
