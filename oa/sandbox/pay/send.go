package pay

import (
	"bytes"
	"container/heap"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// An Attempt is one request to the merchant, for the log.
type Attempt struct {
	Event, TradeNo string
	Fake           string // the kind, when it was one
	OpenID         string
	Path           string
	At             time.Time
	Plain          []byte // what it says, in the clear
	Status         int
	Answer         []byte
	Err            error
}

// tally counts notices since the start.
type tally struct {
	Sent     int64                `json:"sent"`     // attempts of real ones
	Answered int64                `json:"answered"` // by 200 or 204
	Timeouts int64                `json:"timeouts"` // no answer in time
	Failed   int64                `json:"failed"`   // other answers
	GivenUp  int64                `json:"givenUp"`
	Dropped  int64                `json:"dropped"`
	Fakes    map[string]FakeTally `json:"fakes"` // by kind
}

// A FakeTally counts fakes of one kind, and those that were answered as if
// they were good. Only a look-alike of another business may be.
type FakeTally struct {
	Sent     int64 `json:"sent"`
	Accepted int64 `json:"accepted"`
}

func newTally() tally { return tally{Fakes: map[string]FakeTally{}} }

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
	body, header := p.signed(p.envelope(n, n.Type, n.Plain), &rules, p.stamp(&rules))
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

func (p *Platform) count(ok bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tally.Sent++
	switch {
	case ok:
		p.tally.Answered++
	case errors.Is(err, context.DeadlineExceeded):
		p.tally.Timeouts++
	default:
		p.tally.Failed++
	}
}

func (p *Platform) countFake(kind string, accepted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.tally.Fakes[kind]
	f.Sent++
	if accepted {
		f.Accepted++
	}
	p.tally.Fakes[kind] = f
}

// maxAnswer is how much of an answer is read.
const maxAnswer = 64 << 10

// post sends one request under the five-second rule; ok says that it was
// answered by 200 or 204. err is about the connection.
func (p *Platform) post(ctx context.Context, n *notice, fake string, body []byte, header http.Header, rules *Settings) (ok bool, err error) {
	timed, cancel := context.WithTimeout(ctx, time.Duration(rules.NoticeTimeoutMs)*time.Millisecond)
	defer cancel()
	a := Attempt{Event: n.Event, TradeNo: n.TradeNo, OpenID: n.OpenID, Fake: fake, At: p.o.Now(), Plain: n.Plain}
	a.Status, a.Answer, a.Err = p.exchange(timed, n.URL, body, header)
	if a.Err != nil && timed.Err() != nil && ctx.Err() == nil {
		a.Err = context.DeadlineExceeded
	}
	if u, err := url.Parse(n.URL); err == nil {
		a.Path = u.Path
	}
	if p.o.Sent != nil {
		p.o.Sent(a)
	}
	return a.Err == nil && (a.Status == http.StatusOK || a.Status == http.StatusNoContent), a.Err
}

func (p *Platform) exchange(ctx context.Context, to string, body []byte, header http.Header) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header = header.Clone()
	w, err := p.o.Client().Do(r)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // without the address
		}
		return 0, nil, err
	}
	defer w.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(w.Body, maxAnswer))
	return w.StatusCode, answer, err
}
