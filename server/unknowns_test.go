package main

import (
	"context"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/push/content"
	"hongyan/push/wechat"
)

// What nobody outside WeChat knows is a setting of the sandbox. The tests of
// the unknowns run the platform under each value of each: whatever the truth
// is, its promises hold. A subtest is called after its setting and value; the
// audit of the simulation ends each.

// unknown is one value of one setting, and what the platform does under it.
type unknown struct {
	name  string
	route string
	set   func(*sandbox.Settings)
	story func(context.Context, *platform)
}

// platform is a calm simulation in which everybody behaves.
type platform struct {
	*simulation
	*testing.T
}

// run runs the story in a bubble of its own. The race detector makes that ten
// times slower, so it sees every fifth.
func (u unknown) run(t *testing.T) {
	if underRace && crc32.ChecksumIEEE([]byte(u.name))%5 != 0 {
		return
	}
	t.Run(u.name, func(t *testing.T) {
		cryptotest.SetGlobalRandom(t, 7)
		url := filepath.Join(t.TempDir(), "hongyan.db")
		synctest.Test(t, func(t *testing.T) {
			s := newSimulation(t, 7, url)
			s.route = wechat.Template
			if u.route != "" {
				s.route = u.route
			}
			s.developer.answersIn(100 * time.Millisecond)
			s.live(func(ctx context.Context) {
				s.set(u.set)
				u.story(ctx, &platform{s, t})
			})
			for _, wrong := range s.wrong {
				t.Error(wrong)
			}
			if t.Failed() {
				t.Logf("the story:\n%s", strings.Join(s.trace, "\n"))
			}
		})
	})
}

// answersIn lets the developers always reply to a command, after some time.
func (d *simDeveloper) answersIn(after time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.behaves = func(ctx context.Context, c *devCall) (*http.Response, error) {
		if c.content == "" {
			return d.after(ctx, 0, http.StatusOK, "{}")
		}
		reply, err := json.Marshal(map[string]string{"reply": "收到" + c.content})
		d.s.must(err)
		return d.after(ctx, int(after.Milliseconds()), http.StatusOK, string(reply))
	}
}

// send pushes one message from the first app to a follower.
func (p *platform) send(ctx context.Context, f *simFollower, text string) push.Receipt {
	p.Helper()
	n := p.anyNode()
	receipts, err := n.push.Send(ctx, p.apps[0].token, push.Draft{Content: text, Kind: content.Text, UIDs: []push.UID{f.uid}})
	if err != nil || len(receipts) != 1 {
		p.Fatalf("send: %v %v", receipts, err)
	}
	p.answered(n, p.apps[0], receipts, nil)
	return receipts[0]
}

// wantStatus is what the sender is told in the end.
func (p *platform) wantStatus(ctx context.Context, r push.Receipt, code int, text string) {
	p.Helper()
	got, err := p.keys.Status(ctx, r.Record)
	if err != nil || got.Code != code || !strings.Contains(got.Text, text) {
		p.Errorf("status of %q is %d %q, %v; want %d %q", r.UID, got.Code, got.Text, err, code, text)
	}
}

// wantShown counts how often the phone shows a text in a kind of entry.
func (p *platform) wantShown(f *simFollower, kind, text string, want int) {
	p.Helper()
	got := 0
	for _, e := range f.Chat() {
		if (kind == "" || e.Kind == kind) && strings.Contains(e.Text, text) {
			got++
		}
	}
	if got != want {
		p.Errorf("the phone shows %q %d times as %q, want %d", text, got, kind, want)
	}
}

// calls is how often a path of WeChat's API was answered with a code.
func (p *platform) calls(path, code string) int64 {
	return p.wechat.Calls().Calls[path].Answers[code]
}
