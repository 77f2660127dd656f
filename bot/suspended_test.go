package bot_test

import (
	"strings"
	"testing"

	"hongyan/store"
	"hongyan/store/storetest"
)

// TestSuspendedApp_TellsFollowersInWords: a command to it, a follow by number
// and a scan of its code.
func TestSuspendedApp_TellsFollowersInWords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ming, hong := w.Follower("小明"), w.Follower("小红")
		ming.Say("#97")
		code := w.Code("x")
		if err := w.push().Suspend(t.Context(), 97, "理由"); err != nil {
			t.Fatal(err)
		}
		for what, got := range map[string]string{
			"command": ming.Say("#97 重启"), "plain command": ming.Say("重启"), "follow": hong.Say("#97"), "scan": hong.Scan(code),
		} {
			if !strings.Contains(got, "已被平台管理员停用") {
				t.Errorf("%s: %q", what, got)
			}
		}
		if got := w.Developer.Calls("send_up_cmd"); len(got) != 0 {
			t.Errorf("the developer was told %q", got)
		}
		if err := w.push().Unsuspend(t.Context(), 97); err != nil {
			t.Fatal(err)
		}
		if got, want := ming.Say("#97 重启"), "好的：重启"; got != want {
			t.Errorf("after the lifting %q, want %q", got, want)
		}
	})
}
