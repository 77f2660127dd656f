package billing_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/push/content"
	"hongyan/store"
	"hongyan/store/storetest"
)

// silent is a world with a product in the market, an owner who reads the
// warnings, and somebody to push to.
type silent struct {
	*world
	product push.ProductID
	token   string
	uid     push.UID
}

func newSilent(w *world) *silent {
	w.Helper()
	s := &silent{world: w}
	w.must(w.push.GiveApp(w.Context(), w.app, push.UID(w.text(`SELECT uid FROM users WHERE id = $1`, int64(w.owner)))))
	var err error
	s.token, err = w.push.ResetToken(w.Context(), w.app)
	w.must(err)
	reader := w.user("o_reader")
	s.uid = reader.UID
	_, err = w.push.Once(w.Context(), push.Inbound{Key: "reader", OpenID: "o_reader", At: w.clock.Now()}, func(t *push.Turn) error {
		_, err := w.push.FollowApp(t, w.app, push.ByScan, "")
		return err
	})
	w.must(err)
	s.product, _ = w.listed(30, 500)
	return s
}

// pushes sends something through the product.
func (s *silent) pushes() {
	s.Helper()
	out, err := s.push.Send(s.Context(), s.token, push.Draft{Content: "金价 560", Kind: content.Text, UIDs: []push.UID{s.uid}})
	if err != nil || out[0].Failed {
		s.Fatal(err, out)
	}
}

func (s *silent) state() billing.ProductState {
	s.Helper()
	p, err := s.Product(s.Context(), s.product)
	s.must(err)
	return p.State
}

// told counts the messages of the platform whose summary begins so.
func (s *silent) told(beginning string) int64 {
	s.Helper()
	return s.number(`SELECT COUNT(*) FROM message WHERE app_id = 0 AND summary LIKE $1`, beginning+"%")
}

func (s *silent) warnings() int64 { return s.told("产品太久没有推送") }
func (s *silent) farewells() int64 {
	return s.told("产品已自动下架")
}

func (s *silent) run() {
	s.Helper()
	_, err := s.Silence(s.Context())
	s.must(err)
}

// wants runs the job and compares what came of it.
func (s *silent) wants(when string, state billing.ProductState, warnings, farewells int64) {
	s.Helper()
	s.run()
	if got := s.state(); got != state || s.warnings() != warnings || s.farewells() != farewells {
		s.Errorf("%s: state %d, %d warnings, %d farewells, want %d, %d, %d", when, got, s.warnings(), s.farewells(), state, warnings, farewells)
	}
}

func eachSilent(t *testing.T, test func(*silent)) {
	eachWorld(t, func(w *world) { test(newSilent(w)) })
}

// TestI9_SilenceWarnsThenDelists is the life of a product that nobody pushes
// through.
func TestI9_SilenceWarnsThenDelists(t *testing.T) {
	eachSilent(t, func(s *silent) {
		s.wants("at once", billing.Listed, 0, 0)
		s.clock.Advance(72*time.Hour - time.Minute)
		s.wants("a minute before three days", billing.Listed, 0, 0)
		s.clock.Advance(time.Minute)
		s.wants("after three days", billing.Warned, 1, 0)
		s.clock.Advance(72*time.Hour - time.Minute)
		s.wants("a minute before six days", billing.Warned, 1, 0)
		s.clock.Advance(time.Minute)
		s.wants("after six days", billing.Delisted, 1, 1)
		s.clock.Advance(30 * 24 * time.Hour)
		s.wants("a month later", billing.Delisted, 1, 1)

		if err := s.Relist(s.Context(), s.app, s.product); !errors.Is(err, billing.ErrState) {
			t.Errorf("listed again without a push: %v", err)
		}
		s.pushes()
		s.run()
		s.exec(`DELETE FROM delivery`)
		s.exec(`DELETE FROM record WHERE user_id = (SELECT id FROM users WHERE openid = 'o_reader')`) // as retention does
		s.must(s.Relist(s.Context(), s.app, s.product))
		s.wants("listed again", billing.Listed, 1, 1)
		s.clock.Advance(72 * time.Hour)
		s.wants("three days after that", billing.Warned, 2, 1)
	})
}

// TestI9_PushTakesTheWarningBack: also when messages are gone by then.
func TestI9_PushTakesTheWarningBack(t *testing.T) {
	eachSilent(t, func(s *silent) {
		s.clock.Advance(72 * time.Hour)
		s.wants("after three days", billing.Warned, 1, 0)
		s.clock.Advance(71 * time.Hour)
		s.pushes()
		s.wants("after a push", billing.Listed, 1, 0)
		s.exec(`DELETE FROM delivery`)
		s.exec(`DELETE FROM record WHERE user_id = (SELECT id FROM users WHERE openid = 'o_reader')`) // as retention does
		s.clock.Advance(72*time.Hour - time.Second)
		s.wants("nearly three days later", billing.Listed, 1, 0)
		s.clock.Advance(time.Second)
		s.wants("three days later", billing.Warned, 2, 0)
	})
}

// TestI9_OnlyPushesOfTheProductCount: to users of the app for an app, to the
// topic for a topic.
func TestI9_OnlyPushesOfTheProductCount(t *testing.T) {
	eachSilent(t, func(s *silent) {
		topic, err := s.push.CreateTopic(s.Context(), s.app, "金价")
		s.must(err)
		other, err := s.push.CreateTopic(s.Context(), s.app, "油价")
		s.must(err)
		id, err := s.Create(s.Context(), s.app, billing.ProductDraft{
			Name: "金价", Resources: []push.Resource{{Kind: push.OfTopic, Target: int64(topic.ID)}}, Plans: []billing.PlanDraft{{Days: 30, Price: 500}},
		})
		s.must(err)
		s.must(s.Submit(s.Context(), s.app, id))
		s.must(s.List(s.Context(), id))
		toTopic := func(topic push.TopicID) {
			_, err := s.push.Send(s.Context(), s.token, push.Draft{Content: "涨了", Kind: content.Text, Topics: []push.TopicID{topic}})
			s.must(err)
		}
		ofApp, ofTopic := s.product, id
		s.clock.Advance(71 * time.Hour)
		toTopic(other.ID)
		s.run()
		s.clock.Advance(time.Hour)
		s.wants("a push to another topic", billing.Warned, 2, 0)
		toTopic(topic.ID)
		s.wants("a push to the topic, for the app", billing.Warned, 2, 0)
		s.product = ofTopic
		s.wants("a push to the topic", billing.Listed, 2, 0)
		s.clock.Advance(72 * time.Hour)
		s.pushes()
		s.wants("a push to users, for the topic", billing.Warned, 3, 0)
		s.product = ofApp
		s.wants("a push to users", billing.Listed, 3, 0)
	})
}

// TestF20_SilenceIsCountedRightAtEveryInstant: leap days, year ends, 2038, and
// midnight in Shanghai are instants like all others.
func TestF20_SilenceIsCountedRightAtEveryInstant(t *testing.T) {
	cst := time.FixedZone("CST", 8*3600)
	instants := map[string]time.Time{
		"leap day":         time.Date(2028, 2, 27, 23, 59, 59, 0, time.UTC),
		"year end":         time.Date(2026, 12, 30, 12, 0, 0, 0, cst),
		"midnight in CST":  time.Date(2026, 11, 5, 0, 0, 0, 0, cst),
		"before midnight":  time.Date(2026, 11, 4, 23, 59, 59, 999e6, cst),
		"2038-01-19":       time.Date(2038, 1, 17, 3, 14, 7, 0, time.UTC),
		"DST of elsewhere": time.Date(2027, 3, 14, 1, 59, 59, 0, time.FixedZone("PST", -8*3600)),
	}
	eachSilent(t, func(s *silent) {
		var warned, left int64
		for name, from := range instants {
			s.clock.Set(from)
			s.exec(`UPDATE product SET state = 2, silent = 0, warned_at = 0, delisted_at = 0, pushed_at = 0, listed_at = $1`, from.UnixMilli())
			for _, step := range []struct {
				after time.Duration
				state billing.ProductState
			}{
				{time.Hour, billing.Listed}, {24 * time.Hour, billing.Listed}, {71 * time.Hour, billing.Listed}, {72*time.Hour - time.Millisecond, billing.Listed},
				{72 * time.Hour, billing.Warned}, {73 * time.Hour, billing.Warned}, {96 * time.Hour, billing.Warned},
				{144*time.Hour - time.Millisecond, billing.Warned}, {144 * time.Hour, billing.Delisted}, {168 * time.Hour, billing.Delisted},
			} {
				s.clock.Set(from.Add(step.after))
				switch {
				case step.after == 72*time.Hour:
					warned++
				case step.after == 144*time.Hour:
					left++
				}
				s.wants(fmt.Sprintf("%s, %s later", name, step.after), step.state, warned, left)
			}
		}
	})
}

// TestF20_ClockJumps: what a clock says is all there is, but it never warns
// twice of one silence, and the owners have three days after the warning.
func TestF20_ClockJumps(t *testing.T) {
	for name, jump := range map[string]time.Duration{"hour": time.Hour, "day": 24 * time.Hour, "year": 366 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			eachSilent(t, func(s *silent) {
				s.clock.Advance(72 * time.Hour)
				s.wants("after three days", billing.Warned, 1, 0)
				warned := s.clock.Now()
				s.clock.Advance(-jump)
				s.wants("the clock goes back", billing.Warned, 1, 0)
				s.clock.Set(s.clock.Now().Add(72*time.Hour - time.Second))
				s.wants("nearly three days later", billing.Warned, 1, 0)
				s.clock.Set(warned.Add(144 * time.Hour))
				s.wants("in the end", billing.Delisted, 1, 1)
				s.clock.Advance(-jump)
				s.wants("back again", billing.Delisted, 1, 1)
				s.pushes()
				s.run()
				s.must(s.Relist(s.Context(), s.app, s.product))
				s.clock.Advance(jump)
				s.run()
				if s.farewells() != 1 {
					t.Errorf("delisted without a warning of its own")
				}
			})
		})
	}
}

// TestF20_PushWhileTheClockIsBack takes the warning back, though its time lies
// before the warning.
func TestF20_PushWhileTheClockIsBack(t *testing.T) {
	eachSilent(t, func(s *silent) {
		s.clock.Advance(time.Hour)
		s.pushes()
		s.run()
		s.clock.Advance(72 * time.Hour)
		s.wants("after three days", billing.Warned, 1, 0)
		s.clock.Advance(-80 * time.Hour)
		s.pushes()
		s.wants("a push after the clock went back", billing.Listed, 1, 0)
	})
}

// TestF21_TenDaysOfDowntime: what fell due meanwhile is done once, the warning
// before the delisting and three days apart.
func TestF21_TenDaysOfDowntime(t *testing.T) {
	eachSilent(t, func(s *silent) {
		s.clock.Advance(240 * time.Hour)
		s.wants("after ten days", billing.Warned, 1, 0)
		s.clock.Advance(72*time.Hour - time.Second)
		s.wants("nearly three days after the warning", billing.Warned, 1, 0)
		s.clock.Advance(time.Second)
		s.wants("three days after the warning", billing.Delisted, 1, 1)
	})
	t.Run("with a push between", func(t *testing.T) {
		eachSilent(t, func(s *silent) {
			s.clock.Advance(72 * time.Hour)
			s.wants("after three days", billing.Warned, 1, 0)
			s.clock.Advance(time.Hour)
			s.pushes()
			s.clock.Advance(240 * time.Hour)
			s.wants("ten days after the push", billing.Warned, 2, 0)
			s.clock.Advance(72 * time.Hour)
			s.wants("three days later", billing.Delisted, 2, 1)
		})
	})
}

// TestF21_TwoNodesAtOnce warn and delist once.
func TestF21_TwoNodesAtOnce(t *testing.T) {
	eachSilent(t, func(s *silent) {
		nodes := []*billing.Service{s.Service, billing.New(s.db, s.push, billing.Options{Payee: payee})}
		for i, want := range []billing.ProductState{billing.Warned, billing.Delisted} {
			s.clock.Advance(72 * time.Hour)
			var work sync.WaitGroup
			var changed [8]int
			for k := range changed {
				work.Go(func() {
					n, err := nodes[k%2].Silence(t.Context())
					if err != nil {
						t.Error(err)
					}
					changed[k] = n
				})
			}
			work.Wait()
			sum := 0
			for _, n := range changed {
				sum += n
			}
			if sum != 1 || s.state() != want || s.warnings() != 1 || s.farewells() != int64(i) {
				t.Errorf("%d changes, state %d, %d warnings, %d farewells", sum, s.state(), s.warnings(), s.farewells())
			}
		}
	})
}

// TestF21_OneBrokenProductStopsNoOther
func TestF21_OneBrokenProductStopsNoOther(t *testing.T) {
	eachSilent(t, func(s *silent) {
		first := s.product
		s.product, _ = s.listed(30, 500)
		s.clock.Advance(72 * time.Hour)
		s.exec(`UPDATE product SET name = $2 WHERE id = $1`, int64(first), "坏的")
		poison(s.world)
		if _, err := s.Silence(t.Context()); err == nil {
			t.Error("the failure is not told")
		}
		if got := s.state(); got != billing.Warned {
			t.Errorf("the other product: state %d", got)
		}
		s.exec(`DROP INDEX no_bad`)
		s.exec(`DELETE FROM message WHERE summary = '坏'`)
		s.product = first
		s.wants("when it is well again", billing.Warned, 2, 0)
	})
}

// poison lets no message about 坏的 be written.
func poison(w *world) {
	w.exec(`INSERT INTO message (app_id, summary, content_type, created_at) VALUES (0, '坏', 1, 0)`)
	w.exec(`CREATE UNIQUE INDEX no_bad ON message (app_id) WHERE summary LIKE '%坏%'`)
}

// TestI9_AnyDays: whatever pushes, runs, restarts, gaps and jumps of the clock
// come in whatever order, each silence is warned of once at most and only after
// three days of it, and nothing is delisted before six days of silence and
// three of the warning.
func TestI9_AnyDays(t *testing.T) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		t.Run(engine, func(t *testing.T) {
			clock := storetest.NewClock(time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC))
			s := newSilent(newWorld(t, storetest.Open(t, engine, store.Options{Now: clock.Now}), clock))
			rapid.Check(t, func(r *rapid.T) { anyDays(r, s) })
		})
	}
}

// ear is what a careful observer of one product writes down.
type ear struct {
	s                 *silent
	since, warned     time.Time // by the clock, corrected when it goes back
	told              bool      // the silence was warned of
	warnings, farewel int64
}

func anyDays(r *rapid.T, s *silent) {
	clock := s.clock
	s.Service = billing.New(s.db, s.push, billing.Options{Payee: payee})
	clock.Set(time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC).Add(time.Duration(s.number(`SELECT COALESCE(MAX(id), 0) FROM audit`)) * time.Hour))
	s.exec(`UPDATE product SET state = 2, silent = 0, warned_at = 0, delisted_at = 0, pushed_at = 0, listed_at = $2 WHERE id = $1`, int64(s.product), clock.Now().UnixMilli())
	s.run()
	e := &ear{s: s, since: clock.Now(), warnings: s.warnings(), farewel: s.farewells()}
	for range rapid.IntRange(1, 25).Draw(r, "steps") {
		switch rapid.SampledFrom([]string{"wait", "wait", "wait", "run", "run", "push", "restart", "jump"}).Draw(r, "step") {
		case "wait":
			clock.Advance(time.Duration(rapid.IntRange(1, 90*60).Draw(r, "minutes")) * time.Minute)
		case "jump":
			clock.Advance(time.Duration(rapid.IntRange(-200, 200).Draw(r, "hours")) * time.Hour)
		case "push":
			s.pushes()
			e.since, e.told = clock.Now(), false
		case "restart":
			s.Service = billing.New(s.db, s.push, billing.Options{Payee: payee})
		}
		before := s.state()
		e.ran(r, before)
	}
}

// ran runs the job and judges what it did.
func (e *ear) ran(r *rapid.T, before billing.ProductState) {
	s, now := e.s, e.s.clock.Now()
	for _, at := range []*time.Time{&e.since, &e.warned} {
		if at.After(now) { // the clock went back: from here it counts anew
			*at = now
		}
	}
	s.run()
	after := s.state()
	warned, left := s.warnings()-e.warnings, s.farewells()-e.farewel
	e.warnings, e.farewel = e.warnings+warned, e.farewel+left
	silence := now.Sub(e.since)
	due := !e.told && silence >= 72*time.Hour && before != billing.Delisted
	gone := e.told && before == billing.Warned && silence >= 144*time.Hour && now.Sub(e.warned) >= 72*time.Hour
	switch {
	case due != (warned == 1) || warned > 1:
		r.Fatalf("%d warnings after %s of silence, warned of before: %v", warned, silence, e.told)
	case gone != (left == 1) || gone != (after == billing.Delisted && before != billing.Delisted):
		r.Fatalf("%d farewells after %s of silence, warned %s ago", left, silence, now.Sub(e.warned))
	}
	if due {
		e.told, e.warned = true, now
	}
	if after == billing.Delisted && !e.told { // pushed since: its owner lists it again
		if err := s.Relist(s.Context(), s.app, s.product); err != nil {
			r.Fatalf("list again after a push: %v", err)
		}
		e.since = now
	}
	if want := e.told && after != billing.Delisted; want != (s.state() == billing.Warned) {
		r.Fatalf("state %d, warned of this silence: %v", s.state(), e.told)
	}
}

// TestRelist_NotAfterAnEdit: what silence took away comes back unreviewed only
// as it was reviewed.
func TestRelist_NotAfterAnEdit(t *testing.T) {
	eachSilent(t, func(s *silent) {
		s.clock.Advance(72 * time.Hour)
		s.run()
		s.clock.Advance(72 * time.Hour)
		s.wants("after six days", billing.Delisted, 1, 1)
		s.must(s.Edit(s.Context(), s.app, s.product, billing.ProductDraft{
			Name: "稳赚不赔", Resources: []push.Resource{{Kind: push.OfApp, Target: int64(s.app)}}, Plans: []billing.PlanDraft{{Line: 1, Days: 30, Price: 500}},
		}))
		s.pushes()
		if err := s.Relist(s.Context(), s.app, s.product); !errors.Is(err, billing.ErrState) {
			t.Errorf("an edited product is in the market without a review: %v", err)
		}
	})
}

// TestSilence_TheOwnersReadWhatToDo
func TestSilence_TheOwnersReadWhatToDo(t *testing.T) {
	eachSilent(t, func(s *silent) {
		s.clock.Advance(72 * time.Hour)
		s.run()
		s.clock.Advance(72 * time.Hour)
		s.run()
		for summary, wants := range map[string][]string{
			"产品太久没有推送：每日行情": {"2026-11-02 12:00", "2026-11-08 12:00", "推送一条消息"},
			"产品已自动下架：每日行情":  {"重新上架", "已付费的用户不受影响"},
		} {
			body := s.text(`SELECT c.body FROM message m JOIN content c ON c.message_id = m.id WHERE m.summary = $1`, summary)
			for _, want := range wants {
				if !strings.Contains(body, want) {
					t.Errorf("%s lacks %q:\n%s", summary, want, body)
				}
			}
		}
		if n := s.number(`SELECT COUNT(*) FROM audit WHERE action IN ('product.warn', 'product.silence') AND via = 'job'`); n != 2 {
			t.Errorf("%d lines in the audit log", n)
		}
	})
}
