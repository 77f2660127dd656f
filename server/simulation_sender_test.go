package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/store"
)

// send is a developer's program that pushes for a while: to people, topics,
// both, by SPT, the same again, and to nobody it knows.
func (s *simulation) send(ctx context.Context, sender int) {
	chance := s.dice("sender", sender)
	var last push.Draft
	for n := range 10 + chance.IntN(20) {
		time.Sleep(time.Duration(chance.Int64N(int64(8 * time.Second))))
		app := s.apps[chance.IntN(len(s.apps))]
		d := s.draft(chance, app)
		d.Content = fmt.Sprintf("第%d-%d条", sender, n)
		if chance.IntN(6) == 0 && last.Content != "" {
			d = last // a program that sends twice
		}
		last = d
		if chance.IntN(7) == 0 {
			s.sendSimple(ctx, chance, d)
			continue
		}
		s.sendAs(ctx, app, d)
	}
}

// draft draws the receivers.
func (s *simulation) draft(chance *rand.Rand, app *simApp) push.Draft {
	d := push.Draft{Kind: content.Text}
	if chance.IntN(3) == 0 {
		d.Topics = append(d.Topics, app.topic)
	}
	for range chance.IntN(4) {
		d.UIDs = append(d.UIDs, s.followers[chance.IntN(len(s.followers))].uid)
	}
	if chance.IntN(10) == 0 {
		d.UIDs = append(d.UIDs, "UID_nobody")
	}
	if len(d.UIDs)+len(d.Topics) == 0 {
		d.UIDs = append(d.UIDs, s.followers[0].uid)
	}
	return d
}

func (s *simulation) sendAs(ctx context.Context, app *simApp, d push.Draft) {
	n := s.anyNode()
	if n == nil {
		return
	}
	receipts, err := n.push.Send(ctx, app.token, d)
	s.answered(n, app, receipts, err)
}

func (s *simulation) sendSimple(ctx context.Context, chance *rand.Rand, d push.Draft) {
	n := s.anyNode()
	if n == nil {
		return
	}
	d.UIDs, d.Topics = nil, nil
	spts := []push.SPT{s.followers[chance.IntN(len(s.followers))].spt, "SPT_nobody"}
	receipts, err := n.push.SendSimple(ctx, spts[:1+chance.IntN(2)], d)
	s.answered(n, nil, receipts, err)
}

// answered notes a send whose answer is on its way: from here on the platform
// has promised it.
func (s *simulation) answered(n *simNode, app *simApp, receipts []push.Receipt, err error) {
	if err != nil {
		if !n.gone() && !errors.Is(err, store.ErrClosed) {
			s.violation("%s refused a send: %v", n.name, err)
		}
		return
	}
	s.mu.Lock()
	s.acked = append(s.acked, ackedSend{receipts, app, time.Now()})
	s.mu.Unlock()
	s.tell("%s took a send: %+v", n.name, receipts)
	s.fuse.burn(n, "send answered")
}
