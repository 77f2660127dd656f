package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hongyan/oa/sandbox"
)

// tryPush sends to the demo follower and returns the HTTP answer, whatever it
// is.
func (w *world) tryPush(content string) (status int, retryAfter string, a envelope) {
	w.t.Helper()
	body, _ := json.Marshal(map[string]any{"appToken": w.file.AppToken, "content": content, "uids": []string{w.file.UID}})
	resp, err := http.Post(w.base+"/api/send/message", "application/json", bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(raw, &a) != nil {
		w.t.Fatalf("send answered %s %s", resp.Status, raw)
	}
	return resp.StatusCode, resp.Header.Get("Retry-After"), a
}

// noise is n characters that nothing packs.
func noise(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(rand.Text())
	}
	return b.String()[:n]
}

// people are followers who will say something.
func people(t *testing.T, wechat *outside) (three [3]*sandbox.Follower) {
	t.Helper()
	for i := range three {
		three[i] = wechat.Add()
		if got, err := three[i].Follow(t.Context()); err != nil || got.Shown != sandbox.ShownReply {
			t.Fatalf("a follow showed %+v, %v", got, err)
		}
	}
	return three
}

// broken wants a server that can store nothing to say so, to each in his way
// and in time.
func broken(t *testing.T, w *world, wechat *outside, events *wire, three [3]*sandbox.Follower) {
	t.Helper()
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() {
		began := time.Now()
		status, retry, a := w.tryPush(noise(39_000))
		if status != 503 || retry == "" || a.Success || a.Code != 1005 || string(a.Data) != "null" || !strings.Contains(a.Msg, "没有保存") {
			t.Errorf("a send was answered %d, Retry-After %q, %+v", status, retry, a)
		}
		inTime(t, "the send", began)
	})
	for what, act := range map[string]func(context.Context) (sandbox.Answer, error){
		"a message": func(ctx context.Context) (sandbox.Answer, error) { return three[0].Say(ctx, "我的UID") },
		"a command": func(ctx context.Context) (sandbox.Answer, error) { return three[1].Say(ctx, "#97 重启") },
		"a click":   func(ctx context.Context) (sandbox.Answer, error) { return three[2].Click(ctx, "HELP") },
	} {
		work.Go(func() {
			began := time.Now()
			if got, err := act(t.Context()); err != nil || got.Shown != sandbox.ShownReply || got.Reply != "系统繁忙，请稍后重发" {
				t.Errorf("%s showed %+v, %v", what, got, err)
			}
			inTime(t, what, began)
		})
	}
	began := time.Now()
	stranger := wechat.Add()
	if _, err := stranger.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := events.of(stranger.OpenID)
	if len(got) != 3 || slices.ContainsFunc(got, func(status int) bool { return status != 500 }) {
		t.Errorf("a follow was answered %d, want 500 three times", got)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("the three attempts took %s", took)
	}
}

func inTime(t *testing.T, what string, began time.Time) {
	t.Helper()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%s was answered after %s", what, took)
	}
}

// well wants everything to work again, for old and new followers.
func well(t *testing.T, w *world, wechat *outside) {
	t.Helper()
	w.eventually("sends work again", func() bool { status, _, a := w.tryPush("又好了"); return status == 200 && a.Success })
	if got, err := wechat.Follower(w.file.OpenID).Say(t.Context(), "#97 重启服务器"); err != nil || got.Reply != "已收到，正在重启服务器" {
		t.Errorf("a command showed %+v, %v", got, err)
	}
	fresh := wechat.Add()
	if got, err := fresh.Follow(t.Context()); err != nil || got.Shown != sandbox.ShownReply {
		t.Errorf("a follow showed %+v, %v", got, err)
	}
}

// TestF5_AFullDiskIsToldToEverybodyAndPasses fills the disk of the data folder
// while sends go on.
func TestF5_AFullDiskIsToldToEverybodyAndPasses(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("no small file system to be had: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(data, syscall.MNT_DETACH) })
	wechat, events, address := startOutside(t, ""), &wire{}, freeAddress(t)
	wechat.SetCallback("http://"+address+"/wechat/callback", events)
	w := wechat.serve(t, data, address, "--log-level", "error")
	three := people(t, wechat)
	w.send(map[string]any{"content": "先前的", "uids": []string{w.file.UID}})
	demo := &follower{w: &world{t: t, base: wechat.url}, openid: w.file.OpenID}
	w.eventually("a card", func() bool { return len(demo.cards()) == 1 })
	page := strings.TrimPrefix(demo.cards()[0].URL, w.base)

	accepted := 1
	ballast, err := os.Create(filepath.Join(data, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(ballast, strings.NewReader(strings.Repeat("x", 16<<20))) // until the disk is full
	ballast.Close()
	for full := false; !full; {
		status, _, a := w.tryPush(noise(39_000))
		if status == 200 && a.Success {
			accepted++
		}
		full = status == 503
	}
	broken(t, w, wechat, events, three)
	var html string
	if w.get(page, &html); !strings.Contains(html, "先前的") {
		t.Errorf("the page of an earlier message shows\n%s", html)
	}
	if err := os.Remove(ballast.Name()); err != nil {
		t.Fatal(err)
	}
	w.eventually("sends work again", func() bool {
		status, _, a := w.tryPush("又有地方了")
		if status == 200 && a.Success {
			accepted++
		}
		return status == 200
	})
	w.eventually("every accepted send shows a card", func() bool { return len(demo.cards()) == accepted })
	well(t, w, wechat)
}

// TestF8_ALockedDatabaseIsToldInTimeAndPasses holds SQLite's write lock by
// another process's connection for longer than the store waits.
func TestF8_ALockedDatabaseIsToldInTimeAndPasses(t *testing.T) {
	t.Parallel()
	data, address := t.TempDir(), freeAddress(t)
	wechat, events := startOutside(t, ""), &wire{}
	wechat.SetCallback("http://"+address+"/wechat/callback", events)
	w := wechat.serve(t, data, address, "--log-level", "error")
	three := people(t, wechat)
	pool, err := sql.Open("sqlite", filepath.Join(data, "hongyan.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	broken(t, w, wechat, events, three)
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	well(t, w, wechat)
	var stored int
	row := conn.QueryRowContext(t.Context(), fmt.Sprintf(`SELECT COUNT(*) FROM content WHERE length(body) > %d`, 30_000))
	if err := row.Scan(&stored); err != nil || stored != 0 {
		t.Errorf("%d refused messages are stored, %v", stored, err)
	}
}
