package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/push/callback"
	"hongyan/store"
	"hongyan/store/cache"
)

// simNode is one process of the platform, wired as the server wires it, with a
// handle of the database of its own. A crash takes the handle away, so that
// nothing it still does reaches the disk, and cuts its lines to the outside.
type simNode struct {
	*node
	s       *simulation
	name    string
	ended   chan struct{} // closed when it crashed or was stopped
	stop    context.CancelFunc
	running sync.WaitGroup
}

// start runs one more node.
func (s *simulation) start() *simNode {
	s.mu.Lock()
	s.started++
	name := fmt.Sprintf("node%d", s.started)
	s.mu.Unlock()
	ctx, stop := context.WithCancel(context.Background())
	n := &simNode{s: s, name: name, ended: make(chan struct{}), stop: stop}
	n.node = s.wire(ctx, n)
	n.running.Go(func() { s.must(n.push.RunDeliveries(ctx, recorded{n})) })
	n.running.Go(func() { s.must(n.push.RunFanout(ctx)) })
	n.running.Go(func() { s.must(n.push.RunCallbacks(ctx, n.calls)) })
	n.running.Go(func() { s.must(n.runJobs(ctx)) })
	s.tell("%s starts", name)
	s.mu.Lock()
	s.nodes = append(s.nodes, n)
	s.mu.Unlock()
	return n
}

// wire makes the parts of a node by the server's own code, the sockets apart.
func (s *simulation) wire(ctx context.Context, n *simNode) *node {
	a := sandbox.DefaultAccount()
	log := s.logger(n.name)
	w := &node{log: log, metrics: newMetrics(), clock: newClock(), config: Config{BaseURL: baseURL, WeChat: wechatConfig{
		AppID: a.AppID, Secret: a.Secret, OriginalID: a.OriginalID, Token: a.Token, AESKey: a.AESKey, Mode: a.Mode,
		Template: sandbox.DefaultTemplate, Route: s.route,
	}}}
	var err error
	w.db, err = store.Open(ctx, s.url, store.Options{Now: s.clock.Now, Log: log})
	s.must(err)
	w.cache = cache.New(cache.Options{Prefix: "hongyan:", Now: w.db.Now})
	w.wechat = oa.NewClient(oa.ClientOptions{
		AppID: a.AppID, Secret: a.Secret, HTTP: &http.Client{Transport: line{n, s.wechat.Transport(), "WeChat answered"}},
		Tokens: w.cache.WeChat(), Now: w.db.Now, Refuse: store.InTx, Log: log,
	})
	s.must(w.wirePush(ctx))
	s.must(w.wireBilling(ctx))
	w.calls = callback.New(callback.Options{Now: w.db.Now, Log: log, Transport: line{n, s.developer.of(n), "developer answered"}})
	s.must(w.wireEvents())
	return w
}

// errEnded is what the outside meets of a process that is gone.
var errEnded = errors.New("connection reset: the process is gone")

func (n *simNode) gone() bool {
	select {
	case <-n.ended:
		return true
	default:
		return false
	}
}

// leave takes the node out of service; false says it is gone already.
func (n *simNode) leave(how string) bool {
	s := n.s
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, other := range s.nodes {
		if other == n {
			s.nodes = append(s.nodes[:i:i], s.nodes[i+1:]...)
			s.trace = append(s.trace, s.stamp()+n.name+" "+how)
			return true
		}
	}
	return false
}

// crash ends the node between two of its steps: what is on disk stays, all
// else is lost.
func (n *simNode) crash(why string) {
	if !n.leave("crashes: " + why) {
		return
	}
	n.s.shock()
	n.s.mu.Lock()
	n.s.crashes++
	n.s.mu.Unlock()
	close(n.ended)
	if err := n.db.Close(); err != nil {
		n.s.violation("%s: close the store: %v", n.name, err)
	}
	n.stop()
	n.s.work.Go(n.running.Wait)
}

// drain stops the node in order, as at SIGTERM.
func (n *simNode) drain() {
	if !n.leave("drains") {
		return
	}
	n.stop()
	n.running.Wait()
	close(n.ended)
	if err := n.db.Close(); err != nil {
		n.s.violation("%s: close the store: %v", n.name, err)
	}
}

func (s *simulation) alive() []*simNode {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*simNode(nil), s.nodes...)
}

// anyNode is a node that is up, nil when there is none.
func (s *simulation) anyNode() *simNode {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.nodes) == 0 {
		return nil
	}
	return s.nodes[s.turns.IntN(len(s.nodes))]
}

func (s *simulation) stopAll() {
	for _, n := range s.alive() {
		n.drain()
	}
}

// line is what a node says to the outside: nothing once it is gone, and it may
// be gone when the answer comes back.
type line struct {
	n     *simNode
	to    http.RoundTripper
	point string
}

func (l line) RoundTrip(r *http.Request) (*http.Response, error) {
	if l.n.gone() {
		return nil, errEnded
	}
	response, err := l.to.RoundTrip(r)
	l.n.s.fuse.burn(l.n, l.point)
	if l.n.gone() {
		if err == nil {
			response.Body.Close()
		}
		return nil, errEnded
	}
	return response, err
}

// recorded notes every card on its way from the queue to the channel.
type recorded struct{ n *simNode }

func (c recorded) Deliver(ctx context.Context, j push.Job) push.Outcome {
	s := c.n.s
	defer s.clock.fly()()
	if !c.n.gone() {
		s.mu.Lock()
		s.tries = append(s.tries, cardTry{time.Now(), c.n.name, *j.Card})
		s.mu.Unlock()
	}
	o := c.n.cards.Deliver(ctx, j)
	s.fuse.burn(c.n, "card sent")
	s.tell("%s: card %s to %s, attempt %d: verdict %d %s", c.n.name, j.Card.ClientMsgID, j.Card.OpenID, j.Attempt, o.Verdict, o.Reason)
	return o
}

// frontDoor brings WeChat's events to a node that is up.
type frontDoor struct{ s *simulation }

func (d frontDoor) RoundTrip(r *http.Request) (*http.Response, error) {
	n := d.s.anyNode()
	if n == nil {
		r.Body.Close()
		return nil, errEnded
	}
	type outcome struct {
		response *http.Response
		err      error
	}
	began, jumps := time.Now(), d.s.clock.moved()
	done := make(chan outcome, 1)
	go func() {
		response, err := sandbox.Local(n.events).RoundTrip(r)
		done <- outcome{response, err}
	}()
	var o outcome
	select {
	case o = <-done:
	case <-n.ended:
		return nil, errEnded
	}
	d.s.fuse.burn(n, "event answered")
	if n.gone() {
		return nil, errEnded
	}
	took := time.Since(began)
	switch {
	case o.err != nil || took >= 5*time.Second:
		d.s.violation("I4: %s did not answer an event within 5 s (%s): %v", n.name, took, o.err)
	case o.response.StatusCode != http.StatusOK && jumps == d.s.clock.moved():
		d.s.violation("I4: %s answered an event with status %d", n.name, o.response.StatusCode)
	}
	return o.response, o.err
}
