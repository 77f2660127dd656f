package console

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/ui"
)

// productHead stands on every page of a product.
type productHead struct {
	billing.Listing
	Here string // path of its first page
	Tabs []navItem
	Chip ui.Chip
	Note warning
}

// productTabs are the pages of a product: path below it, words.
var productTabs = []section{{path: "", text: "概况"}, {path: "subscribers", text: "订阅者"}, {path: "orders", text: "订单"}, {path: "refunds", text: "退款"}, {path: "coupons", text: "优惠码"}}

// product reads the product that the path names.
func (c *Console) product(r *request, tab string) (h productHead, err error) {
	id, err := numberOf(r.PathValue("product"))
	if err == nil {
		h.Listing, err = c.o.Billing.Own(r.Context(), r.app.ID, push.ProductID(id))
	}
	if err != nil {
		return h, err
	}
	h.Here = productPath(r.app.ID, h.ID)
	h.Chip, h.Note = productChip(r.lang, h.State), productNote(r.lang, h.Listing, c.o.Now())
	for _, s := range productTabs {
		item := navItem{Text: translate(r.lang, s.text), URL: h.Here, Here: s.path == tab}
		if s.path != "" {
			item.URL += "/" + s.path
		}
		if s.path == "refunds" && h.Asked > 0 {
			item.Text += fmt.Sprintf(" (%d)", h.Asked)
		}
		h.Tabs = append(h.Tabs, item)
	}
	return h, nil
}

func productPath(app push.AppID, id push.ProductID) string {
	return appPath(app, "products/"+strconv.FormatInt(int64(id), 10))
}

// productView is the first page of a product.
type productView struct {
	productHead
	Spans   []span
	Earned  chart
	Plans   []billing.Plan
	Gives   []billing.Bound
	Code    string // address of its picture; empty: not made yet
	Link    string
	Bare    bool // something is missing before it can be submitted
	Preview string
}

// incomeSpans are how far back the income goes.
var incomeSpans = []span{{Name: "30d", Text: "30 天", back: 30 * 24 * time.Hour, byDay: true}, {Name: "12m", Text: "12 个月"}}

func (c *Console) productPage(r *request) (reply, error) {
	h, err := c.product(r, "")
	if err != nil {
		return reply{}, err
	}
	v := productView{productHead: h, Link: c.o.BaseURL + h.PagePath()}
	if v.Plans, err = c.o.Billing.Plans(r.Context(), h.ID); err != nil {
		return reply{}, err
	}
	if v.Gives, err = c.o.Billing.Resources(r.Context(), h.ID); err != nil {
		return reply{}, err
	}
	v.Bare = len(v.Plans) == 0 || len(v.Gives) == 0
	if h.Description != "" {
		v.Preview = h.Here + "/page"
	}
	if h.Scene != "" {
		scene, err := c.o.Push.Scene(r.Context(), h.Scene)
		if err != nil {
			return reply{}, err
		}
		if scene.Link != "" {
			v.Code = codePath(h.Scene)
		}
	}
	if err := c.income(r, &v); err != nil {
		return reply{}, err
	}
	return shown("product", say("产品「%s」", h.Name), v), nil
}

// income draws what the product earned.
func (c *Console) income(r *request, v *productView) error {
	byMonth := r.URL.Query().Get("span") == "12m"
	for _, s := range incomeSpans {
		s.Text, s.Here = translate(r.lang, s.Text), (s.Name == "12m") == byMonth
		v.Spans = append(v.Spans, s)
	}
	since := c.o.Now().Add(-incomeSpans[0].back)
	if byMonth {
		since = c.o.Now().AddDate(0, -11, 0)
	}
	earned, err := c.o.Billing.Income(r.Context(), r.app.ID, v.ID, since, byMonth)
	if err != nil {
		return err
	}
	paid, returned := line{Name: translate(r.lang, "收入"), Tone: "good"}, line{Name: translate(r.lang, "退款"), Tone: "bad"}
	v.Earned = chart{Title: translate(r.lang, "收入（元）"), ByDay: true, ByMonth: byMonth, Money: true}
	for _, e := range earned {
		v.Earned.Times = append(v.Earned.Times, e.At)
		paid.Values, returned.Values = append(paid.Values, e.Paid), append(returned.Values, e.Returned)
	}
	v.Earned.Lines = []line{paid, returned}
	v.Earned.Empty = !anything(v.Earned.Lines)
	return nil
}

// productBody is the description as followers read it.
func (c *Console) productBody(r *request) (reply, error) {
	h, err := c.product(r, "")
	if err != nil {
		return reply{}, err
	}
	return c.described(r, h.Name, h.Description)
}

// described is a description as a page of its own, for a frame.
func (c *Console) described(r *request, name, text string) (reply, error) {
	a, err := c.article(r, push.Page{AppName: r.app.Name, Summary: name, Kind: content.Markdown, Content: text, At: c.o.Now()})
	if err == nil { // it is no message that somebody could turn off
		a.article.Mute, a.article.Report = "", ""
	}
	return a, err
}

// changed leads back to the product and says what was done.
func (c *Console) changed(r *request, do func(push.ProductID) error, said string) (reply, error) {
	id, err := numberOf(r.PathValue("product"))
	if err == nil {
		err = do(push.ProductID(id))
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(productPath(r.app.ID, push.ProductID(id))).saying(said), nil
}

func (c *Console) submitProduct(r *request) (reply, error) {
	return c.changed(r, func(id push.ProductID) error { return c.o.Billing.Submit(r.Context(), r.app.ID, id) }, "已提交审核，管理员会收到通知")
}

func (c *Console) withdrawProduct(r *request) (reply, error) {
	return c.changed(r, func(id push.ProductID) error { return c.o.Billing.Withdraw(r.Context(), r.app.ID, id) }, "已撤回，可以修改了")
}

func (c *Console) delistProduct(r *request) (reply, error) {
	return c.changed(r, func(id push.ProductID) error { return c.o.Billing.Delist(r.Context(), r.app.ID, id, "") }, "产品已下架")
}

func (c *Console) relistProduct(r *request) (reply, error) {
	return c.changed(r, func(id push.ProductID) error { return c.o.Billing.Relist(r.Context(), r.app.ID, id) }, "产品已重新上架")
}

// productCode makes the code of a product, and its picture.
func (c *Console) productCode(r *request) (reply, error) {
	return c.changed(r, func(id push.ProductID) error {
		scene, err := c.o.Billing.EnsureScene(r.Context(), r.app.ID, id)
		if err != nil || scene.Link != "" {
			return err
		}
		return c.draw(r.Context(), scene.Handle, 0)
	}, "二维码已生成")
}

// saveCover takes a picture, or takes the one there is away.
func (c *Console) saveCover(r *request) (reply, error) {
	var file []byte
	if r.value("remove") == "" {
		var err error
		if file, err = r.file("cover"); err != nil {
			return reply{}, err
		}
		if file == nil {
			return c.coverWrong(r, &push.Invalid{Field: "cover", Text: wordsNoFile})
		}
		if ok, _ := c.o.Limit.Allow(r.Context(), fmt.Sprintf("console logo %d", r.user.ID), uploads, 1); !ok {
			return reply{}, errBusy
		}
	}
	id, err := numberOf(r.PathValue("product"))
	if err == nil {
		err = c.o.Billing.SetCover(r.Context(), r.app.ID, push.ProductID(id), file)
	}
	if err != nil {
		return c.coverWrong(r, err)
	}
	return sentTo(productPath(r.app.ID, push.ProductID(id)) + "/edit").saying("已保存"), nil
}

// coverWrong shows the form again with what is wrong with the picture.
func (c *Console) coverWrong(r *request, err error) (reply, error) {
	f := form{Wrong: map[string]string{}}
	if !f.refuse(err) {
		return reply{}, err
	}
	a, err := c.editProductPage(r)
	if v, ok := a.data.(productFormView); ok {
		v.Cover = f
		a.data = v
	}
	a.status = http.StatusUnprocessableEntity
	return a, err
}
