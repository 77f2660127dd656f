package push

import (
	"errors"
	"time"

	"hongyan/store"
)

// purged are the rows that go with an app, in this order: the many first, in
// chunks.
var purged = []string{
	`subscription WHERE id IN (SELECT id FROM subscription WHERE kind = 0 AND target = $1 LIMIT $2)`,
	`subscription WHERE id IN (SELECT id FROM subscription WHERE kind = 1
		AND target IN (SELECT id FROM topic WHERE app_id = $1) LIMIT $2)`,
	`callback_attempt WHERE callback_id IN (SELECT id FROM callback WHERE app_id = $1 ORDER BY created_at, id LIMIT $2)`,
	`callback WHERE id IN (SELECT id FROM callback WHERE app_id = $1 ORDER BY created_at, id LIMIT $2)`,
	`scan WHERE id IN (SELECT s.id FROM scan s JOIN scene c ON c.handle = s.handle WHERE c.app_id = $1 LIMIT $2)`,
	`scene WHERE handle IN (SELECT handle FROM scene WHERE app_id = $1 LIMIT $2)`,
	`migrant WHERE (app_id, old_uid) IN (SELECT app_id, old_uid FROM migrant WHERE app_id = $1 LIMIT $2)`,
	`scheduled WHERE id IN (SELECT id FROM scheduled WHERE app_id = $1 LIMIT $2)`,
	`product_resource WHERE (product_id, kind, target) IN (SELECT product_id, kind, target FROM product_resource
		WHERE kind = 0 AND target = $1 OR kind = 1 AND target IN (SELECT id FROM topic WHERE app_id = $1) LIMIT $2)`,
}

// purgedAlone are the few rows that go with an app.
var purgedAlone = []string{"migration", "endpoint", "app_logo", "app_member"}

// purgeAfter is an hour more than AppGrace: whatever the clocks of the nodes
// say, none brings back what another takes away.
const purgeAfter = AppGrace + time.Hour

// purgeApps takes away what hangs on an app that is past bringing back, a
// chunk at a time. The app and its topics stay as tombstones, so that their
// numbers are never given again; its messages end by their age.
func purgeApps(tx *store.Tx) (int64, error) {
	var app int64
	err := tx.QueryRow(`SELECT id FROM app WHERE deleted_at > 0 AND deleted_at <= $1 AND purged_at = 0 ORDER BY deleted_at, id LIMIT 1`,
		store.Millis(tx.Now.Add(-purgeAfter))).Scan(&app)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, rows := range purged {
		if n, err := tx.Exec(`DELETE FROM `+rows, app, chunk); err != nil || n > 0 {
			return n, err
		}
	}
	for _, table := range purgedAlone {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE app_id = $1`, app); err != nil {
			return 0, err
		}
	}
	if _, err := tx.Exec(`UPDATE topic SET deleted_at = $2 WHERE app_id = $1 AND deleted_at = 0`, app, store.Millis(tx.Now)); err != nil {
		return 0, err
	}
	return tx.Exec(`UPDATE app SET purged_at = $2, token_hash = $3, greeting = '', description = '', contact = '',
		setting_url = '', setting_key = NULL WHERE id = $1`, app, store.Millis(tx.Now), hashSecret(newSecret("AT_")))
}
