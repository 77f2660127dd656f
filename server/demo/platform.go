package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// platformWait is how long the platform may take to answer, maxAnswer how much
// of an answer is read, in bytes.
const (
	platformWait = 10 * time.Second
	maxAnswer    = 1 << 20
)

// platform is the HTTP API as the developer's server calls it.
type platform struct {
	base   string
	client *http.Client
}

func newPlatform(base string) *platform {
	// No proxy: the platform is this process.
	return &platform{base, &http.Client{Timeout: platformWait, Transport: &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute}}}
}

// refusal is the platform's own sentence on what it did not do.
type refusal string

func (r refusal) Error() string { return string(r) }

// message is the body of a send.
type message struct {
	AppToken    string   `json:"appToken"`
	Content     string   `json:"content"`
	Summary     string   `json:"summary,omitempty"`
	ContentType int      `json:"contentType"`
	UIDs        []string `json:"uids,omitempty"`
	TopicIDs    []int64  `json:"topicIds,omitempty"`
}

// receipt is what the platform says of one receiver.
type receipt struct {
	Record int64  `json:"sendRecordId"`
	Code   int    `json:"code"`
	Status string `json:"status"`
}

const done = 1000

// send pushes one message and returns the receipts, and the answer as it came.
// A key makes it safe to repeat. What the platform refuses is a refusal.
func (p *platform) send(ctx context.Context, m message, key string) (receipts []receipt, answer []byte, err error) {
	answer, _, err = p.call(ctx, http.MethodPost, sendPath, m, http.Header{"Idempotency-Key": {key}})
	if err != nil {
		return nil, nil, err
	}
	var envelope struct {
		Code int       `json:"code"`
		Msg  string    `json:"msg"`
		Data []receipt `json:"data"`
	}
	if err := json.Unmarshal(answer, &envelope); err != nil {
		return nil, nil, fmt.Errorf("send: the answer is not understood: %w", err)
	}
	if envelope.Code != done {
		return nil, nil, refusal(envelope.Msg)
	}
	return envelope.Data, answer, nil
}

// ask calls an operation of /api/v1 as the app. What the platform refuses is a
// refusal.
func (p *platform) ask(ctx context.Context, method, path, token string, body, into any) error {
	answer, status, err := p.call(ctx, method, "/api/v1"+path, body, http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		return err
	}
	if status/100 != 2 {
		var problem struct {
			Detail string `json:"detail"`
		}
		if json.Unmarshal(answer, &problem) == nil && problem.Detail != "" {
			return refusal(problem.Detail)
		}
		return fmt.Errorf("ask %s: status %d", path, status)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("ask %s: the answer is not understood: %w", path, err)
	}
	return nil
}

// call makes one request and reads the answer, whatever its status.
func (p *platform) call(ctx context.Context, method, path string, body any, headers http.Header) (answer []byte, status int, err error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, 0, fmt.Errorf("call %s: %w", path, err)
	}
	if body == nil {
		raw = nil
	}
	r, err := http.NewRequestWithContext(ctx, method, p.base+path, bytes.NewReader(raw))
	if err != nil {
		return nil, 0, fmt.Errorf("call %s: %w", path, err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, values := range headers {
		r.Header[name] = values
	}
	resp, err := p.client.Do(r)
	if err != nil {
		return nil, 0, fmt.Errorf("call %s: %w", path, err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, 0, fmt.Errorf("call %s: read the answer: %w", path, err)
	}
	return answer, resp.StatusCode, nil
}

const (
	sendPath     = "/api/send/message"
	endpointPath = "/callbacks/endpoint"
)

// endpoint is where the app's callbacks go at present.
func (p *platform) endpoint(ctx context.Context, token string) (address string, err error) {
	var at struct {
		URL string `json:"url"`
	}
	err = p.ask(ctx, http.MethodGet, endpointPath, token, nil, &at)
	return at.URL, err
}

// setEndpoint has the app's callbacks go to an address. Twice does no harm.
func (p *platform) setEndpoint(ctx context.Context, token, address string) error {
	return p.ask(ctx, http.MethodPut, endpointPath, token, map[string]string{"url": address}, nil)
}
