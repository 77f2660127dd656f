package commands

import (
	"errors"

	"hongyan/push"
)

// plain sends a text that names no app to the only app there is, asks which
// one is meant when there are several, and helps when there is none.
func (c *Commands) plain(t *push.Turn, p Phrase) error {
	apps, err := c.push.FollowedApps(t)
	if err != nil {
		return err
	}
	switch len(apps) {
	case 0:
		t.Reply = noApps()
		return nil
	case 1:
		return c.send(t, apps[0].ID, p.Content)
	}
	return c.choose(t, p.Content, apps)
}

// uplink sends a text to the app it names.
func (c *Commands) uplink(t *push.Turn, p Phrase) error {
	return c.send(t, p.App, p.Content)
}

// recall sends a kept text to the app that was tapped.
func (c *Commands) recall(t *push.Turn, p Phrase) error {
	content, err := c.push.KeptText(t, p.Kept)
	if errors.Is(err, push.ErrNoText) {
		t.Reply = keptTextGone
		return nil
	}
	if err != nil {
		return err
	}
	return c.send(t, p.App, content)
}

// send hands content to the app's developer, whose answer is the reply. Where
// that cannot be, the reply says why.
func (c *Commands) send(t *push.Turn, id push.AppID, content string) error {
	app, err := c.push.FindApp(t, id)
	if err == nil {
		err = c.push.Uplink(t, id, content)
	}
	switch {
	case errors.Is(err, push.ErrNoApp):
		t.Reply = noApp(id)
	case errors.Is(err, push.ErrNotFollowing):
		t.Reply = notFollowing(app.Name, id)
	case errors.As(err, new(*push.Suspended)):
		t.Reply = notTaken(app.Name)
	case errors.Is(err, push.ErrTooFast):
		sayOnce(t, c.answered, tooFast)
	case err == nil && !app.Listening:
		t.Reply = notListening(app.Name)
	default:
		return err
	}
	return nil
}
