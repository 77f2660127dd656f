package commands

import (
	"strings"

	"hongyan/push"
)

// say answers a text. A text tapped in a menu message opens the short window
// for customer messages, a typed one the long window.
func (c *Commands) say(t *push.Turn, text string, tapped bool) error {
	window := push.Said
	if tapped {
		window = push.Tapped
	}
	if err := c.push.Window(t, window); err != nil {
		return err
	}
	if err := c.obey(t, Parse(text)); err != nil {
		return err
	}
	c.breakLoop(t, text)
	return nil
}

// speak answers speech that WeChat has turned into a text. It ends sentences
// with a full stop that nobody said.
func (c *Commands) speak(t *push.Turn, recognised string) error {
	text := strings.TrimRight(trim(recognised), "。")
	if text == "" {
		return c.unreadable(t)
	}
	return c.say(t, text, false)
}

// unreadable answers a picture, a place and everything else that is no text:
// once an hour, because nobody who sends nine pictures needs nine hints.
func (c *Commands) unreadable(t *push.Turn) error {
	if err := c.push.Window(t, push.Said); err != nil {
		return err
	}
	sayOnce(t, c.hinted, textOnly)
	return nil
}

// sayOnce leaves text as the answer unless the follower read it in the period
// of the tally.
func sayOnce(t *push.Turn, once *tally, text string) {
	key := once.key(t.User.ID, text)
	if once.count(key, t.Tx.Now) > 0 {
		return
	}
	t.Reply = text
	t.Tx.AfterCommit(func() { once.add(key) })
}

// breakLoop takes back the answer to a text that was answered too often: two
// machines talking to each other stop when one is silent. What goes to a
// developer has limits of its own, in push.
func (c *Commands) breakLoop(t *push.Turn, text string) {
	if t.Reply == "" {
		return
	}
	same, all := c.answered.key(t.User.ID, "="+text), c.answered.key(t.User.ID, "")
	if c.answered.count(same, t.Tx.Now) >= sameAnswers || c.answered.count(all, t.Tx.Now) >= allAnswers {
		t.Reply = ""
		c.log.Warn("a follower asks too often and is not answered", "user", t.User.ID)
		return
	}
	t.Tx.AfterCommit(func() {
		c.answered.add(same)
		c.answered.add(all)
	})
}
