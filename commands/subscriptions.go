package commands

import "hongyan/push"

// mySubscriptions lists what the follower follows, each with the way out, and
// the message switch.
func (c *Commands) mySubscriptions(t *push.Turn, _ Phrase) error {
	all, err := c.push.Subscriptions(t)
	if err != nil {
		return err
	}
	tail := "\n" + switchState(t.User.Muted) + c.onPage("/my/subscriptions", pageSubscriptions)
	if len(all) == 0 {
		t.Reply = noSubscriptions + tail
		return nil
	}
	lines := make([]string, len(all))
	for i, s := range all {
		if s.Kind == push.OfTopic {
			lines[i] = topicLine(s.TopicName, s.Topic)
		} else {
			lines[i] = appLine(s.AppName, s.App)
		}
		if s.PaidUntil.After(t.Tx.Now) {
			lines[i] += paidUntil(s.PaidUntil)
		}
	}
	t.Reply, _ = fit(subscriptionsHead, lines, subscriptionsMore, tail)
	return nil
}
