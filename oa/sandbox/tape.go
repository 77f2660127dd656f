package sandbox

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// The tape is the live log of what WeChat and the account said to each other.
// Taking down costs a copy of a few words; text is made when someone looks.
type tape struct {
	mu        sync.Mutex
	seq       int64
	ring      []exchange
	listeners map[chan int64]struct{}
	listening atomic.Int64
}

// tapeKept is how many exchanges can be looked at.
const tapeKept = 500

// An exchange is one request and its answer, in either direction.
type exchange struct {
	seq      int64
	at       time.Time
	took     time.Duration
	call     bool // the account asked; otherwise WeChat did
	path     string
	kind     string
	openid   string
	status   int
	code     int
	request  []byte
	response []byte
	failure  error
}

// An Exchange is one line of the log.
type Exchange struct {
	Seq       int64  `json:"seq"`
	At        string `json:"at"`
	TookMs    int64  `json:"tookMs"`
	Direction string `json:"direction"` // call: account to WeChat; callback: WeChat to account
	Path      string `json:"path"`
	Kind      string `json:"kind,omitempty"`
	OpenID    string `json:"openid,omitempty"`
	Status    int    `json:"status"`
	Code      int    `json:"errcode"`
	Request   string `json:"request,omitempty"`
	Answer    string `json:"answer,omitempty"`
	Failure   string `json:"failure,omitempty"`
}

func newTape() *tape {
	return &tape{ring: make([]exchange, 0, tapeKept), listeners: map[chan int64]struct{}{}}
}

func (t *tape) put(e exchange) {
	t.mu.Lock()
	t.seq++
	e.seq = t.seq
	if len(t.ring) < tapeKept {
		t.ring = append(t.ring, e)
	} else {
		t.ring[(e.seq-1)%tapeKept] = e
	}
	t.mu.Unlock()
	if t.listening.Load() > 0 {
		t.tell(e.seq)
	}
}

// tell wakes the listeners; one that is behind finds the rest by itself.
func (t *tape) tell(seq int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for listener := range t.listeners {
		select {
		case listener <- seq:
		default:
		}
	}
}

// call takes down what the account asked. Bodies with secrets stay out.
func (t *tape) call(s *Sandbox, c *call, code int) {
	e := exchange{at: c.now, took: s.clock.Now().Sub(c.now), call: true, path: c.route.path, openid: c.openid, status: 200, code: code}
	if !c.route.secret {
		e.request = c.body
		if !c.image {
			e.response = c.out
		}
	}
	t.put(e)
}

// callback takes down one attempt of a callback.
func (t *tape) callback(s *Sandbox, e *envelope, path string, status int, body []byte, err error, began time.Time) {
	t.put(exchange{at: began, took: s.clock.Now().Sub(began), path: path, kind: e.kind, openid: e.openid,
		status: status, request: e.body, response: body, failure: err})
}

// since lists what came after seq, oldest first, at most n.
func (t *tape) since(seq int64, n int) []Exchange {
	kept := t.after(seq, n)
	list := make([]Exchange, 0, len(kept))
	for i := range kept {
		list = append(list, kept[i].inWords())
	}
	return list
}

// after is since, not yet in words.
func (t *tape) after(seq int64, n int) []exchange {
	t.mu.Lock()
	defer t.mu.Unlock()
	from := max(seq, t.seq-int64(min(n, len(t.ring))))
	kept := make([]exchange, 0, t.seq-from)
	for next := from; next < t.seq; next++ {
		kept = append(kept, t.ring[next%tapeKept])
	}
	return kept
}

// last is the number of the newest exchange.
func (t *tape) last() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seq
}

func (e *exchange) inWords() Exchange {
	out := Exchange{Seq: e.seq, At: e.at.In(beijing).Format("2006-01-02T15:04:05.000Z07:00"), TookMs: e.took.Milliseconds(),
		Direction: "callback", Path: e.path, Kind: e.kind, OpenID: e.openid, Status: e.status, Code: e.code,
		Request: summary(e.request), Answer: summary(e.response)}
	if e.call {
		out.Direction = "call"
	}
	if e.failure != nil {
		out.Failure = e.failure.Error()
	}
	return out
}

// summary is the beginning of a body, cut between two characters.
func summary(body []byte) string {
	const most = 600
	if len(body) <= most {
		return string(body)
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(body[cut]) {
		cut--
	}
	return string(body[:cut]) + "…"
}

// listen wakes the channel whenever something is taken down.
func (t *tape) listen() (news chan int64, stop func()) {
	news = make(chan int64, 1)
	t.mu.Lock()
	t.listeners[news] = struct{}{}
	t.mu.Unlock()
	t.listening.Add(1)
	return news, func() {
		t.listening.Add(-1)
		t.mu.Lock()
		delete(t.listeners, news)
		t.mu.Unlock()
	}
}

// Log lists the last n exchanges, oldest first.
func (s *Sandbox) Log(n int) []Exchange { return s.tape.since(0, n) }

// event is e as a server-sent event.
func (e Exchange) event() []byte {
	body, err := json.Marshal(e)
	if err != nil {
		return nil
	}
	return append(append([]byte("data: "), body...), '\n', '\n')
}
