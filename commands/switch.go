package commands

import "hongyan/push"

// mute switches all messages off for the follower.
func (c *Commands) mute(t *push.Turn, _ Phrase) error {
	t.Reply = nowMuted()
	return c.push.Mute(t, true)
}

// unmute switches them on again.
func (c *Commands) unmute(t *push.Turn, _ Phrase) error {
	t.Reply = nowUnmuted()
	return c.push.Mute(t, false)
}

// ifMuted is what somebody has to hear who follows with messages switched off.
func ifMuted(t *push.Turn) string {
	if !t.User.Muted {
		return ""
	}
	return "\n" + stillMuted()
}
