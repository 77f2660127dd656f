package bot_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// developer is the server of app 97. It answers every command by "好的：" and
// the command, unless told otherwise.
type developer struct {
	mu     sync.Mutex
	calls  []call
	answer func(ctx context.Context, content string) string // nil: the one above
}

// Answers makes the replies to commands from now on.
func (d *developer) Answers(answer func(ctx context.Context, content string) string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = answer
}

// call is one callback as it came.
type call struct {
	ID     string
	Action string `json:"action"`
	Data   struct {
		AppID   int64  `json:"appId"`
		UID     string `json:"uid"`
		Content string `json:"content"`
		Source  string `json:"source"`
		Extra   string `json:"extra"`
	} `json:"data"`
}

// RoundTrip makes the developer reachable without a socket.
func (d *developer) RoundTrip(r *http.Request) (*http.Response, error) {
	return inMemory{http.HandlerFunc(d.serve)}.RoundTrip(r)
}

func (d *developer) serve(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	c := call{ID: r.Header.Get("webhook-id")}
	if err == nil {
		err = json.Unmarshal(body, &c)
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	d.calls = append(d.calls, c)
	answer := d.answer
	d.mu.Unlock()
	if c.Action != "send_up_cmd" {
		return
	}
	reply := "好的：" + c.Data.Content
	if answer != nil {
		reply = answer(r.Context(), c.Data.Content)
	}
	json.NewEncoder(rw).Encode(map[string]string{"reply": reply})
}

// after answers with reply once d has passed.
func after(d time.Duration, reply string) func(context.Context, string) string {
	return func(ctx context.Context, _ string) string {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		return reply
	}
}

// Calls returns the callbacks of one action, as "content" or "source extra".
func (d *developer) Calls(action string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []string
	for _, c := range d.calls {
		switch {
		case c.Action != action:
		case action == "send_up_cmd":
			list = append(list, c.Data.Content)
		default:
			list = append(list, strings.TrimSpace(c.Data.Source+" "+c.Data.Extra))
		}
	}
	return list
}

// WantCallback wants exactly these callbacks of an action, in any order, and
// waits a while for the last of them.
func (d *developer) WantCallback(t *testing.T, action string, want ...string) {
	t.Helper()
	var got []string
	for range 200 {
		if got = d.Calls(action); len(got) >= len(want) {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	if !sameItems(got, want) {
		t.Errorf("callbacks of %s: got %q, want %q", action, got, want)
	}
}

func sameItems(a, b []string) bool {
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}
