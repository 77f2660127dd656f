package billing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

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
func (p Product) CoverPath() string {
	if p.Cover == "" {
		return ""
	}
	return fmt.Sprintf("%s%d/%s", CoverPrefix, p.ID, p.Cover)
}

// SetCover makes a picture that somebody uploaded the cover of a product of the
// app; see package logo for what is taken. An empty file takes the one there is
// away. The picture is not part of what was reviewed by its name and words, so
// it stays as it is while the product is in the market or under review:
// ErrState. ErrNoProduct, *push.Invalid.
func (s *Service) SetCover(ctx context.Context, app push.AppID, id push.ProductID, file []byte) error {
	var made logo.Picture
	name := ""
	if len(file) > 0 {
		var err error
		made, err = s.covers.Make(ctx, file)
		var refused *logo.Refused
		if errors.As(err, &refused) {
			return &push.Invalid{Field: "cover", Text: refused.Text}
		}
		if err != nil {
			return fmt.Errorf("cover of product %d: %w", id, err)
		}
		sum := sha256.Sum256(made.Body)
		name = hex.EncodeToString(sum[:8]) + map[string]string{"image/png": ".png", "image/jpeg": ".jpg"}[made.Kind]
	}
	return s.change(ctx, app, id, "product.cover", func(tx *store.Tx, p *Product) error {
		if p.State != Draft && p.State != Delisted {
			return ErrState
		}
		if _, err := tx.Exec(`DELETE FROM product_cover WHERE product_id = $1`, int64(id)); err != nil {
			return err
		}
		if name != "" {
			_, err := tx.Exec(`INSERT INTO product_cover (product_id, name, kind, body) VALUES ($1, $2, $3, $4)`, int64(id), name, made.Kind, made.Body)
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec(`UPDATE product SET cover = $2 WHERE id = $1`, int64(id), name)
		return err
	})
}

// Cover returns the picture behind a path below CoverPrefix, given as its
// product and name. ErrNoCover, also for the name of a picture before.
func (s *Service) Cover(ctx context.Context, id push.ProductID, name string) (p logo.Picture, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		err := tx.QueryRow(`SELECT kind, body FROM product_cover WHERE product_id = $1 AND name = $2`, int64(id), storable(strings.TrimSpace(name))).
			Scan(&p.Kind, &p.Body)
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
