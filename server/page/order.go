package page

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/server/ui"
)

// orderView is an order and the way to pay it. Whether it is paid the server
// says, and never the phone.
type orderView struct {
	Name, Days    string
	Price, Amount string // Price only where a coupon took something off
	Product       string // path
	Path          string
	State         string // changes when there is something else to see
	Chip          ui.Chip
	Text          string
	Until         string // when it can be paid no more
	Pays          bool
	Bridge        bool // WeChat can pay on this page
	Code          template.URL
	Waits         bool // something will change by itself
	Over          bool
	Plan          int64
	Lines         []factRow
	Refunds       []refundRow
	Refund        string // where to ask for one
	Words         orderWords
	Script        []string
}

type factRow struct{ Name, Value string }

// refundRow is what became of money that was asked back.
type refundRow struct {
	Amount, Reason, Answer, At string
	Chip                       ui.Chip
}

// plausibleOrder reports whether a handle has the form of one.
func plausibleOrder(handle string) bool {
	return len(handle) == 26 && strings.Trim(handle, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// orderOf is the order of a path. That of somebody else is none.
func (h *handler) orderOf(r *http.Request, u push.User) (o ordered, err error) {
	handle := r.PathValue("handle")
	if !plausibleOrder(handle) {
		return o, billing.ErrNoOrder
	}
	o.OrderOf, o.end, err = h.Billing.MyOrder(r.Context(), u.ID, handle)
	o.now = h.Now()
	return o, err
}

func (h *handler) order(r *http.Request, u push.User) (reply, error) {
	o, err := h.orderOf(r, u)
	if err != nil {
		return reply{}, err
	}
	v := h.orderView(r, &o)
	if v.Pays && (!v.Bridge || r.URL.Query().Get("way") == "code") {
		v.Bridge = false
		if code, err := h.Billing.CodeOf(r.Context(), u.ID, o.Handle); err != nil {
			return reply{}, err
		} else if code != "" {
			v.Code, _ = ui.QRPicture(code) // WeChat Pay's are short
		}
	}
	a := shown("order", v.Words.Title, v)
	a.view.pays = true
	return a, nil
}

// orderView says how the order stands and what can be done about it.
func (h *handler) orderView(r *http.Request, o *ordered) orderView {
	v := orderView{
		Name: o.Name, Days: wordsDays(o.Days), Amount: billing.Yuan(o.Amount), Product: productPath(o.Product), Path: orderPath(o.Handle),
		State: o.token(), Chip: o.chip(), Text: o.text(), Pays: o.payable(), Waits: o.waits(), Over: o.over(), Plan: int64(o.Plan),
		Bridge: !h.outside(r) && (!h.AnyBrowser || h.Bridge != ""), Words: wordsOrder, Script: []string{payPath()},
	}
	if o.Price != o.Amount {
		v.Price = billing.Yuan(o.Price)
	}
	if h.AnyBrowser && h.Bridge != "" {
		v.Script = []string{h.Bridge, payPath()}
	}
	if v.Pays {
		v.Until = o.ExpiresAt.In(china).Format(wordsClock)
	}
	v.Lines = append(v.Lines, factRow{v.Words.MadeAt, moment(o.CreatedAt)})
	if !o.PaidAt.IsZero() {
		v.Lines = append(v.Lines, factRow{v.Words.PaidAt, moment(o.PaidAt)}, factRow{v.Words.TradeNo, o.TradeNo})
	}
	v.Refunds = refundRows(o.Refunds)
	if o.Refundable(o.now) {
		v.Refund = v.Path + "/refund"
	}
	return v
}

func refundRows(all []billing.RefundOrder) (rows []refundRow) {
	for _, f := range all {
		if f.Surplus {
			f.Reason = wordsOrder.Surplus
		}
		rows = append(rows, refundRow{billing.Yuan(f.Amount), f.Reason, f.Answer, moment(f.CreatedAt), wordsRefunds[f.State]})
	}
	return rows
}

// orderState is what the page asks while it waits: one word that changes with
// what there is to see.
func (h *handler) orderState(w http.ResponseWriter, r *http.Request) {
	u, ok, err := h.who(r.Context(), r)
	var o ordered
	if err == nil && ok {
		o, err = h.orderOf(r, u)
	}
	own(w.Header(), false)
	switch {
	case errors.Is(err, billing.ErrNoOrder) || err == nil && !ok:
		http.Error(w, wordsNoOrder.Title, http.StatusNotFound)
	case err != nil:
		h.Log.Error("state of an order", "error", err)
		http.Error(w, wordsBroken.Title, http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(o.token())) // whoever left asks again
	}
}

// payRequest is what the page hands WeChat to pay with, or why it cannot.
func (h *handler) payRequest(w http.ResponseWriter, r *http.Request) {
	answer, status := struct {
		Request any    `json:"request,omitempty"`
		Error   string `json:"error,omitempty"`
		Changed bool   `json:"changed,omitempty"` // look at the page again
	}{}, http.StatusOK
	request, err := h.prepay(r)
	switch {
	case err == nil:
		answer.Request = request
	case errors.Is(err, billing.ErrNoOrder), errors.Is(err, billing.ErrOrderOver), errors.Is(err, errSignedOut):
		answer.Changed = true
	default:
		answer.Error, status = h.whyNotPaid(err)
	}
	own(w.Header(), false)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // whoever left taps again
}

var errSignedOut = errors.New("nobody is signed in")

func (h *handler) prepay(r *http.Request) (any, error) {
	u, ok, err := h.who(r.Context(), r)
	if err == nil && !ok {
		err = errSignedOut
	}
	if err != nil {
		return nil, err
	}
	if !plausibleOrder(r.PathValue("handle")) {
		return nil, billing.ErrNoOrder
	}
	a, err := h.Billing.Pay(r.Context(), u.ID, r.PathValue("handle"), billing.InWeChat)
	if err != nil {
		return nil, err
	}
	if h.Pay == nil {
		return nil, billing.ErrNoGateway
	}
	return h.Pay.PayArguments(a.Prepaid)
}

// whyNotPaid is what a payer reads when WeChat Pay could not be asked.
func (h *handler) whyNotPaid(err error) (string, int) {
	var refusal *billing.Refusal
	switch {
	case errors.Is(err, billing.ErrNoGateway):
		return wordsOrder.NoPay, http.StatusConflict
	case errors.As(err, &refusal):
		h.Log.Error("WeChat Pay refuses an order", "error", err)
		return wordsOrder.Refused, http.StatusBadGateway
	case errors.Is(err, context.Canceled):
		return wordsOrder.Later, http.StatusServiceUnavailable
	}
	h.Log.Error("an order cannot be paid", "error", err)
	return wordsOrder.Later, http.StatusBadGateway
}

// makeCode asks WeChat Pay for the code that another phone pays by.
func (h *handler) makeCode(r *http.Request, u push.User) (reply, error) {
	o, err := h.orderOf(r, u)
	if err != nil {
		return reply{}, err
	}
	_, err = h.Billing.Pay(r.Context(), u.ID, o.Handle, billing.ByCode)
	if err != nil && !errors.Is(err, billing.ErrOrderOver) {
		n := wordsNoCode
		var status int
		n.Text, status = h.whyNotPaid(err)
		n.Action = &ui.Link{Text: wordsBack, URL: orderPath(o.Handle)}
		return refused(status, n), nil
	}
	return sentTo(orderPath(o.Handle) + "?way=code"), nil
}

// cancelPage asks whether to cancel an order that is not paid.
func (h *handler) cancelPage(r *http.Request, u push.User) (reply, error) {
	o, err := h.orderOf(r, u)
	if err != nil {
		return reply{}, err
	}
	if !o.payable() {
		return sentTo(orderPath(o.Handle)), nil
	}
	v := wordsCancel(o.Name)
	v.Action, v.Back = orderPath(o.Handle)+"/cancel", orderPath(o.Handle)
	return shown("confirm", v.Title, v), nil
}

func (h *handler) cancel(r *http.Request, u push.User) (reply, error) {
	o, err := h.orderOf(r, u)
	if err != nil {
		return reply{}, err
	}
	if err := h.Billing.Cancel(r.Context(), u.ID, o.Handle); err != nil {
		return reply{}, err
	}
	return sentTo(orderPath(o.Handle)), nil
}

// refundView asks why somebody wants their money back.
type refundView struct {
	Name, Amount, Text, Path string
	Typed, Wrong             string
	Most                     int
	Words                    refundWords
}

// maxRefundReason is the longest reason, in characters.
const maxRefundReason = 80

func (h *handler) refundPage(r *http.Request, u push.User) (reply, error) {
	o, err := h.orderOf(r, u)
	if err != nil {
		return reply{}, err
	}
	if !o.Refundable(o.now) {
		return sentTo(orderPath(o.Handle)), nil
	}
	v := refundViewOf(&o)
	return shown("refund", v.Words.Title, v), nil
}

func refundViewOf(o *ordered) refundView {
	return refundView{
		Name: o.Name, Amount: billing.Yuan(o.Left()), Path: orderPath(o.Handle), Most: maxRefundReason, Words: wordsRefund,
		Text: fmt.Sprintf(wordsRefund.Text, billing.Yuan(o.Left())),
	}
}

// askRefund hands the wish to the product's owners. A second one, while the
// first is undecided, is the first.
func (h *handler) askRefund(r *http.Request, u push.User) (reply, error) {
	o, err := h.orderOf(r, u)
	if err != nil {
		return reply{}, err
	}
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	if n := len([]rune(reason)); n == 0 || n > maxRefundReason {
		v := refundViewOf(&o)
		v.Typed, v.Wrong = reason, wordsRefundReason(n)
		a := shown("refund", v.Words.Title, v)
		a.status = http.StatusBadRequest
		return a, nil
	}
	err = h.Billing.AskRefund(r.Context(), u.ID, o.Handle, reason)
	if err != nil && !errors.Is(err, billing.ErrNotRefundable) {
		return reply{}, err
	}
	return sentTo(orderPath(o.Handle)), nil
}
