package sandbox

import (
	"bytes"
	"cmp"
	"io"
	"iter"
	"maps"
	"net/http"
	"strings"

	"hongyan/oa/sandbox/pay"
)

// openPay builds WeChat Pay upon the sandbox's clock, dice, followers and way
// to the server.
func (s *Sandbox) openPay() (err error) {
	s.payRoutes = map[string]*route{}
	if s.direct = s.o.HTTP; s.direct == nil {
		s.direct = pooledClient()
	}
	s.pay, err = pay.New(pay.Options{
		Account: s.o.Pay, AppID: s.o.AppID, Dir: s.o.Dir, Log: s.log,
		Now: s.clock.Now, Bits: s.dice.uint64, Chance: s.dice.Chance, Changed: s.touch, Sent: s.paySent,
		Settings: func() pay.Settings { return s.config.get().Pay },
		Known:    func(openid string) bool { return s.crowd.with(openid, func(*shard, *member) {}) },
		Client:   s.payClient,
	})
	if err != nil {
		return err
	}
	for _, path := range pay.Paths() {
		s.payRoutes[path] = &route{path: path}
	}
	return nil
}

// payClient sends notices where callbacks are sent.
func (s *Sandbox) payClient() *http.Client {
	if to := s.target.Load(); to != nil {
		return to.client
	}
	return s.direct
}

// Payments lists what was sold and given back.
func (s *Sandbox) Payments() pay.Payments { return s.pay.Payments() }

// everyRoute is every call of the platform and of WeChat Pay.
func (s *Sandbox) everyRoute() iter.Seq2[string, *route] {
	return func(yield func(string, *route) bool) {
		for _, routes := range []map[string]*route{s.routes, s.payRoutes} {
			for path, r := range routes {
				if !yield(path, r) {
					return
				}
			}
		}
	}
}

// servePay answers one call of the merchant, under the faults dialled in.
func (s *Sandbox) servePay(w http.ResponseWriter, c *call) {
	if c.route = s.payRoutes[s.pay.Route(c.r)]; c.route == nil {
		_, body := pay.Refuse("RESOURCE_NOT_EXISTS", "没有这个接口", 0)
		w.Header()["Content-Type"] = jsonType
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(body)
		return
	}
	c.route.calls.Add(1)
	fault := s.fault(c.rules, c.route.path)
	if !s.dawdle(c.r.Context(), c.rules, fault) {
		panic(http.ErrAbortHandler)
	}
	_ = c.read() // what is too long is cut, and then its signature is wrong
	c.pay = &answerRecorder{header: http.Header{}, status: http.StatusOK}
	if fault == nil || fault.Delivered || !fault.answers() {
		in := c.r.Clone(c.r.Context())
		in.Body = io.NopCloser(bytes.NewReader(c.body))
		c.pay.status = 0
		s.pay.ServeHTTP(c.pay, in)
	}
	if fault != nil && (fault.Code != "" || fault.ErrCode != 0) {
		status, body := pay.Refuse(cmp.Or(fault.Code, "SYSTEM_ERROR"), fault.ErrMsg, fault.Status)
		c.pay.header, c.pay.status = http.Header{"Content-Type": jsonType}, status
		c.pay.body.Reset()
		c.pay.body.Write(body)
	}
	c.out = c.pay.body.Bytes()
	code := c.pay.status
	if code/100 == 2 && code != http.StatusAccepted {
		code = 0
	}
	c.route.count(code)
	s.tape.call(s, c, code)
	s.writePay(w, c, fault)
}

func (s *Sandbox) writePay(w http.ResponseWriter, c *call, fault *Fault) {
	maps.Copy(w.Header(), c.pay.header)
	switch {
	case fault == nil:
		w.WriteHeader(c.pay.status)
		_, _ = w.Write(c.out)
	case fault.Cut || fault.Hang:
		end(c, fault.Hang)
	default:
		s.writeSpoiled(w, c, fault)
	}
}

// paySent takes a notice down in the log, in the clear.
func (s *Sandbox) paySent(a pay.Attempt) {
	kind := a.Event
	if a.Fake != "" {
		kind += " (" + a.Fake + ")"
	}
	s.tape.put(exchange{at: a.At, took: s.clock.Now().Sub(a.At), path: a.Path, kind: kind, openid: a.OpenID,
		status: a.Status, request: a.Plain, response: a.Answer, failure: a.Err})
}

// Sheet is the pay sheet of a prepay_id or a code_url on that phone.
func (f *Follower) Sheet(handle string) (pay.Sheet, bool) { return f.s.pay.Sheet(f.OpenID, handle) }

// Pay confirms the pay sheet of a prepay_id or a code_url.
func (f *Follower) Pay(handle string) (pay.Outcome, error) { return f.s.pay.Pay(f.OpenID, handle) }

// A payAct is the body of what a follower does with a pay sheet.
type payAct struct {
	CodeURL  string `json:"codeUrl"`
	PrepayID string `json:"prepayId"`
	Cancel   bool   `json:"cancel"`
}

func (a payAct) handle() string {
	if a.CodeURL != "" {
		return a.CodeURL
	}
	return strings.TrimPrefix(a.PrepayID, "prepay_id=")
}

func (s *Sandbox) controlPay(r *http.Request) (any, error) {
	a, err := read[payAct](r)
	if err != nil {
		return nil, err
	}
	f := s.Follower(r.PathValue("openid"))
	if !s.crowd.with(f.OpenID, func(*shard, *member) {}) {
		return nil, ErrNoFollower
	}
	if a.Cancel {
		sheet, _ := f.Sheet(a.handle())
		return pay.Outcome{Shown: pay.ShownCancelled, TradeNo: sheet.TradeNo}, nil
	}
	return f.Pay(a.handle())
}

func (f *Follower) scanPayment(code string) (Answer, error) {
	if !f.s.crowd.with(f.OpenID, func(*shard, *member) {}) {
		return Answer{}, ErrNoFollower
	}
	sheet, known := f.Sheet(code)
	if !known {
		return Answer{}, ErrNoCode
	}
	return Answer{Shown: ShownNothing, Pay: &sheet}, nil
}
