package console

import (
	"strconv"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/server/ui"
)

const productsSize = 20

// productsView is the list of what the app sells.
type productsView struct {
	Rows  []productRow
	Next  string
	Sells bool // WeChat Pay is there
}

// productRow is a product with what to do next.
type productRow struct {
	billing.Listing
	Chip ui.Chip
	Note warning
}

func (c *Console) productsPage(r *request) (reply, error) {
	after, err := numberOf(r.URL.Query().Get("after"))
	if err != nil {
		return reply{}, err
	}
	all, more, err := c.o.Billing.Products(r.Context(), r.app.ID, push.ProductID(after), productsSize)
	if err != nil {
		return reply{}, err
	}
	v := productsView{Sells: c.o.Billing.Sells()}
	for _, p := range all {
		v.Rows = append(v.Rows, productRow{p, productChip(r.lang, p.State), productNote(r.lang, p, c.o.Now())})
	}
	if more {
		v.Next = turned(r, strconv.FormatInt(int64(all[len(all)-1].ID), 10))
	}
	return shown("products", wordsProducts, v), nil
}

// numberOf reads a number of an address; an empty one is 0. What is none leads
// to nothing.
func numberOf(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, billing.ErrNoProduct
	}
	return n, nil
}

// productChip is the state of a product.
func productChip(lang string, state billing.ProductState) ui.Chip {
	tone := map[billing.ProductState]string{billing.Submitted: "wait", billing.Listed: "good", billing.Warned: "wait", billing.Delisted: "bad"}[state]
	return ui.Chip{Text: translate(lang, wordsProductStates[state]), Tone: tone}
}

// productNote says how a product stands and what to do next. It is a function
// of its arguments alone.
func productNote(lang string, p billing.Listing, now time.Time) warning {
	say := func(tone, text, remedy string, args ...any) warning {
		return warning{Tone: tone, Text: translate(lang, text, args...), Remedy: translate(lang, remedy)}
	}
	switch p.State {
	case billing.Draft:
		if p.Reason != "" {
			return say("bad", "没有通过审核：%s", "按原因修改，然后重新提交。", p.Reason)
		}
		return say("", "还没有提交审核", "写好介绍和套餐，选好内容，然后提交审核。")
	case billing.Submitted:
		return say("wait", "正在等待管理员审核", "要修改请先撤回。")
	case billing.Warned:
		left := max(0, delistsAt(p).Sub(now))
		return say("wait", "太久没有推送，%s后自动下架", "通过它包含的应用或主题推送一条消息，就会恢复。", words{spanWords(left), []any{spanNumber(left)}})
	case billing.Delisted:
		switch {
		case p.Relistable():
			return say("", "已经有了新的推送，可以重新上架", "点「重新上架」，不用再审核。")
		case p.Silent:
			return say("bad", "太久没有推送，已自动下架", "先通过它包含的应用或主题推送一条消息，再点「重新上架」。")
		case p.Reason != "":
			return say("bad", "被管理员下架：%s", "按原因修改，然后重新提交审核。", p.Reason)
		}
		return say("", "已经下架", "要再卖，重新提交审核。")
	}
	return say("good", "正在出售", "连续 3 天没有推送会收到提醒，6 天会自动下架。")
}

// spanWords says how long something still is, and spanNumber counts it.
func spanWords(d time.Duration) string {
	if d >= 48*time.Hour {
		return wordsSpanDays
	}
	return wordsSpanHours
}

func spanNumber(d time.Duration) int {
	if d >= 48*time.Hour {
		return int(d / (24 * time.Hour))
	}
	return int((d + time.Hour - 1) / time.Hour)
}

// delistsAt is when a warned product leaves the market, if nothing is pushed.
func delistsAt(p billing.Listing) time.Time {
	heard := p.ListedAt
	if p.PushedAt.After(heard) {
		heard = p.PushedAt
	}
	at := heard.Add(billing.DelistAfter)
	if least := p.WarnedAt.Add(billing.WarnedFor); at.Before(least) {
		at = least
	}
	return at
}
