package push_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// A card that waits in hand was decided when it was claimed. When a clock that
// jumps ends its lease, it is decided anew: whoever muted in the meantime gets
// nothing.
func TestF20_ACardWhoseLeaseTheClockEndedIsDecidedAnew(t *testing.T) {
	url := storetest.URL(t, storetest.SQLiteEngine)
	synctest.Test(t, func(t *testing.T) {
		var ahead atomic.Int64
		now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		db, err := store.Open(t.Context(), url, store.Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		w := newWorld(t, db, storetest.NewClock(now()))
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		for range 2 { // the second waits behind the first
			w.send(token, push.Draft{UIDs: []push.UID{uid}})
		}
		x := &slowly{takes: 10 * time.Second}
		stop := w.deliver(x)
		time.Sleep(time.Second)
		ahead.Store(int64(time.Hour))
		w.eventAt("o小明", now(), func(t *push.Turn) error { return w.Mute(t, true) })
		time.Sleep(20 * time.Second)
		stop()
		if x.calls() != 1 {
			t.Errorf("%d calls, want the one before the follower muted", x.calls())
		}
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 4`); n != 1 {
			t.Errorf("%d refused, want 1", n)
		}
	})
}
