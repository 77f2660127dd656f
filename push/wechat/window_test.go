package wechat

import (
	"fmt"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store/storetest"
)

// WeChat allows five customer messages after a follower spoke; the follower's
// budget is kept by package push.
func TestRoute_SpendsTheBudgetOfTheFollowersWords(t *testing.T) {
	service, err := push.New(t.Context(), storetest.SQLite(t), push.Options{BaseURL: "https://push.example", Account: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, Options{Route: CustomerThenTemplate, Push: service}, nil)
	j := w.job()
	say := func(turn *push.Turn) error {
		j.Card.User = turn.User.ID
		return service.Window(turn, push.Said)
	}
	if _, err := service.Once(t.Context(), push.Inbound{Key: "said-1", OpenID: j.Card.OpenID, At: time.Now()}, say); err != nil {
		t.Fatal(err)
	}
	if _, err := w.follower.Say(t.Context(), "在吗"); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		j.Card.Short, j.Card.ClientMsgID = fmt.Sprint("K", i), fmt.Sprint("msg-", i)
		want := push.Delivered
		if i == 5 {
			want = push.Accepted
		}
		if out := w.deliver(j); out.Verdict != want {
			t.Errorf("card %d: got %d %q, want %d", i+1, out.Verdict, out.Reason, want)
		}
	}
	if got, want := w.shown(), "customer customer customer customer customer template"; got != want {
		t.Errorf("the phone shows %q, want %q", got, want)
	}
}
