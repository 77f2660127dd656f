package console

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hongyan/push"
	"hongyan/push/content"
)

// mostDraft is the largest form of a message: 40,000 characters and 2,000
// UIDs, each three times as long in a form as in itself.
const mostDraft = 1 << 20

// furthest is how far ahead the console lets a message be scheduled.
const furthest = 30 * 24 * time.Hour

// localTime is how browsers write the time of a datetime-local field.
const localTime = "2006-01-02T15:04"

// draft is the message in the fields of a form, for Validate to judge.
func (f form) draft() push.Draft {
	text := func(name string) string { return strings.ReplaceAll(f.Value(name), "\r\n", "\n") }
	kind, _ := strconv.Atoi(f.Value("kind"))
	audience, _ := strconv.Atoi(f.Value("audience"))
	d := push.Draft{
		Content: text("content"), Summary: strings.TrimSpace(text("summary")), URL: strings.TrimSpace(text("url")),
		Kind: content.Kind(kind), Audience: audience, UIDs: f.receivers(),
	}
	for _, text := range f.Values["topic"] {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil {
			d.Topics = append(d.Topics, push.TopicID(id))
		}
	}
	return d
}

// time reads a point ahead in Shanghai, or notes what is wrong with it.
func (f form) time(name, lang string, now time.Time) time.Time {
	text := f.Value(name)
	at, err := time.ParseInLocation(localTime, text[:min(len(text), len(localTime))], shanghai)
	switch {
	case err != nil:
		f.Wrong[name] = translate(lang, wordsTimeWrong)
	case at.Before(now.Add(-time.Minute)):
		f.Wrong[name] = translate(lang, wordsTimePast)
	case at.After(now.Add(furthest)):
		f.Wrong[name] = translate(lang, wordsTimeFar)
	}
	return at
}

// receivers are those ticked and those pasted, each once.
func (f form) receivers() (uids []push.UID) {
	apart := func(c rune) bool { return strings.ContainsRune(" \t\r\n,;，；、　", c) }
	seen := make(map[string]bool)
	for _, uid := range slices.Concat(f.Values["uid"], strings.FieldsFunc(f.Value("uids"), apart)) {
		if !seen[uid] {
			seen[uid] = true
			uids = append(uids, push.UID(uid))
		}
	}
	return uids
}

// keyOf names what a form does by its ticket, so that the same form does it
// once, whatever happened to the answer of the first time.
func keyOf(r *request, what string) string {
	sum := sha256.Sum256([]byte(what + " " + r.Form.Get(formField)))
	return "console-" + hex.EncodeToString(sum[:12])
}

// digest is what was agreed to: the message and whom it goes to.
func digest(d push.Draft, at time.Time) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %q %q %q %q %v %d", d.Kind, d.Audience, d.Content, d.Summary, d.URL, d.UIDs, d.Topics, at.UnixMilli()))
	return hex.EncodeToString(sum[:12])
}

// fieldsOf are the names of the form for those of the wire.
var fieldsOf = map[string]string{"contentType": "kind", "topicIds": "topic", "verifyPayType": "audience", "sendAt": "at"}

// refuseDraft takes in an error about the draft, at the field it is about.
func (f form) refuseDraft(err error) bool {
	if !f.refuse(err) {
		return false
	}
	for wire, name := range fieldsOf {
		if text, ok := f.Wrong[wire]; ok {
			f.Wrong[name] = text
		}
	}
	return true
}
