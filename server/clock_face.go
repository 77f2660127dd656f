package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// clockPath is where the clock of a sandbox server is asked for and moved, for
// hongyan clock and for a sandbox in another process. Under a key it is as
// secret as the phone.
func (n *node) clockPath() string { return n.demoPath() + "/clock" }

// demoPath is where the demo stands.
func (n *node) demoPath() string { return demoAt(n.at.key) }

func demoAt(key string) string {
	if key == "" {
		return "/demo"
	}
	return "/demo/" + key
}

// clockNow is where the clock stands, as the command line reads it.
type clockNow struct {
	Now   time.Time `json:"now"`
	Ahead float64   `json:"aheadSeconds"`
	Error string    `json:"error,omitempty"`
}

func (n *node) clockNow() clockNow {
	return clockNow{Now: n.db.Now().In(china), Ahead: n.clock.Ahead().Seconds()}
}

// clockFace answers GET with where the clock stands. POST moves it and answers
// a line of JSON for each day that passed and then where the clock stands; who
// hangs up stops it. No other page of a browser may ask.
func (n *node) clockFace() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+n.clockPath(), func(w http.ResponseWriter, _ *http.Request) {
		n.writeClock(w, http.StatusOK, n.clockNow())
	})
	mux.HandleFunc("POST "+n.clockPath(), n.moveClock)
	return http.NewCrossOriginProtection().Handler(mux)
}

func (n *node) moveClock(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Seconds int64 `json:"seconds"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&ask); err != nil {
		n.writeClock(w, http.StatusBadRequest, clockNow{Error: "the body is not an object with seconds"})
		return
	}
	began := false
	flush := http.NewResponseController(w)
	d := min(max(ask.Seconds, -1), int64(mostMoved/time.Second)+1) // beyond, a duration could overflow
	err := n.passTime(r.Context(), time.Duration(d)*time.Second, func(day Day) {
		if !began {
			w.Header().Set("Content-Type", "application/x-ndjson")
			began = true
		}
		_ = json.NewEncoder(w).Encode(day) // who went away ends the context
		_ = flush.Flush()
	})
	switch now := n.clockNow(); {
	case err == nil:
		_ = json.NewEncoder(w).Encode(now)
	case began:
		now.Error = err.Error()
		_ = json.NewEncoder(w).Encode(now)
	default:
		now.Error = err.Error()
		n.writeClock(w, statusOfClock(err), now)
	}
	if err != nil && r.Context().Err() == nil {
		n.log.Warn("time was not moved as far as asked", "err", err)
	}
}

func (n *node) writeClock(w http.ResponseWriter, status int, c clockNow) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(c) // who asked may be gone
}

func statusOfClock(err error) int {
	switch {
	case errors.Is(err, errClockBack), errors.Is(err, errClockFar):
		return http.StatusUnprocessableEntity
	case errors.Is(err, errClockMoving):
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}
