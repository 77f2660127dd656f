package sandbox

import (
	"encoding/json"
	"strings"
)

// The parts of the phone page, as its stream tells them.

// phoneCrowd is the newest users and, wherever it stands, the one whose phone
// it is.
func (s *Sandbox) phoneCrowd(openid string) any {
	all := s.crowd.all()
	list, found := []FollowerLine{}, false
	for i := len(all) - 1; i >= 0 && len(list) < phonePeople; i-- {
		if line, known := s.line(all[i]); known {
			list, found = append(list, line), found || line.OpenID == openid
		}
	}
	if line, known := s.line(openid); known && !found {
		list = append(list, line)
	}
	return map[string]any{"total": len(all), "list": list}
}

// phoneCodes is what waits to be paid, the code that the page was opened for,
// if any, and the newest QR codes. Their pictures are found below the page.
func (s *Sandbox) phoneCodes(wanted string) any {
	type code struct {
		Name    string `json:"name,omitempty"`
		Scene   string `json:"scene"`
		Link    string `json:"link"`
		Ticket  string `json:"ticket"`
		Until   int64  `json:"until"` // Unix milliseconds; 0 is for ever
		Expired bool   `json:"expired"`
		Wanted  bool   `json:"wanted,omitempty"`
		Total   int64  `json:"total,omitempty"` // fen; the code is a code_url, which is its link
	}
	now, names, list := s.clock.Now(), s.phone.hints.Load().Codes, []code{}
	add := func(c *qrCode, wanted bool) {
		line := code{Name: names[c.Scene], Scene: c.Scene, Link: c.Link, Ticket: c.Ticket, Expired: c.expired(now), Wanted: wanted}
		if !c.Until.IsZero() {
			line.Until = c.Until.UnixMilli()
		}
		list = append(list, line)
	}
	for _, sheet := range s.pay.Codes(phoneCodes / 4) {
		list = append(list, code{Name: sheet.Description, Link: sheet.Handle, Total: sheet.Total})
	}
	first := s.codes.find(wanted)
	if first != nil {
		add(first, true)
	}
	for _, c := range s.codes.latest(phoneCodes) {
		if c != first && len(list) < phoneCodes {
			add(c, false)
		}
	}
	return list
}

func (s *Sandbox) phoneMenu() any {
	var menu menuCall
	if body := s.menu.Load(); body != nil {
		_ = json.Unmarshal(*body, &menu) // it was read when it was created
	}
	return phoneButtons(menu.Buttons)
}

type phoneButton struct {
	Name string        `json:"name"`
	Type string        `json:"type,omitempty"`
	Key  string        `json:"key,omitempty"`
	URL  string        `json:"url,omitempty"`
	Sub  []phoneButton `json:"sub,omitempty"`
}

func phoneButtons(buttons []menuButton) []phoneButton {
	list := []phoneButton{}
	for _, b := range buttons {
		list = append(list, phoneButton{b.Name, b.Type, b.Key, b.URL, phoneButtons(b.Sub)})
	}
	return list
}

// phoneFaults is the profile and everything dialled in.
func (s *Sandbox) phoneFaults() any {
	s.config.mu.Lock()
	profile, overlay := s.config.base.Profile, s.config.dial
	s.config.mu.Unlock()
	return map[string]any{"profile": profile, "list": s.Faults(), "overlay": overlay}
}

// A glance tells whether a chat looks as it did.
type glance struct {
	known, following, blocking bool
	name                       string
	entries                    int
	kind, text                 string
	at, msgid                  int64
}

func (s *Sandbox) glanceAt(openid string) (g glance) {
	g.known = s.crowd.with(openid, func(_ *shard, m *member) {
		g.name, g.following, g.blocking, g.entries = m.name, m.following, m.blocking, len(m.chat)
		if n := len(m.chat); n > 0 {
			last := m.chat[n-1]
			g.kind, g.text, g.at, g.msgid = last.kind, last.text, last.at, last.msgid
		}
	})
	return g
}

// A phoneEntry is an Entry with the labels of its lines and an id that a
// browser's numbers can hold.
type phoneEntry struct {
	Entry
	Fields []phoneField `json:"fields,omitempty"`
	MsgID  int64        `json:"msgid,omitempty,string"`
}

type phoneField struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// phoneChat is the phone's owner and the whole chat; without an owner when
// there is no such user.
func (s *Sandbox) phoneChat(openid string) any {
	line, known := s.line(openid)
	if !known {
		return map[string]any{"owner": nil, "entries": []phoneEntry{}}
	}
	list := []phoneEntry{}
	for _, e := range s.Follower(openid).Talk() {
		one := phoneEntry{Entry: e, MsgID: e.MsgID}
		for _, f := range e.Fields {
			one.Fields = append(one.Fields, phoneField{f.Label, f.Value})
		}
		list = append(list, one)
	}
	return map[string]any{"owner": line, "entries": list}
}

// A phoneLine is an exchange of the log in the clear.
type phoneLine struct {
	Exchange
	Sealed bool `json:"sealed,omitempty"` // it travelled encrypted
}

// phoneLine opens what was sealed, so that a person can read it.
func (s *Sandbox) phoneLine(e *exchange) phoneLine {
	line := phoneLine{Exchange: e.inWords()}
	if e.call {
		return line
	}
	var opened bool
	if line.Request, opened = s.clear(e.request, line.Request); opened {
		line.Sealed = true
	}
	line.Answer, _ = s.clear(e.response, line.Answer)
	return line
}

// clear is the beginning of the document inside a sealed body.
func (s *Sandbox) clear(body []byte, otherwise string) (text string, opened bool) {
	if s.caller.cipher == nil || len(body) == 0 {
		return otherwise, false
	}
	outer, err := parseReply(strings.TrimSpace(string(body)), true)
	if err != nil || outer["Encrypt"] == "" {
		return otherwise, false
	}
	inner, err := s.caller.cipher.Open(outer["Encrypt"])
	if err != nil {
		return otherwise, false
	}
	return summary(inner), true
}
