package callback

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"syscall"
	"time"

	"hongyan/push"
)

// Exchange is a call and its answer, as seen by who made it.
type Exchange struct {
	URL        string
	Request    string // headers as sent, without signatures
	Status     int    // HTTP, 0 without an answer
	RetryAfter string // the header of that name
	Packed     bool   // the body is compressed
	Long       bool   // the body went on after 64 KiB
	Broken     bool   // the body broke off
	Body       []byte // at most 64 KiB
	Latency    time.Duration
	Failure    string // why there is no answer, a sentence
}

// Forwarder posts callbacks to a program that its user named, on whatever
// network: it is for the developer's own machine and has no guard. It is safe
// for concurrent use.
type Forwarder struct {
	url       string
	transport http.RoundTripper
	timeout   time.Duration
}

// NewForwarder returns a forwarder to a plain http or https URL. The error is
// a *URLError.
func NewForwarder(target string) (*Forwarder, error) {
	if _, err := parseURL(target); err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: Timeout, KeepAlive: 30 * time.Second}
	return &Forwarder{url: target, transport: newTransport(dialer.DialContext), timeout: Timeout}, nil
}

// Post posts the body with these headers once. It takes as long as a call may
// take, fifteen seconds, or until ctx ends. down reports that nothing listens
// at the address, so that the call certainly had no effect.
func (f *Forwarder) Post(ctx context.Context, header http.Header, body []byte) (e Exchange, down bool) {
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	began := time.Now()
	e.URL = f.url
	defer func() { e.Latency = time.Since(began) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url, bytes.NewReader(body))
	if err != nil {
		e.Failure = wordURLBroken
		return e, false
	}
	req.Header = header
	e.Request = headerText(req)
	res, err := f.transport.RoundTrip(req)
	if err != nil {
		e.Failure = explain(ctx, err)
		return e, errors.Is(err, syscall.ECONNREFUSED)
	}
	a := readAnswer(res)
	e.Status, e.RetryAfter, e.Packed, e.Long, e.Broken, e.Body = a.status, a.retryAfter, a.packed, a.long, a.err != nil, a.body
	return e, false
}

// What is kept of an exchange that somebody else tells.
const (
	keptURL     = 1000 // bytes
	keptRequest = 4 << 10
	keptFailure = 600
)

// errBrokenOff stands for what broke an answer off elsewhere.
var errBrokenOff = errors.New("the answer broke off")

// Outcome judges an exchange that began then as if this process had made the
// call. Whatever is told, the outcome is fit for a database and carries an
// Attempt.
func (e *Exchange) Outcome(began, now time.Time) push.Outcome {
	log := &push.Attempt{
		At: began, Status: e.Status, Latency: e.Latency, Answer: clean(e.Body),
		URL: cutBytes(clean([]byte(e.URL)), keptURL), Request: cutBytes(clean([]byte(e.Request)), keptRequest),
	}
	var out push.Outcome
	if e.Status == 0 {
		log.Failure = cutBytes(clean([]byte(e.Failure)), keptFailure)
		if log.Failure == "" {
			log.Failure = wordBroken
		}
		out = push.Outcome{Verdict: push.Temporary, Reason: log.Failure}
	} else {
		a := answer{status: e.Status, retryAfter: e.RetryAfter, packed: e.Packed, long: e.Long, body: e.Body}
		if len(a.body) > maxAnswer {
			a.body, a.long = a.body[:maxAnswer], true
		}
		if e.Broken {
			a.err = errBrokenOff
		}
		out, log.Failure = judge(a, now)
	}
	out.Attempt = log
	return out
}
