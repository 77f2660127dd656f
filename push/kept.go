package push

import (
	"errors"
	"fmt"
	"time"

	"hongyan/store"
)

// keptFor is how long a text can be asked for by its number.
const keptFor = 10 * time.Minute

// KeepText keeps a text for ten minutes under a small number, for a menu whose
// tap cannot carry the text itself. Numbers go up from the user's last one,
// whose row stays for a week, so that a tap on an old menu does not mean a new
// text.
func (s *Service) KeepText(t *Turn, text string) (n int, err error) {
	err = t.Tx.QueryRow(`INSERT INTO kept_text (user_id, number, body, expires_at)
		SELECT CAST($1 AS BIGINT), COALESCE(MAX(number), 0) + 1, CAST($2 AS TEXT), CAST($3 AS BIGINT)
		FROM kept_text WHERE user_id = $1
		RETURNING number`, int64(t.User.ID), text, store.Millis(t.Tx.Now.Add(keptFor))).Scan(&n)
	if err == nil {
		_, err = t.Tx.Exec(`DELETE FROM kept_text WHERE user_id = $1 AND expires_at <= $2`,
			int64(t.User.ID), store.Millis(t.Tx.Now))
	}
	if err != nil {
		return 0, fmt.Errorf("keep a text of user %d: %w", t.User.ID, err)
	}
	return n, nil
}

// KeptText returns the text kept under this number, or ErrNoText.
func (s *Service) KeptText(t *Turn, n int) (text string, err error) {
	err = t.Tx.QueryRow(`SELECT body FROM kept_text WHERE user_id = $1 AND number = $2 AND expires_at > $3`,
		int64(t.User.ID), n, store.Millis(t.Tx.Now)).Scan(&text)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoText
	}
	if err != nil {
		return "", fmt.Errorf("kept text %d of user %d: %w", n, t.User.ID, err)
	}
	return text, nil
}
