package commands

import (
	"errors"

	"hongyan/push"
)

// subscribe greets a new follower of the account: in general, or for the
// scene whose code brought them.
func (c *Commands) subscribe(t *push.Turn, scene string) error {
	if _, err := c.push.Subscribe(t); err != nil {
		return err
	}
	if scene == "" {
		t.Reply = welcome()
		return nil
	}
	return c.scene(t, scene)
}

// followApp is #97 by itself.
func (c *Commands) followApp(t *push.Turn, p Phrase) error {
	return c.follow(t, p.App, push.ByCommand, "")
}

// follow subscribes the follower to an app. Again is fine.
func (c *Commands) follow(t *push.Turn, id push.AppID, via push.Source, extra string) error {
	app, err := c.push.FollowApp(t, id, via, extra)
	switch {
	case errors.Is(err, push.ErrNoApp):
		t.Reply = noApp(id)
		return nil
	case errors.Is(err, push.ErrRejected):
		t.Reply = rejected
		return nil
	case errors.As(err, new(*push.Suspended)):
		t.Reply = suspended
		return nil
	case err != nil:
		return err
	}
	t.Reply = followed(app.Name, app.ID, app.Greeting) + ifMuted(t)
	return c.offer(t, push.Resource{Kind: push.OfApp, Target: int64(app.ID)})
}

// followTopic subscribes the follower to a topic. Again is fine.
func (c *Commands) followTopic(t *push.Turn, id push.TopicID, via push.Source) error {
	topic, err := c.push.FollowTopic(t, id, via)
	switch {
	case errors.Is(err, push.ErrNoTopic):
		t.Reply = noTopic
		return nil
	case errors.Is(err, push.ErrRejected):
		t.Reply = rejected
		return nil
	case errors.As(err, new(*push.Suspended)):
		t.Reply = suspended
		return nil
	case err != nil:
		return err
	}
	t.Reply = followedTopic(topic.Name, topic.ID) + ifMuted(t)
	return c.offer(t, push.Resource{Kind: push.OfTopic, Target: int64(topic.ID)})
}

// unfollowApp is 退订 #97.
func (c *Commands) unfollowApp(t *push.Turn, p Phrase) error {
	app, err := c.push.FindApp(t, p.App)
	if errors.Is(err, push.ErrNoApp) {
		t.Reply = noApp(p.App)
		return nil
	}
	if err != nil {
		return err
	}
	t.Reply = unfollowed(app.Name, app.ID)
	return c.push.UnfollowApp(t, app.ID)
}

// unfollowTopic is 退订主题 #12.
func (c *Commands) unfollowTopic(t *push.Turn, p Phrase) error {
	t.Reply = unfollowedTopic(p.Topic)
	return c.push.UnfollowTopic(t, p.Topic)
}
