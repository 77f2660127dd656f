package push_test

import (
	"testing"
	"time"

	"hongyan/push"
)

func (w *world) spend(u push.UserID) bool {
	w.Helper()
	ok, err := w.SpendWindow(w.Context(), u)
	if err != nil {
		w.Fatal(err)
	}
	return ok
}

func (w *world) window(openid push.OpenID, kind push.WindowKind) push.UserID {
	w.Helper()
	w.event(openid, func(t *push.Turn) error { return w.Window(t, kind) })
	return w.user(openid).ID
}

func TestWindow_FiveMessagesIn48Hours(t *testing.T) {
	eachWorld(t, func(w *world) {
		u := w.user("小明").ID
		if w.spend(u) {
			t.Error("a message before any window")
		}
		w.window("小明", push.Said)
		for i := range 5 {
			if !w.spend(u) {
				t.Errorf("message %d refused", i+1)
			}
		}
		if w.spend(u) {
			t.Error("a sixth message")
		}
		w.window("小明", push.Said) // the budget is full again
		w.clock.Advance(48*time.Hour - time.Second)
		if !w.spend(u) {
			t.Error("refused just before the end")
		}
		w.clock.Advance(time.Second)
		if w.spend(u) {
			t.Error("a message after 48 hours")
		}
	})
}

func TestWindow_ThreeMessagesInAMinute(t *testing.T) {
	eachWorld(t, func(w *world) {
		u := w.window("小明", push.Tapped)
		for i := range 3 {
			if !w.spend(u) {
				t.Errorf("message %d refused", i+1)
			}
		}
		if w.spend(u) {
			t.Error("a fourth message")
		}
		w.window("小明", push.Tapped)
		w.clock.Advance(time.Minute)
		if w.spend(u) {
			t.Error("a message after a minute")
		}
	})
}

func TestWindow_TheMinuteIsSpentFirst(t *testing.T) {
	eachWorld(t, func(w *world) {
		u := w.window("小明", push.Said)
		w.window("小明", push.Tapped)
		for range 3 {
			w.spend(u)
		}
		if n := w.count(`SELECT say_left FROM users`); n != 5 {
			t.Errorf("%d messages left in the long window, want 5", n)
		}
		w.spend(u)
		if n := w.count(`SELECT say_left FROM users`); n != 4 {
			t.Errorf("%d messages left in the long window, want 4", n)
		}
	})
}

func TestWindow_AnOldEventDoesNotMoveIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		u := w.window("小明", push.Said)
		w.eventAt("小明", w.clock.Now().Add(-time.Hour), func(t *push.Turn) error { return w.Window(t, push.Said) })
		w.clock.Advance(48*time.Hour - time.Minute)
		if !w.spend(u) {
			t.Error("the older word closed the newer one's window")
		}
	})
}
