package commands

import (
	"errors"

	"hongyan/billing"
	"hongyan/push"
)

// product leads whoever scanned the code of a product to its page.
func (c *Commands) product(t *push.Turn, id push.ProductID) error {
	if c.billing == nil || c.base == "" {
		t.Reply = unknownCode
		return nil
	}
	p, err := c.billing.ProductTx(t.Tx, id)
	switch {
	case errors.Is(err, billing.ErrNoProduct):
		t.Reply = unknownCode
		return nil
	case err != nil:
		return err
	}
	switch page := c.base + p.PagePath(); {
	case p.State.OnSale():
		t.Reply = productFound(p.Name, page)
	case p.State == billing.Delisted:
		t.Reply = productGone(p.Name, page)
	default:
		t.Reply = productSoon(p.Name)
	}
	return nil
}
