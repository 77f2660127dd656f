package push_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hongyan/push"
)

func (w *world) keep(openid push.OpenID, text string) (n int) {
	w.Helper()
	w.event(openid, func(t *push.Turn) (err error) {
		n, err = w.KeepText(t, text)
		return err
	})
	return n
}

func (w *world) kept(openid push.OpenID, n int) (text string, err error) {
	w.Helper()
	w.event(openid, func(t *push.Turn) error {
		text, err = w.KeptText(t, n)
		return nil
	})
	return text, err
}

func TestKeepText_TenMinutes(t *testing.T) {
	eachWorld(t, func(w *world) {
		long := strings.Repeat("重启<&\">\n", 100)
		if n := w.keep("小明", "一"); n != 1 {
			t.Errorf("number %d, want 1", n)
		}
		n := w.keep("小明", long)
		if n != 2 || w.keep("小红", "别人的") != 1 {
			t.Errorf("number %d, want 2, and 1 for another user", n)
		}
		w.clock.Advance(10*time.Minute - time.Second)
		for n, want := range map[int]string{1: "一", 2: long} {
			if got, err := w.kept("小明", n); got != want || err != nil {
				t.Errorf("text %d: %q, %v", n, got, err)
			}
		}
		w.clock.Advance(time.Second)
		for _, n := range []int{1, 2, 3, 0, -1} {
			if _, err := w.kept("小明", n); !errors.Is(err, push.ErrNoText) {
				t.Errorf("text %d: %v", n, err)
			}
		}
		if n := w.keep("小明", "新的"); n != 3 {
			t.Errorf("number %d: an old menu would mean the new text", n)
		}
		if n := w.count(`SELECT count(*) FROM kept_text WHERE user_id = (SELECT id FROM users WHERE openid = '小明')`); n != 1 {
			t.Errorf("%d texts kept, want only the one that is valid", n)
		}
	})
}
