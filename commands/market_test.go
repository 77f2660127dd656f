package commands_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/commands"
	"hongyan/oa"
	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// TestMarket_WhatAFollowerIsTold: where the market is, what is sold with what
// they just followed, and until when they have paid.
func TestMarket_WhatAFollowerIsTold(t *testing.T) {
	storetest.EachClock(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		const base = "https://hongyan.example"
		p, err := push.New(t.Context(), db, push.Options{BaseURL: base, Account: "sandbox"})
		if err != nil {
			t.Fatal(err)
		}
		shop := billing.New(db, p, billing.Options{})
		does := commands.New(commands.Options{Push: p, Billing: shop, BaseURL: base})
		said := 0
		say := func(text string) (reply string) {
			t.Helper()
			said++
			_, err := p.Once(t.Context(), push.Inbound{Key: fmt.Sprint("event ", said), OpenID: "o小明", At: clock.Now()}, func(turn *push.Turn) error {
				err := does.Do(turn, &oa.Text{Content: text})
				reply = turn.Reply
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return reply
		}
		if _, _, err := p.CreateApp(t.Context(), push.NewApp{ID: 97, Name: "行情"}); err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"消息市场", "市场"} {
			if got, want := say(word), `<a href="https://hongyan.example/market">打开消息市场</a>`; !strings.Contains(got, want) {
				t.Errorf("%s: %q, want %q in it", word, got, want)
			}
		}
		if got := say("#97"); strings.Contains(got, "付费") {
			t.Errorf("nothing is sold: %q", got)
		}
		id, err := shop.Create(t.Context(), 97, billing.ProductDraft{
			Name: "每日<行情>", TrialDays: 7, Resources: []push.Resource{{Kind: push.OfApp, Target: 97}}, Plans: []billing.PlanDraft{{Days: 30, Price: 500}},
		})
		if err == nil {
			err = shop.Submit(t.Context(), 97, id)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := say("#97"); strings.Contains(got, "付费") {
			t.Errorf("it is not listed yet: %q", got)
		}
		if err := shop.List(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if got, want := say("#97"), fmt.Sprintf("付费内容「每日＜行情＞」：<a href=\"%s/product/%d\">查看</a>", base, id); !strings.HasSuffix(got, want) {
			t.Errorf("got %q, want %q behind it", got, want)
		}
		if got := say("我的订阅"); strings.Contains(got, "付费至") {
			t.Errorf("nothing is paid: %q", got)
		}
		u, _, err := p.UserByOpenID(t.Context(), "o小明")
		if err == nil {
			_, err = shop.Trial(t.Context(), u.ID, id)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, want := say("我的订阅"), "付费至 2026年11月9日 12:00"; !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
		clock.Advance(8 * 24 * time.Hour)
		if got := say("我的订阅"); strings.Contains(got, "付费至") {
			t.Errorf("it is over: %q", got)
		}
	})
}
