package limit_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyan/store/limit"
	"hongyan/store/storetest"
)

// ownRedis is a Redis server of this test alone, which may be stopped.
type ownRedis struct {
	port string
	cmd  *exec.Cmd
}

func startRedis(t *testing.T) *ownRedis {
	t.Helper()
	storetest.Require(t, "HONGYAN_TEST_REDIS") // where that is not to be had, neither is this
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(22_000)))
		if err == nil {
			_, port, _ := net.SplitHostPort(l.Addr().String())
			l.Close()
			r := &ownRedis{port: port}
			r.start(t)
			return r
		}
	}
	t.Fatal("no port is free")
	return nil
}

func (r *ownRedis) start(t *testing.T) {
	t.Helper()
	r.cmd = exec.Command("redis-server", "--port", r.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.stop)
	client := r.client(t)
	for end := time.Now().Add(10 * time.Second); client.Ping(t.Context()).Err() != nil; {
		if time.Now().After(end) {
			t.Fatal("redis-server does not answer")
		}
		<-time.After(10 * time.Millisecond)
	}
}

func (r *ownRedis) client(t *testing.T) *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + r.port})
	t.Cleanup(func() { client.Close() })
	return client
}

func (r *ownRedis) stop() {
	_ = r.cmd.Process.Signal(syscall.SIGKILL)
	_ = r.cmd.Wait()
}

// within fails the test when f takes longer than a request can bear.
func within(t *testing.T, most time.Duration, f func()) {
	t.Helper()
	began := time.Now()
	f()
	if took := time.Since(began); took > most {
		t.Errorf("took %s, want at most %s", took, most)
	}
}

// TestF10_LimitsHoldWhateverRedisDoes: in every state of Redis a bucket gives
// what it holds and not one more, and nobody waits long.
func TestF10_LimitsHoldWhateverRedisDoes(t *testing.T) {
	own := startRedis(t)
	client := own.client(t)
	l := limit.New(limit.Options{Redis: own.client(t)})
	hourly := limit.Rate{Most: 50, Per: time.Hour}
	hold := func(state string) {
		t.Helper()
		within(t, 3*time.Second, func() {
			if got := allowed(t, l, state, hourly, 200); got != 50 {
				t.Errorf("while Redis %s, %d of 200 were allowed, want 50", state, got)
			}
		})
	}
	hold("runs")
	client.FlushAll(t.Context())
	if got := allowed(t, l, "runs", hourly, 10); got != 0 {
		t.Errorf("after Redis forgot, %d more were allowed", got)
	}
	hold("has forgotten")
	client.Do(t.Context(), "CLIENT", "PAUSE", "1500", "ALL")
	hold("hangs")
	own.stop()
	hold("is gone")
	if got := allowed(t, l, "runs", hourly, 10); got != 0 {
		t.Errorf("without Redis, %d more were allowed under an old key", got)
	}
	own.start(t)
	hold("is back")
}

// TestF10_RubbishUnderAKeyIsRemoved: a value that is no count costs one
// question.
func TestF10_RubbishUnderAKeyIsRemoved(t *testing.T) {
	o := onRedis(t)
	l := limit.New(o)
	hourly := limit.Rate{Most: 5, Per: time.Hour}
	allowed(t, l, "a", hourly, 1)
	key := o.Redis.Keys(t.Context(), o.Prefix+"*").Val()[0]
	if err := o.Redis.Set(t.Context(), key, "\xff no count", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got := allowed(t, l, "a", hourly, 10); got != 4 {
		t.Errorf("%d more were allowed, want 4", got)
	}
	if got := o.Redis.Exists(t.Context(), key).Val(); got != 0 {
		t.Error("the rubbish is still there")
	}
}

// TestAllow_ATypedNilIsNoRedis, as a configuration without Redis hands it in.
func TestAllow_ATypedNilIsNoRedis(t *testing.T) {
	var none *redis.Client
	if got := allowed(t, limit.New(limit.Options{Redis: none}), "a", twentyPerTen, 30); got != 20 {
		t.Errorf("%d of 30", got)
	}
}
