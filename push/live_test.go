package push_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/limit"
	"hongyan/store/storetest"
)

var configured = push.Limits{Sends: push.SendsOf(20), PerUser: push.PerUserOf(2000), Lookups: push.LookupsOf(20), Apps: 2}

// withLimits is the world's service with configured limits.
func (w *world) withLimits(l push.Limits) {
	w.Helper()
	s, err := push.New(w.Context(), w.db, push.Options{BaseURL: "https://push.example", Account: "sandbox", Secret: testSecret,
		Limits: l, Limit: limit.New(limit.Options{Now: w.clock.Now})})
	if err != nil {
		w.Fatal(err)
	}
	w.Service = s
}

func TestLimits_OverTheConfigurationAndBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.withLimits(configured)
		if got := w.Limits(); got != configured {
			t.Errorf("at first %+v, want %+v", got, configured)
		}
		if err := w.SetLimits(t.Context(), push.LimitChange{Sends: new(50), Lookups: new(0), OnlyAdmins: new(true)}); err != nil {
			t.Fatal(err)
		}
		want := configured
		want.Sends, want.Lookups, want.OnlyAdmins = push.SendsOf(50), push.LookupsOf(0), true
		if got := w.Limits(); got != want || !got.Lookups.None() {
			t.Errorf("changed %+v, want %+v", got, want)
		}
		w.withLimits(configured) // a restart
		if got := w.Limits(); got != want {
			t.Errorf("after a restart %+v, want %+v", got, want)
		}
		var invalid *push.Invalid
		for _, c := range []push.LimitChange{{Sends: new(-1)}, {PerUser: new(1_000_001)}, {Lookups: new(1 << 40)}, {Apps: new(-5)}} {
			if err := w.SetLimits(t.Context(), c); !errors.As(err, &invalid) {
				t.Errorf("%+v: %v", c, err)
			}
		}
		if got := w.Limits(); got != want {
			t.Errorf("a refused change left %+v", got)
		}
		if err := w.SetLimits(t.Context(), push.LimitChange{}); err != nil {
			t.Fatal(err)
		}
		if got := w.Limits(); got != configured {
			t.Errorf("back at %+v, want %+v", got, configured)
		}
		if got, want := w.word(`SELECT after FROM audit WHERE action = 'limits.set' ORDER BY id LIMIT 1`), "发送50次/10秒，每人2000条/天，查询0次/秒，应用2个，只有管理员新建应用"; got != want {
			t.Errorf("the audit log says %q, want %q", got, want)
		}
	})
}

// TestLimits_ASettingNobodyUnderstandsLeavesTheConfiguration: a newer program,
// or a hand, may have written it.
func TestLimits_ASettingNobodyUnderstandsLeavesTheConfiguration(t *testing.T) {
	eachWorld(t, func(w *world) {
		for _, value := range []string{`{`, `{"sends":"many"}`, `{"sends":-7}`, `[]`, `null`, ``} {
			w.exec(`INSERT INTO setting (name, value) VALUES ('limits', $1), ('template', $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
				[]byte(value), []byte(`{"id":3}`))
			w.withLimits(configured)
			if got := w.Limits(); got != configured {
				t.Errorf("%q: %+v", value, got)
			}
			if got := w.CardTemplate(); got != nil {
				t.Errorf("template %+v", got)
			}
		}
	})
}

// TestSendLimit_OfOneApp: an app's own limit follows its token, also to a new
// one.
func TestSendLimit_OfOneApp(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.withLimits(configured)
		app, token := w.app(push.NewApp{})
		_, other := w.app(push.NewApp{})
		for _, n := range []int{100, 0, 1} {
			if err := w.SetAppLimit(t.Context(), app, &n); err != nil {
				t.Fatal(err)
			}
			if got, want := w.SendLimit(token), push.SendsOf(n); got != want {
				t.Errorf("own limit %+v, want %+v", got, want)
			}
			if got := w.SendLimit(other); got != configured.Sends {
				t.Errorf("another app has %+v", got)
			}
		}
		fresh, err := w.ResetToken(t.Context(), app)
		if err != nil {
			t.Fatal(err)
		}
		w.withLimits(configured)
		if w.SendLimit(fresh) != push.SendsOf(1) || w.SendLimit(token) != configured.Sends {
			t.Errorf("after a reset: new token %+v, old %+v", w.SendLimit(fresh), w.SendLimit(token))
		}
		if err := w.SetAppLimit(t.Context(), app, nil); err != nil {
			t.Fatal(err)
		}
		if got := w.SendLimit(fresh); got != configured.Sends {
			t.Errorf("back at %+v", got)
		}
		if err := w.SetAppLimit(t.Context(), 4242, nil); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("no app: %v", err)
		}
		var invalid *push.Invalid
		if err := w.SetAppLimit(t.Context(), app, new(-1)); !errors.As(err, &invalid) {
			t.Errorf("-1: %v", err)
		}
	})
}

func TestCreateApp_HoldsToTheLimitOfItsOwner(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.withLimits(configured)
		w.follower("小明")
		w.follower("管理员")
		ming, admin := w.user("小明"), w.user("管理员")
		w.exec(`UPDATE users SET admin = 1 WHERE id = $1`, int64(admin.ID))
		made := func(owner push.UserID) error {
			_, _, err := w.CreateApp(t.Context(), push.NewApp{Name: "应用", Owner: owner})
			return err
		}
		for range 2 {
			if err := made(ming.ID); err != nil {
				t.Fatal(err)
			}
		}
		var invalid *push.Invalid
		if err := made(ming.ID); !errors.As(err, &invalid) {
			t.Errorf("the third of two: %v", err)
		}
		for range 3 {
			if err := made(admin.ID); err != nil {
				t.Errorf("an administrator: %v", err)
			}
		}
		w.exec(`UPDATE app SET deleted_at = 1, purged_at = 1 WHERE id = 1`)
		if err := made(ming.ID); err != nil {
			t.Errorf("after one was deleted: %v", err)
		}
		if err := w.SetLimits(t.Context(), push.LimitChange{OnlyAdmins: new(true)}); err != nil {
			t.Fatal(err)
		}
		if err := made(ming.ID); !errors.As(err, &invalid) {
			t.Errorf("only administrators: %v", err)
		}
		if err := made(admin.ID); err != nil {
			t.Errorf("an administrator: %v", err)
		}
	})
}

// TestSetLimits_HoldForMessagesToAUserAtOnce
func TestSetLimits_HoldForMessagesToAUserAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.withLimits(configured)
		app, token := w.app(push.NewApp{})
		uid := w.follower("小明", app)
		if err := w.SetLimits(t.Context(), push.LimitChange{PerUser: new(1)}); err != nil {
			t.Fatal(err)
		}
		if out := w.send(token, push.Draft{UIDs: []push.UID{uid}}); out[0].Failed {
			t.Fatalf("the first: %+v", out)
		}
		if out := w.send(token, push.Draft{UIDs: []push.UID{uid}}); !out[0].Failed {
			t.Errorf("the second of one a day was taken")
		}
	})
}

// TestRunSettings_EveryNodeTakesAChangeOver within seconds, on SQLite by the
// same process and on PostgreSQL by another.
func TestRunSettings_EveryNodeTakesAChangeOver(t *testing.T) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			var nodes []*push.Service
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var dbs []*store.DB
			for i := range 2 {
				if i == 0 || engine == storetest.PostgresEngine {
					db, err := store.Open(t.Context(), url, store.Options{})
					if err != nil {
						t.Fatal(err)
					}
					defer db.Close()
					dbs = append(dbs, db)
				}
				s, err := push.New(t.Context(), dbs[len(dbs)-1], push.Options{Account: "sandbox", Secret: testSecret, Limits: configured})
				if err != nil {
					t.Fatal(err)
				}
				go s.RunSettings(ctx)
				nodes = append(nodes, s)
			}
			chosen := push.CardTemplate{ID: "T", Fields: map[string]string{"thing1": "{summary}"}}
			if err := nodes[0].SetLimits(t.Context(), push.LimitChange{Sends: new(7)}); err != nil {
				t.Fatal(err)
			}
			if err := nodes[0].SetCardTemplate(t.Context(), &chosen); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for nodes[1].Limits().Sends != push.SendsOf(7) || nodes[1].CardTemplate() == nil {
				<-tick.C
				if time.Since(began) > 15*time.Second {
					t.Fatalf("never: %+v", nodes[1].Limits())
				}
			}
			t.Logf("taken over after %v", time.Since(began))
			if got := nodes[1].CardTemplate(); got.ID != "T" || got.Fields["thing1"] != "{summary}" {
				t.Errorf("template %+v", got)
			}
		})
	}
}
