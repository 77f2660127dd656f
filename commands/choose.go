package commands

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"hongyan/push"
)

// maxTapped is the longest text, in characters, that a tap carries itself.
const maxTapped = 100

// choose asks which of several apps a text is for, by a list to tap. WeChat
// may deliver a tap without its id, so what is tapped says everything: the
// app, and the text or the number under which it is kept. A text is kept when
// a link cannot carry it, or when the list would be cut for its length.
func (c *Commands) choose(t *push.Turn, content string, apps []push.App) error {
	if fitsTap(content) {
		if list, whole := choices(apps, content); whole {
			t.Reply = list
			return nil
		}
	}
	number, err := c.push.KeepText(t, content)
	if err != nil {
		return err
	}
	t.Reply, _ = choices(apps, keptName(number))
	return nil
}

// fitsTap reports whether a link can carry content and it comes back as what
// it is: a text that looks like a kept one does not, nor may one with a percent
// sign, since nobody knows which phones unescape.
func fitsTap(content string) bool {
	if utf8.RuneCountInString(content) > maxTapped || strings.ContainsAny(content, "\"<>&%\r\n") {
		return false
	}
	back := Parse(address(1, content))
	return back.Verb == Uplink && back.Content == content
}

// choices lists the apps, each line a tap that sends content to it. Whole is
// false when not all of them found room.
func choices(apps []push.App, content string) (list string, whole bool) {
	lines := make([]string, len(apps))
	for i, app := range apps {
		lines[i] = tap(fmt.Sprint(app.ID), address(app.ID, content), appName(app.Name, app.ID))
	}
	return fit(chooseHead, lines, chooseMore, "")
}
