package push_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// inbound is an event of 小明 with this key, to be answered within a time.
func inbound(w *world, key string, within time.Duration) push.Inbound {
	return push.Inbound{Key: key, OpenID: "小明", At: w.db.Now(), Deadline: w.db.Now().Add(within)}
}

func TestF16_Once_ARepeatGetsTheFirstAnswer_I4(t *testing.T) {
	eachWorld(t, func(w *world) {
		second := newService(t, w.db) // another node
		ran := 0
		reply := func(t *push.Turn) error {
			ran++
			t.Reply = fmt.Sprintf("第%d次", ran)
			return nil
		}
		for _, node := range []*push.Service{w.Service, w.Service, second} {
			a, err := node.Once(t.Context(), inbound(w, "msgid 1", time.Minute), reply)
			if err != nil || a.Reply != "第1次" || a.Pending != nil {
				t.Errorf("answer %+v, %v", a, err)
			}
		}
		if a, _ := w.Once(t.Context(), inbound(w, "msgid 2", time.Minute), reply); a.Reply != "第2次" {
			t.Errorf("another event: %+v", a)
		}
	})
}

// Three attempts on two nodes, each arriving while others are at work, in any
// order: the event happens once, and all get one answer.
func TestF16_Once_ConcurrentAttemptsOnTwoNodes(t *testing.T) {
	eachWorld(t, func(w *world) {
		nodes := []*push.Service{w.Service, newService(t, w.db)}
		app, _ := w.app(push.NewApp{CallbackURL: listening})
		for event := range 20 {
			key := fmt.Sprint("event ", event)
			replies := make([]string, 6)
			var running sync.WaitGroup
			for attempt := range replies {
				node := nodes[rand.IntN(2)]
				running.Go(func() {
					a, err := node.Once(t.Context(), inbound(w, key, time.Minute), func(t *push.Turn) error {
						t.Reply = fmt.Sprint("答复 ", attempt)
						_, err := node.FollowApp(t, app, push.ByCommand, "")
						return errors.Join(err, node.UnfollowApp(t, app))
					})
					if err != nil {
						t.Error(err)
					}
					if replies[attempt] = a.Reply; a.Pending != nil {
						replies[attempt] = a.Pending.Wait(t.Context())
					}
				})
			}
			running.Wait()
			for _, reply := range replies {
				if reply == "" || reply != replies[0] {
					t.Fatalf("answers %q", replies)
				}
			}
		}
		if n := w.count(`SELECT count(*) FROM callback`); n != 20 {
			t.Errorf("%d callbacks, want 20", n)
		}
	})
}

func TestOnce_AnErrorLeavesNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		broken := errors.New("broken")
		fail := func(t *push.Turn) error {
			if err := w.Mute(t, true); err != nil {
				return err
			}
			return broken
		}
		if _, err := w.Once(t.Context(), inbound(w, "k", time.Minute), fail); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		func() {
			defer func() { _ = recover() }()
			_, _ = w.Once(t.Context(), inbound(w, "k", time.Minute), func(*push.Turn) error { panic("broken") })
		}()
		if n := w.count(`SELECT count(*) FROM inbound_event`) + w.count(`SELECT count(*) FROM users`); n != 0 {
			t.Errorf("%d rows left", n)
		}
		a, err := w.Once(t.Context(), inbound(w, "k", time.Minute), func(t *push.Turn) error { t.Reply = "好"; return nil })
		if err != nil || a.Reply != "好" {
			t.Errorf("the next attempt: %+v, %v", a, err)
		}
	})
}

// An attempt that came while the first was at work takes over when that fails.
func TestF16_Once_TheNextAttemptTakesOverAfterAFailure(t *testing.T) {
	eachWorld(t, func(w *world) {
		entered, release := make(chan struct{}), make(chan struct{})
		var running sync.WaitGroup
		running.Go(func() {
			_, err := w.Once(t.Context(), inbound(w, "k", time.Minute), func(*push.Turn) error {
				close(entered)
				<-release
				return errors.New("broken")
			})
			if err == nil {
				t.Error("the first attempt succeeded")
			}
		})
		<-entered
		running.Go(func() {
			a, err := w.Once(t.Context(), inbound(w, "k", time.Minute), func(t *push.Turn) error { t.Reply = "好"; return nil })
			if err != nil || a.Reply != "好" {
				t.Errorf("the second attempt: %+v, %v", a, err)
			}
		})
		close(release)
		running.Wait()
	})
}

// Attempts that joined one which found the event at work on another node wait
// for that node as well.
func TestF16_Once_AttemptsHereWaitForAnotherNode(t *testing.T) {
	url := storetest.URL(t, storetest.SQLiteEngine)
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		w := &world{T: t, Service: newService(t, db), db: db}
		w.exec(`INSERT INTO inbound_event (event_key, created_at) VALUES ('k', 1)`)
		hold, held := make(chan struct{}), make(chan struct{})
		var running sync.WaitGroup
		running.Go(func() {
			_ = db.Update(t.Context(), func(*store.Tx) error { close(held); <-hold; return nil })
		})
		<-held
		for range 3 {
			running.Go(func() {
				a, err := w.Once(t.Context(), inbound(w, "k", time.Minute), nil)
				if err != nil || a.Pending == nil {
					t.Errorf("answer %+v, %v", a, err)
					return
				}
				if got := a.Pending.Wait(t.Context()); got != "已重启" {
					t.Errorf("reply %q", got)
				}
			})
		}
		synctest.Wait() // one is at the door of the database, two behind it
		close(hold)
		time.Sleep(time.Second)
		w.exec(`UPDATE inbound_event SET reply = '已重启'`)
		running.Wait()
	})
}

// dev is a developer whose answers a test gives.
type dev chan push.Outcome

func (d dev) Deliver(ctx context.Context, _ push.Job) push.Outcome {
	select {
	case o := <-d:
		return o
	case <-ctx.Done():
		return push.Outcome{Reason: "timeout"}
	}
}

// platform is a world on the real clock whose callbacks are worked off. It
// counts the late replies said.
func platform(t *testing.T, db *store.DB) (*world, dev, push.AppID, *atomic.Int64) {
	said := new(atomic.Int64)
	s, err := push.New(t.Context(), db, push.Options{Node: "first", Secret: make([]byte, 32), Say: func(_ context.Context, to push.OpenID, text string) error {
		if to != "小明" || text != "已重启" {
			t.Errorf("said %q to %s", text, to)
		}
		said.Add(1)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, Service: s, db: db, clock: storetest.NewClock(db.Now())}
	app, _ := w.app(push.NewApp{CallbackURL: listening})
	w.follower("小明", app)
	w.exec(`DELETE FROM callback`)
	d := make(dev)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = s.RunCallbacks(ctx, d) })
	t.Cleanup(func() { cancel(); running.Wait() })
	return w, d, app, said
}

func (w *world) command(s *push.Service, key string, within time.Duration, app push.AppID) *push.Pending {
	w.Helper()
	a, err := s.Once(w.Context(), inbound(w, key, within), func(t *push.Turn) error { return s.Uplink(t, app, "重启") })
	if err != nil || a.Pending == nil {
		w.Fatalf("answer %+v, %v", a, err)
	}
	return a.Pending
}

// The developer's reply is the answer to all three attempts, on the node that
// makes the call and on others.
func TestF16_Uplink_AllAttemptsGetTheReply(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, d, app, said := platform(t, db)
		second, err := push.New(t.Context(), db, push.Options{Node: "second", Secret: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		for _, node := range []*push.Service{w.Service, w.Service, second} {
			p := w.command(node, "k", time.Minute, app)
			running.Go(func() {
				if got := p.Wait(t.Context()); got != "已重启" {
					t.Errorf("reply %q", got)
				}
			})
		}
		d <- push.Outcome{Verdict: push.Delivered, Reply: "已重启"}
		running.Wait()
		for _, node := range []*push.Service{w.Service, second} {
			if a, err := node.Once(t.Context(), inbound(w, "k", time.Minute), nil); a.Reply != "已重启" || err != nil {
				t.Errorf("a late attempt: %+v, %v", a, err)
			}
		}
		if n := w.count(`SELECT count(*) FROM callback`); n != 1 || said.Load() != 0 {
			t.Errorf("%d callbacks, %d late replies", n, said.Load())
		}
	})
}

// A reply after the deadline is said once, by customer message; the attempts
// of WeChat get the empty answer.
func TestF26_Uplink_ALateReplyIsSaidOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, d, app, said := platform(t, db)
		if got := w.command(w.Service, "k", 50*time.Millisecond, app).Wait(t.Context()); got != "" {
			t.Errorf("reply %q before the developer answered", got)
		}
		w.stillCalling(t)
		if a, err := w.Once(t.Context(), inbound(w, "k", time.Minute), nil); a.Reply != "" || a.Pending != nil || err != nil {
			t.Errorf("the second attempt: %+v, %v", a, err)
		}
		d <- push.Outcome{Verdict: push.Delivered, Reply: "已重启"}
		eventually(t, func() bool { return w.count(`SELECT count(*) FROM callback WHERE state = 3`) == 1 })
		eventually(t, func() bool { return said.Load() == 1 })
		if a, err := w.Once(t.Context(), inbound(w, "k", time.Minute), nil); a.Reply != "" || err != nil {
			t.Errorf("an attempt after the reply: %+v, %v", a, err)
		}
	})
}

// When the caller goes away the wait ends; a failed first attempt ends it too,
// and the repeat's reply is late.
func TestUplink_WaitEndsWithTheCallerOrTheFirstAttempt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, d, app, _ := platform(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got := w.command(w.Service, "gone", time.Hour, app).Wait(ctx); got != "" {
			t.Errorf("reply %q", got)
		}
		w.stillCalling(t)
		d <- push.Outcome{Verdict: push.Delivered}
		p := w.command(w.Service, "failed", time.Hour, app)
		d <- push.Outcome{Verdict: push.Temporary, Reason: "502"}
		if got := p.Wait(t.Context()); got != "" {
			t.Errorf("reply %q", got)
		}
		if n := w.count(`SELECT count(*) FROM callback WHERE event_key = 'failed' AND reply_via = 'customer'`); n != 1 {
			t.Error("the way of the passive answer is still open")
		}
		p = w.command(w.Service, "silent", time.Hour, app)
		d <- push.Outcome{Verdict: push.Delivered}
		if got := p.Wait(t.Context()); got != "" {
			t.Errorf("reply %q", got)
		}
		if n := w.count(`SELECT count(*) FROM inbound_event WHERE event_key = 'silent' AND reply = ''`); n != 1 {
			t.Error("no reply is an answer too, and kept")
		}
	})
}

// The first attempt's node dies: WeChat's second attempt reaches another node,
// waits for the row, gives an empty answer at its deadline, and the reply that
// comes after the lease is said by customer message.
func TestF16_Uplink_TheNodeOfTheFirstAttemptDies(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{CallbackURL: listening})
		w.follower("小明", app)
		w.exec(`DELETE FROM callback`)
		w.command(w.Service, "k", time.Minute, app) // and nobody there waits or calls any more
		w.exec(`UPDATE callback SET state = 1, owner = 'dead', due_at = due_at + 30000`)

		var said atomic.Value
		second, err := push.New(t.Context(), w.db, push.Options{Node: "second", Secret: testSecret, Say: func(_ context.Context, to push.OpenID, text string) error {
			said.Store(string(to) + " " + text)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got := w.command(second, "k", 250*time.Millisecond, app).Wait(t.Context()); got != "" {
			t.Errorf("reply %q", got)
		}
		w.clock.Advance(time.Minute)
		second.CallDue(t.Context(), channel(func(context.Context, push.Job) push.Outcome {
			return push.Outcome{Verdict: push.Delivered, Reply: "已重启"}
		}))
		if got := said.Load(); got != "小明 已重启" {
			t.Errorf("said %v", got)
		}
		if n := w.count(`SELECT count(*) FROM callback WHERE state = 3`); n != 1 {
			t.Errorf("%d callbacks done, want 1", n)
		}
	})
}

// stillCalling fails when the call to the developer has ended; it may not have
// begun yet.
func (w *world) stillCalling(t *testing.T) {
	t.Helper()
	eventually(t, func() bool {
		return w.count(`SELECT count(*) FROM callback WHERE state = 1 AND attempts = 1`) == 1
	})
}

// eventually waits for what another goroutine does.
func eventually(t *testing.T, done func() bool) {
	t.Helper()
	end := time.Now().Add(10 * time.Second)
	for !done() {
		if time.Now().After(end) {
			t.Fatal("it did not happen")
		}
		<-time.After(2 * time.Millisecond)
	}
}
