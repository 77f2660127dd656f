package sandbox

import (
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"hongyan/server/ui"
)

// qrPixels is the least width of WeChat's own pictures.
const qrPixels = 430

// A qrCode is a scene QR code the account has made.
type qrCode struct {
	Ticket  string    `json:"ticket"`
	Link    string    `json:"link"` // what the picture says
	Scene   string    `json:"scene"`
	Numeric bool      `json:"numeric,omitempty"`
	At      time.Time `json:"at"`
	Until   time.Time `json:"until"` // zero is permanent
}

func (c *qrCode) expired(now time.Time) bool { return !c.Until.IsZero() && !now.Before(c.Until) }

// codes are all QR codes, found by whatever a camera or a person reads.
type codes struct {
	mu        sync.RWMutex
	list      []*qrCode // oldest first
	byTicket  map[string]*qrCode
	byLink    map[string]*qrCode
	byScene   map[string]*qrCode // the latest
	permanent int
}

func newCodes() *codes {
	return &codes{byTicket: map[string]*qrCode{}, byLink: map[string]*qrCode{}, byScene: map[string]*qrCode{}}
}

// put adds a code. Codes long expired make room: of temporary ones as many
// are kept as may be made in a day.
func (c *codes) put(code *qrCode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, code)
	c.byTicket[code.Ticket], c.byLink[code.Link], c.byScene[code.Scene] = code, code, code
	if code.Until.IsZero() {
		c.permanent++
	}
	if len(c.list) > maxCodes {
		c.forget(len(c.list)-maxCodes*9/10, code.At)
	}
}

const maxCodes = 220_000

// forget drops up to n expired codes. The caller holds mu.
func (c *codes) forget(n int, now time.Time) {
	kept := c.list[:0]
	for _, code := range c.list {
		if n == 0 || !code.expired(now) {
			kept = append(kept, code)
			continue
		}
		n--
		delete(c.byTicket, code.Ticket)
		delete(c.byLink, code.Link)
		if c.byScene[code.Scene] == code {
			delete(c.byScene, code.Scene)
		}
	}
	clear(c.list[len(kept):])
	c.list = kept
}

// find takes a ticket, a code's link, the address of its picture, a scene, or
// a link whose last part is a scene (as our own picture links are).
func (c *codes) find(what string) *qrCode {
	c.mu.RLock()
	defer c.mu.RUnlock()
	what = strings.TrimSpace(what)
	for _, index := range []map[string]*qrCode{c.byLink, c.byTicket, c.byScene} {
		if code := index[what]; code != nil {
			return code
		}
	}
	u, err := url.Parse(what)
	if err != nil || u.Path == "" {
		return nil
	}
	if ticket := u.Query().Get("ticket"); ticket != "" {
		return c.byTicket[ticket]
	}
	name := u.Path[strings.LastIndexByte(u.Path, '/')+1:]
	for _, suffix := range []string{".jpg", ".jpeg", ".png"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return c.byScene[name]
}

func (c *codes) ticket(ticket string) *qrCode {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.byTicket[ticket]
}

// latest lists up to n codes, newest first.
func (c *codes) latest(n int) []*qrCode {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var out []*qrCode
	for i := len(c.list) - 1; i >= 0 && len(out) < n; i-- {
		out = append(out, c.list[i])
	}
	return out
}

func (c *codes) permanents() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.permanent
}

// A qrCall is the body of qrcode/create.
type qrCall struct {
	ExpireSeconds int    `json:"expire_seconds"`
	Action        string `json:"action_name"`
	Info          struct {
		Scene struct {
			ID   int64  `json:"scene_id"`
			Text string `json:"scene_str"`
		} `json:"scene"`
	} `json:"action_info"`
}

const maxQRSeconds = 2_592_000

// code is the QR code the call asks for.
func (q *qrCall) code(c *call) (*qrCode, error) {
	code := &qrCode{At: c.now, Scene: q.Info.Scene.Text}
	permanent := strings.HasPrefix(q.Action, "QR_LIMIT_")
	switch q.Action {
	case "QR_SCENE", "QR_LIMIT_SCENE":
		id := q.Info.Scene.ID
		if id < 1 || id > 1<<32-1 || permanent && id > 100_000 {
			return nil, refuse(codeBadActionInfo)
		}
		code.Scene, code.Numeric = strconv.FormatInt(id, 10), true
	case "QR_STR_SCENE", "QR_LIMIT_STR_SCENE":
		if n := len([]rune(code.Scene)); n < 1 || n > 64 {
			return nil, refuse(codeBadActionInfo)
		}
	default:
		return nil, refuse(codeBadAction)
	}
	if permanent {
		return code, nil
	}
	seconds := q.ExpireSeconds
	if seconds <= 0 {
		seconds = c.rules.QRDefaultSeconds
	}
	code.Until = c.now.Add(time.Duration(min(seconds, maxQRSeconds)) * time.Second)
	return code, nil
}

func (s *Sandbox) createQR(c *call) error {
	var ask qrCall
	if err := c.decode(&ask); err != nil {
		return err
	}
	code, err := ask.code(c)
	if err != nil {
		return err
	}
	if code.Until.IsZero() && c.rules.QRPermanentMax > 0 && s.codes.permanents() >= c.rules.QRPermanentMax {
		return refuse(codeTooManyCodes)
	}
	code.Ticket = "gQ" + s.dice.Text(94)
	code.Link = "http://weixin.qq.com/q/" + s.dice.Text(20)
	s.codes.put(code)
	s.touch()
	c.out = append(c.out, `{"ticket":"`+code.Ticket+`"`...)
	if !code.Until.IsZero() {
		seconds := int64(code.Until.Sub(c.now) / time.Second)
		if c.rules.QRAnswersZero {
			seconds = 0
		}
		c.out = strconv.AppendInt(append(c.out, `,"expire_seconds":`...), seconds, 10)
	}
	c.out = append(c.out, `,"url":"`+code.Link+`"}`...)
	return nil
}

// showQR answers the picture of a ticket, and 404 without one.
func (s *Sandbox) showQR(c *call) error {
	code := s.codes.ticket(c.arg("ticket"))
	if code == nil {
		c.miss = true
		return nil
	}
	picture, err := ui.QR(code.Link, qrPixels)
	if err != nil {
		return err
	}
	c.image, c.out = true, picture
	return nil
}
