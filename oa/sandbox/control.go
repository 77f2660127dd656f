package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
)

// control registers the control API: all of its routes.
func (s *Sandbox) control(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/followers", s.reply(s.controlList))
	mux.HandleFunc("POST /api/followers", s.reply(s.controlAdd))
	mux.HandleFunc("GET /api/followers/{openid}", s.reply(s.controlFollower))
	mux.HandleFunc("POST /api/followers/{openid}/follow", s.acted((*Follower).Follow))
	mux.HandleFunc("POST /api/followers/{openid}/unfollow", s.acted((*Follower).Unfollow))
	mux.HandleFunc("POST /api/followers/{openid}/block", s.reply(s.controlBlock))
	mux.HandleFunc("POST /api/followers/{openid}/scan", s.said(func(a act) string { return a.Code + a.URL }, (*Follower).Scan))
	mux.HandleFunc("POST /api/followers/{openid}/say", s.said(func(a act) string { return a.Text }, (*Follower).Say))
	mux.HandleFunc("POST /api/followers/{openid}/click", s.said(func(a act) string { return a.Key }, (*Follower).Click))
	mux.HandleFunc("POST /api/followers/{openid}/view", s.said(func(a act) string { return a.URL }, (*Follower).View))
	mux.HandleFunc("POST /api/followers/{openid}/tap", s.said(func(a act) string { return string(a.ID) }, (*Follower).Tap))
	mux.HandleFunc("GET /api/followers/{openid}/chat", s.reply(s.controlChat))
	mux.HandleFunc("GET /api/followers/{openid}/open", s.serveOpen)
	mux.HandleFunc("POST /api/followers/{openid}/pay", s.reply(s.controlPay))
	mux.HandleFunc("GET /api/payments", s.reply(func(*http.Request) (any, error) { return s.Payments(), nil }))
	mux.HandleFunc("GET /api/calls", s.reply(func(*http.Request) (any, error) { return s.Calls(), nil }))
	mux.HandleFunc("GET /api/codes", s.reply(s.controlCodes))
	mux.HandleFunc("GET /api/menu", s.reply(s.controlMenu))
	mux.HandleFunc("GET /api/log", s.serveLog)
	mux.HandleFunc("GET /api/ledger", s.serveLedger)
	mux.HandleFunc("GET /api/settings", s.reply(func(*http.Request) (any, error) { return s.Settings(), nil }))
	mux.HandleFunc("POST /api/settings", s.reply(s.controlSettings))
	mux.HandleFunc("GET /api/clock", s.reply(s.controlNow))
	mux.HandleFunc("POST /api/clock", s.reply(s.controlClock))
	mux.HandleFunc("POST /api/profile", s.reply(s.controlProfile))
	mux.HandleFunc("POST /api/templates", s.reply(s.controlTemplate))
	mux.HandleFunc("GET /api/faults", s.reply(func(*http.Request) (any, error) { return map[string]any{"faults": s.Faults()}, nil }))
	mux.HandleFunc("POST /api/faults", s.reply(s.controlFault))
	mux.HandleFunc("DELETE /api/faults", s.reply(func(*http.Request) (any, error) {
		s.ClearFaults()
		return done, nil
	}))
}

// done answers what has nothing else to say.
var done = map[string]bool{"ok": true}

// An act is the body of what a follower does.
type act struct {
	Code string   `json:"code"`
	URL  string   `json:"url"`
	Text string   `json:"text"`
	Key  string   `json:"key"`
	ID   choiceID `json:"id"`
	On   bool     `json:"on"`
}

// A choiceID may be written as a string or as a number.
type choiceID string

// UnmarshalJSON takes both.
func (c *choiceID) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(c))
	}
	*c = choiceID(b)
	return nil
}

// errBody says that a body is not the JSON asked for.
var errBody = errors.New("body is not the JSON object asked for")

// read decodes a body; an empty one is an empty object.
func read[T any](r *http.Request) (v T, err error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil || len(body) == 0 {
		return v, err
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return v, errors.Join(errBody, err)
	}
	return v, nil
}

// reply writes what fn returns, and maps its error.
func (s *Sandbox) reply(fn func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := fn(r)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if err != nil {
			w.WriteHeader(statusOf(err))
			out = map[string]string{"error": err.Error()}
		}
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		_ = e.Encode(out) // the browser may be gone
	}
}

// statusOf is the HTTP status of a control call's error.
func statusOf(err error) int {
	switch {
	case errors.Is(err, ErrNoFollower), errors.Is(err, ErrNoCode), errors.Is(err, ErrNoChoice):
		return http.StatusNotFound
	case errors.Is(err, ErrCodeExpired):
		return http.StatusGone
	case errors.Is(err, ErrNotFollowing):
		return http.StatusConflict
	default:
		return http.StatusBadRequest
	}
}

// acted lets the follower act without words.
func (s *Sandbox) acted(do func(*Follower, context.Context) (Answer, error)) http.HandlerFunc {
	return s.reply(func(r *http.Request) (any, error) {
		return do(s.Follower(r.PathValue("openid")), context.WithoutCancel(r.Context()))
	})
}

// said lets the follower act with what the body says. WeChat goes on with a
// callback although the one at the phone has stopped looking.
func (s *Sandbox) said(what func(act) string, do func(*Follower, context.Context, string) (Answer, error)) http.HandlerFunc {
	return s.reply(func(r *http.Request) (any, error) {
		a, err := read[act](r)
		if err != nil {
			return nil, err
		}
		return do(s.Follower(r.PathValue("openid")), context.WithoutCancel(r.Context()), what(a))
	})
}

func (s *Sandbox) controlAdd(r *http.Request) (any, error) {
	many, err := read[Many](r)
	if err != nil {
		return nil, err
	}
	if many.Count < 0 || many.Count > maxMany {
		return nil, errors.Join(errBody, errors.New("count is not within 1 and "+strconv.Itoa(maxMany)))
	}
	if err := validName(many.Name); err != nil {
		return nil, err
	}
	single := many.Count == 0
	many.Count = max(many.Count, 1)
	made := s.AddMany(context.WithoutCancel(r.Context()), many)
	if single {
		return map[string]string{"openid": made.OpenIDs[0]}, nil
	}
	return map[string]any{"openid": made.OpenIDs[0], "openids": made.OpenIDs, "count": len(made.OpenIDs),
		"faults": made.Faults, "failed": made.Failed}, nil
}

func (s *Sandbox) controlBlock(r *http.Request) (any, error) {
	a, err := read[act](r)
	if err != nil {
		return nil, err
	}
	return done, s.Follower(r.PathValue("openid")).Block(a.On)
}

func (s *Sandbox) controlSettings(r *http.Request) (any, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	if err := s.Change(body); err != nil {
		return nil, err
	}
	return s.Settings(), nil
}

func (s *Sandbox) controlProfile(r *http.Request) (any, error) {
	ask, err := read[struct {
		Name string `json:"name"`
	}](r)
	if err != nil {
		return nil, err
	}
	if err := s.UseProfile(ask.Name); err != nil {
		return nil, err
	}
	return map[string]string{"name": s.Settings().Profile}, nil
}

func (s *Sandbox) controlTemplate(r *http.Request) (any, error) {
	t, err := read[Template](r)
	if err != nil {
		return nil, err
	}
	if t.ID == "" {
		t.ID = s.dice.Text(43)
	}
	s.AddTemplate(t)
	return t, nil
}

func (s *Sandbox) controlFault(r *http.Request) (any, error) {
	d := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	d.DisallowUnknownFields()
	var f Fault
	if err := d.Decode(&f); err != nil {
		return nil, errors.Join(errBody, err)
	}
	return done, s.Dial(f)
}
