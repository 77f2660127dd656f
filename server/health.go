package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// readiness is whether the node should get traffic, and if not, why.
type readiness struct {
	mu    sync.Mutex
	ready bool
	why   string
}

func (r *readiness) set(ready bool, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ready, r.why = ready, why
}

func (r *readiness) get() (ready bool, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ready, r.why
}

// healthz says that the process runs.
func (n *node) healthz(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte("ok\n"))
}

// readyz says that the node can take traffic: started, not stopping, and its
// database answers.
func (n *node) readyz(w http.ResponseWriter, r *http.Request) {
	ready, why := n.ready.get()
	if !ready {
		if why == "" {
			why = "starting"
		}
		http.Error(w, why, http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := n.db.Ping(ctx); err != nil {
		n.log.Error("not ready", "err", err)
		http.Error(w, "database out of reach", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

var verifyName = regexp.MustCompile(`^MP_verify_[0-9A-Za-z]+\.txt$`)

// verifyFile serves one of the files by which WeChat checks a domain.
func (n *node) verifyFile(w http.ResponseWriter, r *http.Request, name string) {
	content, err := os.ReadFile(filepath.Join(n.config.VerifyFiles, name))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(content)
}
