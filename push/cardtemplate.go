package push

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hongyan/store"
)

// CardTemplate is the template that cards are sent with: its id at WeChat, and
// what each of its fields shows.
type CardTemplate struct {
	ID     string            `json:"id"`
	Fields map[string]string `json:"fields"`
}

const (
	maxTemplateID = 64
	maxField      = 200 // characters of a field's text
	maxFields     = 20
)

// Validate refuses what cannot be stored. Whether the fields mean anything to
// WeChat is known to package push/wechat.
func (c *CardTemplate) Validate() error {
	if err := checkText("id", c.ID, 1, maxTemplateID); err != nil {
		return err
	}
	switch n := len(c.Fields); {
	case n == 0:
		return &Invalid{"", textNoFields}
	case n > maxFields:
		return &Invalid{"", fmt.Sprintf(textFields, maxFields, n)}
	}
	for key, text := range c.Fields {
		if err := checkText(key, text, 0, maxField); err != nil {
			return err
		}
	}
	return nil
}

// String is the template in short, for the audit log.
func (c *CardTemplate) String() string {
	parts := []string{c.ID}
	for _, key := range slices.Sorted(maps.Keys(c.Fields)) {
		parts = append(parts, key+"="+c.Fields[key])
	}
	return strings.Join(parts, "; ")
}

// CardTemplate is what the administrator chose; nil: nothing, so that the
// configured one holds. The same pointer means the same choice. It reads no
// database; a change is known on every node within seconds.
func (s *Service) CardTemplate() *CardTemplate { return s.live.Load().template }

// ConfiguredTemplate is the one that holds where the administrator chose none.
func (s *Service) ConfiguredTemplate() CardTemplate { return s.o.CardTemplate }

// SetCardTemplate chooses the template that cards are sent with from now on;
// nil goes back to the configured one. Cards under way keep theirs. Errors:
// *Invalid.
func (s *Service) SetCardTemplate(ctx context.Context, c *CardTemplate) error {
	after := ""
	if c != nil {
		if err := c.Validate(); err != nil {
			return err
		}
		after = c.String()
	}
	err := s.saveSetting(ctx, settingTemplate, c, c == nil, func(tx *store.Tx, value []byte) error {
		var was CardTemplate
		before := ""
		if readJSON(value, &was) == nil && was.ID != "" {
			before = was.String()
		}
		return s.AuditTx(ctx, tx, Change{Action: "template.set", Before: before, After: after})
	})
	if err != nil {
		return fmt.Errorf("set the card template: %w", err)
	}
	return nil
}
