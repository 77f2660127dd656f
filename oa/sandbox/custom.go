package sandbox

import (
	"strings"
)

// A customCall is the body of message/custom/send.
type customCall struct {
	ToUser string `json:"touser"`
	Type   string `json:"msgtype"`
	Text   struct {
		Content string `json:"content"`
	} `json:"text"`
	Menu struct {
		Head  string   `json:"head_content"`
		Items []Choice `json:"list"`
		Tail  string   `json:"tail_content"`
	} `json:"msgmenu"`
	News struct {
		Articles []struct {
			Title       string `json:"title"`
			Description string `json:"description"`
			URL         string `json:"url"`
		} `json:"articles"`
	} `json:"news"`
	Image struct {
		MediaID string `json:"media_id"`
	} `json:"image"`
	Voice struct {
		MediaID string `json:"media_id"`
	} `json:"voice"`
	Video struct {
		MediaID string `json:"media_id"`
		Title   string `json:"title"`
	} `json:"video"`
}

// maxCustomText is the longest text in bytes.
const maxCustomText = 2048

// entry is the message as the phone shows it.
func (m *customCall) entry() (entry, error) {
	e := entry{kind: KindCustomer}
	switch m.Type {
	case "text":
		if m.Text.Content == "" {
			return e, refuse(codeEmptyBody)
		}
		e.text, e.items = m.Text.Content, linkedChoices(m.Text.Content)
	case "msgmenu":
		if len(m.Menu.Items) == 0 {
			return e, refuse(codeEmptyBody)
		}
		e.text, e.items = m.menuText(), m.Menu.Items
	case "news":
		if len(m.News.Articles) != 1 {
			return e, refuse(45008)
		}
		a := m.News.Articles[0]
		e.title, e.text, e.url = a.Title, a.Description, a.URL
	case "image":
		e.text = mediaWords[m.Type] + m.Image.MediaID
	case "voice":
		e.text = mediaWords[m.Type] + m.Voice.MediaID
	case "video":
		e.title, e.text = m.Video.Title, mediaWords[m.Type]+m.Video.MediaID
	default:
		return e, refuse(codeBadMsgType)
	}
	if len(e.text) > maxCustomText {
		return e, refuse(codeTooLong)
	}
	return e, nil
}

// menuText is the menu as a person reads it, one line for each choice.
func (m *customCall) menuText() string {
	lines := make([]string, 0, len(m.Menu.Items)+2)
	if m.Menu.Head != "" {
		lines = append(lines, m.Menu.Head)
	}
	for _, item := range m.Menu.Items {
		lines = append(lines, item.Content)
	}
	if m.Menu.Tail != "" {
		lines = append(lines, m.Menu.Tail)
	}
	return strings.Join(lines, "\n")
}

// sendCustom shows a customer message, if a window is open for it.
func (s *Sandbox) sendCustom(c *call) error {
	var m customCall
	if err := c.decode(&m); err != nil {
		return err
	}
	c.openid = m.ToUser
	e, err := m.entry()
	if err != nil {
		return err
	}
	e.at = c.now.UnixMilli()
	known := s.crowd.with(m.ToUser, func(_ *shard, to *member) {
		if err = to.mayReceive(c); err == nil {
			s.show(to, c.rules, e)
		}
	})
	if !known {
		return refuse(codeBadOpenID)
	}
	if err != nil {
		return err
	}
	s.touch()
	return c.ok()
}

// mayReceive takes a message from the user's windows. To someone who left,
// WeChat says what it says of a window that is over.
func (m *member) mayReceive(c *call) error {
	if c.rules.CheckWindows {
		if !m.following {
			return refuse(codeWindowOver)
		}
		if code := m.windows.spend(c.now); code != 0 {
			return refuse(code)
		}
	}
	if m.blocking {
		return refuse(codeRefuses)
	}
	return nil
}

// typing shows that someone types, which needs an open window but uses none.
func (s *Sandbox) typing(c *call) error {
	var ask struct {
		ToUser  string `json:"touser"`
		Command string `json:"command"`
	}
	if err := c.decode(&ask); err != nil {
		return err
	}
	c.openid = ask.ToUser
	if ask.Command != "Typing" && ask.Command != "CancelTyping" {
		return refuse(codeTypingNotNeeded)
	}
	open := true
	known := s.crowd.with(ask.ToUser, func(_ *shard, m *member) {
		trial := m.windows
		open = !c.rules.CheckWindows || trial.spend(c.now) == 0
	})
	if !known {
		return refuse(codeBadOpenID)
	}
	if !open {
		return refuse(45080)
	}
	return c.ok()
}
