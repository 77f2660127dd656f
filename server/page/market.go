package page

import (
	"net/http"
	"strconv"

	"hongyan/push"
)

// marketView is a page of what can be ordered.
type marketView struct {
	Rows  []offerRow
	Next  string
	First bool
	Words marketWords
}

type offerRow struct{ Name, From, Cover, Price, Trial, Path string }

// path of the market, and how many products a page of it shows.
const (
	marketPath = "/market"
	onAPage    = 20
)

// market works signed out: it shows everybody the same.
func (h *handler) market(r *http.Request) (reply, error) {
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // nonsense is the first page
	all, err := h.Billing.Market(r.Context(), push.ProductID(after), onAPage+1)
	if err != nil {
		return reply{}, err
	}
	v := marketView{Words: wordsMarket, First: after <= 0}
	if len(all) > onAPage {
		all = all[:onAPage]
		v.Next = marketPath + "?after=" + strconv.FormatInt(int64(all[onAPage-1].ID), 10)
	}
	for _, o := range all {
		row := offerRow{Name: o.Name, From: o.AppName, Cover: o.CoverPath(), Path: productPath(o.ID)}
		if plan, ok := o.Cheapest(); ok {
			row.Price = wordsFrom(plan, len(o.Plans) > 1)
		}
		if o.TrialDays > 0 {
			row.Trial = wordsFree(o.TrialDays)
		}
		v.Rows = append(v.Rows, row)
	}
	return shown("market", v.Words.Title, v), nil
}
