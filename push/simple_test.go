package push_test

import (
	"errors"
	"fmt"
	"testing"

	"hongyan/push"
)

func (w *world) spt(openid push.OpenID) (spt push.SPT) {
	w.Helper()
	w.event(openid, func(t *push.Turn) (err error) {
		spt, err = w.SPTOf(t)
		return err
	})
	return spt
}

func TestSendSimple_ReachesTheOwnerOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.follower("小明")
		w.follower("小红")
		ming, hong := w.spt("小明"), w.spt("小红")
		out, err := w.SendSimple(t.Context(), []push.SPT{hong, ming, hong, ""}, text(push.Draft{}))
		if err != nil || len(out) != 2 || out[0].Failed || out[1].Failed || out[0].UID != "" {
			t.Fatalf("receipts %+v, %v", out, err)
		}
		if n := w.count(`SELECT count(*) FROM delivery WHERE app_id = 0`); n != 2 {
			t.Errorf("%d deliveries, want 2", n)
		}
	})
}

// Whoever guesses SPTs learns nothing: unknown, muted, gone and reset are one
// text.
func TestF38_SendSimple_SaysTheSameWhetherTheTokenExists(t *testing.T) {
	eachWorld(t, func(w *world) {
		refused := func(spt push.SPT) string {
			out, err := w.SendSimple(t.Context(), []push.SPT{spt}, text(push.Draft{}))
			if err != nil || len(out) != 1 || !out[0].Failed || out[0].Message != 0 {
				t.Fatalf("receipts %+v, %v", out, err)
			}
			return out[0].Text
		}
		want := refused("SPT_unknown")
		w.follower("静音")
		w.event("静音", func(t *push.Turn) error { return w.Mute(t, true) })
		w.follower("走了")
		w.event("走了", w.Unsubscribe)
		w.follower("挡")
		w.exec(`UPDATE users SET blocked_at = 1 WHERE openid = '挡'`)
		w.follower("换")
		old := w.spt("换")
		w.event("换", func(t *push.Turn) error { _, err := w.ResetSPT(t); return err })
		for _, spt := range []push.SPT{w.spt("静音"), w.spt("走了"), w.spt("挡"), old} {
			if got := refused(spt); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		if out, err := w.SendSimple(t.Context(), []push.SPT{w.spt("换")}, text(push.Draft{})); err != nil || out[0].Failed {
			t.Errorf("the new token: %+v %v", out, err)
		}
	})
}

func TestSendSimple_TakesTenTokens(t *testing.T) {
	eachWorld(t, func(w *world) {
		var invalid *push.Invalid
		var spts []push.SPT
		for i := range 11 {
			spts = append(spts, push.SPT(fmt.Sprint("SPT_", i)))
		}
		if out, err := w.SendSimple(t.Context(), spts[:10], text(push.Draft{})); err != nil || len(out) != 10 {
			t.Errorf("ten tokens: %d receipts, %v", len(out), err)
		}
		if _, err := w.SendSimple(t.Context(), spts, text(push.Draft{})); !errors.As(err, &invalid) {
			t.Errorf("eleven tokens: %v", err)
		}
		if _, err := w.SendSimple(t.Context(), nil, text(push.Draft{})); !errors.As(err, &invalid) {
			t.Errorf("no token: %v", err)
		}
	})
}
