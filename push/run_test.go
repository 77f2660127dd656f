package push_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// bubble runs f on SQLite under the simulated clock, with workers started by
// f. They end with the bubble.
func bubble(t *testing.T, o push.Options, f func(w *world)) {
	t.Helper()
	url := storetest.URL(t, storetest.SQLiteEngine)
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		o.BaseURL, o.Account, o.Secret = "https://push.example", "sandbox", make([]byte, 32)
		s, err := push.New(t.Context(), db, o)
		if err != nil {
			t.Fatal(err)
		}
		f(&world{T: t, Service: s, db: db, clock: storetest.NewClock(time.Now())})
	})
}

// deliver runs the deliveries until stop is called.
func (w *world) deliver(ch push.Channel) (stop func()) {
	ctx, cancel := context.WithCancel(w.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := w.RunDeliveries(ctx, ch); err != nil {
			w.Error(err)
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

// slowly answers every call after a while and keeps track of the calls.
type slowly struct {
	takes time.Duration

	mu     sync.Mutex
	began  []time.Time
	order  []push.OpenID
	flying map[push.OpenID]int
	most   int // calls at once
	clash  int // calls at once for one follower
	last   int64
}

func (x *slowly) Deliver(ctx context.Context, j push.Job) push.Outcome {
	to := j.Card.OpenID
	x.mu.Lock()
	if x.flying == nil {
		x.flying = make(map[push.OpenID]int)
	}
	x.began, x.order = append(x.began, time.Now()), append(x.order, to)
	x.flying[to]++
	x.clash = max(x.clash, x.flying[to])
	x.most = max(x.most, len(x.flying))
	x.last++
	msgid := x.last
	x.mu.Unlock()
	select {
	case <-time.After(x.takes):
	case <-ctx.Done():
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.flying[to]--; x.flying[to] == 0 {
		delete(x.flying, to)
	}
	if ctx.Err() != nil {
		return push.Outcome{Verdict: push.Temporary, Reason: "中断"}
	}
	return push.Outcome{Verdict: push.Accepted, MsgID: msgid}
}

func (x *slowly) calls() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.began)
}

func TestRun_NeverTwoCallsForOneFollowerAndSpacingBetween(t *testing.T) {
	bubble(t, push.Options{Spacing: 2 * time.Second}, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		for range 5 {
			w.send(token, push.Draft{UIDs: []push.UID{uid}})
		}
		x := &slowly{takes: 300 * time.Millisecond}
		stop := w.deliver(x)
		time.Sleep(time.Minute)
		stop()
		if x.calls() != 5 || x.clash != 1 {
			t.Errorf("%d calls, %d at once, want 5 and 1", x.calls(), x.clash)
		}
		for i := 1; i < len(x.began); i++ {
			if gap := x.began[i].Sub(x.began[i-1]); gap < 2300*time.Millisecond || gap > 4*time.Second {
				t.Errorf("call %d came %s after the one before", i, gap)
			}
		}
	})
}

func TestRun_ManyMessagesForOneFollowerDoNotHoldUpOthers(t *testing.T) {
	bubble(t, push.Options{}, func(w *world) {
		app, token := w.app(push.NewApp{})
		busy := w.follower("o忙", app)
		for range 100 {
			w.send(token, push.Draft{UIDs: []push.UID{busy}})
		}
		calm := w.follower("o闲", app)
		w.send(token, push.Draft{UIDs: []push.UID{calm}})
		x := &slowly{takes: 200 * time.Millisecond}
		began := time.Now()
		stop := w.deliver(x)
		time.Sleep(90 * time.Second)
		stop()
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 2`); n != 101 {
			t.Errorf("%d accepted, want 101", n)
		}
		if x.clash != 1 {
			t.Errorf("%d calls at once for one follower", x.clash)
		}
		if i := slices.Index(x.order, "o闲"); i < 0 || x.began[i].Sub(began) > 2*time.Second {
			t.Errorf("the other follower was call %d", i)
		}
	})
}

func TestRun_SingleSendsGoBeforeFanouts(t *testing.T) {
	bubble(t, push.Options{MaxInFlight: 10}, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 2000)}})
		w.fanOut()
		x := &slowly{takes: 100 * time.Millisecond}
		stop := w.deliver(x)
		time.Sleep(5 * time.Second)
		began := time.Now()
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		time.Sleep(5 * time.Second)
		stop()
		i := slices.Index(x.order, "o小明")
		if i < 0 || x.began[i].Sub(began) > 500*time.Millisecond {
			t.Errorf("the single send was call %d of %d", i, x.calls())
		}
	})
}

func TestRun_AppsTakeTurns(t *testing.T) {
	bubble(t, push.Options{MaxInFlight: 10}, func(w *world) {
		big, bigToken := w.app(push.NewApp{})
		small, smallToken := w.app(push.NewApp{Name: "小应用"})
		w.send(bigToken, push.Draft{Topics: []push.TopicID{w.audience(big, 3000)}})
		w.fanOut()
		x := &slowly{takes: 100 * time.Millisecond}
		stop := w.deliver(x)
		defer stop()
		time.Sleep(3 * time.Second)
		topic := w.topic(small)
		w.exec(`INSERT INTO subscription (user_id, kind, target, source, created_at)
			SELECT id, 1, $1, 'scan', 1 FROM users WHERE openid = 'fan1'`, int64(topic))
		w.send(smallToken, push.Draft{Topics: []push.TopicID{topic}})
		w.fanOut()
		began := time.Now()
		time.Sleep(2 * time.Second)
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE app_id = $1 AND state = 2`, int64(small)); n != 1 {
			t.Errorf("the small app still waits after %s behind %d of the big one", time.Since(began), 3000)
		}
	})
}

func TestRun_ThrottleFindsThePace(t *testing.T) {
	bubble(t, push.Options{}, func(w *world) {
		app, token := w.app(push.NewApp{})
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 3000)}})
		w.fanOut()
		var mu sync.Mutex
		flying, most := 0, 0
		ch := channel(func(context.Context, push.Job) push.Outcome {
			mu.Lock()
			flying++
			tooMuch := flying > 40
			most = max(most, flying)
			mu.Unlock()
			time.Sleep(100 * time.Millisecond)
			mu.Lock()
			flying--
			mu.Unlock()
			if tooMuch {
				return push.Outcome{Verdict: push.Throttled, NotSent: true}
			}
			return push.Outcome{Verdict: push.Accepted}
		})
		stop := w.deliver(ch)
		time.Sleep(3 * time.Minute)
		stop()
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 2`); n != 3000 {
			t.Errorf("%d accepted, want 3000", n)
		}
		if most > 50 {
			t.Errorf("%d calls at once, although more than 40 are too much", most)
		}
	})
}

func TestRun_WaitsForNothingWhenThereIsWork(t *testing.T) {
	bubble(t, push.Options{}, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		x := &slowly{takes: 50 * time.Millisecond}
		stop := w.deliver(x)
		defer stop()
		time.Sleep(10500 * time.Millisecond)
		began := time.Now()
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		synctest.Wait()
		if x.calls() != 1 || !x.began[0].Equal(began) {
			t.Error("the send did not wake the workers")
		}
	})
}

func TestHold_KeepsDeliveriesBack(t *testing.T) {
	bubble(t, push.Options{}, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		x := &slowly{}
		w.Hold(true)
		stop := w.deliver(x)
		defer stop()
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		time.Sleep(time.Minute)
		if x.calls() != 0 {
			t.Error("delivered on hold")
		}
		w.Hold(false)
		time.Sleep(time.Second)
		if x.calls() != 1 {
			t.Error("not delivered after the hold")
		}
	})
}

func TestF46_DrainFinishesWhatIsUnderWayAndGivesBackTheRest(t *testing.T) {
	bubble(t, push.Options{MaxInFlight: 20}, func(w *world) {
		app, token := w.app(push.NewApp{})
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 500)}})
		w.fanOut()
		x := &slowly{takes: 3 * time.Second}
		stop := w.deliver(x)
		time.Sleep(4 * time.Second)
		began, called := time.Now(), x.calls()
		stop()
		if spent := time.Since(began); spent > 3*time.Second {
			t.Errorf("drained in %s, want as long as the calls under way took", spent)
		}
		if x.calls() != called {
			t.Errorf("%d calls started after the end", x.calls()-called)
		}
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 2`); n != called {
			t.Errorf("%d accepted of %d called", n, called)
		}
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 0 AND attempts = 0 AND first_at = 0 AND owner = ''`); n != 500-called {
			t.Errorf("%d as if never claimed, want %d", n, 500-called)
		}
		stop = w.deliver(&slowly{})
		time.Sleep(time.Second)
		stop()
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 2 AND attempts = 1`); n != 500 {
			t.Errorf("%d accepted at the first attempt after the restart, want 500", n)
		}
	})
}

func TestF46_DrainCancelsSlowCallsAndEndsInTime(t *testing.T) {
	bubble(t, push.Options{}, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		x := &slowly{takes: time.Hour}
		stop := w.deliver(x)
		time.Sleep(2 * time.Second)
		began := time.Now()
		stop()
		if spent := time.Since(began); spent > 8*time.Second {
			t.Errorf("drained in %s", spent)
		}
		if got := w.row(); got != `state 0 attempts 1 reason "中断"` {
			t.Error(got)
		}
	})
}

func TestRun_ChannelThatPanicsIsTriedAgain(t *testing.T) {
	bubble(t, push.Options{}, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		w.send(token, push.Draft{UIDs: []push.UID{uid}})
		calls := 0
		stop := w.deliver(channel(func(context.Context, push.Job) push.Outcome {
			if calls++; calls == 1 {
				panic("一次")
			}
			return push.Outcome{Verdict: push.Delivered}
		}))
		time.Sleep(10 * time.Second)
		stop()
		if got, want := w.row(), `state 3 attempts 2 reason ""`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

func TestRun_TwiceAtOnceIsRefused(t *testing.T) {
	bubble(t, push.Options{}, func(w *world) {
		stop := w.deliver(&slowly{})
		defer stop()
		synctest.Wait()
		if err := w.RunDeliveries(w.Context(), &slowly{}); err == nil {
			t.Error("a second run was not refused")
		}
	})
}

// Two nodes on one database deliver every card once.
func TestRun_TwoNodesNeverDouble(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const cards = 2000
		w := newWorld(t, db, storetest.NewClock(time.Now()))
		app, token := w.app(push.NewApp{})
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, cards)}})
		x := newWeChat(time.Now)
		done := make(chan struct{})
		var once sync.Once
		ch := channel(func(ctx context.Context, j push.Job) push.Outcome {
			o := x.Deliver(ctx, j)
			if o.MsgID >= 3557254367693750000+cards {
				once.Do(func() { close(done) })
			}
			return o
		})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for _, node := range []*world{w, w.another()} {
			running.Go(func() { node.RunDeliveries(ctx, ch) })
			running.Go(func() { node.RunFanout(ctx) })
		}
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Error("not all cards were delivered within a minute")
		}
		cancel()
		running.Wait()
		x.wantOneCardEach(t, cards)
		if len(x.calls) != cards {
			t.Errorf("%d calls for %d cards", len(x.calls), cards)
		}
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 2 AND attempts = 1`); n != cards {
			t.Errorf("%d accepted at the first attempt, want %d", n, cards)
		}
	})
}

// A pause gives back what waits in hand, so that no lease runs during it.
func TestRun_PauseGivesBackWhatWaits(t *testing.T) {
	bubble(t, push.Options{MaxInFlight: 10}, func(w *world) {
		app, token := w.app(push.NewApp{})
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 500)}})
		w.fanOut()
		var calls atomic.Int64
		stop := w.deliver(channel(func(context.Context, push.Job) push.Outcome {
			if calls.Add(1) < 20 {
				return push.Outcome{Verdict: push.Delivered}
			}
			time.Sleep(100 * time.Millisecond)
			return push.Outcome{Verdict: push.Paused, RetryAt: time.Now().Add(time.Hour), Reason: "配额"}
		}))
		defer stop()
		time.Sleep(2 * time.Second)
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 1`); n != 0 {
			t.Errorf("%d leases during the pause", n)
		}
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 0 AND attempts = 0 AND first_at = 0`); n != 481 {
			t.Errorf("%d wait untouched, want 481", n)
		}
		if !w.Stats().Deliveries.Paused {
			t.Error("the figures do not tell of the pause")
		}
	})
}

func TestDepths_CountOpenRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, storetest.NewClock(time.Now()))
		app, token := w.app(push.NewApp{CallbackURL: "https://dev.example/hook"})
		w.follower("o小明", app)
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 3)}})
		w.fanOut()
		depths, err := w.Depths(t.Context())
		if err != nil || len(depths) != 2 {
			t.Fatalf("%v, %v", depths, err)
		}
		if d := depths[0]; d.Table != "callback" || d.Lane != 0 || d.Rows != 1 {
			t.Errorf("callbacks: %+v", d)
		}
		if d := depths[1]; d.Table != "delivery" || d.Lane != 1 || d.Rows != 3 || d.FirstDue.IsZero() {
			t.Errorf("deliveries: %+v", d)
		}
	})
}

func TestRun_ManyAppsAllGetTheirTurn(t *testing.T) {
	bubble(t, push.Options{MaxInFlight: 10}, func(w *world) {
		const apps, each = 70, 10
		app, _ := w.app(push.NewApp{})
		w.audience(app, apps*each) // each app has followers of its own
		numbers := `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) `
		w.exec(`INSERT INTO message (id, app_id, summary, content_type, created_at) `+numbers+`SELECT i, 0, '磁盘将满', 1, 1 FROM n`, apps)
		w.exec(`INSERT INTO record (id, message_id, created_at) `+numbers+`SELECT i, i, 1 FROM n`, apps)
		w.exec(`INSERT INTO delivery (message_id, user_id, record_id, app_id, lane, due_at) `+numbers+`
			SELECT i, u.id, i, i, 0, 1 FROM n, users u WHERE u.openid LIKE 'fan%' AND u.id % 70 = i % 70`, apps)
		stop := w.deliver(&slowly{takes: 100 * time.Millisecond})
		time.Sleep(3 * time.Second)
		stop()
		if n := w.count(`SELECT COUNT(DISTINCT app_id) FROM delivery WHERE state = 2`); n != apps {
			t.Errorf("%d apps were served by %d calls, want all %d", n, w.count(`SELECT COUNT(*) FROM delivery WHERE state = 2`), apps)
		}
	})
}

// A call starts only under a lease that outlasts it.
func TestRun_CallsEndBeforeTheirLeases(t *testing.T) {
	bubble(t, push.Options{MaxInFlight: 1}, func(w *world) {
		app, token := w.app(push.NewApp{})
		w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 20)}})
		w.fanOut()
		stop := w.deliver(channel(func(_ context.Context, j push.Job) push.Outcome {
			ends := time.UnixMilli(int64(w.count(`SELECT due_at FROM delivery WHERE user_id = $1`, int64(j.Card.User))))
			if left := time.Until(ends); left < 18*time.Second {
				t.Errorf("a call starts %s before its lease ends", left)
			}
			time.Sleep(5 * time.Second)
			return push.Outcome{Verdict: push.Delivered}
		}))
		time.Sleep(3 * time.Minute)
		stop()
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 3 AND attempts = 1`); n != 20 {
			t.Errorf("%d delivered at the first attempt, want 20", n)
		}
	})
}
