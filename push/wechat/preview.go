package wechat

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"hongyan/oa"
	"hongyan/push"
)

// A Field is one line of a card as followers will see it.
type Field struct {
	Key   string // of the template, such as thing2
	Label string // before the value; empty unless the template's text is known
	Value string
	Cut   bool // the follower sees less than was said
}

// Preview is a card before it is sent: the very values that Deliver would send,
// in the order of their keys.
func (c *Channel) Preview(card *push.Card) []Field {
	_, m := c.using()
	said := m.said(card)
	fields := make([]Field, len(m))
	for i, f := range m {
		value := Render(f.kind, said[i])
		fields[i] = Field{Key: f.key, Value: value, Cut: f.cuts(said[i], value)}
	}
	return fields
}

// cuts tells whether a value says less than its text. Times and figures are
// only written another way.
func (f field) cuts(text, value string) bool {
	if !slices.Contains([]string{"thing", "keyword", "short_thing", "character_string", "letter", "symbol", "name", "phrase"}, f.kind) {
		return false
	}
	return plainText(strings.ToValidUTF8(text, "")) != value
}

// labelsFor is how long the text of the template is believed, and noLabelsFor
// how long WeChat is not asked again when it gave none.
const (
	labelsFor   = 10 * time.Minute
	noLabelsFor = time.Minute
	askFor      = time.Second
)

// labels is what is known of the template's text.
type labels struct {
	mu    sync.Mutex
	until time.Time
	is    oa.Template // its ID is set even when nothing is known
}

// Named is Preview with what the template says around the values: its title,
// and the label of each field in the order of the template. WeChat is asked for
// it now and then; while it is silent the fields come without.
func (c *Channel) Named(ctx context.Context, card *push.Card) (title string, fields []Field) {
	fields = c.Preview(card)
	l := &c.labels
	l.mu.Lock()
	defer l.mu.Unlock()
	if now, id := c.now(), c.TemplateID(); !now.Before(l.until) || l.is.ID != id {
		if l.is.ID != id {
			l.is = oa.Template{ID: id}
		}
		asked, stop := context.WithTimeout(ctx, askFor)
		list, err := c.client.TemplateList(asked)
		stop()
		l.until = now.Add(noLabelsFor)
		if at := slices.IndexFunc(list, func(t oa.Template) bool { return t.ID == id }); err == nil && at >= 0 {
			l.is, l.until = list[at], now.Add(labelsFor)
		}
	}
	lines := l.is.Fields()
	place := func(f Field) int {
		if at := slices.IndexFunc(lines, func(one oa.TemplateField) bool { return one.Key == f.Key }); at >= 0 {
			return at
		}
		return len(lines)
	}
	for i := range fields {
		if at := place(fields[i]); at < len(lines) {
			fields[i].Label = lines[at].Label
		}
	}
	slices.SortStableFunc(fields, func(x, y Field) int { return cmp.Compare(place(x), place(y)) })
	return l.is.Title, fields
}
