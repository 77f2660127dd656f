package push

import (
	"context"
	"fmt"

	"hongyan/store"
)

// AppCount is an app with how many it reaches and where its callbacks go.
type AppCount struct {
	App
	Followers int64    // who follow it and are not rejected; counting stops at CountTo
	Endpoint  Endpoint // zero unless Listening
}

// EveryApp lists the apps of all owners by number. It is for the operator.
func (s *Service) EveryApp(ctx context.Context) (apps []AppCount, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		apps, err = store.Collect(tx, func(r *store.Rows) (a AppCount, err error) {
			err = r.Scan(&a.ID, &a.Name, &a.Listening, &a.Followers)
			return a, err
		}, `SELECT a.id, a.name, EXISTS (SELECT 1 FROM endpoint e WHERE e.app_id = a.id AND (e.url <> '' OR e.listening = 1)),
				(SELECT COUNT(*) FROM (SELECT 1 FROM subscription s WHERE s.kind = 0 AND s.target = a.id
					AND s.active = 1 AND s.rejected = 0 LIMIT $1) c)
			FROM app a WHERE a.deleted_at = 0 ORDER BY a.id`, CountTo)
		if err != nil {
			return err
		}
		for i := range apps {
			if !apps[i].Listening {
				continue
			}
			if apps[i].Endpoint, err = readEndpoint(tx, apps[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the apps: %w", err)
	}
	return apps, nil
}
