package push

import (
	"errors"
	"fmt"
	"time"

	"hongyan/push/content"
	"hongyan/store"
)

// Payment is what an app's developer is told of money that came or went back.
type Payment struct {
	App     AppID
	Product ProductID
	User    UserID
	Key     string // of what it is about: the developer is told once a key
	TradeNo string
	Ordered time.Time
	Added   time.Duration // negative on a refund
	Amount  int64         // fen; negative on a refund
}

// PaidTx writes down until when a user has paid for a resource, which is never
// before what an import carried over. It is kept also for who does not have the
// resource, because it was suspended when they paid, say: it counts once they
// follow it.
func (s *Service) PaidTx(tx *store.Tx, user UserID, on Resource, until time.Time) error {
	n, err := tx.Exec(`UPDATE subscription SET paid_until = CASE WHEN carried_until > $4 THEN carried_until ELSE $4 END
		WHERE kind = $1 AND target = $2 AND user_id = $3`, int64(on.Kind), on.Target, int64(user), store.Millis(until))
	if err == nil && n == 0 && !until.IsZero() {
		_, err = tx.Exec(`INSERT INTO subscription (user_id, kind, target, source, active, paid_until, created_at)
			SELECT CAST($3 AS BIGINT), CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($4 AS TEXT), 0, CAST($5 AS BIGINT), CAST($6 AS BIGINT)
			WHERE EXISTS (SELECT 1 FROM app WHERE $1 = 0 AND id = $2 AND deleted_at = 0) OR EXISTS (SELECT 1 FROM topic WHERE $1 = 1 AND id = $2 AND deleted_at = 0)
			ON CONFLICT (kind, target, user_id) DO UPDATE SET paid_until = excluded.paid_until`,
			int64(on.Kind), on.Target, int64(user), string(ByOrder), store.Millis(until), store.Millis(tx.Now))
	}
	if err != nil {
		return fmt.Errorf("paid time of user %d: %w", user, err)
	}
	return nil
}

// FollowPaidTx makes a user follow what they paid for; the developer of an app
// they did not follow is told, under the key. It is not an error that an app
// or topic is gone, suspended, or does not want the user: PayableTx is asked
// before anybody pays.
func (s *Service) FollowPaidTx(tx *store.Tx, user UserID, on Resource, key string) error {
	u, err := userByID(tx, user, tx.ForUpdate())
	if err != nil {
		return fmt.Errorf("follow %d %d by order: %w", on.Kind, on.Target, err)
	}
	if _, err = s.followBy(&Turn{Tx: tx, User: u, At: tx.Now, key: key}, on, ByOrder); notWelcome(err) {
		return nil
	}
	return err
}

// PayableTx tells why a user cannot follow a resource, and so should not pay
// for it: ErrRejected, ErrNoApp, ErrNoTopic, *Suspended.
func (s *Service) PayableTx(tx *store.Tx, user UserID, on Resource) error {
	app := AppID(on.Target)
	if on.Kind == OfTopic {
		topic, err := findTopic(tx, TopicID(on.Target))
		if err != nil {
			return err
		}
		app = topic.App
	}
	found, err := findApp(tx, app)
	if err == nil {
		err = found.refused()
	}
	if err != nil {
		return err
	}
	rejected, err := (&Turn{Tx: tx, User: User{ID: user}}).rejected(on.Kind, on.Target)
	if err == nil && rejected {
		err = ErrRejected
	}
	return err
}

func (s *Service) followBy(t *Turn, on Resource, via Source) (name string, err error) {
	if on.Kind == OfTopic {
		topic, err := s.FollowTopic(t, TopicID(on.Target), via)
		return topic.Name, err
	}
	app, err := s.FollowApp(t, AppID(on.Target), via, "")
	return app.Name, err
}

func notWelcome(err error) bool {
	var suspended *Suspended
	return errors.Is(err, ErrRejected) || errors.Is(err, ErrNoApp) || errors.Is(err, ErrNoTopic) || errors.As(err, &suspended)
}

// PaymentTx tells the developer of the app that sells, once a key.
func (s *Service) PaymentTx(tx *store.Tx, p Payment) error {
	u, err := userByID(tx, p.User, "")
	if err != nil {
		return fmt.Errorf("tell app %d of a payment: %w", p.App, err)
	}
	return s.enqueueCallback(tx, newCallback{
		App: p.App, Action: actionPay, EventKey: p.Key, User: p.User, Body: paymentBody(p, u.UID),
	})
}

// TellTx sends a user a message of the platform itself: a receipt, a reminder,
// a warning. The text is Markdown; the card shows the summary.
func (s *Service) TellTx(tx *store.Tx, user UserID, summary, text string) error {
	b := batch{call: call{content: text, summary: content.Cut(summary, maxSummary), kind: content.Markdown}}
	b.addUser("", user, "")
	if err := s.write(tx, &b); err != nil {
		return fmt.Errorf("tell user %d: %w", user, err)
	}
	return nil
}

// Link is the whole address of a path of this platform, for messages.
func (s *Service) Link(path string) string { return s.o.BaseURL + path }
