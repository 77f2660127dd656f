package page

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/ui"
	"hongyan/store/limit"
)

// productView is a product as its page shows it.
type productView struct {
	Name, From, Cover string
	About             template.HTML
	Gives             []giveRow
	Plans             []planRow
	Form              string // where its forms lead, up to what they do
	Ends, Ended       string // until when who looks has it, had it
	Delisted          string // why it cannot be ordered
	Trial             string // the free days that are left to them
	Code              string // the coupon that was typed
	CodeWrong         string
	CodeDays          string // what the coupon gives without an order
	Outside           template.URL
	Signed            bool // somebody is
	Mine              string
	Words             productWords
}

type giveRow struct{ Kind, Name string }

// planRow is a plan with what it costs whoever looks.
type planRow struct {
	ID         int64
	Days       string
	Price, Was string // Was: before the coupon
	Do         string
}

func productPath(id push.ProductID) string { return fmt.Sprintf("/product/%d", id) }

// productOf reads the product of a path. What is no number looks like what
// does not exist.
func productOf(r *http.Request) (push.ProductID, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, billing.ErrNoProduct
	}
	return push.ProductID(id), nil
}

// product shows a product to everybody: to whom WeChat can name with what they
// can do, elsewhere with a code that opens it in WeChat.
func (h *handler) product(r *http.Request) (reply, error) {
	id, err := productOf(r)
	if err != nil {
		return reply{}, err
	}
	offer, err := h.Billing.Offer(r.Context(), id)
	if err != nil {
		return reply{}, err
	}
	u, ok, err := h.who(r.Context(), r)
	switch {
	case err != nil:
		return reply{}, err
	case !ok && !h.outside(r):
		return h.ask(r, false)
	}
	v, err := h.productView(r, &offer)
	if err != nil {
		return reply{}, err
	}
	if ok {
		err = h.forBuyer(r, &v, &offer, u)
	} else if v.Delisted == "" {
		v.Outside, _ = ui.QRPicture(h.BaseURL + productPath(id)) // a path is short enough for a code
	}
	if err != nil {
		return reply{}, err
	}
	a := shown("product", v.Name, v)
	a.view.pictures = true
	return a, nil
}

func (h *handler) productView(r *http.Request, offer *billing.Offer) (v productView, err error) {
	v = productView{
		Name: offer.Name, From: offer.AppName, Cover: offer.CoverPath(), Form: productPath(offer.ID), Words: wordsProduct,
	}
	if offer.Description != "" {
		if v.About, err = h.render(r.Context(), push.Page{Kind: content.Markdown, Content: offer.Description}); err != nil {
			return v, err
		}
	}
	for _, g := range offer.Gives {
		v.Gives = append(v.Gives, giveRow{wordsKind[g.Kind], g.Name})
	}
	switch {
	case !offer.Orderable():
		v.Delisted = v.Words.Delisted
	case !h.Billing.Sells():
		v.Delisted = v.Words.NoPay
	default:
		for _, p := range offer.Plans {
			v.Plans = append(v.Plans, planRow{ID: int64(p.ID), Days: wordsDays(p.Days), Price: billing.Yuan(p.Price), Do: v.Words.Buy})
		}
	}
	return v, nil
}

// forBuyer adds what only somebody signed in sees: until when they have it,
// the trial, and what their coupon does.
func (h *handler) forBuyer(r *http.Request, v *productView, offer *billing.Offer, u push.User) error {
	have, err := h.Billing.Holding(r.Context(), u.ID, offer.ID)
	if err != nil {
		return err
	}
	v.Signed = true
	if !have.EndsAt.IsZero() {
		v.Mine = minePath(offer.ID)
		if have.EndsAt.After(h.Now()) {
			v.Ends = moment(have.EndsAt)
		} else {
			v.Ended = moment(have.EndsAt)
		}
	}
	if offer.Orderable() && offer.TrialDays > 0 && !have.Tried {
		v.Trial = wordsTry(offer.TrialDays)
	}
	if v.Code = strings.TrimSpace(r.URL.Query().Get("coupon")); v.Code != "" && len(v.Plans) > 0 {
		err = h.withCoupon(r, v, offer, u)
	}
	if v.Ends != "" {
		for i := range v.Plans {
			v.Plans[i].Do = v.Words.Renew
		}
	}
	return err
}

// withCoupon shows what a code does before it is used.
func (h *handler) withCoupon(r *http.Request, v *productView, offer *billing.Offer, u push.User) error {
	if !h.mayTry(r, u, v.Code) {
		v.Code, v.CodeWrong = "", wordsManyCodes.Text
		return nil
	}
	days, off, err := h.Billing.Worth(r.Context(), u.ID, offer.ID, v.Code)
	if errors.Is(err, billing.ErrCoupon) {
		v.Code, v.CodeWrong = "", v.Words.NoCoupon
		return nil
	}
	if err != nil {
		return err
	}
	if days > 0 {
		v.CodeDays = wordsRedeem(days)
		return nil
	}
	for i, p := range offer.Plans {
		v.Plans[i].Price, v.Plans[i].Was = billing.Yuan(billing.Reduced(p.Price, off)), billing.Yuan(p.Price)
	}
	return nil
}

// codesEach is how many codes of coupons one user may try: enough for who
// mistypes, and nothing for who guesses.
var codesEach = limit.Rate{Most: 20, Per: time.Hour}

// mayTry counts a try of a code.
func (h *handler) mayTry(r *http.Request, u push.User, code string) bool {
	if strings.TrimSpace(code) == "" {
		return true
	}
	ok, _ := h.Limit.Allow(r.Context(), fmt.Sprintf("coupon %d", u.ID), codesEach, 1)
	return ok
}

// buy orders a plan. A second tap finds the order of the first.
func (h *handler) buy(r *http.Request, u push.User) (reply, error) {
	id, err := productOf(r)
	if err != nil {
		return reply{}, err
	}
	plan, err := strconv.ParseInt(r.PostFormValue("plan"), 10, 64)
	if err != nil {
		return refused(http.StatusBadRequest, wordsInvalid), nil
	}
	if !h.mayTry(r, u, r.PostFormValue("coupon")) {
		return refused(http.StatusTooManyRequests, wordsManyCodes), nil
	}
	plans, err := h.Billing.Plans(r.Context(), id)
	if err != nil {
		return reply{}, err
	}
	for _, p := range plans {
		if p.ID != billing.PlanID(plan) {
			continue
		}
		o, err := h.Billing.Order(r.Context(), u.ID, p.ID, r.PostFormValue("coupon"))
		if err != nil {
			return h.notBought(id, err)
		}
		return sentTo(orderPath(o.Handle)), nil
	}
	return h.notBought(id, billing.ErrNotSold)
}

// try begins the free days.
func (h *handler) try(r *http.Request, u push.User) (reply, error) {
	id, err := productOf(r)
	if err != nil {
		return reply{}, err
	}
	if _, err := h.Billing.Trial(r.Context(), u.ID, id); err != nil {
		return h.notBought(id, err)
	}
	return sentTo(productPath(id)), nil
}

// redeemCoupon takes the days of a coupon.
func (h *handler) redeemCoupon(r *http.Request, u push.User) (reply, error) {
	id, err := productOf(r)
	if err != nil {
		return reply{}, err
	}
	if !h.mayTry(r, u, r.PostFormValue("coupon")) {
		return refused(http.StatusTooManyRequests, wordsManyCodes), nil
	}
	if _, err := h.Billing.Redeem(r.Context(), u.ID, id, r.PostFormValue("coupon")); err != nil {
		return h.notBought(id, err)
	}
	return sentTo(productPath(id)), nil
}

// notBought is the page of a refusal that leads back to the product.
func (h *handler) notBought(id push.ProductID, err error) (reply, error) {
	for _, one := range []struct {
		err    error
		status int
		words  ui.Notice
	}{
		{billing.ErrCoupon, http.StatusConflict, wordsCouponRefused},
		{billing.ErrNoTrial, http.StatusConflict, wordsNoTrial},
		{billing.ErrTrialUsed, http.StatusConflict, wordsTrialUsed},
		{billing.ErrNotSold, http.StatusConflict, wordsNotSold},
	} {
		if errors.Is(err, one.err) {
			n := one.words
			n.Action = &ui.Link{Text: wordsBackToProduct, URL: productPath(id)}
			return refused(one.status, n), nil
		}
	}
	return reply{}, err
}

// moment is a time of day in China.
func moment(t time.Time) string { return t.In(china).Format(wordsMoment) }

func orderPath(handle string) string { return "/my/order/" + url.PathEscape(handle) }
