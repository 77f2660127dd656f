// Package demo is a developer of the platform, small enough to read: the
// receiver behind the demo app's callback URL and a page that shows what it
// was told.
//
// It uses the platform only as any developer could: it verifies the signature
// of each callback with the app's secret, and its answer to 重启… carries the
// reply that the follower reads.
package demo

import (
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"hongyan/server/ui"
)

// kept is how many callbacks are remembered.
const kept = 100

// Options configure a Demo.
type Options struct {
	// BaseURL begins the page's address, Inside that of the receiver, which
	// only the platform beside it calls.
	BaseURL, Inside string
	// Path is where all of it stands, "/demo" if empty.
	Path string
	// Phone is the address of the sandbox's phone page.
	Phone string
	Now   func() time.Time
}

//go:embed pages
var pages embed.FS

// Demo is the receiver and its page, an http.Handler for everything under
// Options.Path.
type Demo struct {
	o     Options
	mux   *http.ServeMux
	pages *ui.Templates

	mu       sync.Mutex
	verify   *standardwebhooks.Webhook
	received []Received // oldest first
}

// Received is one callback as it arrived.
type Received struct {
	At   time.Time       `json:"at"`
	ID   string          `json:"id"` // webhook-id: the same at every attempt
	Body json.RawMessage `json:"body"`
}

// New makes a receiver that refuses everything until Trust is called.
func New(o Options) (*Demo, error) {
	parsed, err := ui.Parse(pages, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("open the demo's page: %w", err)
	}
	if o.Path == "" {
		o.Path = "/demo"
	}
	d := &Demo{o: o, mux: http.NewServeMux(), pages: parsed}
	d.mux.HandleFunc("POST "+o.Path+"/callback", d.receive)
	d.mux.HandleFunc("GET "+o.Path+"/callbacks", d.list)
	d.mux.HandleFunc("GET "+o.Path+"/{$}", d.page)
	return d, nil
}

// CallbackURL is where the demo app's callbacks go.
func (d *Demo) CallbackURL() string { return d.o.Inside + d.o.Path + "/callback" }

// PageURL is where a browser sees what was received.
func (d *Demo) PageURL() string { return d.o.BaseURL + d.o.Path + "/" }

// Trust sets the secret (whsec_…) that callbacks are verified with.
func (d *Demo) Trust(secret string) error {
	verify, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.verify = verify
	return nil
}

func (d *Demo) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.mux.ServeHTTP(w, r) }

// receive takes one callback. A repeat of a webhook-id is answered like the
// first and remembered once.
func (d *Demo) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, "body unreadable", http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.verify == nil || d.verify.Verify(body, r.Header) != nil {
		http.Error(w, "signature does not match", http.StatusForbidden)
		return
	}
	d.remember(Received{At: d.o.Now(), ID: r.Header.Get("webhook-id"), Body: body})
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"reply": replyTo(body)})
}

func (d *Demo) remember(got Received) {
	for _, one := range d.received {
		if one.ID == got.ID {
			return
		}
	}
	d.received = append(d.received, got)
	if len(d.received) > kept {
		d.received = d.received[len(d.received)-kept:]
	}
}

// replyTo is all the demo app can do.
func replyTo(body []byte) string {
	var call struct {
		Action string `json:"action"`
		Data   struct {
			Content string `json:"content"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &call) != nil || call.Action != "send_up_cmd" {
		return ""
	}
	if what, restart := strings.CutPrefix(call.Data.Content, "重启"); restart {
		return wordsRestarting + what
	}
	return wordsReceived + call.Data.Content
}

// list answers what was received as JSON, oldest first.
func (d *Demo) list(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // bodies are shown as they came
	_ = enc.Encode(d.all())
}

// all is a copy of what was received, oldest first.
func (d *Demo) all() []Received {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Received{}, d.received...)
}
