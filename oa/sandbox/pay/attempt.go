package pay

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
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
