package bot_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"hongyan/oa"
	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

func TestF16_ThreeAttemptsAtOnceActOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		attempts(t, w, w.nodes[0], w.nodes[0], w.nodes[0])
	})
}

func TestF16_AttemptsOnTwoNodesActOnce(t *testing.T) {
	url := storetest.URL(t, storetest.PostgresEngine)
	var dbs []*store.DB
	for range 2 {
		db, err := store.Open(t.Context(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		dbs = append(dbs, db)
	}
	w := newWorldOf(t, dbs...)
	attempts(t, w, w.nodes[0], w.nodes[1], w.nodes[1], w.nodes[0])
}

// attempts sends one command to all nodes at once, while the developer takes
// his time, and once more afterwards. Every attempt gets the same reply and
// the developer hears it once.
func attempts(t *testing.T, w *world, nodes ...*node) {
	openid := w.Follower("小明").phone.OpenID
	w.Follower("小明").Say("#97")
	w.Developer.Answers(after(300*time.Millisecond, "已重启"))
	ev := text(openid, "#97 重启服务器", w.db.Now())
	replies := make([]string, len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() { replies[i] = w.handle(n, ev) })
	}
	all.Wait()
	for _, n := range nodes {
		replies = append(replies, w.handle(n, ev))
	}
	for i, reply := range replies {
		if reply != "已重启" {
			t.Errorf("attempt %d: got %q", i, reply)
		}
	}
	w.Developer.WantCallback(t, "send_up_cmd", "重启服务器")
	if heard := w.Follower("小明").Heard(); len(heard) != 0 {
		t.Errorf("said again as customer messages: %q", heard)
	}
}

// handle gives one event to a node.
func (w *world) handle(n *node, ev oa.Event) string {
	reply, err := n.bot.Handle(w.t.Context(), ev)
	if err != nil {
		w.t.Errorf("handle %T: %v", ev, err)
	}
	return said(reply)
}

func TestF16_LateAndReorderedAttempts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		xiaoming := w.Follower("小明")
		xiaoming.Say("#97")
		openid, now := xiaoming.phone.OpenID, w.db.Now()
		first, second := text(openid, "#97 一", now), text(openid, "#97 二", now)
		for _, ev := range []oa.Event{second, first, second, first, first, second} {
			want := "好的：二"
			if ev == first {
				want = "好的：一"
			}
			if got := w.handle(w.nodes[0], ev); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		w.Developer.WantCallback(t, "send_up_cmd", "一", "二")
	})
}

func TestF16_RepeatedWordsOfOurOwnAreAnsweredAlike(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	ev := text(w.Follower("小明").phone.OpenID, "我的UID", w.db.Now())
	want := w.handle(w.nodes[0], ev)
	for range 30 {
		if got := w.handle(w.nodes[0], ev); got == "" || got != want {
			t.Fatalf("a repeated attempt got %q, the first %q", got, want)
		}
	}
}

// TestF18_TheLastEventDecides plays every order of arrival of one follower's
// comings and goings. The last by CreateTime decides, and the code that was
// scanned along the way is bound once.
func TestF18_TheLastEventDecides(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		scene, err := w.push().NewScene(t.Context(), w.token, push.NewScene{Extra: "订单"})
		if err != nil {
			t.Fatal(err)
		}
		start := w.db.Now()
		at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
		n := 0
		for _, last := range []string{"subscribe", "unsubscribe"} {
			for _, order := range permutations(4) {
				openid := fmt.Sprintf("oF18_%d", n)
				n++
				events := []oa.Event{
					event(openid, "SCAN", scene.Handle, at(0)),
					event(openid, "subscribe", "qrscene_"+scene.Handle, at(1)),
					event(openid, "unsubscribe", "", at(2)),
					event(openid, last, "", at(3)),
				}
				for _, i := range order {
					w.handle(w.nodes[0], events[i])
				}
				if got, want := w.following(openid), last == "subscribe"; got != want {
					t.Errorf("order %v ending by %s: following is %v", order, last, got)
				}
			}
		}
		w.Developer.WantCallback(t, "app_subscribe", slices.Repeat([]string{"scan 订单"}, n)...)
	})
}

// following reads whether somebody follows the account.
func (w *world) following(openid string) (following bool) {
	err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT following FROM users WHERE openid = $1`, openid).Scan(&following)
	})
	if err != nil {
		w.t.Error(err)
	}
	return following
}

// permutations are the orders of 0…n-1.
func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, shorter := range permutations(n - 1) {
		for i := range n {
			all = append(all, slices.Insert(slices.Clone(shorter), i, n-1))
		}
	}
	return all
}
