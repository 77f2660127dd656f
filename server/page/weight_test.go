package page_test

import (
	"fmt"
	"strings"
	"testing"

	"hongyan/push"
	"hongyan/server/page"
)

// TestPage_WeighsLessThan60kB holds each page as it leaves the server before it
// is packed, style and script within. What the sender wrote comes on top.
func TestPage_WeighsLessThan60kB(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, u := s.follower()
		b := s.browser()
		b.as(ming, "/my/subscriptions")
		for i := range 24 {
			s.product(fmt.Sprint("行情", i))
		}
		id := s.product("每日行情")
		plan, err := s.billing.Plans(s.Context(), id)
		s.must(err)
		o, err := s.billing.Order(s.Context(), u.ID, plan[0].ID, "")
		s.must(err)
		order := "/my/order/" + o.Handle
		handle := s.handle(push.Draft{URL: "https://example.com/"}, u)
		for _, path := range []string{
			page.Prefix + handle, page.Prefix + strings.Repeat("A", 22),
			"/m/" + handle + "/go", "/m/" + handle + "/mute", "/m/" + handle + "/report",
			"/follow?type=1&id=97", "/follow?type=2&id=1", "/wxuser/", "/app/",
			"/my/subscriptions", "/my/unfollow?type=1&id=97", "/my/door", "/my/door?type=1&id=97", "/my/uid", "/my/spt", "/my/spt/reset", "/my/help",
			"/my/nowhere", "/market", fmt.Sprintf("/product/%d", id), "/my/products", order, order + "/cancel", fmt.Sprintf("/my/products/%d", id), order + "/refund",
		} {
			b.head.Set("Accept-Encoding", "identity")
			status, text, _ := b.get(path)
			if strings.Count(text, "</html>") != 1 || status >= 500 {
				s.Errorf("%s: status %d, no page", path, status)
			}
			if got, most := len(text), 60_000; got >= most {
				s.Errorf("%s: %d bytes, want fewer than %d", path, got, most)
			}
		}
	})
}
