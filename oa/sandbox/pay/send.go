package pay

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// plan puts something on the agenda. The caller holds the lock.
func (p *Platform) plan(d due) {
	heap.Push(&p.agenda, d)
	p.Wake()
}

// Wake lets Run look at the clock again.
func (p *Platform) Wake() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// senders is how many notices are on their way at once.
const senders = 32

// Run pays, refunds and sends notices when they are due, until ctx ends. A
// notice that was cut off is sent again after the next start.
func (p *Platform) Run(ctx context.Context) {
	work := make(chan *notice)
	var pool sync.WaitGroup
	for range senders {
		pool.Go(func() {
			for n := range work {
				p.send(ctx, n)
				p.arrived(n)
			}
		})
	}
	defer pool.Wait()
	defer close(work)
	for ctx.Err() == nil {
		n, wait := p.next()
		if n == nil {
			p.sleep(ctx, wait)
			continue
		}
		select {
		case work <- n:
		case <-ctx.Done():
			p.arrived(n)
		}
	}
}

func (p *Platform) sleep(ctx context.Context, wait time.Duration) {
	if wait == 0 {
		return
	}
	var instant <-chan time.Time
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		instant = t.C
	}
	select {
	case <-ctx.Done():
	case <-instant:
	case <-p.wake:
	}
}

// next does the first thing that is due, or hands out the notice to send. wait
// is how long until there is something; below 0 is for ever.
func (p *Platform) next() (n *notice, wait time.Duration) {
	now := p.o.Now().UnixMilli()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.agenda) == 0 {
		return nil, -1
	}
	if left := p.agenda[0].at - now; left > 0 {
		return nil, time.Duration(left) * time.Millisecond
	}
	d := heap.Pop(&p.agenda).(due)
	var err error
	switch {
	case d.notice != nil:
		p.sending[d.notice.ID] = d.at
		return d.notice, 0
	case d.order != nil:
		err = p.endPaying(d.order, now)
	case d.refund != nil:
		err = p.endRefund(d.refund, now)
	}
	if err != nil {
		p.o.Log.Error("sandbox pay state not written", "error", err)
	}
	return nil, 0
}

// arrived ends the way of a notice, well or badly.
func (p *Platform) arrived(n *notice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sending, n.ID)
}

// NextDue is when the next thing was or will be due that is not done: a
// payment or refund to be ended, a notice to arrive. Zero is never.
func (p *Platform) NextDue() (next time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.agenda) > 0 {
		next = time.UnixMilli(p.agenda[0].at)
	}
	for _, at := range p.sending {
		if due := time.UnixMilli(at); next.IsZero() || due.Before(next) {
			next = due
		}
	}
	return next
}

// endRefund ends a refund as the settings say, and tells of it.
func (p *Platform) endRefund(r *refund, now int64) error {
	if r.Status != refundProcessing {
		return nil
	}
	r.Status, r.Done = p.o.Settings().RefundEnd, now
	lines := append([]line{{Refund: r}}, p.refundNotice(r, p.book.orders[r.TradeNo], now)...)
	return p.write(lines...)
}

// send makes one attempt of a notice, with the fakes before it.
func (p *Platform) send(ctx context.Context, n *notice) {
	rules := p.o.Settings()
	for _, kind := range FakeKinds {
		if p.o.Chance(rules.Fakes[kind]) {
			body, header := p.fake(n, kind, &rules)
			ok, _ := p.post(ctx, n, kind, body, header, &rules)
			p.countFake(kind, ok)
		}
	}
	if ctx.Err() != nil {
		return
	}
	if rules.FakesOnly && len(rules.Fakes) > 0 {
		p.settleNotice(n, false, true)
		return
	}
	body, header := p.signed(p.envelope(n, n.Type, n.Plain), &rules, wall(&rules))
	var twin sync.WaitGroup
	twice := p.o.Chance(rules.DuplicateNotices)
	atOnce := twice && p.o.Chance(0.5)
	if atOnce {
		twin.Go(func() { p.count(p.post(ctx, n, "", body, header, &rules)) })
	}
	ok, err := p.post(ctx, n, "", body, header, &rules)
	if twice && !atOnce {
		p.count(p.post(ctx, n, "", body, header, &rules))
	}
	twin.Wait()
	if ctx.Err() != nil && !ok {
		return // as if it had not been tried
	}
	p.count(ok, err)
	p.settleNotice(n, ok, false)
}

// settleNotice ends a notice that was answered and plans the others anew.
func (p *Platform) settleNotice(n *notice, ok, silent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	lines := []line{{Notice: n}}
	switch {
	case ok, n.Attempts >= len(Schedule):
		n.Over = true
		if !ok {
			p.tally.GivenUp++
		}
	default:
		n.Next = p.o.Now().Add(Schedule[n.Attempts]).UnixMilli()
		p.plan(due{at: n.Next, notice: n})
	}
	n.Attempts++
	if !silent {
		lines = append(lines, p.noted(n, ok))
	}
	if err := p.write(lines...); err != nil {
		p.o.Log.Error("sandbox pay state not written", "error", err)
	}
}

// noted counts the attempt where the notice belongs.
func (p *Platform) noted(n *notice, ok bool) line {
	r, o := p.book.refunds[n.RefundNo], p.book.orders[n.TradeNo]
	c := &o.Notices
	if r != nil {
		c = &r.Notices
	}
	c.Sent++
	if ok {
		c.Answered++
	}
	if r != nil {
		return line{Refund: r}
	}
	return line{Order: o}
}
