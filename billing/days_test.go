package billing_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/push/content"
	"hongyan/store"
	"hongyan/store/storetest"
)

// year is 400 days of a small shop, and what a simple model says of them. The
// model knows days, prices and three rules, and nothing of tables.
type year struct {
	*world
	chance  *rand.Rand
	sold    []*selling
	people  []*person
	reading push.UID
	day     int
	known   counts // what the model counts
	seen    counts // what the jobs said
}

type counts struct{ warnings, farewells, reminders int64 }

// selling is a product with an app of its own, and a habit of pushing.
type selling struct {
	app     push.AppID
	token   string
	id      push.ProductID
	plans   []billing.Plan
	trial   int
	pushing func(day int, chance *rand.Rand) bool

	state  billing.ProductState
	since  time.Time // the later of listing and last push
	warned time.Time
	heard  bool // a push since the job ran
	income int64
}

type person struct {
	push.User
	has map[*selling]*tenure
}

// tenure is what somebody has of a product.
type tenure struct {
	end, set time.Time
	said     int // reminders of this end: 1 three days before, 2 a day before, 3 over
	tried    bool
	orders   []*bought
	owes     *bought // ordered, and the payment's notice is late
}

type bought struct {
	order billing.Order
	trade string
	days  int
	left  int64 // fen
}

// TestBilling_FourHundredDays lives through renewals, late and repeated
// notices, refunds, trials, reminders, warnings, delistings and returns, over a
// year's end and a leap day. Every evening everything that is kept equals
// the model, and whoever is pushed to are those who have access.
func TestBilling_FourHundredDays(t *testing.T) {
	clock := storetest.NewClock(time.Date(2027, 6, 1, 8, 0, 0, 0, time.FixedZone("CST", 8*3600)))
	db := storetest.Open(t, storetest.SQLiteEngine, store.Options{Now: clock.Now})
	y := openShop(newWorld(t, db, clock))
	const days, looks = 400, 2
	for y.day = range days {
		hour := y.chance.IntN(looks)
		for look := range looks {
			if look == 0 {
				y.morning()
			}
			if look == hour {
				y.live()
			}
			y.runJobs()
			if look == looks-1 {
				y.compare()
			}
			clock.Advance(24 * time.Hour / looks)
		}
		if t.Failed() {
			t.Fatalf("on day %d, %s", y.day, clock.Now())
		}
	}
	y.audit()
	for what, n := range map[string]int64{"warnings": y.known.warnings, "farewells": y.known.farewells, "reminders": y.known.reminders} {
		if n < 10 {
			t.Errorf("only %d %s in the year", n, what)
		}
	}
}

func openShop(w *world) *year {
	w.Helper()
	y := &year{world: w, chance: rand.New(rand.NewPCG(4, 400))}
	for i, pushing := range []func(int, *rand.Rand) bool{
		func(day int, _ *rand.Rand) bool { return day%2 == 0 },
		func(day int, _ *rand.Rand) bool { return day%4 == 0 },
		func(day int, _ *rand.Rand) bool { return day%32 < 20 && day%2 == 0 },
		func(_ int, chance *rand.Rand) bool { return chance.IntN(4) == 0 },
	} {
		app, token, err := w.push.CreateApp(w.Context(), push.NewApp{Name: "行情"})
		w.must(err)
		w.must(w.push.GiveApp(w.Context(), app.ID, w.uid(w.owner)))
		p := &selling{app: app.ID, token: token, trial: 3 * (i % 2), pushing: pushing, state: billing.Listed}
		p.id, err = w.Create(w.Context(), app.ID, billing.ProductDraft{
			Name: "行情", TrialDays: p.trial, Resources: []push.Resource{{Kind: push.OfApp, Target: int64(app.ID)}},
			Plans: []billing.PlanDraft{{Days: 7, Price: 700}, {Days: 30, Price: 3000}},
		})
		w.must(err)
		w.must(w.Submit(w.Context(), app.ID, p.id))
		w.must(w.List(w.Context(), p.id))
		p.plans, err = w.Plans(w.Context(), p.id)
		w.must(err)
		p.since = w.clock.Now()
		y.sold = append(y.sold, p)
	}
	for _, openid := range []push.OpenID{"o_zhao", "o_qian", "o_sun", "o_li", "o_zhou", "o_wu"} {
		one := &person{User: w.user(openid), has: map[*selling]*tenure{}}
		for _, p := range y.sold {
			one.has[p] = &tenure{}
		}
		y.people = append(y.people, one)
	}
	y.reader()
	return y
}

func (w *world) uid(u push.UserID) (uid push.UID) {
	w.Helper()
	w.must(w.db.View(w.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT uid FROM users WHERE id = $1`, int64(u)).Scan(&uid)
	}))
	return uid
}

// reader follows every app and pays for none, so that a push always reaches
// somebody.
func (y *year) reader() {
	y.Helper()
	y.reading = y.user("o_reader").UID
	for _, p := range y.sold {
		_, err := y.push.Once(y.Context(), push.Inbound{Key: "reads " + p.token, OpenID: "o_reader", At: y.clock.Now()}, func(t *push.Turn) error {
			_, err := y.push.FollowApp(t, p.app, push.ByScan, "")
			return err
		})
		y.must(err)
	}
}

// morning is when the owner pushes.
func (y *year) morning() {
	for _, p := range y.sold {
		if p.pushing(y.day, y.chance) {
			y.pushes(p)
		}
	}
}

// live is what people do at some hour of the day.
func (y *year) live() {
	for _, p := range y.sold {
		for _, one := range y.people {
			h := one.has[p]
			if h.owes != nil {
				y.pays(one, p, h.owes)
				h.owes = nil
			}
			switch y.chance.IntN(36) {
			case 0, 1:
				y.buys(one, p)
			case 2:
				y.tries(one, p)
			case 3:
				y.refunds(one, p)
			}
		}
	}
}

// pushes sends to payers, who are those with access, and where there are none
// to the one who reads for nothing: either ends the silence. The owner lists
// again what silence had taken away.
func (y *year) pushes(p *selling) {
	y.Helper()
	now := y.clock.Now()
	p.since, p.heard = now, true
	reached := map[push.UID]bool{}
	any := false
	for _, r := range y.sends(p, push.OnlyPaid, y.uids()...) {
		reached[r.UID] = !r.Failed
		any = any || !r.Failed
	}
	for _, one := range y.people {
		if want := one.has[p].end.After(now); reached[one.UID] != want {
			y.Errorf("product %d reaches user %d: %v, want %v (until %s)", p.id, one.ID, reached[one.UID], want, one.has[p].end)
		}
	}
	if !any {
		y.sends(p, push.Everybody, y.reading)
	}
	if p.state == billing.Delisted {
		y.must(y.Relist(y.Context(), p.app, p.id))
		p.state, p.since = billing.Listed, now
	}
}

func (y *year) uids() (all []push.UID) {
	for _, one := range y.people {
		all = append(all, one.UID)
	}
	return all
}

func (y *year) sends(p *selling, audience int, to ...push.UID) []push.Receipt {
	y.Helper()
	out, err := y.push.Send(y.Context(), p.token, push.Draft{Content: "金价 560", Kind: content.Text, UIDs: to, Audience: audience})
	y.must(err)
	return out
}

// buys orders a plan. Of six payments one is told of late, after the order was
// closed for everybody who looks at the clock.
func (y *year) buys(one *person, p *selling) {
	y.Helper()
	plan := p.plans[y.chance.IntN(len(p.plans))]
	o, err := y.Order(y.Context(), one.ID, plan.ID, "")
	if !p.state.OnSale() {
		if !errors.Is(err, billing.ErrNotSold) {
			y.Errorf("an order of a delisted product: %v", err)
		}
		return
	}
	y.must(err)
	b := &bought{order: o, trade: y.attempt(o), days: plan.Days, left: plan.Price}
	if y.chance.IntN(6) == 0 {
		one.has[p].owes = b
		return
	}
	y.pays(one, p, b)
}

// pays has WeChat Pay tell of the payment, sometimes twice.
func (y *year) pays(one *person, p *selling, b *bought) {
	y.Helper()
	word := y.word(b.trade, one.OpenID, b.order.Amount)
	for range 1 + y.chance.IntN(2) {
		y.must(y.Settle(y.Context(), "EV-"+b.trade, word))
	}
	h := one.has[p]
	h.extends(y.clock.Now(), b.days)
	h.tried = true
	h.orders = append(h.orders, b)
	p.income += b.order.Amount
}

// extends is the first rule: more time begins now, or where the time that is
// left ends.
func (h *tenure) extends(now time.Time, days int) {
	if h.end.Before(now) {
		h.end = now
	}
	h.end, h.set, h.said = h.end.Add(time.Duration(days)*24*time.Hour), now, 0
}

func (y *year) tries(one *person, p *selling) {
	y.Helper()
	h := one.has[p]
	_, err := y.Trial(y.Context(), one.ID, p.id)
	switch want := h.trialFails(p); {
	case want != nil && !errors.Is(err, want):
		y.Errorf("a trial: %v, want %v", err, want)
	case want == nil:
		y.must(err)
		h.extends(y.clock.Now(), p.trial)
		h.tried = true
	}
}

func (h *tenure) trialFails(p *selling) error {
	switch {
	case !p.state.OnSale():
		return billing.ErrNotSold
	case p.trial == 0:
		return billing.ErrNoTrial
	case h.tried:
		return billing.ErrTrialUsed
	}
	return nil
}

// refunds sends back an order or some days of it; plans cost ¥1 a day.
func (y *year) refunds(one *person, p *selling) {
	y.Helper()
	h := one.has[p]
	if len(h.orders) == 0 {
		return
	}
	b := h.orders[y.chance.IntN(len(h.orders))]
	amount := b.left
	if y.chance.IntN(2) == 0 {
		amount = 100 * (1 + y.chance.Int64N(max(1, b.left/100)))
	}
	if amount == 0 || amount > b.left || y.clock.Now().Sub(b.order.CreatedAt) > 360*24*time.Hour {
		return
	}
	no := y.refund(b.order, amount)
	for range 1 + y.chance.IntN(2) {
		y.must(y.SettleRefund(y.Context(), "EV-"+no, y.returned(no, b.trade, amount, b.order.Amount)))
	}
	b.left -= amount
	p.income -= amount
	h.loses(y.clock.Now(), int(amount/100))
}

// loses is the second rule: what the money bought goes, and never more than is
// left.
func (h *tenure) loses(now time.Time, days int) {
	h.set = now
	if !h.end.After(now) {
		return
	}
	was := h.end
	if h.end = h.end.Add(-time.Duration(days) * 24 * time.Hour); h.end.Before(now) {
		h.end = now
	}
	if !h.end.Equal(was) {
		h.said = 0
	}
}

// runJobs runs the jobs here and in the model.
func (y *year) runJobs() {
	y.Helper()
	_, err := y.Silence(y.Context())
	y.must(err)
	n, err := y.Remind(y.Context())
	y.must(err)
	y.seen.reminders += int64(n)
	now := y.clock.Now()
	for _, p := range y.sold {
		y.known.falls(p, now)
		for _, one := range y.people {
			if due := one.has[p].due(now); due > one.has[p].said {
				one.has[p].said = due
				y.known.reminders++
			}
		}
	}
}

// falls is the third rule, I9.
func (c *counts) falls(p *selling, now time.Time) {
	silent := now.Sub(p.since)
	switch {
	case p.state == billing.Listed && silent >= 72*time.Hour:
		p.state, p.warned = billing.Warned, now
		c.warnings++
	case p.state == billing.Warned && p.heard:
		p.state = billing.Listed
	case p.state == billing.Warned && silent >= 144*time.Hour && now.Sub(p.warned) >= 72*time.Hour:
		p.state = billing.Delisted
		c.farewells++
	}
	p.heard = false
}

// due is the reminder that is due: never one that is longer than the time was.
func (h *tenure) due(now time.Time) int {
	left, all := h.end.Sub(now), h.end.Sub(h.set)
	switch day := 24 * time.Hour; {
	case h.end.IsZero() || left <= -7*day || all <= 0:
		return 0
	case left <= 0:
		return 3
	case left <= day && all > day:
		return 2
	case left <= 3*day && left > day && all > 3*day:
		return 1
	}
	return 0
}

// kept is what the database says, read at one moment.
type kept struct {
	states map[int64]billing.ProductState
	income map[int64]int64
	ends   map[[2]int64][2]int64 // by product and user: of the ledger, and of the subscription
	falls  map[string]int64
}

func (y *year) keeps() (k kept) {
	y.Helper()
	y.must(y.db.View(y.Context(), func(tx *store.Tx) error {
		k = kept{map[int64]billing.ProductState{}, map[int64]int64{}, map[[2]int64][2]int64{}, map[string]int64{}}
		_, err := store.Collect(tx, func(r *store.Rows) (none struct{}, err error) {
			var id, state, income int64
			err = r.Scan(&id, &state, &income)
			k.states[id], k.income[id] = billing.ProductState(state), income
			return none, err
		}, `SELECT p.id, p.state, COALESCE((SELECT SUM(l.amount) FROM ledger l WHERE l.product_id = p.id), 0) FROM product p`)
		if err != nil {
			return err
		}
		_, err = store.Collect(tx, func(r *store.Rows) (none struct{}, err error) {
			var of [2]int64
			var ends [2]int64
			err = r.Scan(&of[0], &of[1], &ends[0], &ends[1])
			k.ends[of] = ends
			return none, err
		}, `SELECT e.product_id, e.user_id, e.ends_at, COALESCE(s.paid_until, 0) FROM entitlement e JOIN product p ON p.id = e.product_id
			LEFT JOIN subscription s ON s.kind = 0 AND s.target = p.app_id AND s.user_id = e.user_id`)
		if err != nil {
			return err
		}
		_, err = store.Collect(tx, func(r *store.Rows) (none struct{}, err error) {
			var action string
			var n int64
			err = r.Scan(&action, &n)
			k.falls[action] = n
			return none, err
		}, `SELECT action, COUNT(*) FROM audit WHERE action IN ('product.warn', 'product.silence') GROUP BY action`)
		return err
	}))
	return k
}

// compare holds what is kept against the model.
func (y *year) compare() {
	y.Helper()
	k := y.keeps()
	y.seen.warnings, y.seen.farewells = k.falls["product.warn"], k.falls["product.silence"]
	if y.seen != y.known {
		y.Errorf("counted %+v, want %+v", y.seen, y.known)
	}
	for _, p := range y.sold {
		if got := k.states[int64(p.id)]; got != p.state {
			y.Errorf("product %d is in state %d, want %d", p.id, got, p.state)
		}
		if got := k.income[int64(p.id)]; got != p.income {
			y.Errorf("product %d earned %d, want %d", p.id, got, p.income)
		}
		for _, one := range y.people {
			got, want := k.ends[[2]int64{int64(p.id), int64(one.ID)}], store.Millis(one.has[p].end)
			if got != [2]int64{want, want} {
				y.Errorf("user %d has product %d until %s, the subscription says %s, want %s", one.ID, p.id,
					store.Time(got[0]), store.Time(got[1]), one.has[p].end)
			}
		}
	}
}

// audit has every ledger of the year folded.
func (y *year) audit() {
	y.Helper()
	if doubts, err := y.CheckLedger(y.Context()); err != nil || doubts != 0 {
		y.Errorf("%d ledgers contradict themselves, %v", doubts, err)
	}
}
