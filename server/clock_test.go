package main

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// TestClock_ASilentWeekInAMinute lets a week pass through the built binary: the
// owner's phone shows the warning and then the delisting, and a restart does not
// forget the time.
func TestClock_ASilentWeekInAMinute(t *testing.T) {
	data, address := t.TempDir(), freeAddress(t)
	w := startWorldIn(t, data, address)
	w.process.stop(t)
	sellInSecret(t, filepath.Join(data, "hongyan.db"), push.UID(w.file.UID))
	w = startWorldIn(t, data, address)

	began := time.Now()
	out, ok := runBinary(t, "clock", "+7d", "--data", data)
	if took := time.Since(began); !ok || took > time.Minute {
		t.Fatalf("hongyan clock +7d took %s:\n%s", took, out)
	}
	if !strings.Contains(out, "warned 「每日行情」") || !strings.Contains(out, "delisted 「每日行情」") || strings.Contains(out, "failed") {
		t.Errorf("hongyan clock +7d printed:\n%s", out)
	}
	var chat string
	w.get("/sandbox/api/followers/"+w.file.OpenID+"/chat", &chat)
	warned, delisted := strings.Index(chat, "产品太久没有推送"), strings.Index(chat, "产品已自动下架")
	if warned < 0 || delisted < warned || strings.Count(chat, "产品太久没有推送：") != strings.Count(chat, "产品已自动下架：") {
		t.Errorf("the owner's phone shows:\n%s", chat)
	}

	w.process.stop(t)
	startWorldIn(t, data, address)
	if out, ok := runBinary(t, "clock", "--data", data); !ok || !strings.Contains(out, "7 days ahead of its machine") {
		t.Errorf("after a restart hongyan clock printed:\n%s", out)
	}
	for _, refused := range [][]string{{"clock", "--advance=-1h", "--data", data}, {"clock", "+2y", "--data", data}, {"clock", "soon", "--data", data}, {"clock", "+1d", "--data", t.TempDir()}} {
		if out, ok := runBinary(t, refused...); ok {
			t.Errorf("%q is not refused:\n%s", refused, out)
		}
	}
}

// sellInSecret puts a product of the demo app into the market, owned by the
// demo follower.
func sellInSecret(t *testing.T, path string, owner push.UID) {
	t.Helper()
	db, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p, err := push.New(t.Context(), db, push.Options{BaseURL: "http://127.0.0.1:1", Account: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	shop := billing.New(db, p, billing.Options{})
	if err := p.GiveApp(t.Context(), demoApp, owner); err != nil {
		t.Fatal(err)
	}
	id, err := shop.Create(t.Context(), demoApp, billing.ProductDraft{
		Name: "每日行情", Resources: []push.Resource{{Kind: push.OfApp, Target: int64(demoApp)}},
		Plans: []billing.PlanDraft{{Days: 30, Price: 500}},
	})
	if err == nil {
		err = shop.Submit(t.Context(), demoApp, id)
	}
	if err == nil {
		err = shop.List(t.Context(), id)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestClock_LeasesGoAlong: a call under way stays its node's, however far
// another node moves the clock.
func TestClock_LeasesGoAlong(t *testing.T) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		t.Run(engine, func(t *testing.T) {
			n := testNode(t, storetest.URL(t, engine), slog.New(slog.DiscardHandler))
			if _, err := push.MoveClock(t.Context(), n.db, time.Hour); err == nil {
				t.Error("the time of a database that is no sandbox's was moved")
			}
			if err := n.push.Stamp(t.Context(), "sandbox"); err != nil {
				t.Fatal(err)
			}
			sentLongAgo(t, n)
			now := n.db.Now()
			err := n.db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE delivery SET state = 1, due_at = $1`, store.Millis(now.Add(20*time.Second)))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 2 {
				ahead, err := push.MoveClock(t.Context(), n.db, 36*time.Hour)
				if want := time.Duration(i+1) * 36 * time.Hour; err != nil || ahead != want {
					t.Fatalf("ahead by %s, want %s: %v", ahead, want, err)
				}
			}
			if err := n.readClock(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := n.db.Now().Sub(now).Round(time.Minute); got != 72*time.Hour {
				t.Errorf("the node's clock moved by %s", got)
			}
			busy, _, err := n.push.Working(t.Context())
			if err != nil || !busy {
				t.Errorf("busy %v, %v, though a call is under way", busy, err)
			}
			var until int64
			if err := n.db.View(t.Context(), func(tx *store.Tx) error {
				return tx.QueryRow(`SELECT due_at FROM delivery`).Scan(&until)
			}); err != nil {
				t.Fatal(err)
			}
			if got, want := store.Time(until), now.Add(72*time.Hour+20*time.Second); got.Sub(want).Abs() > time.Second {
				t.Errorf("the lease ends at %s, want %s", got, want)
			}
		})
	}
}

// TestClock_SlotsAreReadByTheMovedClock: a job of the night runs at the clock's
// midnight, not at the machine's, and a move runs the last slot it passes.
func TestClock_SlotsAreReadByTheMovedClock(t *testing.T) {
	table, err := scheduled([]job{{name: "night", schedule: "30 4 * * *"}, {name: "minute", schedule: "* * * * *"}, {name: "hour", schedule: "17 * * * *"}})
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		one, err := time.ParseInLocation("2006-01-02 15:04", text, china)
		if err != nil {
			t.Fatal(err)
		}
		return one
	}
	for _, c := range []struct{ from, to, night, minute, hour string }{
		{"2027-12-31 23:50", "2028-01-01 00:10", "", "2028-01-01 00:10", ""},
		{"2027-12-31 23:10", "2028-01-01 04:30", "2028-01-01 04:30", "2028-01-01 04:30", "2028-01-01 04:17"},
		{"2028-02-28 04:30", "2028-03-01 04:29", "2028-02-29 04:30", "2028-03-01 04:29", "2028-03-01 04:17"},
		{"2038-01-19 03:00", "2038-01-19 12:00", "2038-01-19 04:30", "2038-01-19 12:00", "2038-01-19 11:17"},
	} {
		for i, want := range []string{c.night, c.minute, c.hour} {
			got := ""
			if slot := table[i].slotIn(at(c.from), at(c.to)); !slot.IsZero() {
				got = slot.In(china).Format("2006-01-02 15:04")
			}
			if got != want {
				t.Errorf("%s from %s to %s: slot %q, want %q", table[i].name, c.from, c.to, got, want)
			}
		}
	}
	if !table[0].rare || table[1].rare || table[2].rare {
		t.Errorf("rare: %v %v %v", table[0].rare, table[1].rare, table[2].rare)
	}
	c := newClock()
	c.set(7*24*time.Hour + 5*time.Hour)
	c.set(time.Hour) // an older reading that came later
	if got := c.Ahead(); got != 173*time.Hour {
		t.Errorf("ahead by %s", got)
	}
	now := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	if got, want := now.In(c.shanghai()).Format(time.DateTime), now.Add(173*time.Hour).In(china).Format(time.DateTime); got != want {
		t.Errorf("the scheduler reads %s, want %s", got, want)
	}
}

// TestClock_RefusesStepsBackAndOtherSites
func TestClock_RefusesStepsBackAndOtherSites(t *testing.T) {
	w := startWorld(t)
	resp, err := http.Post(w.file.ClockURL, "application/json", strings.NewReader(`{"seconds":-1}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a step back answers %s", resp.Status)
	}
	r, _ := http.NewRequest(http.MethodPost, w.file.ClockURL, strings.NewReader(`{"seconds":60}`))
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if resp, err = http.DefaultClient.Do(r); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("another site moved the clock: %s", resp.Status)
	}
}
