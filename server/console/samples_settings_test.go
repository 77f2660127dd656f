package console_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync/atomic"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"hongyan/push"
	"hongyan/push/callback"
	"hongyan/store"
)

// newCallbacks reaches this machine, where the developers of these tests are.
func newCallbacks(t *testing.T, db *store.DB) *callback.Channel {
	t.Helper()
	c := callback.New(callback.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Now: db.Now})
	t.Cleanup(c.Close)
	return c
}

// dev is a developer's server: it takes calls that are signed with its secret
// and refuses others, unless it is careless.
type dev struct {
	URL      string
	careless atomic.Bool
	broken   atomic.Bool
	answer   atomic.Value // string
	secret   atomic.Value // string
	calls    atomic.Int64
}

func (s *site) dev() *dev {
	s.Helper()
	d := &dev{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.calls.Add(1)
		body, _ := io.ReadAll(r.Body)
		secret, _ := d.secret.Load().(string)
		hook, err := standardwebhooks.NewWebhook(secret)
		switch {
		case d.broken.Load():
			w.WriteHeader(http.StatusInternalServerError)
		case !d.careless.Load() && (err != nil || hook.VerifyIgnoringTimestamp(body, r.Header) != nil):
			w.WriteHeader(http.StatusUnauthorized)
		}
		answer, _ := d.answer.Load().(string)
		io.WriteString(w, answer)
	}))
	s.Cleanup(server.Close)
	d.URL = server.URL + "/callback"
	return d
}

// trust gives the server a fresh secret of the app.
func (s *site) trust(d *dev, app push.AppID) {
	s.Helper()
	secret, err := s.push.RotateSecret(s.Context(), app)
	s.must(err)
	d.secret.Store(secret)
}

// Those of settings, members and the log.
var _ = addSamples(map[string]sample{
	"GET /console/app/{app}/settings":                  {},
	"POST /console/app/{app}/settings":                 {form: url.Values{"name": {"服务器监控"}, "greeting": {"欢迎"}}},
	"POST /console/app/{app}/settings/logo":            {form: url.Values{"remove": {"1"}}},
	"GET /console/app/{app}/settings/code.jpg":         {},
	"POST /console/app/{app}/settings/link":            {form: url.Values{"settingUrl": {"https://dev.example/me"}}},
	"POST /console/app/{app}/settings/link-key":        {},
	"POST /console/app/{app}/settings/token":           {},
	"POST /console/app/{app}/settings/callback":        {form: url.Values{"callbackUrl": {"https://dev.example/"}}},
	"POST /console/app/{app}/settings/callback/stop":   {},
	"GET /console/app/{app}/settings/delete":           {},
	"POST /console/app/{app}/settings/delete":          {},
	"POST /console/app/{app}/restore":                  {},
	"POST /console/app/{app}/settings/callback/secret": {},
	"POST /console/app/{app}/settings/callback/test": {make: func(s *site, _ *team) map[string]string {
		d := s.dev()
		s.trust(d, 97)
		return map[string]string{"=callbackUrl": d.URL}
	}},
	"POST /console/app/{app}/settings/callback/enable": {make: func(s *site, _ *team) map[string]string {
		_, err := s.push.SetEndpoint(s.Context(), 97, "https://dev.example/")
		s.must(err)
		return nil
	}},
	"GET /console/app/{app}/members":                 {},
	"POST /console/app/{app}/members/invite":         {form: url.Values{"role": {"reader"}}},
	"GET /console/app/{app}/members/invite/{handle}": {path: map[string]string{"handle": "AAAAAAAAAAAAAAAAAAAAAA"}},
	"POST /console/app/{app}/members/role":           {form: url.Values{"role": {"reader"}}, make: aMember},
	"POST /console/app/{app}/members/remove":         {make: aMember},
	"POST /console/app/{app}/members/leave":          {},
	"GET /console/app/{app}/log":                     {},
})

func aMember(_ *site, m *team) map[string]string {
	return map[string]string{"=uid": string(m.developerPhone.user().UID)}
}
