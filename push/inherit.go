package push

import (
	"context"
	"fmt"

	"hongyan/store"
)

// Inherit makes due at once what an earlier process had in hand when it died,
// instead of waiting for its leases to end. Only a process that is alone on
// its database may call it, before it runs anything; on a database of several
// nodes it would take work from the living. Calling it again is harmless.
func (s *Service) Inherit(ctx context.Context) (n int, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		n = 0
		for _, leased := range []string{
			`UPDATE delivery SET due_at = $1 WHERE state = 1 AND due_at > $1`,
			`UPDATE callback SET due_at = $1 WHERE state = 1 AND due_at > $1 AND lane < 2`, // those in a listener's hand stay there
			`UPDATE record SET fan_due = $1 WHERE fan_after >= 0 AND fan_due > $1`,
			`UPDATE scheduled SET held_until = $1 WHERE state = 0 AND held_until > $1`,
		} {
			count, err := tx.Exec(leased, store.Millis(s.db.LeaseNow()))
			if err != nil {
				return err
			}
			n += int(count)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("inherit the work of an earlier process: %w", err)
	}
	return n, nil
}
