package main

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"hongyan/oa/sandbox"
)

// TestF19_AnswersInTimeWhileDevelopersAreSlow is an open loop: WeChat, in this
// process, posts 200 commands a second whatever becomes of the earlier ones,
// and the developer of the app takes three seconds for each.
func TestF19_AnswersInTimeWhileDevelopersAreSlow(t *testing.T) {
	const rate, seconds, followers = 200, 5, 400
	d := newDeveloper(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(3 * time.Second):
		case <-r.Context().Done():
		}
		fmt.Fprint(w, `{"reply":"好"}`)
	})
	address := freeAddress(t)
	wechat := startOutside(t, "http://"+address+"/wechat/callback")
	w := wechat.serve(t, t.TempDir(), address, "--callback.allow", d.host, "--log-level", "error")
	app := d.app(t, w)
	crowd := wechat.AddMany(t.Context(), sandbox.Many{Count: followers, Follow: true}).OpenIDs
	var joined sync.WaitGroup
	slots := make(chan struct{}, 32)
	for _, openid := range crowd {
		joined.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			_, _ = wechat.Follower(openid).Say(t.Context(), fmt.Sprintf("#%d", app.id))
		})
	}
	joined.Wait()

	var mu sync.Mutex
	var took []time.Duration
	var faults int
	var work sync.WaitGroup
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	for i := range rate * seconds {
		<-tick.C
		work.Go(func() {
			began := time.Now()
			got, err := wechat.Follower(crowd[i%followers]).Say(t.Context(), fmt.Sprintf("#%d 第 %d 条", app.id, i))
			lasted := time.Since(began)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, lasted)
			if err != nil || got.Shown == sandbox.ShownFault {
				faults++
			}
		})
	}
	work.Wait()
	slices.Sort(took)
	at := func(share float64) time.Duration { return took[min(len(took)-1, int(share*float64(len(took))))] }
	t.Logf("%d commands at %d a second: p50 %s, p99 %s, p99.9 %s, longest %s", len(took), rate, at(.5), at(.99), at(.999), took[len(took)-1])
	if at(.999) >= 4500*time.Millisecond {
		t.Errorf("p99.9 of the answers is %s", at(.999))
	}
	if faults > 0 {
		t.Errorf("%d phones show that the service is faulty", faults)
	}
	if len(d.calls("send_up_cmd")) == 0 {
		t.Error("the developer was never called")
	}
}
