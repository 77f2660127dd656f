package wechat

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"hongyan/push"
)

// DefaultFields fits a template with a title, a summary, a time and a number.
// The number keeps two equal messages different, as WeChat refuses the same
// card to the same follower within sixty seconds.
func DefaultFields() map[string]string {
	return map[string]string{
		"thing1": "{source}", "thing2": "{summary}", "time3": "{time}", "character_string4": "{id}",
	}
}

// Placeholders lists what a mapping can show of a card.
func Placeholders() []string {
	return []string{"{app}", "{topic}", "{source}", "{summary}", "{time}", "{id}"}
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}?|\}`)

// mapping says what each field of the template shows.
type mapping []field

type field struct{ key, kind, text string }

// parseMapping checks keys and placeholders. Fixed text must already obey its
// field's kind, since what is cut from it would be missed on every card.
func parseMapping(fields map[string]string) (mapping, error) {
	var m mapping
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		f := field{key: key, text: fields[key]}
		var ok bool
		if f.kind, ok = KindOf(key); !ok {
			near := nearest(f.kind, Kinds()) + digitsAfter(key, f.kind)
			return nil, &fault{key, fmt.Sprintf("field %q: unknown kind, did you mean %q?", key, near), fmt.Sprintf(wordUnknownField, near)}
		}
		if err := f.check(); err != nil {
			err.key, err.text = key, fmt.Sprintf("field %q: %s", key, err.text)
			return nil, err
		}
		m = append(m, f)
	}
	return m, nil
}

// digitsAfter returns a key's number, or "1" for a key that has none.
func digitsAfter(key, kind string) string {
	return orElse(strings.TrimPrefix(key, kind), "1")
}

// fault is what is wrong with a field: for who configures, and in Chinese for
// who fills in a form.
type fault struct{ key, text, said string }

func (f *fault) Error() string { return f.text }

// check tells whether the field's text can be shown in its kind.
func (f field) check() *fault {
	used := placeholder.FindAllString(f.text, -1)
	for _, p := range used {
		if !slices.Contains(Placeholders(), p) {
			near := nearest(p, Placeholders())
			return &fault{text: fmt.Sprintf("unknown placeholder %s, did you mean %s?", p, near), said: fmt.Sprintf(wordUnknownPlace, near)}
		}
	}
	switch {
	case len(used) == 0 && Render(f.kind, f.text) != f.text:
		fits := Render(f.kind, f.text)
		return &fault{text: fmt.Sprintf("the text %q does not fit, %q does", f.text, fits), said: fmt.Sprintf(wordFieldFits, fits)}
	case len(used) > 0 && (f.kind == "const" || f.kind == "enum"):
		return &fault{text: fmt.Sprintf("a %s shows only the values approved with the template: write one instead of %s", f.kind, used[0]), said: wordFieldApproved}
	case len(used) > 0 && (f.kind == "time" || f.kind == "date") && f.text != "{time}":
		return &fault{text: fmt.Sprintf("a %s shows %q, not %q", f.kind, "{time}", f.text), said: wordFieldTime}
	}
	return nil
}

// values fills every field for one card.
func (m mapping) values(card *push.Card) map[string]string {
	values := make(map[string]string, len(m))
	for i, said := range m.said(card) {
		values[m[i].key] = Render(m[i].kind, said)
	}
	return values
}

// said is the text of every field before it is made fit.
func (m mapping) said(card *push.Card) []string {
	replace := strings.NewReplacer(
		"{app}", appOf(card),
		"{topic}", card.TopicName,
		"{source}", source(card),
		"{summary}", card.Summary,
		"{time}", card.At.In(cst).Format("2006-01-02 15:04:05"),
		"{id}", card.Short,
	)
	said := make([]string, len(m))
	for i, f := range m {
		said[i] = replace.Replace(f.text)
	}
	return said
}

// source is whom a card comes from: the app, and the topic if there is one.
func source(card *push.Card) string {
	if card.TopicName == "" {
		return appOf(card)
	}
	return appOf(card) + "·" + card.TopicName
}

// appOf is who sends: a simple push comes from no app.
func appOf(card *push.Card) string { return cmp.Or(card.AppName, wordSimplePush) }
