package sandbox

import (
	"context"
	"net/url"
	"regexp"
	"strings"
)

// Tap chooses a line of a menu message, or a menu link within a text, by its
// id; the latest one of that id counts.
func (f *Follower) Tap(ctx context.Context, id string) (Answer, error) {
	var chosen *Choice
	known := f.s.crowd.with(f.OpenID, func(_ *shard, m *member) {
		for i := len(m.chat) - 1; i >= 0 && chosen == nil; i-- {
			chosen = choiceOf(m.chat[i].items, id)
		}
	})
	if !known {
		return Answer{}, ErrNoFollower
	}
	if chosen == nil {
		return Answer{}, ErrNoChoice
	}
	return f.say(ctx, chosen.Content, chosen.ID, true)
}

func choiceOf(items []Choice, id string) *Choice {
	for i := range items {
		if items[i].ID == id {
			found := items[i]
			return &found
		}
	}
	return nil
}

var menuLink = regexp.MustCompile(`weixin://bizmsgmenu\?([^"<>\r\n]+)`)

// linkedChoices finds the menu links of a text. What a link sends is written
// into it as it is, blanks included; escaped text is understood too.
func linkedChoices(text string) []Choice {
	var list []Choice
	for _, found := range menuLink.FindAllStringSubmatch(text, -1) {
		var c Choice
		for pair := range strings.SplitSeq(strings.ReplaceAll(found[1], "&amp;", "&"), "&") {
			name, value, _ := strings.Cut(pair, "=")
			if plain, err := url.PathUnescape(value); err == nil {
				value = plain
			}
			switch name {
			case "msgmenucontent":
				c.Content = value
			case "msgmenuid":
				c.ID = value
			}
		}
		if c.Content != "" {
			list = append(list, c)
		}
	}
	return list
}

// tappedChoice gives the id of a menu message in the way it is set to.
func (d *document) tappedChoice(id, how string) {
	switch how {
	case "given":
		d.text("bizmsgmenuid", id)
	case "zero":
		d.number("bizmsgmenuid", 0)
	case "empty":
		d.text("bizmsgmenuid", "")
	}
}
