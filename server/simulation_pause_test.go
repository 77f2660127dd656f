package main

import (
	"context"
	"errors"
	"time"

	"hongyan/push"
)

// halt is a sender who pauses messages on their way, now and then, and lets
// them go on a while later, through whichever node lives. What everybody gets
// in the end is audited as if nobody had.
func (s *simulation) halt(ctx context.Context) {
	chance := s.dice("halt", 0)
	for range 4 + chance.IntN(8) {
		time.Sleep(time.Duration(chance.Int64N(int64(20 * time.Second))))
		s.mu.Lock()
		var sent ackedSend
		if n := len(s.acked); n > 0 {
			sent = s.acked[n-1-chance.IntN(min(n, 4))]
		}
		s.mu.Unlock()
		id := messageOf(sent.receipts)
		if sent.app == nil || id == 0 {
			continue
		}
		s.insist("pause", func(n *simNode) error { return n.push.PauseMessage(ctx, sent.app.ID, id) })
		time.Sleep(time.Duration(chance.Int64N(int64(15 * time.Second))))
		s.insist("resume", func(n *simNode) error { return n.push.ResumeMessage(ctx, sent.app.ID, id) })
	}
}

func messageOf(receipts []push.Receipt) (id int64) {
	for _, r := range receipts {
		id = max(id, r.Message)
	}
	return id
}

// insist asks one node after the other until one has done it.
func (s *simulation) insist(what string, do func(*simNode) error) {
	for {
		n := s.anyNode()
		if n != nil {
			err := do(n)
			if err == nil || errors.Is(err, push.ErrNoMessage) {
				s.tell("%s done by %s: %v", what, n.name, err)
				return
			}
			s.tell("%s by %s: %v", what, n.name, err)
		}
		time.Sleep(time.Second)
	}
}
