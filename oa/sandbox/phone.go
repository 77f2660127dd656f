package sandbox

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"hongyan/server/ui"
)

//go:embed phone
var phoneFiles embed.FS

// The phone is the page at the root of Browser: a follower's chat, and beside
// it who follows, what can be scanned, what can go wrong, and what WeChat and
// the account say to each other.
//
// The page is a shell. It acts through the control API and is told of
// everything by one stream of server-sent events.
type phone struct {
	pages  *ui.Templates
	assets map[string]asset
	hints  atomic.Pointer[Hints]
	hangUp sync.Once
	over   chan struct{} // closed by HangUp
}

// An asset is a file of the page, known to the browser by its content.
type asset struct {
	body []byte
	tag  string
}

func (p *phone) init() (err error) {
	p.over = make(chan struct{})
	p.hints.Store(&Hints{})
	if p.pages, err = ui.Parse(phoneFiles, "phone/*.html"); err != nil {
		return fmt.Errorf("open the phone page: %w", err)
	}
	files, err := phoneFiles.ReadDir("phone")
	if err != nil {
		return fmt.Errorf("open the phone page: %w", err)
	}
	p.assets = map[string]asset{}
	for _, file := range files {
		if path.Ext(file.Name()) == ".html" {
			continue
		}
		body, err := phoneFiles.ReadFile("phone/" + file.Name())
		if err != nil {
			return fmt.Errorf("open the phone page: %w", err)
		}
		if file.Name() == phoneStyle {
			body = append([]byte(ui.Style()), body...)
		}
		sum := sha256.Sum256(body)
		p.assets[file.Name()] = asset{body, `"` + hex.EncodeToString(sum[:8]) + `"`}
	}
	return nil
}

// phoneStyle is the page's own stylesheet, served behind that of every page.
const phoneStyle = "phone.css"

// Hints are what the phone page cannot know by itself.
type Hints struct {
	Command string            `json:"command"` // pushes a card; the first steps offer it
	Codes   map[string]string `json:"codes"`   // what QR codes are for, by scene
}

// Suggest gives the phone page hints, in place of earlier ones.
func (s *Sandbox) Suggest(h Hints) {
	s.phone.hints.Store(&h)
	s.touch()
}

func (s *Sandbox) controlHints(r *http.Request) (any, error) {
	h, err := read[Hints](r)
	if err != nil {
		return nil, err
	}
	s.Suggest(h)
	return done, nil
}

// HangUp ends the streams of open phone pages, which otherwise last as long
// as the page. A server that stops calls it, for it waits for its streams.
func (s *Sandbox) HangUp() { s.phone.hangUp.Do(func() { close(s.phone.over) }) }

// phoneRoutes registers the page, its files, its stream, and the control API
// as the page calls it.
func (s *Sandbox) phoneRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.servePhone)
	mux.HandleFunc("GET /phone/live", s.servePhoneLive)
	mux.HandleFunc("GET /phone/{file}", s.servePhoneFile)
	mux.HandleFunc("POST /api/hints", s.reply(s.controlHints))
	mux.HandleFunc("POST /api/followers/{openid}/name", s.reply(s.controlRename))
	mux.Handle("/phone/api/", http.StripPrefix("/phone", softly(mux)))
}

// phonePolicy lets the page load nothing but its own files.
const phonePolicy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// servePhone is the page with the phone. Its address may hold the key, so it
// is told to nobody.
func (s *Sandbox) servePhone(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", phonePolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	err := s.phone.pages.Render(w, http.StatusOK, "phone", ui.View{
		Title:      wordsPhone,
		Stylesheet: "phone/" + phoneStyle,
		Head:       `<script type="module" src="phone/phone.js"></script>`,
		Data:       map[string]any{"Account": wordsAccount, "Command": cmp.Or(s.phone.hints.Load().Command, wordsCommand), "Profiles": profileWords},
	})
	if err != nil {
		s.log.Error("phone page not shown", "error", err)
	}
}

// servePhoneFile serves a stylesheet or script.
func (s *Sandbox) servePhoneFile(w http.ResponseWriter, r *http.Request) {
	s.serveAsset(w, r, r.PathValue("file"))
}

func (s *Sandbox) serveAsset(w http.ResponseWriter, r *http.Request, name string) {
	file, ok := s.phone.assets[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	allowNeighbour(w, r) // its pages import the pay sheet
	h := w.Header()
	h.Set("ETag", file.tag)
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(file.body))
}

// softly answers what the control API refuses with status 200 and the same
// body: to the page a refusal is an answer to show, not a failure to log.
func softly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(softWriter{w}, r)
	})
}

type softWriter struct{ http.ResponseWriter }

// WriteHeader writes 200 whatever the status.
func (w softWriter) WriteHeader(int) { w.ResponseWriter.WriteHeader(http.StatusOK) }
