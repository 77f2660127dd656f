package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"hongyan/oa/sandbox"
	"hongyan/store"
)

type callbackFact struct {
	id, app, state, attempts, createdAt       int64
	webhook, action, event, body, reason, via string
	content                                   string
	kept                                      string // the event's answer
	log                                       []attemptFact
}

type attemptFact struct {
	callback, number, at, status, latency int64
}

// pauses is the schedule of callbacks (contract §3), written down here a
// second time on purpose.
var pauses = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour,
}

func (s *simulation) callbacks(ctx context.Context) (list []*callbackFact) {
	byID := map[int64]*callbackFact{}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		list, err = store.Collect(tx, func(r *store.Rows) (*callbackFact, error) {
			c := new(callbackFact)
			err := r.Scan(&c.id, &c.app, &c.state, &c.attempts, &c.createdAt, &c.webhook, &c.action, &c.event, &c.body, &c.reason, &c.via, &c.kept)
			byID[c.id] = c
			return c, err
		}, `SELECT id, app_id, state, attempts, c.created_at, webhook_id, action, c.event_key, body, reason, reply_via, COALESCE(e.reply, '')
			FROM callback c LEFT JOIN inbound_event e ON e.event_key = c.event_key`)
		if err != nil {
			return err
		}
		_, err = store.Collect(tx, func(r *store.Rows) (none struct{}, err error) {
			var a attemptFact
			if err = r.Scan(&a.callback, &a.number, &a.at, &a.status, &a.latency); err == nil && byID[a.callback] != nil {
				byID[a.callback].log = append(byID[a.callback].log, a)
			}
			return none, err
		}, `SELECT callback_id, attempt, at, status, latency_ms FROM callback_attempt ORDER BY callback_id, attempt`)
		return err
	})
	s.must(err)
	for _, c := range list {
		var body struct{ Data struct{ Content string } }
		s.must(json.Unmarshal([]byte(c.body), &body))
		c.content = body.Data.Content
	}
	return list
}

// auditCallbacks is I7: each has ended, its attempts kept the schedule, every
// attempt carried the same id and body, and one that was taken is not made
// again unless a crash or a jump of the clock hid that.
func (s *simulation) auditCallbacks(ctx context.Context) {
	calls := map[string][]*devCall{}
	for _, c := range s.developer.calls {
		calls[c.id] = append(calls[c.id], c)
	}
	for _, c := range s.callbacks(ctx) {
		if c.state != 3 && c.state != 4 {
			s.violation("I7: callback %s is left in state %d", c.webhook, c.state)
		}
		if c.state == 4 && c.reason == "" {
			s.violation("I7: callback %s failed without a reason", c.webhook)
		}
		if len(c.log) > 8 { // those a crash took from the log are made up for
			s.violation("I7: callback %s was tried %d times", c.webhook, len(c.log))
		}
		s.auditSchedule(c)
		s.auditCalls(c, calls[c.webhook])
		delete(calls, c.webhook)
	}
	for id := range calls {
		s.violation("I7: %s was called and has no row", id)
	}
}

// auditSchedule looks at attempts that follow each other in the log; a crash
// takes an attempt out of it.
func (s *simulation) auditSchedule(c *callbackFact) {
	for i := 1; i < len(c.log); i++ {
		before, this := c.log[i-1], c.log[i]
		if this.number != before.number+1 || before.status == 429 || before.status == 503 {
			continue
		}
		if int(before.number) > len(pauses) {
			s.violation("I7: callback %s was tried again after attempt %d", c.webhook, before.number)
			continue
		}
		gap := time.Duration(this.at-before.at-before.latency) * time.Millisecond
		if want := pauses[before.number-1]; gap < want-5*time.Millisecond {
			s.violation("I7: callback %s: attempt %d came %s after attempt %d ended, want %s", c.webhook, this.number, gap, before.number, want)
		}
	}
}

func (s *simulation) auditCalls(c *callbackFact, calls []*devCall) {
	var taken *devCall
	for _, call := range calls {
		if call.body != c.body {
			s.violation("I7: attempts at %s carried different bodies", c.webhook)
		}
		if taken != nil && !s.shockedBetween(taken.at, call.at) {
			s.violation("I7: %s was called again %s after it was taken", c.webhook, call.at.Sub(taken.at))
		}
		if call.taken {
			taken = call
		}
	}
	if c.state == 3 && taken != nil && c.content != "" {
		s.auditReply(c, taken)
	}
	if c.state == 3 && taken == nil {
		s.violation("I7: %s counts as taken, and no call was", c.webhook)
	}
	if c.state == 4 && taken != nil && !s.shockedBetween(taken.at, taken.at.Add(18*time.Second)) {
		s.violation("I7: %s counts as failed, and a call was taken", c.webhook)
	}
}

// shockedBetween tells whether a call under way then may have been forgotten.
func (s *simulation) shockedBetween(from, to time.Time) bool {
	for _, at := range s.shocks {
		if !at.Before(from) && !at.After(to) {
			return true
		}
	}
	return false
}

// auditReply wants a developer's reply to have gone one way or the other.
func (s *simulation) auditReply(c *callbackFact, taken *devCall) {
	if !taken.replied || s.shockedBetween(taken.at, taken.at.Add(18*time.Second)) {
		return
	}
	switch c.via {
	case "said":
	case "passive":
		if !strings.Contains(c.kept, "收到"+c.content) {
			s.violation("I4: the reply to %q went as the passive answer, which is %q", c.content, c.kept)
		}
	default:
		s.violation("I4: the reply to %q went no way: %q", c.content, c.via)
	}
}

// auditOrders is I4 for what followers said: each order reached its developer
// as one callback, and no reply was said twice.
func (s *simulation) auditOrders(ctx context.Context) {
	rows := map[string][]*callbackFact{}
	for _, c := range s.callbacks(ctx) {
		if c.content != "" {
			rows[c.content] = append(rows[c.content], c)
		}
	}
	for _, f := range s.followers {
		for _, o := range f.orders {
			s.auditOrder(f, o, rows[o.content])
			delete(rows, o.content)
		}
	}
	for content := range rows {
		s.violation("I4: a callback for %q, which nobody said", content)
	}
}

func (s *simulation) auditOrder(f *simFollower, o *order, rows []*callbackFact) {
	if len(rows) > 1 {
		s.violation("I4: %q was said once and became %d callbacks", o.content, len(rows))
	}
	if len(rows) == 1 && rows[0].via == "passive" && rows[0].kept != "" && o.answer.Shown == sandbox.ShownNothing {
		s.violation("I4: %q has the passive answer %q, and no attempt of WeChat got it", o.content, rows[0].kept)
	}
	said := 0
	for _, e := range f.Chat() {
		if strings.Contains(e.Text, "收到"+o.content) {
			said++
		}
	}
	if said > 1 {
		s.violation("F16: the reply to %q was said %d times", o.content, said)
	}
	if strings.Contains(o.answer.Reply, "收到") && said == 0 {
		s.violation("I4: %q was answered and the phone does not show it", o.content)
	}
	heard := o.answer.Shown == sandbox.ShownNothing || strings.Contains(o.answer.Reply, "收到")
	if o.app != 0 && heard && len(rows) == 0 {
		s.violation("I4: %q was taken and no developer will hear of it", o.content)
	}
}
