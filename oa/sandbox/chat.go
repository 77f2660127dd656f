package sandbox

import (
	"encoding/json"
	"strconv"
	"time"
)

// The kinds of a chat's entries. Said and Event are what the follower did;
// the others are what the account's side made appear.
const (
	KindReply        = "reply"
	KindTemplate     = "template"
	KindCustomer     = "customer"
	KindNotification = "notification"
	KindSaid         = "said"
)

// An entry is kept as it arrived and put into words when someone looks.
type entry struct {
	kind  string
	at    int64 // Unix milliseconds
	text  string
	title string
	url   string
	card  []byte // body of a template send
	items []Choice
	msgid int64
}

// A Choice is a line of a message one can tap.
type Choice struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

// Entry is one thing the phone shows.
type Entry struct {
	Kind   string   `json:"kind"`
	Text   string   `json:"text"`
	Title  string   `json:"title,omitempty"`
	Fields Fields   `json:"fields,omitempty"`
	URL    string   `json:"url,omitempty"`
	Items  []Choice `json:"items,omitempty"`
	MsgID  int64    `json:"msgid,omitempty"`
	At     string   `json:"at"` // RFC 3339, Beijing
}

// Fields are a card's lines in the order of its template. In JSON they are an
// object of key and value, in that order.
type Fields []Field

// A Field is one line of a card.
type Field struct{ Key, Label, Value string }

// MarshalJSON writes the object in the fields' order.
func (f Fields) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, field := range f {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendQuote(out, field.Key)
		value, err := json.Marshal(field.Value)
		if err != nil {
			return nil, err
		}
		out = append(append(out, ':'), value...)
	}
	return append(out, '}'), nil
}

// Value returns the value of a key, empty when the card has no such line.
func (f Fields) Value(key string) string {
	for _, field := range f {
		if field.Key == key {
			return field.Value
		}
	}
	return ""
}

// show adds an entry and forgets the oldest ones. The caller holds the lock
// of the member's shard.
func (s *Sandbox) show(m *member, r *ruleSet, e entry) {
	limit := r.ChatEntries
	if users := int(s.crowd.count.Load()); users > 0 && r.ChatTotal/users < limit {
		limit = max(r.ChatTotal/users, 3)
	}
	if over := len(m.chat) + 1 - limit; limit > 0 && over > 0 {
		kept := copy(m.chat, m.chat[over:])
		clear(m.chat[kept:])
		m.chat = m.chat[:kept]
	}
	m.chat = append(m.chat, e)
}

// notify shows one text to one user.
func (s *Sandbox) notify(openid, kind, text string) {
	rules := s.config.get()
	at := s.clock.Now().UnixMilli()
	s.crowd.with(openid, func(_ *shard, m *member) {
		s.show(m, rules, entry{kind: kind, at: at, text: text})
	})
	s.touch()
}

// inWords is e as the phone shows it.
func (s *Sandbox) inWords(e entry) Entry {
	out := Entry{Kind: e.kind, Text: e.text, Title: e.title, URL: e.url, Items: e.items, MsgID: e.msgid}
	out.At = time.UnixMilli(e.at).In(beijing).Format("2006-01-02T15:04:05.000Z07:00")
	if e.card == nil {
		return out
	}
	var card templateCall
	if card.parse(e.card) != nil {
		return out
	}
	out.URL = card.URL
	out.Title, out.Fields = s.templates.render(&card)
	for i, f := range out.Fields {
		if i > 0 {
			out.Text += "\n"
		}
		out.Text += f.Label + "：" + f.Value
	}
	return out
}

// Chat is what the phone shows of the account's side, oldest first.
func (f *Follower) Chat() []Entry {
	return f.entries(func(e entry) bool { return e.kind != KindSaid })
}

// Talk is the whole chat: Chat and what the follower said.
func (f *Follower) Talk() []Entry { return f.entries(func(entry) bool { return true }) }

func (f *Follower) entries(want func(entry) bool) []Entry {
	var kept []entry
	f.s.crowd.with(f.OpenID, func(_ *shard, m *member) { kept = append(kept, m.chat...) })
	list := []Entry{}
	for _, e := range kept {
		if want(e) {
			list = append(list, f.s.inWords(e))
		}
	}
	return list
}
