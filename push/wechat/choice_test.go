package wechat

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"hongyan/oa/sandbox"
	"hongyan/push"
)

// TestDeliver_UsesWhatTheAdministratorChose from the next card on, goes back
// when nothing is chosen, and keeps to the configuration where the choice is
// not good.
func TestDeliver_UsesWhatTheAdministratorChose(t *testing.T) {
	var chosen atomic.Pointer[push.CardTemplate]
	w := newWorld(t, Options{Chosen: chosen.Load}, nil)
	w.AddTemplate(sandbox.Template{ID: "OTHER", Title: "告警", Content: "内容：{{thing7.DATA}}"})
	cards := 0
	card := func() string {
		w.t.Helper()
		j := w.job()
		cards++
		j.Card.ClientMsgID, j.Card.Short = fmt.Sprintf("d7-%d", cards), fmt.Sprintf("K%d", cards)
		if out := w.deliver(j); out.Verdict != push.Accepted {
			t.Fatalf("%+v", out)
		}
		chat := w.follower.Chat()
		return chat[len(chat)-1].Title
	}
	for _, c := range []struct {
		chosen *push.CardTemplate
		want   string
	}{
		{nil, "消息通知"},
		{&push.CardTemplate{ID: "OTHER", Fields: map[string]string{"thing7": "{summary}"}}, "告警"},
		{&push.CardTemplate{ID: "OTHER", Fields: map[string]string{"thing7": "{nonsense}"}}, "消息通知"},
		{&push.CardTemplate{ID: "OTHER"}, "消息通知"},
		{nil, "消息通知"},
	} {
		chosen.Store(c.chosen)
		if got := card(); got != c.want {
			t.Errorf("chosen %+v: the card is of %q, want %q", c.chosen, got, c.want)
		}
	}
}

func TestCheck_SaysInChineseWhatIsWrongWithAField(t *testing.T) {
	for key, text := range map[string]string{
		"think1": "{app}", "thing1": "{sumary}", "const3": "{app}", "time3": "时间 {time}", "phrase3": "OK",
	} {
		var invalid *push.Invalid
		err := Check(map[string]string{key: text})
		if !errors.As(err, &invalid) || invalid.Field != key || invalid.Text == "" || invalid.Text[0] < 0x80 {
			t.Errorf("%s %q: %v", key, text, err)
		}
	}
	if err := Check(DefaultFields()); err != nil {
		t.Errorf("the default: %v", err)
	}
}
