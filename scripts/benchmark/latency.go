package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// delays are quantiles in milliseconds.
type delays struct {
	P50 float64 `json:"p50ms"`
	P99 float64 `json:"p99ms"`
}

// latencyRate is the open-loop rate of sends a second.
const latencyRate = 50

// measureLatency takes the time from the API call to the call to WeChat. A
// proxy before the sandbox notes when each card comes by.
func measureLatency(ctx context.Context, s *settings, r *result) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	wechat, err := startSandbox(ctx, s, "http://"+address+"/wechat/callback")
	if err != nil {
		return err
	}
	defer wechat.stop()
	watch := &watcher{seen: map[int]time.Time{}}
	proxy, stop, err := watch.before(wechat.base)
	if err != nil {
		return err
	}
	defer stop()
	server, err := startServerAt(ctx, s, address, "--sandbox-at", proxy)
	if err != nil {
		return err
	}
	defer server.stop()
	v, err := server.values()
	if err != nil {
		return err
	}
	if r.RSS.Idle, _, err = server.memory(); err != nil {
		return err
	}
	asked, err := sendSteadily(ctx, s, server, v)
	if err != nil {
		return err
	}
	time.Sleep(time.Second)
	r.Latency, err = watch.delays(asked)
	return err
}

// sendSteadily sends at latencyRate whatever the answers take, and returns
// when each call began.
func sendSteadily(ctx context.Context, s *settings, server *process, v values) ([]time.Time, error) {
	count := int(2*s.seconds.Seconds()) * latencyRate
	asked := make([]time.Time, count)
	errs := make([]error, count)
	var work sync.WaitGroup
	tick := time.NewTicker(time.Second / latencyRate)
	defer tick.Stop()
	for i := range count {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		work.Go(func() {
			asked[i] = time.Now()
			errs[i] = post(server.base+"/api/send/message", sendBody{v.AppToken, fmt.Sprintf("n%06dn", i), []string{v.UID}}, nil)
		})
	}
	work.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return asked, nil
}

// watcher notes when the card of each numbered send reaches WeChat.
type watcher struct {
	mu   sync.Mutex
	seen map[int]time.Time
}

var numbered = regexp.MustCompile(`n(\d{6})n`)

// before puts a proxy in front of the sandbox.
func (w *watcher) before(base string) (address string, stop func(), err error) {
	target, err := url.Parse(base)
	if err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	server := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		now := time.Now()
		if r.URL.Path == "/cgi-bin/message/template/send" {
			body, _ := io.ReadAll(r.Body)
			w.note(body, now)
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		forward.ServeHTTP(rw, r)
	})}
	go func() { _ = server.Serve(l) }()
	return "http://" + l.Addr().String(), func() { _ = server.Close() }, nil
}

func (w *watcher) note(body []byte, now time.Time) {
	hit := numbered.FindSubmatch(body)
	if hit == nil {
		return
	}
	n, _ := strconv.Atoi(string(hit[1]))
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, repeated := w.seen[n]; !repeated {
		w.seen[n] = now
	}
}

func (w *watcher) delays(asked []time.Time) (d delays, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []time.Duration
	for i, at := range asked {
		seen, arrived := w.seen[i]
		if !arrived {
			return d, fmt.Errorf("send %d never reached WeChat", i)
		}
		all = append(all, seen.Sub(at))
	}
	slices.Sort(all)
	l := loaded{times: all}
	return delays{ms(l.quantile(.5)), ms(l.quantile(.99))}, nil
}

// measureSync takes the median of writing and syncing four KiB where the
// database lies.
func measureSync(_ context.Context, s *settings, r *result) error {
	f, err := os.Create(filepath.Join(s.dir, "sync"))
	if err != nil {
		return err
	}
	defer f.Close()
	page := make([]byte, 4096)
	var all []time.Duration
	for range 200 {
		began := time.Now()
		if _, err := f.Write(page); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	r.Sync = ms(loaded{times: all}.quantile(.5))
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
