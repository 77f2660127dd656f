package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// loaded is what a closed loop of clients saw.
type loaded struct {
	rps   float64
	times []time.Duration // sorted
}

func (l loaded) quantile(q float64) time.Duration {
	if len(l.times) == 0 {
		return 0
	}
	return l.times[min(len(l.times)-1, int(q*float64(len(l.times))))]
}

// ask makes the n-th request of one client.
type ask func(client, n int) (*http.Request, error)

// load lets clients ask one after another over kept connections for a while.
// Answers other than 200 end it.
func load(ctx context.Context, clients int, lasting time.Duration, make ask) (loaded, error) {
	transport := &http.Transport{MaxIdleConns: clients, MaxIdleConnsPerHost: clients, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	ctx, cancel := context.WithTimeout(ctx, lasting)
	defer cancel()
	var (
		work   sync.WaitGroup
		mu     sync.Mutex
		all    []time.Duration
		failed error
	)
	began := time.Now()
	for c := range clients {
		work.Go(func() {
			var times []time.Duration
			var err error
			for n := 0; ctx.Err() == nil && err == nil; n++ {
				var took time.Duration
				if took, err = once(client, c, n, make); err == nil {
					times = append(times, took)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, times...)
			if failed == nil {
				failed = err
			}
		})
	}
	work.Wait()
	took := time.Since(began)
	slices.Sort(all)
	return loaded{rps: float64(len(all)) / took.Seconds(), times: all}, failed
}

func once(client *http.Client, c, n int, make ask) (time.Duration, error) {
	r, err := make(c, n)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	resp, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	took := time.Since(began)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.200s", r.URL.Path, resp.Status, body)
	}
	return took, err
}

func jsonRequest(url string, body []byte) (*http.Request, error) {
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err == nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, err
}
