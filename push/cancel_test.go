package push_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

func (w *world) cancel(app push.AppID, id int64) push.Cancelled {
	w.Helper()
	c, err := w.Cancel(w.Context(), app, id)
	if err != nil {
		w.Fatalf("cancel: %v", err)
	}
	return c
}

// What has gone is gone, what waits is stopped, its record counts it and says
// why; again is fine.
func TestCancel_StopsWhatIsQueued(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		gone, queued := w.follower("o一", app), w.follower("o二", app)
		r := w.send(token, push.Draft{UIDs: []push.UID{gone, queued}})
		w.exec(`UPDATE delivery SET state = 3 WHERE user_id = (SELECT id FROM users WHERE uid = $1)`, string(gone))
		for range 2 {
			if got, want := w.cancel(app, r[0].Message), (push.Cancelled{Stopped: 1, Gone: 1}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		if got, want := w.status(r[1].Record).Text, "发送失败：发送方已取消这条消息"; got != want {
			t.Errorf("status %q, want %q", got, want)
		}
		if n := w.count(`SELECT SUM(failed) FROM record`); n != 1 {
			t.Errorf("%d counted as failed, want 1", n)
		}
		x := newWeChat(w.clock.Now)
		w.DeliverDue(w.Context(), x)
		if len(x.calls) != 0 {
			t.Errorf("%d calls after the cancel", len(x.calls))
		}
	})
}

// A chunk that another node has under way leaves nothing behind the mark, so
// that nothing waits in a paused queue only to be refused.
func TestCancel_ChunkUnderWayLeavesNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		r := w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 3)}})
		if err := w.another().FanOutLate(w.Context(), func() { w.cancel(app, r[0].Message) }); err != nil {
			t.Fatal(err)
		}
		if n := w.count(`SELECT COUNT(*) FROM delivery`); n != 0 {
			t.Errorf("%d deliveries behind the mark, want 0", n)
		}
	})
}

// A topic stops in the middle of its fan-out.
func TestCancel_StopsAFanout(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		r := w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 7000)}})
		if more, err := w.FanOut(w.Context()); !more || err != nil {
			t.Fatalf("chunk: %v %v", more, err)
		}
		w.Pause(w.Context(), w.clock.Now().Add(24*time.Hour), "额度用完") // a paused queue can be cancelled
		if got, want := w.cancel(app, r[0].Record), (push.Cancelled{Stopped: 5000}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		w.fanOut()
		if n := w.count(`SELECT COUNT(*) FROM delivery`); n != 5000 {
			t.Errorf("%d deliveries, want 5000", n)
		}
		if got, want := w.record(), "total 5000 confirmed 0 failed 5000"; got != want {
			t.Errorf("record: %s, want %s", got, want)
		}
		if st := w.status(r[0].Record); st.Code != push.StatusFailed || !strings.Contains(st.Text, "发送方已取消这条消息") {
			t.Errorf("status %+v", st)
		}
	})
}

func TestCancel_BeforeAnybodyWasFannedOutTo(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		r := w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 3)}})
		w.cancel(app, r[0].Message)
		w.fanOut()
		if n := w.count(`SELECT COUNT(*) FROM delivery`); n != 0 {
			t.Errorf("%d deliveries, want 0", n)
		}
		if st := w.status(r[0].Record); st.Code != push.StatusFailed || !strings.Contains(st.Text, "发送方已取消") {
			t.Errorf("status %+v", st)
		}
	})
}

// A crash between the mark and the end of the sweep sends nothing: workers
// refuse, and a second call finishes with the same counts.
func TestF1_CancelSurvivesACrash(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		r := w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 400)}})
		w.fanOut()
		if err := w.CancelAndCrash(w.Context(), app, r[0].Message); err != nil {
			t.Fatal(err)
		}
		if err := w.another().Abandon(w.Context()); err != nil { // claimed, and then that node died
			t.Fatal(err)
		}
		leased := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 1`)
		if got, want := w.cancel(app, r[0].Message), (push.Cancelled{Stopped: 400 - leased, InHand: leased}); got != want || leased == 0 {
			t.Errorf("got %+v, want %+v", got, want)
		}
		w.clock.Advance(31 * time.Second)
		x := newWeChat(w.clock.Now)
		w.DeliverDue(w.Context(), x)
		if got, want := w.cancel(app, r[0].Message), (push.Cancelled{Stopped: 400}); got != want || len(x.calls) != 0 {
			t.Errorf("got %+v with %d calls, want %+v and none", got, len(x.calls), want)
		}
		if got, want := w.record(), "total 400 confirmed 0 failed 400"; got != want {
			t.Errorf("record: %s, want %s", got, want)
		}
	})
}

func TestCancel_OnlyByItsApp(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{})
		w.follower("o小明", app)
		r := w.send(token, push.Draft{UIDs: []push.UID{w.user("o小明").UID}})
		simple, err := w.SendSimple(w.Context(), []push.SPT{w.spt("o小明")}, text(push.Draft{}))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			app push.AppID
			id  int64
		}{{other, r[0].Message}, {app, 0}, {app, 1}, {app, simple[0].Message}, {0, simple[0].Message}} {
			if _, err := w.Cancel(w.Context(), c.app, c.id); !errors.Is(err, push.ErrNoMessage) {
				t.Errorf("app %d: %v", c.app, err)
			}
		}
	})
}
