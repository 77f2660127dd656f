package page

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"hongyan/billing"
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

// cover serves the picture of a product. Its address changes with the picture,
// so a browser may keep it for a year.
func (h *handler) cover(w http.ResponseWriter, r *http.Request) {
	id, name := r.PathValue("product"), r.PathValue("name")
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil || strings.Trim(name, coverLetters) != "" {
		http.NotFound(w, r)
		return
	}
	p, err := h.Billing.Cover(r.Context(), push.ProductID(number), name)
	if err != nil && !errors.Is(err, billing.ErrNoCover) {
		h.Log.Error("cover of a product", "error", err)
		http.Error(w, wordsBroken.Title, http.StatusInternalServerError)
		return
	}
	if err != nil {
		http.NotFound(w, r)
		return
	}
	servePicture(w, r, p)
}

const coverLetters = "abcdefghijklmnopqrstuvwxyz0123456789."
