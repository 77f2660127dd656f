package sandbox

import (
	"bytes"
	"encoding/json"
)

// A menuCall is the body of menu/create.
type menuCall struct {
	Buttons []menuButton `json:"button"`
}

type menuButton struct {
	Name string       `json:"name"`
	Type string       `json:"type"`
	Key  string       `json:"key"`
	URL  string       `json:"url"`
	Sub  []menuButton `json:"sub_button"`
}

// validate keeps the documented limits: 3 by 5 buttons, names of 16 and 60
// bytes, keys of 128.
func (m *menuCall) validate() error {
	if len(m.Buttons) < 1 || len(m.Buttons) > 3 {
		return &refusal{code: 40017, text: "invalid button size"}
	}
	for _, top := range m.Buttons {
		if err := top.validate(16); err != nil {
			return err
		}
		if len(top.Sub) > 5 {
			return &refusal{code: 40023, text: "invalid sub button size"}
		}
		for _, sub := range top.Sub {
			if err := sub.validate(60); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *menuButton) validate(name int) error {
	switch {
	case b.Name == "" || len(b.Name) > name:
		return &refusal{code: 40018, text: "invalid button name size"}
	case len(b.Key) > 128:
		return &refusal{code: 40019, text: "invalid button key size"}
	case len(b.URL) > 1024:
		return &refusal{code: 40020, text: "invalid button url size"}
	case len(b.Sub) > 0:
		return nil
	case b.Type == "view" && b.URL == "" || b.Type == "click" && b.Key == "":
		return &refusal{code: 40019, text: "invalid button key size"}
	case b.Type == "":
		return &refusal{code: 40016, text: "invalid button type"}
	}
	return nil
}

// createMenu takes the menu as it was written: the platform wants raw UTF-8
// and refuses \u escapes.
func (s *Sandbox) createMenu(c *call) error {
	var menu menuCall
	if err := c.decode(&menu); err != nil {
		return err
	}
	if bytes.Contains(c.body, []byte(`\u`)) {
		return refuse(codeBadMenu)
	}
	if err := menu.validate(); err != nil {
		return err
	}
	body := bytes.Clone(c.body)
	s.menu.Store(&body)
	s.touch()
	return c.ok()
}

func (s *Sandbox) getMenu(c *call) error {
	menu := s.menu.Load()
	if menu == nil {
		return refuse(codeNoMenu)
	}
	return c.answer(map[string]json.RawMessage{"menu": *menu})
}

func (s *Sandbox) deleteMenu(c *call) error {
	s.menu.Store(nil)
	s.touch()
	return c.ok()
}
