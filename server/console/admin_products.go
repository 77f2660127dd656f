package console

import (
	"fmt"
	"net/http"
	"strconv"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/push/content"
)

// reviewsView is a page of the products of a stage.
type reviewsView struct {
	Products []billing.Reviewed
	Stage    string
	Next     string
}

func (c *Console) reviewsPage(r *request) (reply, error) {
	query := r.URL.Query()
	v := reviewsView{Stage: query.Get("state")}
	below, _ := strconv.ParseInt(query.Get("after"), 10, 64)
	var next push.ProductID
	var err error
	if v.Products, next, err = c.o.Billing.Reviews(r.Context(), billing.Stage(v.Stage), push.ProductID(below)); err != nil {
		return reply{}, err
	}
	if next != 0 {
		v.Next = turned(r, strconv.FormatInt(int64(next), 10))
	}
	return shown("admin_products", wordsReview, v), nil
}

// reviewView is one product, with what can be done to it.
type reviewView struct {
	billing.Reviewed
	Owners []push.Member
	Form   form
}

// Price words what a plan costs.
func (reviewView) Price(fen int64) string { return money(fen) }

func (c *Console) reviewPage(r *request) (reply, error) { return c.review(r, filled()) }

func (c *Console) review(r *request, f form) (reply, error) {
	id, err := productID(r)
	if err != nil {
		return reply{}, err
	}
	v := reviewView{Form: f}
	if v.Reviewed, err = c.o.Billing.Review(r.Context(), id); err != nil {
		return reply{}, err
	}
	if app, err := c.o.Push.KnownApp(r.Context(), v.App); err == nil { // else it is deleted
		v.Owners = app.Owners
	}
	return shown("admin_product", wordsReviewed, v), nil
}

// productID is the product that the path names.
func productID(r *request) (push.ProductID, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, billing.ErrNoProduct
	}
	return push.ProductID(id), nil
}

// reviewedText is the description, for a frame in which it can do nothing.
func (c *Console) reviewedText(r *request) (reply, error) {
	id, err := productID(r)
	if err != nil {
		return reply{}, err
	}
	p, err := c.o.Billing.Product(r.Context(), id)
	if err != nil {
		return reply{}, err
	}
	safe, err := content.Page(content.Markdown, p.Description)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, kind: "text/html; charset=utf-8", file: strangers(safe), framed: true}, nil
}

func (c *Console) passProduct(r *request) (reply, error) {
	id, err := productID(r)
	if err == nil {
		err = c.o.Billing.List(r.Context(), id)
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(Prefix + "admin/products").saying("产品已上架，所有者会收到通知"), nil
}

func (c *Console) returnProduct(r *request) (reply, error) {
	id, err := productID(r)
	if err == nil {
		err = c.o.Billing.Refuse(r.Context(), id, r.value("reason"))
	}
	if f := typed(r); f.refuse(err) {
		a, err := c.review(r, f)
		return a.wrong(), err
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(Prefix + "admin/products").saying("产品已退回，所有者会收到原因"), nil
}

func (c *Console) expelProduct(r *request) (reply, error) {
	id, err := productID(r)
	if err == nil {
		err = c.o.Billing.Delist(r.Context(), 0, id, r.value("reason"))
	}
	if f := typed(r); f.refuse(err) {
		a, err := c.review(r, f)
		return a.wrong(), err
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(fmt.Sprintf("%sadmin/products/%d", Prefix, id)).saying("产品已下架，所有者会收到原因"), nil
}
