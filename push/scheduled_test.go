package push_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hongyan/push"
)

// schedule writes a send down.
func (w *world) schedule(app push.AppID, key string, at time.Time, d push.Draft) push.Scheduled {
	w.Helper()
	r, _, err := w.Schedule(w.Context(), app, key, at, text(d))
	if err != nil {
		w.Fatalf("schedule %s: %v", key, err)
	}
	return r
}

func (w *world) scheduled(app push.AppID, key string) push.Scheduled {
	w.Helper()
	r, err := w.ScheduledOf(w.Context(), app, key)
	if err != nil {
		w.Fatalf("read %s: %v", key, err)
	}
	return r
}

// A send is made when its time comes and not before, wherever that lies.
func TestF20_ScheduledSendIsMadeAtItsInstant(t *testing.T) {
	cst := time.FixedZone("CST", 8*3600)
	for name, at := range map[string]time.Time{
		"CST midnight":     time.Date(2026, 11, 3, 0, 0, 0, 0, cst),
		"UTC midnight":     time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC),
		"year end":         time.Date(2027, 1, 1, 0, 0, 0, 0, cst),
		"leap day":         time.Date(2028, 2, 29, 23, 59, 59, 999e6, cst),
		"after leap day":   time.Date(2028, 3, 1, 0, 0, 0, 0, cst),
		"last of 32 bits":  time.Date(2038, 1, 19, 3, 14, 7, 0, time.UTC),
		"first beyond":     time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC),
		"end of DST in NY": time.Date(2026, 11, 1, 6, 30, 0, 0, time.UTC).AddDate(1, 0, 0),
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.clock.Set(at.Add(-24 * time.Hour))
				app, _ := w.app(push.NewApp{})
				w.schedule(app, "k", at, push.Draft{UIDs: []push.UID{w.follower("o小明", app)}})
				w.clock.Set(at.Add(-time.Millisecond))
				w.SendDue(w.Context())
				if n := w.count(`SELECT COUNT(*) FROM message`); n != 0 && !w.db.Postgres() { // PostgreSQL: the server's clock decides
					t.Errorf("%d messages before the time", n)
				}
				w.clock.Set(at.Add(time.Second))
				w.SendDue(w.Context())
				w.SendDue(w.Context())
				r := w.scheduled(app, "k")
				if r.State != push.ScheduledSent || r.Message == 0 || len(r.Receipts) != 1 || r.Receipts[0].Message != r.Message || !r.SendAt.Equal(at) {
					t.Errorf("got %+v", r)
				}
				if n := w.count(`SELECT COUNT(*) FROM delivery`); n != 1 {
					t.Errorf("%d deliveries, want 1", n)
				}
			})
		})
	}
}

// The clock may jump while a send waits: forward it is made once, back it waits
// for its time again.
func TestF20_ClockJumpsWhileASendWaits(t *testing.T) {
	for _, jump := range []time.Duration{-24 * time.Hour, -time.Hour, time.Hour, 24 * time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			eachWorld(t, func(w *world) {
				app, _ := w.app(push.NewApp{})
				at := w.clock.Now().Add(30 * time.Minute)
				w.schedule(app, "k", at, push.Draft{UIDs: []push.UID{w.follower("o小明", app)}})
				w.clock.Advance(jump)
				w.SendDue(w.Context())
				if got, want := w.count(`SELECT COUNT(*) FROM message`) == 1, jump > 0; got != want {
					t.Errorf("sent after the jump: %v, want %v", got, want)
				}
				w.clock.Set(at.Add(time.Second))
				w.SendDue(w.Context())
				w.clock.Advance(-time.Hour)
				w.SendDue(w.Context())
				w.clock.Advance(2 * time.Hour)
				w.SendDue(w.Context())
				if n := w.count(`SELECT COUNT(*) FROM message`); n != 1 {
					t.Errorf("%d messages, want 1", n)
				}
			})
		})
	}
}

func TestSchedule_RunSendsOnTime(t *testing.T) {
	bubble(t, push.Options{}, func(w *world) {
		ctx, cancel := context.WithCancel(w.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = w.RunSchedule(ctx) })
		running.Go(func() { _ = w.RunSchedule(ctx) }) // a second worker takes nothing twice
		app, _ := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		at := time.Now().Add(90*time.Minute + 137*time.Millisecond)
		w.schedule(app, "k", at, push.Draft{UIDs: []push.UID{uid}})
		time.Sleep(91 * time.Minute)
		cancel()
		running.Wait()
		r := w.scheduled(app, "k")
		if r.State != push.ScheduledSent || r.DoneAt.Sub(at) < 0 || r.DoneAt.Sub(at) > 100*time.Millisecond {
			t.Errorf("state %d, done %s after its time", r.State, r.DoneAt.Sub(at))
		}
		if n := w.count(`SELECT COUNT(*) FROM message`); n != 1 {
			t.Errorf("%d messages, want 1", n)
		}
	})
}

func TestSchedule_PastIsSentAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		r := w.schedule(app, "k", w.clock.Now(), push.Draft{UIDs: []push.UID{w.follower("o小明", app)}})
		if r.State != push.ScheduledSent || r.Message == 0 || r.Receipts[0].Failed {
			t.Errorf("got %+v", r)
		}
	})
}

// The receivers are decided when the send is made.
func TestSchedule_ReceiversAreDecidedAtItsTime(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		leaves, comes := w.follower("o走", app), w.follower("o来")
		w.schedule(app, "k", w.clock.Now().Add(time.Hour), push.Draft{UIDs: []push.UID{leaves, comes}})
		w.schedule(app, "nobody", w.clock.Now().Add(time.Hour), push.Draft{UIDs: []push.UID{leaves}})
		w.event("o走", w.Unsubscribe)
		w.follower("o来", app)
		w.clock.Advance(time.Hour + time.Second)
		w.SendDue(w.Context())
		r := w.scheduled(app, "k")
		if !r.Receipts[0].Failed || r.Receipts[1].Failed || r.State != push.ScheduledSent {
			t.Errorf("got %+v", r)
		}
		r = w.scheduled(app, "nobody")
		if want := fmt.Sprintf("用户UID=[%s]已取消关注公众号", leaves); r.State != push.ScheduledFailed || r.Receipts[0].Text != want || r.Message != 0 {
			t.Errorf("got %+v, want it failed with %s", r, want)
		}
	})
}

// PUT is safe to repeat at any time, replaces what has not been sent, and
// touches nothing that was.
func TestSchedule_ReplacesWhileItWaits(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		d := text(push.Draft{UIDs: []push.UID{w.follower("o小明", app)}})
		at := w.clock.Now().Add(time.Hour)
		put := func(at time.Time, d push.Draft, wantCreated bool, want push.ScheduledState) {
			w.Helper()
			r, created, err := w.Schedule(w.Context(), app, "k", at, d)
			if err != nil || created != wantCreated || r.State != want {
				t.Errorf("created %v state %d %v, want %v %d", created, r.State, err, wantCreated, want)
			}
		}
		put(at, d, true, push.ScheduledWaiting)
		d.Content = "第二稿"
		put(at, d, false, push.ScheduledWaiting)
		if r, err := w.CancelScheduled(w.Context(), app, "k"); err != nil || r.State != push.ScheduledCancelled {
			t.Errorf("cancel: %+v %v", r, err)
		}
		if _, err := w.CancelScheduled(w.Context(), app, "k"); err != nil {
			t.Errorf("cancel twice: %v", err)
		}
		w.clock.Set(at.Add(time.Second))
		w.SendDue(w.Context())
		if n := w.count(`SELECT COUNT(*) FROM message`); n != 0 {
			t.Errorf("%d messages after the cancel, want 0", n)
		}
		put(at, d, false, push.ScheduledSent) // its time has come by now
		put(at, d, false, push.ScheduledSent) // the repeat of a lost answer
		if got := w.word(`SELECT body FROM content`); got != "第二稿" || w.count(`SELECT COUNT(*) FROM message`) != 1 {
			t.Errorf("sent %q", got)
		}
		d.Content = "第三稿"
		if _, _, err := w.Schedule(w.Context(), app, "k", at, d); !errors.Is(err, push.ErrScheduledDone) {
			t.Errorf("another draft after the send: %v", err)
		}
		if _, err := w.CancelScheduled(w.Context(), app, "k"); !errors.Is(err, push.ErrScheduledDone) {
			t.Errorf("cancel after the send: %v", err)
		}
	})
}

func TestSchedule_RefusesWhatCannotBeSent(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		now := w.clock.Now()
		good := text(push.Draft{UIDs: []push.UID{"UID_x"}})
		for name, c := range map[string]struct {
			key string
			at  time.Time
			d   push.Draft
		}{
			"no key":       {"", now, good},
			"long key":     {fmt.Sprintf("%065d", 1), now, good},
			"strange key":  {"a\nb", now, good},
			"seconds":      {"k", time.UnixMilli(now.Unix()), good},
			"in a year":    {"k", now.AddDate(1, 0, 1), good},
			"no receivers": {"k", now, text(push.Draft{})},
			"no content":   {"k", now, push.Draft{Kind: 1, UIDs: good.UIDs}},
		} {
			var invalid *push.Invalid
			if _, _, err := w.Schedule(w.Context(), app, c.key, c.at, c.d); !errors.As(err, &invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM scheduled`); n != 0 {
			t.Errorf("%d rows, want 0", n)
		}
	})
}

func TestSchedule_EndsWithItsAppAndIsForgottenInAWeek(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		at := w.clock.Now().Add(time.Hour)
		w.schedule(app, "k", at, push.Draft{UIDs: []push.UID{uid}})
		w.schedule(app, "later", at.Add(30*24*time.Hour), push.Draft{UIDs: []push.UID{uid}})
		w.exec(`UPDATE scheduled SET draft = '{' WHERE name = 'later'`) // written by something broken
		w.schedule(app, "after", at.Add(30*24*time.Hour), push.Draft{UIDs: []push.UID{uid}})
		w.exec(`UPDATE app SET deleted_at = 1`)
		w.clock.Set(at.Add(time.Second))
		w.SendDue(w.Context())
		if r := w.scheduled(app, "k"); r.State != push.ScheduledFailed || r.Reason != "应用已删除" {
			t.Errorf("got %+v", r)
		}
		w.exec(`UPDATE app SET deleted_at = 0`) // it was brought back
		w.clock.Advance(7*24*time.Hour + time.Second)
		if _, err := w.Retain(w.Context()); err != nil {
			t.Fatal(err)
		}
		if n := w.count(`SELECT COUNT(*) FROM scheduled WHERE state = 0`); n != 2 || w.count(`SELECT COUNT(*) FROM scheduled`) != 2 {
			t.Errorf("%d waiting after housekeeping, want 2 and nothing else", n)
		}
		w.clock.Advance(30 * 24 * time.Hour)
		w.SendDue(w.Context())
		if r := w.scheduled(app, "later"); r.State != push.ScheduledFailed {
			t.Errorf("a broken draft: %+v", r)
		}
		if r := w.scheduled(app, "after"); r.State != push.ScheduledSent {
			t.Errorf("behind a broken draft: %+v", r)
		}
	})
}

// A node that dies before its commit has sent nothing, and one that dies after
// it has closed the row: the next makes up for the one and leaves the other.
func TestF1_ScheduledSendSurvivesACrash(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		w.schedule(app, "k", w.clock.Now().Add(time.Hour), push.Draft{UIDs: []push.UID{w.follower("o小明", app)}})
		w.clock.Advance(time.Hour + time.Second)
		if err := w.SendDueAndCrash(w.Context()); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"message", "record", "delivery", "content"} {
			if n := w.count(`SELECT COUNT(*) FROM ` + table); n != 0 {
				t.Errorf("%d rows in %s after the crash, want 0", n, table)
			}
		}
		next := w.another()
		next.SendDue(w.Context())
		w.another().SendDue(w.Context())
		if r := w.scheduled(app, "k"); r.State != push.ScheduledSent || w.count(`SELECT COUNT(*) FROM message`) != 1 {
			t.Errorf("got %+v", r)
		}
	})
}

// Nodes that look at the same moment send each row once.
func TestSchedule_TwoNodesSendOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		const sends = 60
		for i := range sends {
			w.schedule(app, fmt.Sprint(i), w.clock.Now().Add(time.Hour), push.Draft{UIDs: []push.UID{uid}})
		}
		w.clock.Advance(time.Hour + time.Second)
		var nodes sync.WaitGroup
		for _, node := range []*world{w, w.another(), w.another()} {
			nodes.Go(func() { node.SendDue(w.Context()) })
		}
		nodes.Wait()
		w.SendDue(w.Context())
		if n := w.count(`SELECT COUNT(*) FROM message`); n != sends {
			t.Errorf("%d messages, want %d", n, sends)
		}
		if n := w.count(`SELECT COUNT(DISTINCT message_id) FROM scheduled WHERE state = 1`); n != sends {
			t.Errorf("%d rows with a message of their own, want %d", n, sends)
		}
	})
}

func TestSchedule_ListGoesOnBehindAKey(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{})
		at := w.clock.Now().Add(time.Hour)
		for _, key := range []string{"丙", "a", "乙"} {
			w.schedule(app, key, at, push.Draft{UIDs: []push.UID{"UID_x"}})
			w.schedule(other, key, at, push.Draft{UIDs: []push.UID{"UID_x"}})
		}
		var got []string
		for after := ""; ; {
			all, err := w.ListScheduled(w.Context(), app, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range all {
				got, after = append(got, r.Key), r.Key
			}
			if len(all) < 2 {
				break
			}
		}
		if want := []string{"丙", "a", "乙"}; !cmp.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if _, err := w.ListScheduled(w.Context(), app, "x", 2); !errors.Is(err, push.ErrNoScheduled) {
			t.Errorf("behind an unknown key: %v", err)
		}
	})
}

// What is scheduled counts among the messages a follower gets in a day, when
// it is sent and not before.
func TestSchedule_CountsAmongTheMessagesOfTheDay(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.allowing(3)
		app, token := w.app(push.NewApp{})
		foreign, _ := w.app(push.NewApp{Name: "别人的"})
		ming, hong := w.follower("小明", app), w.follower("小红", app)
		at := w.clock.Now().Add(time.Hour)
		for i := range 10 { // whom a user does not follow uses up nothing, nor does what is cancelled
			w.schedule(foreign, fmt.Sprint(i), at, push.Draft{UIDs: []push.UID{ming}})
			w.schedule(foreign, "now", w.clock.Now(), push.Draft{UIDs: []push.UID{ming}})
			w.schedule(app, fmt.Sprint("not ", i), at, push.Draft{UIDs: []push.UID{ming}})
			if _, err := w.CancelScheduled(w.Context(), app, fmt.Sprint("not ", i)); err != nil {
				t.Fatal(err)
			}
		}
		for _, key := range []string{"a", "b", "c"} {
			w.schedule(app, key, at, push.Draft{UIDs: []push.UID{ming}})
		}
		past := w.clock.Now()
		for range 5 { // one send, however often its answer is lost
			w.schedule(app, "now", past, push.Draft{UIDs: []push.UID{ming}})
		}
		w.schedule(app, "d", at.Add(time.Minute), push.Draft{UIDs: []push.UID{ming, hong}})
		w.clock.Set(at.Add(time.Second))
		w.SendDue(w.Context())
		for _, key := range []string{"now", "a", "b"} { // an hour gave an eighth of one back
			if r := w.scheduled(app, key); r.State != push.ScheduledSent {
				t.Errorf("%s, within the limit: %+v", key, r)
			}
		}
		refusal := func(hours, minutes int) string {
			return fmt.Sprintf("用户UID=[%s]收到的消息已达上限（每天最多3条），请在%d小时%d分后再发", ming, hours, minutes)
		}
		if r := w.scheduled(app, "c"); r.State != push.ScheduledFailed || r.Receipts[0].Text != refusal(7, 0) {
			t.Errorf("beyond the limit: %+v, want %s", r, refusal(7, 0))
		}
		w.clock.Advance(time.Minute)
		w.SendDue(w.Context())
		r := w.scheduled(app, "d")
		if r.State != push.ScheduledSent || r.Receipts[0].Text != refusal(6, 59) || r.Receipts[1].Failed {
			t.Errorf("to two: %+v", r)
		}
		if out := w.send(token, push.Draft{UIDs: []push.UID{ming}}); !out[0].Failed {
			t.Errorf("a send on top: %+v", out[0])
		}
	})
}

// A user has as many messages left as are due, and the nodes that look at the
// same moment refuse none of them for having counted one twice.
func TestSchedule_TwoNodesCountEachOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		const sends = 40
		nodes := []*world{w, w.another(), w.another()}
		l := w.allowing(sends)
		for _, node := range nodes[1:] {
			node.allowingBy(l, sends)
		}
		app, _ := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		for i := range sends {
			w.schedule(app, fmt.Sprint(i), w.clock.Now().Add(time.Minute), push.Draft{UIDs: []push.UID{uid}})
		}
		w.clock.Advance(time.Minute + time.Second)
		var all sync.WaitGroup
		for _, node := range nodes {
			all.Go(func() { node.SendDue(w.Context()) })
		}
		all.Wait()
		w.SendDue(w.Context())
		if n := w.count(`SELECT COUNT(*) FROM scheduled WHERE state = 1`); n != sends {
			t.Errorf("%d were sent, want %d", n, sends)
		}
	})
}

// A row in the hand of a node that died is taken up when its time in that hand
// is over, or at once by the next process on a database of one.
func TestF1_ScheduledSendInTheHandOfADeadNode(t *testing.T) {
	for name, c := range map[string]struct {
		after   time.Duration
		inherit bool
		want    push.ScheduledState
	}{
		"held":            {time.Second, false, push.ScheduledWaiting},
		"held too long":   {31 * time.Second, false, push.ScheduledSent},
		"inherited":       {0, true, push.ScheduledSent},
		"clock went back": {-24 * time.Hour, false, push.ScheduledSent},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				app, _ := w.app(push.NewApp{})
				w.schedule(app, "k", w.clock.Now().Add(time.Minute), push.Draft{UIDs: []push.UID{w.follower("o小明", app)}})
				w.clock.Advance(25 * time.Hour)
				if err := w.HoldDueAndCrash(w.Context()); err != nil {
					t.Fatal(err)
				}
				w.clock.Advance(c.after)
				if c.inherit {
					if n, err := w.Inherit(w.Context()); n != 1 || err != nil {
						t.Fatalf("inherited %d rows, %v", n, err)
					}
				}
				w.another().SendDue(w.Context())
				if r := w.scheduled(app, "k"); r.State != c.want {
					t.Errorf("got %+v, want state %d", r, c.want)
				}
			})
		})
	}
}

// What happens to a row between a node's look at it and its send: the node
// does what the row says then, once, and gives back what it had counted.
func TestSchedule_ChangedWhileANodeHasItInHand(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(w *world, app push.AppID, d push.Draft)
		want      push.ScheduledState
		messages  int
	}{
		"nothing":   {func(*world, push.AppID, push.Draft) {}, push.ScheduledSent, 1},
		"cancelled": {func(w *world, app push.AppID, _ push.Draft) { _, _ = w.CancelScheduled(w.Context(), app, "k") }, push.ScheduledCancelled, 0},
		"put off": {func(w *world, app push.AppID, d push.Draft) {
			w.schedule(app, "k", w.clock.Now().Add(time.Hour), d)
		}, push.ScheduledWaiting, 0},
		"held too long, and sent by another": {func(w *world, _ push.AppID, _ push.Draft) {
			w.clock.Advance(31 * time.Second)
			w.another().SendDue(w.Context())
		}, push.ScheduledSent, 1},
		"app deleted": {func(w *world, _ push.AppID, _ push.Draft) { w.exec(`UPDATE app SET deleted_at = 1`) }, push.ScheduledFailed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.allowing(1)
				app, token := w.app(push.NewApp{})
				d := push.Draft{UIDs: []push.UID{w.follower("o小明", app)}}
				w.schedule(app, "k", w.clock.Now().Add(time.Minute), d)
				w.clock.Advance(time.Minute + time.Second)
				if err := w.HoldDueAndLinger(w.Context(), func() { c.meanwhile(w, app, d) }); err != nil {
					t.Fatal(err)
				}
				if r := w.scheduled(app, "k"); r.State != c.want {
					t.Errorf("got %+v, want state %d", r, c.want)
				}
				if n := w.count(`SELECT COUNT(*) FROM message`); n != c.messages {
					t.Errorf("%d messages, want %d", n, c.messages)
				}
				w.exec(`UPDATE app SET deleted_at = 0`)
				if out := w.send(token, d); c.messages == 0 && out[0].Failed {
					t.Errorf("what was not sent was counted: %+v", out)
				}
			})
		})
	}
}
