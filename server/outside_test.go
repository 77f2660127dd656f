package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"hongyan/oa/sandbox"
)

// outside is WeChat as a process of its own is: it lives in the test and
// outlives every server that is started with --sandbox-at its address.
type outside struct {
	*sandbox.Sandbox
	url string
}

// startOutside starts a WeChat without quotas that posts events to callback
// (an address or nothing yet).
func startOutside(t testing.TB, callback string) *outside {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &outside{url: "http://" + listener.Addr().String()}
	o.Sandbox, err = sandbox.New(sandboxOptions(sandboxAccount(""), sandbox.Options{
		Profile: "bench", Callback: callback, BaseURL: o.url + "/sandbox",
	}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	server := &http.Server{Handler: o.Handler()}
	var work sync.WaitGroup
	work.Go(func() { _ = o.Run(ctx) })
	work.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		cancel()
		_ = server.Close()
		work.Wait()
	})
	return o
}

// serve starts a server of this WeChat.
func (o *outside) serve(t testing.TB, data, address string, args ...string) *world {
	t.Helper()
	return startWorldIn(t, data, address, append([]string{"--sandbox-at", o.url}, args...)...)
}

// cards counts what the phones show, by follower and by delivery.
func (o *outside) cards(t testing.TB) (byDelivery map[ledgerLine]int, byFollower map[string]int) {
	t.Helper()
	all, err := o.Ledger()
	if err != nil {
		t.Fatal(err)
	}
	byDelivery, byFollower = map[ledgerLine]int{}, map[string]int{}
	for _, card := range all {
		byDelivery[ledgerLine{card.OpenID, card.ClientMsgID}]++
		byFollower[card.OpenID]++
	}
	return byDelivery, byFollower
}

// codes are the scenes of the QR codes a phone can scan, the latest first.
func (w *world) codes() (scenes []string) {
	w.t.Helper()
	var tray struct {
		Codes []struct {
			Scene string `json:"scene"`
		} `json:"codes"`
	}
	w.get("/sandbox/api/codes", &tray)
	for _, one := range tray.Codes {
		scenes = append(scenes, one.Scene)
	}
	return scenes
}

// A wire carries WeChat's events and remembers how each attempt was answered.
type wire struct {
	// to may send an attempt elsewhere, or lose its answer.
	to func(before int, r *http.Request) (lose bool)

	mu       sync.Mutex
	attempts []*attempt
}

// attempt is one POST of an event, by the follower WeChat names in the query.
type attempt struct {
	openid string
	status int // 0 while there is no answer
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	one := &attempt{openid: r.URL.Query().Get("openid")}
	w.mu.Lock()
	before := len(w.attempts)
	w.attempts = append(w.attempts, one)
	w.mu.Unlock()
	lose := false
	if w.to != nil {
		lose = w.to(before, r)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	one.status = resp.StatusCode
	w.mu.Unlock()
	if lose {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return nil, net.ErrClosed
	}
	return resp, nil
}

// forget starts counting anew.
func (w *wire) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attempts = nil
}

// of are the statuses of one follower's events since forget was called.
func (w *wire) of(openid string) (statuses []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range w.attempts {
		if one.openid == openid {
			statuses = append(statuses, one.status)
		}
	}
	return statuses
}
