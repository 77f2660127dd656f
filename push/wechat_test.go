package push_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"hongyan/push"
)

// channel is a push.Channel from a function.
type channel func(context.Context, push.Job) push.Outcome

func (c channel) Deliver(ctx context.Context, j push.Job) push.Outcome { return c(ctx, j) }

// wechat is WeChat as the queue sees it: it shows cards, remembers client
// message ids for ten minutes and answers as it is told.
type wechat struct {
	now func() time.Time

	mu     sync.Mutex
	calls  []push.Job
	shown  map[string]int // cards by client message id
	recent map[string]recent
	last   int64
	answer func(push.Job) push.Outcome // nil: accepted
}

type recent struct {
	msgid int64
	at    time.Time
}

func newWeChat(now func() time.Time) *wechat {
	return &wechat{now: now, shown: make(map[string]int), recent: make(map[string]recent), last: 3557254367693750000}
}

// says has WeChat answer every call with this verdict.
func (x *wechat) says(o push.Outcome) { x.answer = func(push.Job) push.Outcome { return o } }

func (x *wechat) Deliver(_ context.Context, j push.Job) push.Outcome {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.calls = append(x.calls, j)
	if x.answer != nil {
		return x.answer(j)
	}
	return x.show(j)
}

// show shows the card, unless it was shown in the last ten minutes.
func (x *wechat) show(j push.Job) push.Outcome {
	id := j.Card.ClientMsgID
	if r, ok := x.recent[id]; ok && x.now().Sub(r.at) < 10*time.Minute {
		return push.Outcome{Verdict: push.Accepted, MsgID: r.msgid}
	}
	x.last++
	x.recent[id] = recent{x.last, x.now()}
	x.shown[id]++
	return push.Outcome{Verdict: push.Accepted, MsgID: x.last}
}

// wantOneCardEach fails unless n different cards were shown, each once (I3).
func (x *wechat) wantOneCardEach(t *testing.T, n int) {
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.shown) != n {
		t.Errorf("%d different cards shown, want %d", len(x.shown), n)
	}
	for id, times := range x.shown {
		if times != 1 {
			t.Errorf("card %s shown %d times", id, times)
		}
	}
}

// audience is n followers of one topic of app 97, written straight into the
// database. It returns the topic.
func (w *world) audience(app push.AppID, n int) push.TopicID {
	w.Helper()
	topic := w.topic(app)
	number := "CAST(i AS TEXT)"
	w.exec(`INSERT INTO users (openid, uid, spt_hash, spt_sealed, following, created_at)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		SELECT 'fan' || `+number+`, 'UID_fan' || `+number+`, `+blob(w.db)+`, `+blob(w.db)+`, 1, 1 FROM n`, n)
	w.exec(`INSERT INTO subscription (user_id, kind, target, source, created_at)
		SELECT id, 1, $1, 'scan', 1 FROM users WHERE openid LIKE 'fan%'`, int64(topic))
	return topic
}

// fanOut fans out all there is.
func (w *world) fanOut() {
	w.Helper()
	for {
		more, err := w.FanOut(w.Context())
		if err != nil {
			w.Fatalf("fan out: %v", err)
		}
		if !more {
			return
		}
	}
}

// another is a second node on the same database.
func (w *world) another() *world {
	w.Helper()
	twin := *w
	twin.Service = newService(w.T, w.db)
	return &twin
}

// row describes the one delivery there is.
func (w *world) row() string {
	w.Helper()
	return fmt.Sprintf("state %d attempts %d reason %q",
		w.count(`SELECT state FROM delivery`), w.count(`SELECT attempts FROM delivery`), w.word(`SELECT reason FROM delivery`))
}

// record describes the counts of the one record there is.
func (w *world) record() string {
	w.Helper()
	return fmt.Sprintf("total %d confirmed %d failed %d", w.count(`SELECT total FROM record`),
		w.count(`SELECT confirmed FROM record`), w.count(`SELECT failed FROM record`))
}

func (w *world) confirm(msgid int64, ok bool, status string) {
	w.Helper()
	if err := w.Confirm(w.Context(), msgid, ok, status); err != nil {
		w.Fatalf("confirm: %v", err)
	}
}
