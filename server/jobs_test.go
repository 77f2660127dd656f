package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/store"
	"hongyan/store/storetest"
)

// testNode is a node of a database as far as jobs need it.
func testNode(t *testing.T, url string, log *slog.Logger) *node {
	t.Helper()
	c := Config{Listen: "127.0.0.1:0", Data: t.TempDir(), Database: url, Profile: "fast"}
	c.WeChat.Fields, c.WeChat.Route = map[string]string{"thing2": "{summary}"}, "template"
	n, err := newNode(t.Context(), c, "http://127.0.0.1:1", "http://127.0.0.1:1", "", log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.close() })
	return n
}

type pastRun struct {
	job, outcome string
	slot         time.Time
	finished     bool
}

// runs are the history of the jobs.
func (n *node) runs(t *testing.T) (all []pastRun) {
	t.Helper()
	err := n.db.View(context.Background(), func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (one pastRun, err error) {
			var slot, finished int64
			err = r.Scan(&one.job, &slot, &finished, &one.outcome)
			one.slot, one.finished = store.Time(slot), finished > 0
			return one, err
		}, `SELECT job, slot, finished_at, outcome FROM cron_run ORDER BY job, slot`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestF21_EachSlotRunsOnceOnTwoNodes
func TestF21_EachSlotRunsOnceOnTwoNodes(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			log := slog.New(slog.DiscardHandler)
			nodes := []*node{testNode(t, url, log), testNode(t, url, log)}
			var ran atomic.Int64
			job := job{name: "one", run: func(context.Context) (string, error) { ran.Add(1); return "done", nil }}
			var work sync.WaitGroup
			for range 8 {
				for _, n := range nodes {
					work.Go(func() { n.runJob(t.Context(), job) })
				}
			}
			work.Wait()
			history := nodes[0].runs(t)
			if int(ran.Load()) != len(history) || len(history) > 2 { // two, if a minute ended meanwhile
				t.Errorf("the job ran %d times in %d slots", ran.Load(), len(history))
			}
			for _, one := range history {
				if one.outcome != "done" || !one.finished {
					t.Errorf("history %+v", one)
				}
			}
		})
	}
}

// TestF21_APanicStopsNeitherItsJobNorTheOthers lets cron's clock run for an
// hour.
func TestF21_APanicStopsNeitherItsJobNorTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := testNode(t, "", slog.New(slog.DiscardHandler))
		var broken, failing, well atomic.Int64
		table := []job{
			{"broken", "* * * * *", func(context.Context) (string, error) { broken.Add(1); panic("oh") }},
			{"failing", "* * * * *", func(context.Context) (string, error) { failing.Add(1); return "", errors.New("no") }},
			{"well", "* * * * *", func(context.Context) (string, error) { well.Add(1); return "fine", nil }},
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- n.runTable(ctx, table) }()
		time.Sleep(time.Hour + time.Second)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if broken.Load() != 60 || failing.Load() != 60 || well.Load() != 60 {
			t.Errorf("in an hour the jobs ran %d, %d and %d times, want 60 each", broken.Load(), failing.Load(), well.Load())
		}
		for _, one := range n.runs(t) {
			if !one.finished || one.job == "broken" && one.outcome[:13] != "failed: panic" {
				t.Errorf("history %+v", one)
			}
		}
	})
}

// TestF21_DowntimeOverTenDaysOfTicksCostsNothing: the first slot after it finds
// everything by what is stored. The history is tidied, too.
func TestF21_DowntimeOverTenDaysOfTicksCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := testNode(t, "", slog.New(slog.DiscardHandler))
		sentLongAgo(t, n)
		for range 3 {
			n.runJob(t.Context(), job{name: "old", run: func(context.Context) (string, error) { return "", nil }})
			time.Sleep(time.Minute)
		}
		time.Sleep(10 * 24 * time.Hour)
		for _, j := range n.jobs() {
			n.runJob(t.Context(), j)
		}
		want := map[string]string{"unconfirmed": "1 marked as not confirmed", "history": "3 old runs deleted"}
		for _, one := range n.runs(t) {
			if text, known := want[one.job]; known && one.outcome != text {
				t.Errorf("%s: %q, want %q", one.job, one.outcome, text)
			}
			if one.job == "old" {
				t.Errorf("old history stays: %+v", one)
			}
			delete(want, one.job)
		}
		if len(want) > 0 {
			t.Errorf("these did not run: %v", want)
		}
	})
}

// sentLongAgo is a card that WeChat took and whose finish report never came.
func sentLongAgo(t *testing.T, n *node) {
	t.Helper()
	err := n.db.Update(t.Context(), func(tx *store.Tx) error {
		now := store.Millis(tx.Now)
		_, err := tx.Exec(`INSERT INTO delivery (message_id, user_id, record_id, app_id, lane, state, due_at, sent_at, msgid)
			VALUES (1, 1, 1, 1, 0, 2, $1, $1, 7)`, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
