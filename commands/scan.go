package commands

import (
	"errors"

	"hongyan/push"
)

// scan answers a code scanned by somebody who follows the account already.
func (c *Commands) scan(t *push.Turn, handle string) error {
	if err := c.push.Window(t, push.Tapped); err != nil {
		return err
	}
	return c.scene(t, handle)
}

// scene does what the code was made for. A code that is unknown or too old
// does nothing and says so.
func (c *Commands) scene(t *push.Turn, handle string) error {
	scene, err := c.push.Scanned(t, handle)
	if errors.Is(err, push.ErrNoScene) {
		t.Reply = unknownCode
		return nil
	}
	if err != nil {
		return err
	}
	if scene.Expired {
		t.Reply = expiredCode
		return nil
	}
	switch scene.Purpose {
	case push.SceneApp:
		return c.follow(t, scene.App, push.ByScan, scene.Extra)
	case push.SceneTopic:
		return c.followTopic(t, scene.Topic, push.ByScan)
	case push.SceneSPT:
		return c.mySPT(t, Phrase{})
	case push.SceneAccount:
		t.Reply = welcome()
		return nil
	case push.SceneMigrant:
		return c.arrive(t, scene.Handle)
	case push.SceneProduct:
		return c.product(t, scene.Product)
	case push.SceneApproval:
		return c.asked(t, scene.Handle)
	}
	t.Reply = unknownCode
	return nil
}
