package page

import (
	"fmt"
	"net/http"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/server/ui"
)

// productsPath is the list of what somebody bought.
const productsPath = "/my/products"

func minePath(id push.ProductID) string { return fmt.Sprintf("%s/%d", productsPath, id) }

// productsView is what a follower has bought, and what waits to be paid.
type productsView struct {
	Open  []orderRow
	Rows  []holdingRow
	Words mineWords
}

// orderRow is an order in a list.
type orderRow struct {
	Name, What, At, Path string
	Chip                 ui.Chip
	Refunds              []refundRow
}

// holdingRow is a product somebody has or had.
type holdingRow struct {
	Name, Cover, Ends, Path, Renew string
	Chip                           ui.Chip
}

func (h *handler) products(r *http.Request, u push.User) (reply, error) {
	open, err := h.Billing.MyOrders(r.Context(), u.ID, 0)
	if err != nil {
		return reply{}, err
	}
	mine, err := h.Billing.Mine(r.Context(), u.ID)
	if err != nil {
		return reply{}, err
	}
	now := h.Now()
	v := productsView{Open: orderRows(open, now), Words: wordsMine}
	for _, one := range mine {
		v.Rows = append(v.Rows, holdingRowOf(one, now))
	}
	return shown("products", v.Words.Title, v), nil
}

func holdingRowOf(one billing.Holding, now time.Time) holdingRow {
	row := holdingRow{Name: one.Name, Cover: one.CoverPath(), Ends: wordsUntil(one.EndsAt, now), Path: minePath(one.ID), Chip: wordsHeld(one.EndsAt, now)}
	if one.State.OnSale() {
		row.Renew = productPath(one.ID)
	}
	return row
}

func orderRows(all []billing.OrderOf, now time.Time) (rows []orderRow) {
	for _, one := range all {
		o := ordered{OrderOf: one, now: now}
		rows = append(rows, orderRow{
			Name: o.Name, What: wordsDays(o.Days) + " · " + billing.Yuan(o.Amount), At: moment(o.CreatedAt), Path: orderPath(o.Handle), Chip: o.chip(), Refunds: refundRows(o.Refunds),
		})
	}
	return rows
}

// holdingView is one product of the follower's, with all that happened.
type holdingView struct {
	holdingRow
	Gone    bool // not sold any more
	Orders  []orderRow
	Entries []entryRow
	Words   mineWords
}

// entryRow is an entry of the ledger.
type entryRow struct{ What, Money, At, Ends string }

func (h *handler) holding(r *http.Request, u push.User) (reply, error) {
	id, err := productOf(r)
	if err != nil {
		return reply{}, err
	}
	orders, err := h.Billing.MyOrders(r.Context(), u.ID, id)
	if err != nil {
		return reply{}, err
	}
	entries, err := h.Billing.History(r.Context(), u.ID, id)
	if err == nil && len(orders)+len(entries) == 0 {
		err = billing.ErrNoProduct // somebody else's, or none: the same page
	}
	if err != nil {
		return reply{}, err
	}
	one, err := h.Billing.Holding(r.Context(), u.ID, id)
	if err != nil {
		return reply{}, err
	}
	now := h.Now()
	v := holdingView{holdingRow: holdingRowOf(one, now), Gone: !one.State.OnSale(), Orders: orderRows(orders, now), Words: wordsMine}
	for _, e := range entries {
		v.Entries = append(v.Entries, entryRowOf(e))
	}
	return shown("holding", v.Name, v), nil
}

func entryRowOf(e billing.Entry) entryRow {
	row := entryRow{What: wordsEntry(e), At: moment(e.At), Ends: fmt.Sprintf(wordsMine.EndsAfter, moment(e.EndsAt))}
	switch {
	case e.Amount > 0:
		row.Money = billing.Yuan(e.Amount)
	case e.Amount < 0:
		row.Money = "−" + billing.Yuan(-e.Amount)
	}
	if e.EndsAt.IsZero() {
		row.Ends = ""
	}
	return row
}
