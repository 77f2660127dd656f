package push_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hongyan/push"
	"hongyan/push/content"
)

// keyed is a draft under a key.
func keyed(key string, uids ...push.UID) push.Draft {
	return text(push.Draft{Key: key, UIDs: uids})
}

func TestKey_SameDraftGetsTheSameReceipts(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		good, muted := w.follower("o好", app), w.follower("o静", app)
		w.event("o静", func(t *push.Turn) error { return w.Mute(t, true) })
		d := keyed("订单 42", good, "UID_x", muted)
		d.Topics = []push.TopicID{w.topic(app)}
		first := w.send(token, d)

		w.event("o好", w.Unsubscribe) // whatever has changed since
		w.event("o静", func(t *push.Turn) error { return w.Mute(t, false) })
		d.UIDs = append(d.UIDs, good, "") // a repeat and an empty item are no other draft
		d.Summary = "  "
		w.clock.Advance(23 * time.Hour)
		if again := w.send(token, d); !cmp.Equal(again, first) {
			t.Errorf("the repeat got %+v, want %+v", again, first)
		}
		if n := w.count(`SELECT COUNT(*) FROM message`); n != 1 {
			t.Errorf("%d messages, want 1", n)
		}
	})
}

func TestKey_AnotherDraftIsRefused(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid, other := w.follower("o小明", app), w.follower("o小红", app)
		topic := w.topic(app)
		w.send(token, keyed("k", uid))
		for name, change := range map[string]func(*push.Draft){
			"content":  func(d *push.Draft) { d.Content += "。" },
			"summary":  func(d *push.Draft) { d.Summary = "告警" },
			"url":      func(d *push.Draft) { d.URL = "https://example.com" },
			"kind":     func(d *push.Draft) { d.Kind = content.Markdown },
			"audience": func(d *push.Draft) { d.Audience = push.OnlyPaid },
			"uids":     func(d *push.Draft) { d.UIDs = []push.UID{other} },
			"topics":   func(d *push.Draft) { d.Topics = []push.TopicID{topic} },
		} {
			d := keyed("k", uid)
			change(&d)
			_, err := w.Send(w.Context(), token, d)
			var invalid *push.Invalid
			if !errors.As(err, &invalid) || !strings.Contains(invalid.Text, "24小时内已经用于另一条") {
				t.Errorf("%s changed: %v", name, err)
			}
		}
		if n := w.count(`SELECT COUNT(*) FROM message`); n != 1 {
			t.Errorf("%d messages, want 1", n)
		}
	})
}

// A key stands for a day, or for less if the caller says so, also when
// housekeeping has not come by; and it is deleted in the end.
func TestKey_StandsForItsTime(t *testing.T) {
	for _, c := range []struct {
		keep, within, after time.Duration
	}{
		{0, 24*time.Hour - time.Millisecond, 24 * time.Hour},
		{time.Minute, 59 * time.Second, time.Minute},
		{99 * time.Hour, 23 * time.Hour, 24 * time.Hour},
	} {
		eachWorld(t, func(w *world) {
			app, token := w.app(push.NewApp{})
			d := keyed("k", w.follower("o小明", app))
			d.KeyFor = c.keep
			began := w.clock.Now()
			first := w.send(token, d)[0].Message
			w.clock.Set(began.Add(c.within))
			if again := w.send(token, d)[0].Message; again != first {
				t.Errorf("for %s: after %s another message", c.keep, c.within)
			}
			w.clock.Set(began.Add(c.after))
			d.Content = "又一条"
			if next := w.send(token, d)[0].Message; next == first {
				t.Errorf("for %s: after %s still the same message", c.keep, c.after)
			}
			w.clock.Advance(24*time.Hour + time.Second)
			if _, err := w.Retain(w.Context()); err != nil {
				t.Fatal(err)
			}
			if n := w.count(`SELECT COUNT(*) FROM idempotency`); n != 0 {
				t.Errorf("%d keys after housekeeping, want 0", n)
			}
		})
	}
}

// A call without a good receiver wrote nothing, so its key is free: the
// follower who follows now gets the message of the next try.
func TestKey_OfACallThatWroteNothingIsFree(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明")
		if out := w.send(token, keyed("k", uid)); !out[0].Failed {
			t.Fatalf("receipts %+v", out)
		}
		if n := w.count(`SELECT COUNT(*) FROM idempotency`); n != 0 {
			t.Errorf("%d keys, want 0", n)
		}
		w.follower("o小明", app)
		if out := w.send(token, keyed("k", uid)); out[0].Failed {
			t.Errorf("receipts %+v", out)
		}
	})
}

// The key is the app's: nobody else's call is answered by it, and a token
// that was reset between a call and its repeat makes no second message.
func TestKey_BelongsToTheApp(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		other, otherToken := w.app(push.NewApp{})
		uid := w.follower("o小明", app, other)
		first := w.send(token, keyed("k", uid))
		if out := w.send(otherToken, keyed("k", uid)); out[0].Message == first[0].Message {
			t.Error("another app's key was answered")
		}
		token, err := w.ResetToken(w.Context(), app)
		if err != nil {
			t.Fatal(err)
		}
		if out := w.send(token, keyed("k", uid)); !cmp.Equal(out, first) {
			t.Errorf("after the reset %+v, want %+v", out, first)
		}
		if out, err := w.SendFrom(w.Context(), app, keyed("k", uid)); err != nil || !cmp.Equal(out, first) {
			t.Errorf("by number %+v %v, want %+v", out, err, first)
		}
	})
}

func TestKey_OfASimplePush(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.follower("o小明")
		w.follower("o小红")
		spt, other := w.spt("o小明"), w.spt("o小红")
		simple := func(d push.Draft, spts ...push.SPT) ([]push.Receipt, error) {
			return w.SendSimple(w.Context(), spts, d)
		}
		first, err := simple(keyed("k"), spt)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := simple(keyed("k"), spt, spt); err != nil || !cmp.Equal(again, first) {
			t.Errorf("the repeat got %+v %v, want %+v", again, err, first)
		}
		if out, err := simple(keyed("k"), other); err != nil || out[0].Message == first[0].Message {
			t.Errorf("another token's key was answered: %+v %v", out, err)
		}
		var invalid *push.Invalid
		if _, err := simple(keyed("k"), spt, other); !errors.As(err, &invalid) {
			t.Errorf("with another receiver: %v", err)
		}
		if n := w.count(`SELECT COUNT(*) FROM message`); n != 2 {
			t.Errorf("%d messages, want 2", n)
		}
	})
}

// Twins that come at the same moment, on two nodes, are one message.
func TestKey_ConcurrentTwinsAreOneMessage(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("o小明", app)
		nodes := []*world{w, w.another()}
		const twins = 16
		got := make([][]push.Receipt, twins)
		var running sync.WaitGroup
		start := make(chan struct{})
		for i := range twins {
			running.Go(func() {
				<-start
				out, err := nodes[i%2].Send(w.Context(), token, keyed("k", uid))
				if err != nil {
					t.Errorf("twin %d: %v", i, err)
				}
				got[i] = out
			})
		}
		close(start)
		running.Wait()
		for i := range got {
			if !cmp.Equal(got[i], got[0]) {
				t.Errorf("twin %d got %+v, want %+v", i, got[i], got[0])
			}
		}
		for _, table := range []string{"message", "record", "delivery", "idempotency"} {
			if n := w.count(`SELECT COUNT(*) FROM ` + table); n != 1 {
				t.Errorf("%d rows in %s, want 1", n, table)
			}
		}
	})
}

func TestKey_IsPrintable(t *testing.T) {
	for key, ok := range map[string]bool{
		"a": true, "0d5f1a4e-…": true, "订单 42": true, strings.Repeat("键", 255): true, `"k"`: true,
		strings.Repeat("k", 256): false, "a\nb": false, "a\x00": false, "\x7f": false, "\xff": false, "a\u202eb": false,
	} {
		d := text(push.Draft{Key: key})
		if err := d.Validate(); (err == nil) != ok {
			t.Errorf("key %q: %v", key, err)
		}
	}
}
