package push_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

// keys are those of a list of sends, page by page.
func (w *world) keys(app push.AppID, list func(after string) ([]push.Scheduled, string, error)) (keys []string) {
	w.Helper()
	after := ""
	for {
		page, next, err := list(after)
		if err != nil {
			w.Fatal(err)
		}
		for _, one := range page {
			keys = append(keys, one.Key)
		}
		if next == "" {
			return keys
		}
		after = next
	}
}

// Those that wait come in the order of their time, those that are over the
// latest first, and nobody sees those of another app.
func TestWaitingSends_InTheOrderOfTheirTime(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		now := w.clock.Now()
		for i, hours := range []int{5, 1, 3, 3, 2, 4} {
			w.schedule(app, fmt.Sprint(i), now.Add(time.Duration(hours)*time.Hour), push.Draft{UIDs: []push.UID{uid}})
		}
		w.schedule(other, "theirs", now.Add(time.Hour), push.Draft{UIDs: []push.UID{uid}})
		waiting := func(after string) ([]push.Scheduled, string, error) {
			return w.WaitingSends(w.Context(), app, after, 2)
		}
		if got, want := fmt.Sprint(w.keys(app, waiting)), "[1 4 2 3 5 0]"; got != want {
			t.Errorf("waiting: %s, want %s", got, want)
		}
		if _, err := w.CancelScheduled(w.Context(), app, "4"); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(3 * time.Hour)
		w.SendDue(w.Context())
		past := func(after string) ([]push.Scheduled, string, error) { return w.PastSends(w.Context(), app, after, 1) }
		if got, want := fmt.Sprint(w.keys(app, past)), "[3 2 1 4]"; got != want {
			t.Errorf("past: %s, want %s", got, want)
		}
		if got, want := fmt.Sprint(w.keys(app, waiting)), "[5 0]"; got != want {
			t.Errorf("waiting: %s, want %s", got, want)
		}
		var invalid *push.Invalid
		if _, _, err := w.PastSends(w.Context(), app, "x", 1); !errors.As(err, &invalid) {
			t.Errorf("a cursor that is none: %v", err)
		}
	})
}

func TestWaitingSends_ReadTheirIndexes(t *testing.T) {
	onSQLite(t, func(w *world) {
		for query, index := range map[string]string{
			`SELECT id FROM scheduled WHERE app_id = 1 AND state = 0 AND (send_at, id) > (5, 5) ORDER BY send_at, id LIMIT 9`:           "scheduled_waiting",
			`SELECT id FROM scheduled WHERE app_id = 1 AND state > 0 AND (done_at, id) < (5, 5) ORDER BY done_at DESC, id DESC LIMIT 9`: "scheduled_past",
		} {
			if plan := w.plan(query); !strings.Contains(plan, index) || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s\n%s", query, plan)
			}
		}
	})
}

func TestMoveScheduled(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		now := w.clock.Now()
		w.schedule(app, "周会", now.Add(time.Hour), push.Draft{UIDs: []push.UID{uid}})
		if err := w.MoveScheduled(w.Context(), other, "周会", now); !errors.Is(err, push.ErrNoScheduled) {
			t.Errorf("another app's: %v", err)
		}
		var invalid *push.Invalid
		for _, at := range []time.Time{{}, now.AddDate(2, 0, 0)} {
			if err := w.MoveScheduled(w.Context(), app, "周会", at); !errors.As(err, &invalid) {
				t.Errorf("%s: %v", at, err)
			}
		}
		must(t, w.MoveScheduled(w.Context(), app, "周会", now.Add(3*time.Hour)))
		w.clock.Advance(2 * time.Hour)
		w.SendDue(w.Context())
		if n := w.count(`SELECT COUNT(*) FROM message`); n != 0 {
			t.Errorf("%d messages at the old time", n)
		}
		must(t, w.MoveScheduled(w.Context(), app, "周会", w.clock.Now()))
		w.SendDue(w.Context())
		if n := w.count(`SELECT COUNT(*) FROM message`); n != 1 {
			t.Errorf("%d messages after it was sent now", n)
		}
		if err := w.MoveScheduled(w.Context(), app, "周会", now.Add(5*time.Hour)); !errors.Is(err, push.ErrScheduledDone) {
			t.Errorf("what was sent: %v", err)
		}
	})
}

// A node has it in hand, since its time has come, when it is moved: it is not
// sent at the old time.
func TestMoveScheduled_WhileANodeHoldsIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		w.schedule(app, "周会", w.clock.Now().Add(time.Hour), push.Draft{UIDs: []push.UID{w.follower("o小明", app)}})
		w.clock.Advance(time.Hour)
		err := w.HoldDueAndLinger(w.Context(), func() {
			must(t, w.MoveScheduled(w.Context(), app, "周会", w.clock.Now().Add(time.Hour)))
		})
		if err != nil {
			t.Fatal(err)
		}
		w.SendDue(w.Context())
		if n := w.count(`SELECT COUNT(*) FROM message`); n != 0 {
			t.Errorf("%d messages at the old time", n)
		}
		w.clock.Advance(time.Hour)
		w.SendDue(w.Context())
		if n := w.count(`SELECT COUNT(*) FROM message`); n != 1 {
			t.Errorf("%d messages at the new time", n)
		}
	})
}
