package page_test

import (
	"net/url"
	"testing"
)

// TestFollow_OfASuspendedApp says so, follows nothing and works again when the
// suspension is lifted.
func TestFollow_OfASuspendedApp(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, _ := s.member()
		b := s.browser()
		if status, _, _ := b.as(ming, "/follow?type=1&id=97"); status != 200 {
			t.Fatal(status)
		}
		if err := s.push.Suspend(t.Context(), 97, "只有管理员知道的原因"); err != nil {
			t.Fatal(err)
		}
		status, text, _ := b.post("/follow?type=1&id=97", url.Values{})
		s.want("after the tap", status, text, 403, "应用已被停用")
		if n := s.count(`SELECT count(*) FROM subscription`); n != 0 {
			t.Errorf("%d subscriptions", n)
		}
		if err := s.push.Unsuspend(t.Context(), 97); err != nil {
			t.Fatal(err)
		}
		status, text, _ = b.post("/follow?type=1&id=97", url.Values{})
		s.want("after the lifting", status, text, 200, "已关注")
	})
}
