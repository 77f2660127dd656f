package bot

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"hongyan/commands"
	"hongyan/push"
	"hongyan/store/storetest"
)

// newBot makes a bot on a store of its own that logs into log.
func newBot(t *testing.T, log *bytes.Buffer, o Options) *Bot {
	t.Helper()
	db := storetest.SQLite(t)
	service, err := push.New(t.Context(), db, push.Options{Account: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	o.Push, o.Now, o.Log = service, db.Now, slog.New(slog.NewTextHandler(log, nil))
	o.Commands = commands.New(commands.Options{Push: service})
	return New(o)
}

func inbound(key string, b *Bot) push.Inbound {
	return push.Inbound{Key: key, OpenID: "o小明", At: b.now(), Deadline: b.now().Add(b.deadline)}
}

func TestPanic_IsLoggedWithoutWhatWasSaid(t *testing.T) {
	var log bytes.Buffer
	b := newBot(t, &log, Options{})
	panics := true
	c := change{in: inbound("panic", b), left: b.deadline, kind: "Text", command: func(turn *push.Turn) error {
		if panics {
			panic("机密")
		}
		turn.Reply = "好的"
		return nil
	}}
	if _, err := b.answer(t.Context(), c); err == nil || strings.Contains(err.Error(), "机密") {
		t.Errorf("error of a panic: %v", err)
	}
	if got := log.String(); !strings.Contains(got, "event=Text") || strings.Contains(got, "机密") {
		t.Errorf("log of a panic: %s", got)
	}
	panics = false
	if got, err := b.answer(t.Context(), c); got != "好的" || err != nil {
		t.Errorf("the next attempt: got %q, %v", got, err)
	}
}

// TestSlowChange_IsAnsweredInTimeAndFinishes stops a change that has begun.
func TestSlowChange_IsAnsweredInTimeAndFinishes(t *testing.T) {
	var log bytes.Buffer
	b := newBot(t, &log, Options{Deadline: 500 * time.Millisecond, MaxInFlight: 1})
	goOn := make(chan struct{})
	c := change{in: inbound("slow", b), left: b.deadline, kind: "Text", command: func(turn *push.Turn) error {
		<-goOn
		turn.Reply = "好的"
		return nil
	}}
	ctx, cancel := context.WithTimeout(t.Context(), b.deadline)
	defer cancel()
	if _, err := b.answer(ctx, c); !errors.Is(err, errSlow) {
		t.Errorf("a slow change: got %v", err)
	}
	if _, err := b.answer(t.Context(), c); err == nil {
		t.Error("a second event found room with one under way and one allowed")
	}
	close(goOn)
	b.inFlight <- struct{}{} // the slow one has ended
	<-b.inFlight
	if got, err := b.answer(t.Context(), c); got != "好的" || err != nil {
		t.Errorf("the next attempt: got %q, %v", got, err)
	}
}
