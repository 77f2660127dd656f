package console

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"hongyan/billing"
	"hongyan/push"
)

// productFormView is a product as it is written.
type productFormView struct {
	Product billing.Listing // zero: a new one
	Here    string          // where the form goes
	Form    form
	Cover   form
	Plans   []planRow
	More    bool // another plan has room
	Choices []resourceChoice
	Wrongs  []string // fields of the plans that are wrong
	Locked  bool     // what was reviewed stays as it is
}

// planRow is one row of the plans, as it was typed.
type planRow struct {
	N           int
	Line        string
	Days, Price string
}

// resourceChoice is something a product can give access to.
type resourceChoice struct {
	Value, Name string
	Topic       bool
	Ticked      bool
}

func (c *Console) newProductPage(r *request) (reply, error) {
	return c.productForm(r, filled("resource", "0:"+r.PathValue("app")), billing.Listing{}, []planRow{{Days: "30"}})
}

func (c *Console) editProductPage(r *request) (reply, error) {
	h, err := c.product(r, "")
	if err != nil {
		return reply{}, err
	}
	f := filled("name", h.Name, "description", h.Description, "trial", strconv.Itoa(h.TrialDays))
	gives, err := c.o.Billing.Resources(r.Context(), h.ID)
	if err != nil {
		return reply{}, err
	}
	for _, g := range gives {
		f.Values.Add("resource", resourceValue(g.Resource))
	}
	plans, err := c.o.Billing.Plans(r.Context(), h.ID)
	if err != nil {
		return reply{}, err
	}
	var rows []planRow
	for _, p := range plans {
		rows = append(rows, planRow{Line: strconv.Itoa(p.Line), Days: strconv.Itoa(p.Days), Price: plainMoney(p.Price)})
	}
	return c.productForm(r, f, h.Listing, rows)
}

// productForm shows the form of a product.
func (c *Console) productForm(r *request, f form, p billing.Listing, rows []planRow) (reply, error) {
	v := productFormView{
		Product: p, Form: f, Here: appPath(r.app.ID, "products/new"), Plans: numbered(rows), More: len(rows) < billing.MaxPlans,
		Locked: p.State != billing.Draft && p.State != billing.Delisted,
	}
	title := wordsNewProduct
	if p.ID != 0 {
		v.Here, title = productPath(r.app.ID, p.ID)+"/edit", say("编辑产品「%s」", p.Name)
	}
	topics, err := c.topicChoices(r, nil)
	if err != nil {
		return reply{}, err
	}
	v.Choices = []resourceChoice{{Value: "0:" + r.PathValue("app"), Name: r.app.Name}}
	for _, t := range topics {
		v.Choices = append(v.Choices, resourceChoice{Value: fmt.Sprintf("1:%d", t.ID), Name: t.Name, Topic: true})
	}
	for i := range v.Choices {
		v.Choices[i].Ticked = slices.Contains(f.Values["resource"], v.Choices[i].Value)
	}
	for _, name := range []string{"plans", "days", "price"} {
		if f.Wrong[name] != "" {
			v.Wrongs = append(v.Wrongs, name)
		}
	}
	a := shown("product_form", title, v)
	if len(f.Wrong) > 0 {
		a = a.wrong()
	}
	return a, nil
}

func resourceValue(on push.Resource) string { return fmt.Sprintf("%d:%d", on.Kind, on.Target) }

// numbered gives the rows their places; there is always one to write in.
func numbered(rows []planRow) []planRow {
	if len(rows) == 0 {
		rows = []planRow{{}}
	}
	for i := range rows {
		rows[i].N = i + 1
	}
	return rows
}

// planRows are the rows as they were typed.
func planRows(f form) (rows []planRow) {
	at := func(name string, i int) string {
		if all := f.Values[name]; i < len(all) {
			return all[i]
		}
		return ""
	}
	for i := range min(len(f.Values["line"]), billing.MaxPlans) {
		rows = append(rows, planRow{Line: at("line", i), Days: at("days", i), Price: at("price", i)})
	}
	return rows
}

// productRows adds a row to the plans of a form, or takes one away; nothing is
// saved.
func (c *Console) productRows(r *request) (reply, error) {
	f := typed(r)
	rows := planRows(f)
	if gone, err := strconv.Atoi(r.value("drop")); err == nil && gone >= 1 && gone <= len(rows) {
		rows = slices.Delete(rows, gone-1, gone)
	} else if len(rows) < billing.MaxPlans {
		rows = append(rows, planRow{})
	}
	if r.htmx() {
		return part("product_form", "plan-rows", productFormView{Form: f, Plans: numbered(rows), More: len(rows) < billing.MaxPlans}), nil
	}
	var p billing.Listing
	if id, err := numberOf(r.value("product")); err == nil && id != 0 {
		if p, err = c.o.Billing.Own(r.Context(), r.app.ID, push.ProductID(id)); err != nil {
			return reply{}, err
		}
	}
	return c.productForm(r, f, p, rows)
}

// previewMark tells the page that the frame is to be shown anew.
type previewMark struct{ Version string }

// previewProduct shows what is being typed as followers will read it.
func (c *Console) previewProduct(r *request) (reply, error) {
	text := r.value("description")
	if r.htmx() {
		return part("product_form", "mark", previewMark{digest(push.Draft{Content: text}, time.Time{})}), nil
	}
	return c.described(r, r.value("name"), text)
}

// productDraft reads the form. What cannot be read stands in the form.
func productDraft(r *request, f form) billing.ProductDraft {
	d := billing.ProductDraft{Name: r.value("name"), Description: r.value("description")}
	if text := r.value("trial"); text != "" {
		var err error
		if d.TrialDays, err = strconv.Atoi(text); err != nil {
			d.TrialDays = -1
		}
	}
	for _, value := range f.Values["resource"] {
		var on push.Resource
		if _, err := fmt.Sscanf(value, "%d:%d", &on.Kind, &on.Target); err != nil {
			on.Kind = -1
		}
		d.Resources = append(d.Resources, on)
	}
	for _, row := range planRows(f) {
		if row.Days == "" && row.Price == "" {
			continue
		}
		line, _ := strconv.Atoi(row.Line)
		days, err := strconv.Atoi(row.Days)
		if err != nil {
			days = 0
		}
		d.Plans = append(d.Plans, billing.PlanDraft{Line: line, Days: days, Price: fenOf(row.Price)})
	}
	return d
}

func (c *Console) newProduct(r *request) (reply, error) {
	f := typed(r)
	id, err := c.o.Billing.Create(r.Context(), r.app.ID, productDraft(r, f))
	if f.refuse(err) {
		return c.productForm(r, f, billing.Listing{}, planRows(f))
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(productPath(r.app.ID, id)).saying("草稿已保存。检查无误后提交审核"), nil
}

func (c *Console) editProduct(r *request) (reply, error) {
	h, err := c.product(r, "")
	if err != nil {
		return reply{}, err
	}
	f := typed(r)
	d := productDraft(r, f)
	if h.State != billing.Draft && h.State != billing.Delisted { // those fields are not in the form
		d.Name, d.Description, d.Resources = h.Name, h.Description, nil
		gives, err := c.o.Billing.Resources(r.Context(), h.ID)
		if err != nil {
			return reply{}, err
		}
		for _, g := range gives {
			d.Resources = append(d.Resources, g.Resource)
		}
	}
	err = c.o.Billing.Edit(r.Context(), r.app.ID, h.ID, d)
	if f.refuse(err) {
		return c.productForm(r, f, h.Listing, planRows(f))
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(h.Here).saying("已保存"), nil
}
