package page_test

import (
	"bytes"
	"image"
	"image/png"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"hongyan/push"
	"hongyan/server/page"
)

// TestLogo_StandsInThePagesOfFollowers, who see whom a message comes from.
// With the heaviest picture there can be a page stays light.
func TestLogo_StandsInThePagesOfFollowers(t *testing.T) {
	eachSite(t, func(s *site) {
		noise := image.NewNRGBA(image.Rect(0, 0, 300, 300))
		r := rand.New(rand.NewPCG(1, 2))
		for i := range noise.Pix {
			noise.Pix[i] = byte(r.UintN(256)) | map[bool]byte{true: 255}[i%4 == 3]
		}
		var file bytes.Buffer
		s.must(png.Encode(&file, noise))
		s.must(s.push.SetLogo(s.Context(), 97, file.Bytes()))
		about, contact := "机房的告警", "wx: 值班"
		app, err := s.push.EditApp(s.Context(), 97, push.AppEdit{Description: &about, Contact: &contact})
		s.must(err)
		ming, u := s.follower()
		b := s.browser()
		b.as(ming, "/my/subscriptions")
		_, picture, _ := b.get(app.Logo)
		for _, path := range []string{page.Prefix + s.handle(push.Draft{}, u), "/follow?type=1&id=97", "/follow?type=2&id=1", "/my/subscriptions"} {
			b.head.Set("Accept-Encoding", "identity")
			status, text, _ := b.get(path)
			if status != http.StatusOK || !strings.Contains(text, `src="`+app.Logo+`"`) {
				t.Errorf("%s: %d, no logo", path, status)
			}
			if n := len(text) + len(picture); n >= 60_000 {
				t.Errorf("%s weighs %d bytes with its logo", path, n)
			}
		}
		if _, text, _ := b.get("/follow?type=1&id=97"); !strings.Contains(text, about) || !strings.Contains(text, contact) {
			t.Error("the page says neither what the app is nor whom to ask")
		}
	})
}
