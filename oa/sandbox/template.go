package sandbox

import (
	"regexp"
	"sort"
	"strings"
	"sync"
)

// DefaultTemplate is the template every sandbox has. Its lines are 应用
// (thing1), 内容 (thing2), 时间 (time3) and 编号 (character_string4).
const DefaultTemplate = "SANDBOX_template_0000000000000000000000000001"

// A Template is what the account may send: its content has one line for each
// key, as in 内容：{{thing2.DATA}}.
type Template struct {
	ID      string `json:"template_id"`
	Title   string `json:"title"`
	Primary string `json:"primary_industry"`
	Deputy  string `json:"deputy_industry"`
	Content string `json:"content"`
	Example string `json:"example"`
}

type templates struct {
	mu   sync.RWMutex
	byID map[string]*shape
}

// A shape is a template taken apart.
type shape struct {
	Template
	lines []Field // without values
}

func newTemplates() *templates {
	t := &templates{byID: map[string]*shape{}}
	t.add(Template{
		ID: DefaultTemplate, Title: "消息通知", Primary: "IT科技", Deputy: "互联网|电子商务",
		Content: "应用：{{thing1.DATA}}\n内容：{{thing2.DATA}}\n时间：{{time3.DATA}}\n编号：{{character_string4.DATA}}",
		Example: "应用：鸿雁\n内容：重启完成\n时间：2026-01-01 12:00\n编号：A1",
	})
	return t
}

var templateLine = regexp.MustCompile(`([^\n{]*?)[：:]?\{\{([A-Za-z_0-9]+)\.DATA\}\}`)

func (t *templates) add(template Template) {
	shape := &shape{Template: template}
	for _, m := range templateLine.FindAllStringSubmatch(template.Content, -1) {
		shape.lines = append(shape.lines, Field{Label: strings.TrimSpace(m[1]), Key: m[2]})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byID[template.ID] = shape
}

func (t *templates) get(id string) *shape {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byID[id]
}

func (t *templates) remove(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.byID[id]
	delete(t.byID, id)
	return ok
}

func (t *templates) list() []Template {
	t.mu.RLock()
	defer t.mu.RUnlock()
	list := make([]Template, 0, len(t.byID))
	for _, shape := range t.byID {
		list = append(list, shape.Template)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	return list
}

// render puts a card into its template's order. Keys the template has not
// are not shown; a template that is gone, or has no lines, shows them all.
func (t *templates) render(c *templateCall) (title string, fields Fields) {
	shape := t.get(c.TemplateID)
	if shape == nil || len(shape.lines) == 0 {
		for key := range c.Data {
			fields = append(fields, Field{Key: key, Label: key, Value: c.Data[key].Value})
		}
		sort.Slice(fields, func(i, j int) bool { return fields[i].Key < fields[j].Key })
		if shape != nil {
			title = shape.Title
		}
		return title, fields
	}
	for _, line := range shape.lines {
		if value, ok := c.Data[line.Key]; ok {
			line.Value = value.Value
			fields = append(fields, line)
		}
	}
	return shape.Title, fields
}

// AddTemplate gives the account a template.
func (s *Sandbox) AddTemplate(t Template) {
	s.templates.add(t)
	s.touch()
}

func (s *Sandbox) listTemplates(c *call) error {
	return c.answer(map[string][]Template{"template_list": s.templates.list()})
}

// maxTemplates is how many an account may have.
const maxTemplates = 25

func (s *Sandbox) addTemplate(c *call) error {
	var ask struct {
		Short string   `json:"template_id_short"`
		Names []string `json:"keyword_name_list"`
	}
	if err := c.decode(&ask); err != nil {
		return err
	}
	if ask.Short == "" || len(s.templates.list()) >= maxTemplates {
		return refuse(codeBadTemplate)
	}
	t := Template{ID: s.dice.Text(43), Title: ask.Short}
	for i, name := range ask.Names {
		t.Content += name + "：{{thing" + string(rune('1'+i)) + ".DATA}}\n"
	}
	s.AddTemplate(t)
	return c.answer(map[string]any{"errcode": 0, "errmsg": "ok", "template_id": t.ID})
}

func (s *Sandbox) deleteTemplate(c *call) error {
	var ask struct {
		ID string `json:"template_id"`
	}
	if err := c.decode(&ask); err != nil {
		return err
	}
	if !s.templates.remove(ask.ID) {
		return refuse(codeBadTemplate)
	}
	s.touch()
	return c.ok()
}
