package main

import (
	"context"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyan/oa/sandbox"
	"hongyan/store/storetest"
)

// ownRedis is a Redis server of this test alone, which may be stopped.
type ownRedis struct {
	address string
	cmd     *exec.Cmd
}

func startRedis(t *testing.T) *ownRedis {
	t.Helper()
	storetest.Require(t, "HONGYAN_TEST_REDIS") // where that is not to be had, neither is this
	r := &ownRedis{address: freeAddress(t)}
	r.start(t)
	return r
}

func (r *ownRedis) start(t *testing.T) {
	t.Helper()
	_, port, _ := net.SplitHostPort(r.address)
	r.cmd = exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.stop)
	client := r.client()
	defer client.Close()
	for end := time.Now().Add(10 * time.Second); client.Ping(t.Context()).Err() != nil; {
		if time.Now().After(end) {
			t.Fatal("redis-server does not answer")
		}
		<-time.After(10 * time.Millisecond)
	}
}

func (r *ownRedis) client() *redis.Client { return redis.NewClient(&redis.Options{Addr: r.address}) }

func (r *ownRedis) stop() {
	_ = r.cmd.Process.Signal(syscall.SIGKILL)
	_ = r.cmd.Wait()
}

// TestF10_RedisStopsHangsForgetsAndComesBack while cards are pushed: each one
// arrives, and WeChat is asked for a token no more than once a cause.
func TestF10_RedisStopsHangsForgetsAndComesBack(t *testing.T) {
	t.Parallel()
	own := startRedis(t)
	address := freeAddress(t)
	wechat := startOutside(t, "http://"+address+"/wechat/callback")
	w := wechat.serve(t, t.TempDir(), address, "--redis", "redis://"+own.address+"/0", "--log-level", "error")
	pushed := 0
	push := func(state string) {
		t.Helper()
		began := time.Now()
		for range 5 {
			w.send(map[string]any{"content": state, "uids": []string{w.file.UID}})
			pushed++
		}
		w.eventually("cards while Redis "+state, func() bool {
			_, shown := wechat.cards(t)
			return shown[w.file.OpenID] == pushed
		})
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("while Redis %s, five cards took %s", state, took)
		}
		if got, err := wechat.Follower(w.file.OpenID).Say(t.Context(), "#97 重启服务器"); err != nil || got.Reply != "已收到，正在重启服务器" {
			t.Errorf("while Redis %s, a command showed %+v, %v", state, got, err)
		}
	}
	push("runs")
	client := own.client()
	if keys := client.Keys(t.Context(), "hongyan:*").Val(); len(keys) == 0 {
		t.Error("the server keeps nothing in Redis: this test would show nothing")
	}
	client.FlushAll(t.Context())
	push("forgot all")
	poison(t, client)
	push("holds rubbish")
	client.Do(t.Context(), "CLIENT", "PAUSE", "3000", "ALL")
	// The worst moment for the token to die: it is shared through what hangs.
	if err := wechat.Dial(sandbox.Fault{ErrCode: 40001, Overlay: sandbox.Overlay{KillTokens: true}}); err != nil {
		t.Fatal(err)
	}
	push("hangs")
	client.Close()
	own.stop()
	push("is gone")
	own.start(t)
	push("is back")
	asked := wechat.Calls().Calls["/cgi-bin/stable_token"].Calls
	t.Logf("%d token calls for %d cards, six states of Redis and one dead token", asked, pushed)
	if asked > 3 {
		t.Errorf("WeChat was asked for a token %d times", asked)
	}
}

// poison overwrites everything in Redis with what nobody can decode.
func poison(t *testing.T, client *redis.Client) {
	t.Helper()
	ctx := context.Background()
	for _, key := range client.Keys(ctx, "*").Val() {
		if err := client.Set(ctx, key, "\xff\x00 no value of ours", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
}
