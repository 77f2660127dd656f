package billing

import (
	"time"

	"hongyan/store"
)

// lastPush is when something was last pushed through the resources of a
// product: to users of its app, or to its topics. Messages are kept for seven
// days, so what was seen before is kept with the product.
func lastPush(tx *store.Tx, p *Product) (time.Time, error) {
	var at int64
	err := tx.QueryRow(`SELECT COALESCE(MAX(at), 0) FROM (
			SELECT MAX(m.created_at) AS at FROM message m
			WHERE m.app_id = $2 AND EXISTS (SELECT 1 FROM product_resource r WHERE r.product_id = $1 AND r.kind = 0 AND r.target = $2)
				AND EXISTS (SELECT 1 FROM record c WHERE c.message_id = m.id AND c.user_id > 0)
			UNION ALL
			SELECT MAX(c.created_at) AS at FROM product_resource r JOIN record c ON c.topic_id = r.target
			WHERE r.product_id = $1 AND r.kind = 1
		) pushes`, int64(p.ID), int64(p.App)).Scan(&at)
	if seen := store.Millis(p.PushedAt); at < seen {
		at = seen
	}
	return store.Time(at), err
}
