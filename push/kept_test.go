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
		first, second := w.keep("小明", "一"), w.keep("小明", long)
		if first == second || w.keep("小红", "别人的") != first {
			t.Errorf("numbers %d and %d, want two, and another user's own", first, second)
		}
		w.clock.Advance(10*time.Minute - time.Second)
		for n, want := range map[int]string{first: "一", second: long} {
			if got, err := w.kept("小明", n); got != want || err != nil {
				t.Errorf("text %d: %q, %v", n, got, err)
			}
		}
		w.clock.Advance(time.Second)
		for _, n := range []int{first, second, 0, -1} {
			if _, err := w.kept("小明", n); !errors.Is(err, push.ErrNoText) {
				t.Errorf("text %d: %v", n, err)
			}
		}
		w.keep("小明", "新的")
		if n := w.count(`SELECT count(*) FROM kept_text WHERE user_id = (SELECT id FROM users WHERE openid = '小明')`); n != 1 {
			t.Errorf("%d texts kept, want only the one that is valid", n)
		}
	})
}

// A menu of yesterday still shows its number; a new text must not answer to it.
func TestKeepText_AnOldNumberMeansNoNewText(t *testing.T) {
	eachWorld(t, func(w *world) {
		given := make(map[int]bool)
		for range 20 {
			n := w.keep("小明", "重启")
			if given[n] || n > 20 {
				t.Errorf("number %d is given again, or is long", n)
			}
			given[n] = true
			w.clock.Advance(70 * time.Minute)
			if _, err := w.Retain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}
