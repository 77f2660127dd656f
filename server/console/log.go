package console

import (
	"strings"

	"hongyan/push"
)

// logView is the audit log of an app.
type logView struct {
	Form    form
	Kinds   []option
	People  []option
	Entries []logEntry
	Next    string // address of the next page
	Bare    bool   // nothing narrows the list
}

// logEntry is one line as it is read.
type logEntry struct {
	push.Changed
	What          string // was done
	On            string // what it was done to
	Before, After string
	Tone          string // of the mark in the timeline
}

func (c *Console) logPage(r *request) (reply, error) {
	q := r.URL.Query()
	v := logView{Form: form{Values: q}, Kinds: said(r, append([]option{{"", wordsEverything}}, wordsKinds...)...)}
	filter := push.AuditFilter{App: r.app.ID, UID: push.UID(q.Get("who")), Action: q.Get("kind"), After: q.Get("after"), Limit: 50}
	v.Bare = filter.UID == "" && filter.Action == "" && filter.After == ""
	changes, next, err := c.o.Push.Audit(r.Context(), filter)
	if err != nil {
		return reply{}, err
	}
	members, err := c.o.Push.Members(r.Context(), r.app.ID)
	if err != nil {
		return reply{}, err
	}
	names := map[string]string{}
	v.People = []option{{"", translate(r.lang, wordsEverybody)}}
	for _, m := range members {
		names[string(m.UID)] = m.Name
		v.People = append(v.People, option{string(m.UID), calledBy(m.Name, m.UID)})
	}
	for _, change := range changes {
		v.Entries = append(v.Entries, entryOf(r.lang, change, names))
	}
	v.Next = turned(r, next)
	return shown("log", wordsLog, v), nil
}

// calledBy is a person's name, or the UID of one without.
func calledBy(name string, uid push.UID) string {
	if name != "" {
		return name
	}
	return string(uid)
}

// entryOf words a change.
func entryOf(lang string, c push.Changed, names map[string]string) logEntry {
	e := logEntry{Changed: c, What: deed(lang, c.Action), On: c.Subject, Before: c.Change.Before, After: c.Change.After, Tone: toneOf(c.Action)}
	if name := names[c.Subject]; name != "" {
		e.On = name
	}
	if c.Action == "member.role" {
		if c.Change.Before == "" {
			e.What = translate(lang, wordsJoined)
		}
		e.Before, e.After = roleText(lang, e.Before), roleText(lang, e.After)
	}
	return e
}

// toneOf marks what ends something, and what a thief would do.
func toneOf(action string) string {
	_, verb, _ := strings.Cut(action, ".")
	switch verb {
	case "delete", "remove", "reject":
		return "bad"
	case "token", "secret", "url", "role", "setting_key":
		return "wait"
	}
	return "good"
}

// Door is the way by which it was done.
func (e logEntry) Door() string { return wordsVia[e.Via] }

// Who did it; the machine's own hand has no name.
func (e logEntry) Who() string { return calledBy(e.Name, e.UID) }
