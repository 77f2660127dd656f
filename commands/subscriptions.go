package commands

import "hongyan/push"

// mySubscriptions lists what the follower follows, each with the way out, and
// the message switch.
func (c *Commands) mySubscriptions(t *push.Turn, _ Phrase) error {
	all, err := c.push.Subscriptions(t)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		t.Reply = noSubscriptions + "\n" + switchState(t.User.Muted)
		return nil
	}
	lines := make([]string, len(all))
	for i, s := range all {
		if s.Kind == push.OfTopic {
			lines[i] = topicLine(s.TopicName, s.Topic)
		} else {
			lines[i] = appLine(s.AppName, s.App)
		}
	}
	t.Reply, _ = fit(subscriptionsHead, lines, subscriptionsMore, "\n"+switchState(t.User.Muted))
	return nil
}
