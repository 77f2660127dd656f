package billing

import (
	"context"
	"errors"
	"fmt"

	"hongyan/push"
	"hongyan/push/logo"
	"hongyan/store"
)

// CoverPrefix begins the path of every cover: its product's number and a name
// that changes with the picture follow.
const CoverPrefix = "/cover/"

// ErrNoCover: there is no picture of this name.
var ErrNoCover = errors.New("no such cover")

// CoverPath is the path of the product's picture; empty when it has none.
func (p *Product) CoverPath() string {
	if p.Cover == "" {
		return ""
	}
	return fmt.Sprintf("%s%d/%s", CoverPrefix, p.ID, p.Cover)
}

// Cover returns the picture behind a path below CoverPrefix, given as its
// product and name. ErrNoCover, also for the name of a picture before.
func (s *Service) Cover(ctx context.Context, id push.ProductID, name string) (p logo.Picture, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		err := tx.QueryRow(`SELECT kind, body FROM product_cover WHERE product_id = $1 AND name = $2`, int64(id), name).Scan(&p.Kind, &p.Body)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrNoCover
		}
		return err
	})
	if err != nil {
		return logo.Picture{}, fmt.Errorf("cover of product %d: %w", id, err)
	}
	return p, nil
}
