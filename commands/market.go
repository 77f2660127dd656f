package commands

import (
	"fmt"

	"hongyan/push"
)

// market leads to what can be bought.
func (c *Commands) market(t *push.Turn, _ Phrase) error {
	t.Reply = noMarket
	if c.base != "" {
		t.Reply = marketText + c.onPage("/market", pageMarket)
	}
	return nil
}

// offer adds to a reply what is sold with what was just followed, if anything
// is.
func (c *Commands) offer(t *push.Turn, on push.Resource) error {
	if c.billing == nil || c.base == "" {
		return nil
	}
	p, ok, err := c.billing.SoldWith(t.Tx, on)
	if err != nil || !ok {
		return err
	}
	t.Reply += offered(p.Name, fmt.Sprintf("%s/product/%d", c.base, p.ID))
	return nil
}
