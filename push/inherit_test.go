package push_test

import (
	"testing"

	"hongyan/push"
)

func TestF1_AProcessThatIsAloneNeedNotWaitForDeadLeases(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 400)}})
		w.fanOut()
		x := newWeChat(w.clock.Now)
		if err := w.Abandon(w.Context()); err != nil { // killed with leases in hand
			t.Fatal(err)
		}
		leased := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 1`)
		next := w.another()
		n, err := next.Inherit(w.Context())
		if err != nil || n != leased || leased == 0 {
			t.Fatalf("inherited %d of %d: %v", n, leased, err)
		}
		next.DeliverDue(w.Context(), x)
		x.wantOneCardEach(t, 400)
	})
}
