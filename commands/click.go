package commands

import "hongyan/push"

// Keys of the account's menu.
const (
	KeyUID           = "MY_UID"
	KeySPT           = "MY_SPT"
	KeySubscriptions = "MY_SUBS"
	KeyMarket        = "MARKET"
	KeyHelp          = "HELP"
)

// click answers a menu button. A key of an older menu is answered by help:
// whoever taps it wants something.
func (c *Commands) click(t *push.Turn, key string) error {
	if err := c.push.Window(t, push.Tapped); err != nil {
		return err
	}
	switch key {
	case KeyUID:
		return c.myUID(t, Phrase{})
	case KeySPT:
		return c.mySPT(t, Phrase{})
	case KeySubscriptions:
		return c.mySubscriptions(t, Phrase{})
	case KeyMarket:
		return c.market(t, Phrase{})
	}
	return c.help(t, Phrase{})
}
