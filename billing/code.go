package billing

import (
	"context"
	"fmt"

	"hongyan/push"
	"hongyan/store"
)

// PagePrefix begins the path of every product's page; its number follows.
const PagePrefix = "/product/"

// PagePath is the path of the product's page for followers.
func (p Product) PagePath() string { return fmt.Sprintf("%s%d", PagePrefix, p.ID) }

// EnsureScene returns the code of a product of the app, making it the first
// time: whoever scans it is led to the product's page. The caller asks WeChat
// for its picture and hands that in by push.SceneLink. ErrNoProduct.
func (s *Service) EnsureScene(ctx context.Context, app push.AppID, id push.ProductID) (scene push.Scene, err error) {
	var p Product
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		p, err = own(tx, app, id)
		return err
	})
	if err == nil {
		scene, err = s.push.ProductScene(ctx, p.App, p.ID)
	}
	if err == nil && p.Scene != scene.Handle {
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE product SET scene = $2 WHERE id = $1`, int64(id), scene.Handle)
			return err
		})
	}
	if err != nil {
		return push.Scene{}, fmt.Errorf("code of product %d: %w", id, err)
	}
	return scene, nil
}
