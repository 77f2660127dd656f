package commands

import "hongyan/push"

// myUID tells the follower's name toward developers.
func (c *Commands) myUID(t *push.Turn, _ Phrase) error {
	t.Reply = yourUID(t.User.UID) + c.onPage("/my/uid", pageUID)
	return nil
}

// mySPT tells the token by which whoever holds it pushes to the follower.
func (c *Commands) mySPT(t *push.Turn, _ Phrase) error {
	spt, err := c.push.SPTOf(t)
	if err != nil {
		return err
	}
	t.Reply = yourSPT(spt) + c.onPage("/my/spt", pageSPT)
	return nil
}

// help tells what can be said.
func (c *Commands) help(t *push.Turn, _ Phrase) error {
	t.Reply = helpText()
	return nil
}

// onPage is the link to a page that shows more than an answer can.
func (c *Commands) onPage(path, label string) string {
	if c.base == "" {
		return ""
	}
	return "\n\n" + pageLink(c.base+path, label)
}
