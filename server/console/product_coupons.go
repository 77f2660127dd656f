package console

import (
	"strconv"
	"time"

	"hongyan/billing"
	"hongyan/server/ui"
)

// couponsView is the coupons of a product and the form of a new one.
type couponsView struct {
	productHead
	Form form
	Rows []couponRow
	Next string
}

// couponRow is a coupon with its state in words.
type couponRow struct {
	billing.Coupon
	Chip ui.Chip
	Good bool // somebody can still use it
}

func (c *Console) couponsPage(r *request) (reply, error) { return c.coupons(r, filled("uses", "100")) }

func (c *Console) coupons(r *request, f form) (reply, error) {
	h, err := c.product(r, "coupons")
	if err != nil {
		return reply{}, err
	}
	after, err := numberOf(r.URL.Query().Get("after"))
	if err != nil {
		return reply{}, err
	}
	all, more, err := c.o.Billing.Coupons(r.Context(), r.app.ID, h.ID, billing.CouponID(after), 0)
	if err != nil {
		return reply{}, err
	}
	v := couponsView{productHead: h, Form: f}
	for _, one := range all {
		v.Rows = append(v.Rows, c.couponRow(r.lang, one))
	}
	if more {
		v.Next = turned(r, strconv.FormatInt(int64(all[len(all)-1].ID), 10))
	}
	a := shown("product_coupons", say("「%s」的优惠码", h.Name), v)
	if len(f.Wrong) > 0 {
		a = a.wrong()
	}
	return a, nil
}

func (c *Console) couponRow(lang string, one billing.Coupon) couponRow {
	row := couponRow{Coupon: one}
	text, tone := "有效", "good"
	switch {
	case !one.EndedAt.IsZero():
		text, tone = "已停用", ""
	case one.Used >= one.Uses:
		text, tone = "已用完", ""
	case !one.ExpiresAt.IsZero() && !one.ExpiresAt.After(c.o.Now()):
		text, tone = "已过期", ""
	default:
		row.Good = true
	}
	row.Chip = ui.Chip{Text: translate(lang, text), Tone: tone}
	return row
}

// newCoupon makes a coupon. What cannot be read is out of bounds.
func (c *Console) newCoupon(r *request) (reply, error) {
	f := typed(r)
	h, err := c.product(r, "coupons")
	if err != nil {
		return reply{}, err
	}
	d := billing.CouponDraft{Code: r.value("code"), Uses: countOf(r.value("uses"))}
	if text := r.value("days"); text != "" {
		d.Days = countOf(text)
	}
	if text := r.value("off"); text != "" {
		d.Off = fenOf(text)
	}
	if text := r.value("expires"); text != "" {
		day, err := time.ParseInLocation(time.DateOnly, text, shanghai)
		if err != nil {
			f.Wrong["expires"] = translate(r.lang, wordsDate)
			return c.coupons(r, f)
		}
		d.Expires = day.AddDate(0, 0, 1).Add(-time.Millisecond) // to its end
	}
	made, err := c.o.Billing.CreateCoupon(r.Context(), r.app.ID, h.ID, d)
	if f.refuse(err) {
		return c.coupons(r, f)
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(h.Here+"/coupons").saying("优惠码 %s 已建好", made.Code), nil
}

// countOf reads a number of a field; what is none gives -1.
func countOf(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

func (c *Console) endCoupon(r *request) (reply, error) {
	h, err := c.product(r, "coupons")
	if err == nil {
		err = c.o.Billing.EndCoupon(r.Context(), r.app.ID, h.ID, r.value("code"))
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(h.Here + "/coupons").saying("优惠码已停用"), nil
}
