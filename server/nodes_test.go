package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hongyan/oa/sandbox"
	"hongyan/store/storetest"
)

// pair is two servers of one PostgreSQL database, and a WeChat that outlives
// both and meets whichever it is told.
type pair struct {
	*outside
	events      *wire
	nodes       [2]*world
	data, store string
	developer   *developer
}

func startPair(t *testing.T, answer http.HandlerFunc, args ...string) *pair {
	t.Helper()
	p := &pair{store: storetest.URL(t, storetest.PostgresEngine), outside: startOutside(t, ""), events: &wire{}, data: t.TempDir()}
	p.developer = newDeveloper(t, answer)
	for i := range p.nodes {
		address := freeAddress(t)
		if i == 0 {
			p.SetCallback("http://"+address+"/wechat/callback", p.events)
		}
		p.nodes[i] = p.node(t, address, args...)
	}
	return p
}

func (p *pair) node(t *testing.T, address string, args ...string) *world {
	t.Helper()
	args = append([]string{"--database", p.store, "--callback.allow", "127.0.0.0/8", "--log-level", "error"}, args...)
	return p.serve(t, p.data, address, args...)
}

// crowd makes followers of the demo topic.
func (p *pair) crowd(t *testing.T, count int) {
	t.Helper()
	scenes := (&world{t: t, base: p.url}).codes()
	if made := p.AddMany(t.Context(), sandbox.Many{Count: count, Follow: true, Scan: scenes[0]}); made.Faults+made.Failed > 0 {
		t.Fatalf("%d followers met a fault, %d failed", made.Faults, made.Failed)
	}
}

// TestF16_TheSecondAttemptOnAnotherNodeGetsTheSameReply: WeChat loses the first
// answer and asks again, and the load balancer sends it elsewhere. The
// developer is called once.
func TestF16_TheSecondAttemptOnAnotherNodeGetsTheSameReply(t *testing.T) {
	t.Parallel()
	var called atomic.Int64
	p := startPair(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"reply":"第 %d 次"}`, called.Add(1))
	})
	app := p.developer.app(t, p.nodes[0])
	hong := p.Add()
	if _, err := hong.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := hong.Say(t.Context(), fmt.Sprintf("#%d", app.id)); err != nil {
		t.Fatal(err)
	}
	subscribed := called.Load()
	w := p.nodes[0]
	w.eventually("app_subscribe", func() bool { subscribed = called.Load(); return subscribed == 1 })
	p.events.forget()
	p.events.to = func(before int, r *http.Request) (lose bool) {
		if before > 0 {
			r.URL.Host = strings.TrimPrefix(p.nodes[1].base, "http://")
		}
		return before == 0
	}
	got, err := hong.Say(t.Context(), fmt.Sprintf("#%d 重启", app.id))
	if err != nil || got.Reply != "第 2 次" {
		t.Errorf("the second attempt showed %+v, %v", got, err)
	}
	if statuses := p.events.of(hong.OpenID); len(statuses) != 2 || statuses[0] != 200 || statuses[1] != 200 {
		t.Errorf("the attempts were answered %d", statuses)
	}
	if calls := p.developer.calls("send_up_cmd"); len(calls) != 1 {
		t.Errorf("the developer was called %d times for one command", len(calls))
	}
}

// TestNodes_AFanOutIsDeliveredByBothAndEachPersonGetsOneCard
func TestNodes_AFanOutIsDeliveredByBothAndEachPersonGetsOneCard(t *testing.T) {
	t.Parallel()
	const followers = 600
	p := startPair(t, func(http.ResponseWriter, *http.Request) {})
	p.crowd(t, followers)
	p.slow(t, 30)
	w := p.nodes[0]
	w.send(map[string]any{"content": "维护通知", "topicIds": []int64{w.file.TopicID}, "uids": []string{w.file.UID}})
	p.delivered(t, followers+1)
	for i, node := range p.nodes {
		took := node.metric("hongyan_wechat_call_seconds_count", "path", "/cgi-bin/message/template/send")
		t.Logf("node %d sent %.0f cards", i+1, took)
		if took == 0 {
			t.Errorf("node %d sent no card", i+1)
		}
	}
}

// slow lets every card take a while, so that work is in flight.
func (p *pair) slow(t *testing.T, milliseconds int) {
	t.Helper()
	if err := p.Dial(sandbox.Fault{Path: "/cgi-bin/message/template/send", LatencyMs: milliseconds}); err != nil {
		t.Fatal(err)
	}
}

// delivered waits until so many phones show a card, and wants one on each.
func (p *pair) delivered(t *testing.T, people int) {
	t.Helper()
	end := time.Now().Add(90 * time.Second)
	for {
		byDelivery, byFollower := p.cards(t)
		if len(byFollower) == people || time.Now().After(end) {
			if len(byFollower) != people {
				t.Errorf("%d people have a card, want %d", len(byFollower), people)
			}
			for card, n := range byDelivery {
				if n > 1 || byFollower[card.OpenID] > 1 {
					t.Errorf("%s has %d cards, of one delivery %d", card.OpenID, byFollower[card.OpenID], n)
				}
			}
			return
		}
		<-time.After(20 * time.Millisecond)
	}
}

// TestF1_KillingOneOfTwoNodesLosesNothing shoots a node that holds leases; the
// other waits for them to end and goes on.
func TestF1_KillingOneOfTwoNodesLosesNothing(t *testing.T) {
	t.Parallel()
	const followers = 1000
	p := startPair(t, func(http.ResponseWriter, *http.Request) {})
	p.crowd(t, followers)
	p.slow(t, 50)
	w := p.nodes[1]
	w.send(map[string]any{"content": "维护通知", "topicIds": []int64{w.file.TopicID}})
	w.eventually("the second node is at work", func() bool {
		_, shown := p.cards(t)
		return len(shown) > 50 && w.metric("hongyan_deliveries_in_flight") > 0
	})
	w.kill()
	_, shown := p.cards(t)
	if len(shown) > followers {
		t.Fatal("the node was shot after all its work")
	}
	p.delivered(t, followers+1)
}
