package callback

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// verifying is a server that does what the specification asks, with its own
// answer to a wrong signature.
func verifying(t *testing.T, refuse int) http.HandlerFunc {
	hook, err := standardwebhooks.NewWebhook(secretOne)
	if err != nil {
		t.Fatal(err)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if hook.VerifyIgnoringTimestamp(body, r.Header) != nil {
			w.WriteHeader(refuse)
			return
		}
		if !strings.HasPrefix(string(body), `{"action":"ping","data":{"appId":97,"time":`) {
			t.Errorf("ping %s", body)
		}
		io.WriteString(w, `{"ok":"收到"}`)
	}
}

// TestProbe_TellsWhetherTheServerVerifies: an address is tried with a right
// and a wrong signature.
func TestProbe_TellsWhetherTheServerVerifies(t *testing.T) {
	answer := func(status int) func(*testing.T) http.HandlerFunc {
		return func(*testing.T) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
		}
	}
	strict := func(refuse int) func(*testing.T) http.HandlerFunc {
		return func(t *testing.T) http.HandlerFunc { return verifying(t, refuse) }
	}
	for name, c := range map[string]struct {
		server          func(*testing.T) http.HandlerFunc
		taken, verifies bool
	}{
		"verifies, 401":          {strict(401), true, true},
		"verifies, 403":          {strict(403), true, true},
		"verifies, 400":          {strict(400), true, true},
		"breaks at a wrong one":  {strict(500), true, false},
		"moves on a wrong one":   {strict(302), true, false},
		"takes everything":       {answer(200), true, false},
		"takes nothing":          {answer(403), false, false},
		"is gone":                {answer(410), false, false},
		"leads elsewhere":        {answer(301), false, false},
		"is broken":              {answer(500), false, false},
		"verifies, but says 200": {strict(200), true, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := developer(t, c.server(t))
				p, err := d.Probe(t.Context(), 97, "http://dev.example/hook", []string{secretOne})
				if err != nil || p.Taken() != c.taken || p.Verifies() != c.verifies {
					t.Errorf("taken %v, verifies %v, want %v and %v: %+v, %v", p.Taken(), p.Verifies(), c.taken, c.verifies, p, err)
				}
				if !c.taken && (p.Good.Failure == "" || p.Bad != Trial{}) {
					t.Errorf("no reason, or a second call: %+v", p)
				}
			})
		})
	}
}

// TestProbe_DuringARotation: a server with either secret takes the ping.
func TestProbe_DuringARotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := developer(t, verifying(t, 401))
		p, err := d.Probe(t.Context(), 97, "http://dev.example/hook", []string{secretTwo, secretOne})
		if err != nil || !p.Taken() || !p.Verifies() {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// TestProbe_IsGuarded: a trial call reaches no more than a callback does.
func TestProbe_IsGuarded(t *testing.T) {
	d := New(Options{})
	defer d.Close()
	for _, address := range []string{"http://127.0.0.1:8080/", "http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest", "http://localhost/",
		"ftp://dev.example/", "http://user:pass@dev.example/", "http://0x7f.1/", "", "不是地址"} {
		_, err := d.Probe(t.Context(), 97, address, []string{secretOne})
		var invalid *URLError
		if !errors.As(err, &invalid) || invalid.Text == "" {
			t.Errorf("%q: %v", address, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	p, err := d.Probe(ctx, 97, "http://localhost.localdomain.invalid/", []string{secretOne})
	if err != nil || p.Taken() || p.Good.Failure == "" {
		t.Errorf("no such name: %+v, %v", p, err)
	}
}

// TestProbe_ShowsTheBeginningOfTheAnswer and no more of it.
func TestProbe_ShowsTheBeginningOfTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := developer(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("长😀", 5000)) })
		p, err := d.Probe(t.Context(), 97, "http://dev.example/", []string{secretOne})
		if got := []rune(p.Good.Answer); err != nil || len(got) != shownOfAnswer+1 {
			t.Errorf("%d characters, %v", len(got), err)
		}
	})
}
