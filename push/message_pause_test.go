package push_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

func (w *world) pause(app push.AppID, id int64) {
	w.Helper()
	if err := w.PauseMessage(w.Context(), app, id); err != nil {
		w.Fatalf("pause: %v", err)
	}
}

func (w *world) resume(app push.AppID, id int64) {
	w.Helper()
	if err := w.ResumeMessage(w.Context(), app, id); err != nil {
		w.Fatalf("resume: %v", err)
	}
}

// move moves all there is to move.
func (w *world) move() {
	w.Helper()
	for more := true; more; {
		var err error
		if more, err = w.MoveShelved(w.Context()); err != nil {
			w.Fatalf("move: %v", err)
		}
	}
}

// A paused message stands still wherever it is: nothing is fanned out, nothing
// is sent, no claim finds a row of it. Resumed, it reaches everybody once.
func TestPauseMessage_StandsStillAndGoesOn(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.SmallChunks(100)
		app, token := w.app(push.NewApp{})
		topic := w.audience(app, 350)
		r := w.send(token, push.Draft{Topics: []push.TopicID{topic}})
		w.FanOut(w.Context())
		w.FanOut(w.Context())
		w.pause(app, r[0].Message)
		w.pause(app, r[0].Record)
		x := newWeChat(w.clock.Now)
		if more, err := w.FanOut(w.Context()); more || err != nil {
			t.Errorf("a paused fan-out went on: %v %v", more, err)
		}
		w.DeliverDue(w.Context(), x) // claims what the mover has not reached, and puts it away
		w.move()
		if len(x.calls) != 0 {
			t.Errorf("%d calls for a paused message", len(x.calls))
		}
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE lane < 2`); n != 0 {
			t.Errorf("%d rows of a paused message stand where claims look", n)
		}
		m, err := w.Message(w.Context(), app, r[0].Message)
		if err != nil || m.PausedAt.IsZero() || !m.Counts.FanningOut || m.Counts.Expected != 350 || m.Counts.Total != 200 {
			t.Errorf("while paused: %+v, %v", m.Message, err)
		}
		if n := w.count(`SELECT SUM(attempts) FROM delivery`); n != 0 {
			t.Errorf("%d attempts were counted", n)
		}
		w.clock.Advance(time.Hour)
		w.resume(app, r[0].Message)
		w.resume(app, r[0].Message)
		w.move()
		w.fanOut()
		w.DeliverDue(w.Context(), x)
		x.wantOneCardEach(t, 350)
		if n := w.count(`SELECT COUNT(*) FROM message WHERE moving > 0 OR paused_at > 0`); n != 0 {
			t.Error("the message is not at rest")
		}
	})
}

// A claim costs nothing for a paused message however many rows it has: the
// index of what is due does not hold them where claims look.
func TestPauseMessage_OthersDoNotSeeIt(t *testing.T) {
	onSQLite(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		topic := w.audience(app, 3000)
		r := w.send(token, push.Draft{Topics: []push.TopicID{topic}})
		w.fanOut()
		w.pause(app, r[0].Message)
		w.move()
		other := w.send(token, push.Draft{Content: "另一条", Topics: []push.TopicID{topic}})
		w.fanOut()
		x := newWeChat(w.clock.Now)
		w.DeliverDue(w.Context(), x)
		x.wantOneCardEach(t, 3000)
		if got := w.Stats().Deliveries; got.Claimed != 3000 || got.Settled != 3000 {
			t.Errorf("claimed %d rows and settled %d for 3,000 cards", got.Claimed, got.Settled)
		}
		if m, _ := w.Message(w.Context(), app, other[0].Message); m.Counts.Total != 3000 {
			t.Errorf("the other message: %+v", m.Counts)
		}
		if plan := w.plan(`SELECT message_id FROM delivery WHERE state < 2 AND lane = 1 AND app_id = 1 AND due_at <= 5 ORDER BY due_at LIMIT 3`); !strings.Contains(plan, "delivery_due (lane=? AND app_id=?") {
			t.Error(plan)
		}
	})
}

// A worker that saw the message paused settles after it was resumed and all
// was brought back: its row must not go onto the shelf, where nobody would
// fetch it.
func TestPauseMessage_LatePutAwayIsNotForgotten(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		r := w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 5)}})
		w.fanOut()
		w.pause(app, r[0].Message)
		x := newWeChat(w.clock.Now)
		settle := w.another().DeliverButDoNotSettle(w.Context(), x)
		w.resume(app, r[0].Message)
		w.move()
		settle()
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE lane >= 2`); n != 0 {
			t.Errorf("%d rows are forgotten on the shelf", n)
		}
		w.DeliverDue(w.Context(), x)
		x.wantOneCardEach(t, 5)
	})
}

func TestPauseMessage_ThatIsCancelledEnds(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.SmallChunks(100)
		app, token := w.app(push.NewApp{})
		r := w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 250)}})
		w.FanOut(w.Context())
		w.pause(app, r[0].Message)
		w.move()
		if got, want := w.cancel(app, r[0].Message), (push.Cancelled{Stopped: 100}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		w.move()
		w.fanOut()
		w.resume(app, r[0].Message) // there is nothing to resume
		w.pause(app, r[0].Message)
		if got, want := w.record(), "total 100 confirmed 0 failed 100"; got != want {
			t.Errorf("record: %s, want %s", got, want)
		}
		if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state < 2`); n != 0 {
			t.Errorf("%d rows stay open for ever", n)
		}
	})
}

// TestF1_CancelOfAPausedMessageSurvivesACrash: between the mark and the end of
// the sweep the rows lie on the shelf. They are brought back and refused.
func TestF1_CancelOfAPausedMessageSurvivesACrash(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		r := w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 50)}})
		w.fanOut()
		w.pause(app, r[0].Message)
		w.move()
		must(t, w.CancelAndCrash(w.Context(), app, r[0].Message))
		w.move()
		x := newWeChat(w.clock.Now)
		w.DeliverDue(w.Context(), x)
		if got, want := w.record(), "total 50 confirmed 0 failed 50"; got != want || len(x.calls) != 0 {
			t.Errorf("record: %s, want %s; %d calls", got, want, len(x.calls))
		}
	})
}

// Removed while it is paused, its cards end with that reason instead of lying
// about until they are too old.
func TestPauseMessage_ThatIsRemovedEnds(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		r := w.send(token, push.Draft{Topics: []push.TopicID{w.audience(app, 5)}})
		w.fanOut()
		w.pause(app, r[0].Message)
		w.move()
		if err := w.RemoveMessage(w.Context(), app, r[0].Message); err != nil {
			t.Fatal(err)
		}
		w.move()
		x := newWeChat(w.clock.Now)
		w.DeliverDue(w.Context(), x)
		if got, want := w.record(), "total 5 confirmed 0 failed 5"; got != want || len(x.calls) != 0 {
			t.Errorf("record: %s, want %s; %d calls", got, want, len(x.calls))
		}
	})
}

func TestPauseMessage_IsTheAppsOwn(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		other, _ := w.app(push.NewApp{})
		r := w.send(token, push.Draft{UIDs: []push.UID{w.follower("o一", app)}})
		ctx := push.WithActor(w.Context(), push.Actor{User: 1, Via: push.ViaConsole})
		for what, err := range map[string]error{
			"pause": w.PauseMessage(ctx, other, r[0].Message), "resume": w.ResumeMessage(ctx, other, r[0].Message),
			"remove": w.RemoveMessage(ctx, other, r[0].Message), "nothing": w.PauseMessage(ctx, app, 7),
		} {
			if !errors.Is(err, push.ErrNoMessage) {
				t.Errorf("%s of another app's message: %v", what, err)
			}
		}
		for range 2 {
			must(t, w.PauseMessage(ctx, app, r[0].Message))
		}
		must(t, w.ResumeMessage(ctx, app, r[0].Message))
		must(t, w.RemoveMessage(ctx, app, r[0].Message))
		if got, want := w.actions(app), "message.remove message.resume message.pause"; got != want {
			t.Errorf("audit log: %s, want %s", got, want)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// actions are those of the app's audit log, the latest first.
func (w *world) actions(app push.AppID) string {
	w.Helper()
	all, _, err := w.Audit(w.Context(), push.AuditFilter{App: app})
	if err != nil {
		w.Fatal(err)
	}
	var words []string
	for _, c := range all {
		if strings.HasPrefix(c.Action, "message.") {
			words = append(words, c.Action)
		}
	}
	return strings.Join(words, " ")
}

// TestF1_PauseAtAnyPoint draws stories of two nodes that fan out, move,
// deliver and die while their sender pauses and resumes. Nothing goes while the
// message is paused and nothing is in hand; in the end everybody has one card.
func TestF1_PauseAtAnyPoint(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			eachWorld(t, func(w *world) { pauseStory(w, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

func pauseStory(w *world, chance *rand.Rand) {
	const fans = 60
	nodes := []*world{w, w.another()}
	for _, n := range nodes {
		n.SmallChunks(7)
	}
	app, token := w.app(push.NewApp{})
	topic := w.audience(app, fans)
	r := w.send(token, push.Draft{Content: "会停的", Topics: []push.TopicID{topic}})
	w.send(token, push.Draft{Content: "别的", Topics: []push.TopicID{topic}})
	x := newWeChat(w.clock.Now)
	var story []string
	paused := false
	var late []func()
	for range 60 {
		n := nodes[chance.IntN(len(nodes))]
		step := chance.IntN(12)
		story = append(story, fmt.Sprint(step))
		before := x.of("会停的")
		quiet := paused
		switch step {
		case 0, 1:
			n.FanOut(w.Context())
		case 2, 3:
			n.MoveShelved(w.Context())
		case 4, 5:
			n.DeliverDue(w.Context(), x)
		case 6:
			n.Abandon(w.Context())
			w.clock.Advance(31 * time.Second)
		case 7:
			w.pause(app, r[0].Message)
			paused = true
		case 8:
			w.resume(app, r[0].Message)
			paused = false
		case 9:
			if err := n.FanOutLate(w.Context(), func() {
				w.pause(app, r[0].Message)
				if chance.IntN(2) == 0 {
					w.resume(app, r[0].Message)
				}
			}); err != nil {
				w.Fatal(err)
			}
			paused = w.count(`SELECT COUNT(*) FROM message WHERE paused_at > 0`) > 0
		case 10:
			dying := w.another() // and it never comes back
			dying.DeliverAndCrash(w.Context(), x)
			w.clock.Advance(31 * time.Second)
		case 11:
			settles := w.another()
			late = append(late, settles.DeliverButDoNotSettle(w.Context(), x))
			if len(late) > 1 {
				late[0]()
				late = late[1:]
			}
		}
		if after := x.of("会停的"); quiet && after != before {
			w.Fatalf("story %v: %d cards went while it was paused", story, after-before)
		}
	}
	for _, settle := range late {
		settle()
	}
	w.resume(app, r[0].Message)
	for range 4 {
		w.clock.Advance(31 * time.Second)
		w.move()
		w.fanOut()
		w.DeliverDue(w.Context(), x)
	}
	if w.Failed() {
		return
	}
	x.wantOneCardEach(w.T, 2*fans)
	if n := w.count(`SELECT COUNT(*) FROM delivery WHERE state <> 2 OR lane >= 2`); n != 0 {
		w.Errorf("story %v: %d rows did not arrive", story, n)
	}
}

// of counts the calls for cards with this summary.
func (x *wechat) of(summary string) (n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, j := range x.calls {
		if j.Card.Summary == summary {
			n++
		}
	}
	return n
}
