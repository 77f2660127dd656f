package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxBody bounds what a call may send.
const maxBody = 1 << 20

// A call is one request of the account on its way through the platform.
type call struct {
	r     *http.Request
	route *route
	rules *ruleSet
	now   time.Time
	body  []byte
	out   []byte
	image bool  // out is a picture
	miss  bool  // HTTP 404 without a body
	doom  *doom // what happens to the answer of a call that did its work

	pay    *answerRecorder // what WeChat Pay answered
	query  url.Values      // parsed when first asked for
	openid string          // whom it is about, for the log
}

// A doom is an answer that is lost although the call was obeyed.
type doom struct{ cut, hang, busy bool }

// arg is a query argument.
func (c *call) arg(name string) string {
	if c.query == nil {
		c.query = c.r.URL.Query()
	}
	return c.query.Get(name)
}

// decode reads the body's JSON.
func (c *call) decode(v any) error {
	if len(c.body) == 0 {
		return refuse(codeEmptyBody)
	}
	if json.Unmarshal(c.body, v) != nil {
		return refuse(codeNotJSON)
	}
	return nil
}

// answer writes v as JSON, with < and & as they are.
func (c *call) answer(v any) error {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	c.out = []byte(strings.TrimSuffix(b.String(), "\n"))
	return nil
}

func (c *call) ok() error {
	c.out = append(c.out[:0], answerOK...)
	return nil
}

// serveAPI answers one call: faults, checks, the work itself, the answer.
func (s *Sandbox) serveAPI(w http.ResponseWriter, r *http.Request) {
	c := call{r: r, rules: s.config.get(), now: s.clock.Now(), route: s.routes[r.URL.Path]}
	if c.route == nil && strings.HasPrefix(r.URL.Path, "/v3/") {
		s.servePay(w, &c)
		return
	}
	if c.route == nil {
		s.unknownPath(w, &c)
		return
	}
	c.route.calls.Add(1)
	busy := s.inFlight.Add(1)
	defer s.inFlight.Add(-1)
	fault := s.fault(c.rules, c.route.path)
	if !s.dawdle(r.Context(), c.rules, fault) {
		panic(http.ErrAbortHandler)
	}
	err := c.read() // always: only then does a server see its caller leave
	if err == nil && (fault == nil || fault.Delivered || !fault.answers()) {
		err = s.judge(&c, busy)
	}
	code := s.settle(&c, err, fault)
	c.route.count(code)
	s.tape.call(s, &c, code)
	s.write(w, &c, fault)
}

// answers says whether f replaces the answer.
func (f *Fault) answers() bool {
	return f.ErrCode != 0 || f.Code != "" || f.Status != 0 || f.Body != "" || f.HTML || f.Cut || f.Hang || f.Huge
}

// dawdle takes the time a call takes; false says that the caller left.
func (s *Sandbox) dawdle(ctx context.Context, rules *ruleSet, fault *Fault) bool {
	var d time.Duration
	if rules.LatencyMaxMs > 0 {
		d = s.dice.Between(rules.LatencyMinMs, rules.LatencyMaxMs)
	}
	if fault != nil {
		d += time.Duration(fault.LatencyMs) * time.Millisecond
	}
	if d == 0 {
		return true
	}
	return pause(ctx, d)
}

// read takes the body in; its bytes are kept by whoever shows them.
func (c *call) read() error {
	switch n := c.r.ContentLength; {
	case n == 0:
		return nil
	case n > maxBody:
		return refuse(codeTooLong)
	case n > 0:
		c.body = make([]byte, n)
		if _, err := io.ReadFull(c.r.Body, c.body); err != nil {
			return refuse(codeNotJSON)
		}
		return nil
	default:
		body, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
		if err != nil {
			return refuse(codeNotJSON)
		}
		if len(body) > maxBody {
			return refuse(codeTooLong)
		}
		c.body = body
		return nil
	}
}

// judge checks what every call is checked for and does the call's work.
func (s *Sandbox) judge(c *call, inFlight int64) error {
	if err := c.checkMethod(); err != nil {
		return err
	}
	if len(c.rules.AllowIPs) > 0 {
		if err := c.checkIP(); err != nil {
			return err
		}
	}
	if c.rules.MaxInFlight > 0 && inFlight > c.rules.MaxInFlight {
		return refuse(codeBusy)
	}
	if !c.route.open {
		if err := s.tokens.check(tokenOf(c.r.URL.RawQuery), c.now, c.rules); err != nil {
			return err
		}
	}
	if c.rules.AccountCode != 0 {
		return refuse(c.rules.AccountCode)
	}
	if err := s.quotas.spend(c); err != nil {
		return err
	}
	return c.route.handle(s, c)
}

func (c *call) checkMethod() error {
	if c.r.Method == c.route.method {
		return nil
	}
	if c.route.method == http.MethodGet {
		if c.route.path == pathToken && c.r.Method == http.MethodPost {
			return nil // the old token call takes both
		}
		return refuse(codeMustGET)
	}
	return refuse(codeMustPOST)
}

func (c *call) checkIP() error {
	host, _, err := net.SplitHostPort(c.r.RemoteAddr)
	if err != nil {
		host = c.r.RemoteAddr
	}
	if slices.Contains(c.rules.AllowIPs, host) {
		return nil
	}
	return &refusal{code: codeBadIP, text: "invalid ip " + host + ", not in whitelist"}
}

// tokenOf finds access_token in a query without parsing all of it.
func tokenOf(query string) string {
	for len(query) > 0 {
		pair, rest, _ := strings.Cut(query, "&")
		if token, ok := strings.CutPrefix(pair, "access_token="); ok {
			if strings.Contains(token, "%") {
				token, _ = url.QueryUnescape(token)
			}
			return token
		}
		query = rest
	}
	return ""
}

// settle turns what went wrong into the answer and returns its errcode.
func (s *Sandbox) settle(c *call, err error, fault *Fault) (code int) {
	var refused *refusal
	switch {
	case fault != nil && fault.ErrCode != 0:
		refused = &refusal{code: fault.ErrCode, text: fault.ErrMsg}
	case err != nil && !errors.As(err, &refused):
		s.log.Error("sandbox call failed", "path", c.route.path, "error", err)
		refused = refuse(codeBusy)
	case err == nil && c.doom != nil && c.doom.busy:
		refused = refuse(codeBusy)
	}
	if refused == nil {
		return 0
	}
	c.doom = nil
	rid := s.dice.RID(c.now)
	c.out = appendRefusal(c.out[:0], refused, rid)
	c.image, c.miss = false, false
	s.rids.put(rid, c.ridden())
	return refused.code
}

func (c *call) ridden() riddenCall {
	known := riddenCall{at: c.now, url: c.r.URL.Path, answer: string(c.out), ip: c.r.RemoteAddr}
	if !c.route.secret {
		known.body = string(c.body)
	}
	return known
}

// unknownPath answers as the platform's gateway does.
func (s *Sandbox) unknownPath(w http.ResponseWriter, c *call) {
	rid := s.dice.RID(c.now)
	w.Header().Set("Content-Type", jsonType[0])
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(appendRefusal(nil, refuse(codeBadURL), rid))
}
