package api

import (
	"context"
	"errors"

	"hongyan/push"
)

// sceneOf returns the code with this handle. The code of a migrant is made
// when its picture is looked at, and made anew before WeChat forgets it, so
// that an invitation works whenever it is read.
func (a *API) sceneOf(ctx context.Context, handle string) (push.Scene, error) {
	scene, err := a.o.Push.Scene(ctx, handle)
	if err == nil && scene.Purpose != push.SceneMigrant || err != nil && !errors.Is(err, push.ErrNoScene) {
		return scene, err
	}
	scene, valid, err := a.o.Push.MigrantScene(ctx, handle)
	if err != nil || valid == 0 {
		return scene, err
	}
	code, err := a.o.WeChat.CreateQR(ctx, handle, valid)
	if err != nil {
		return scene, err
	}
	scene.Link, scene.Expired = code.URL, false
	return scene, a.o.Push.SceneRenewed(ctx, handle, code.URL, valid)
}
