package console

import (
	"context"
	"time"

	"hongyan/push"
)

// scansView is one code with who scanned it.
type scansView struct {
	codeView
	Scans []scanned
	Next  string
	Live  string // where scans come from by themselves; empty on later pages
	Count int64
	Of    string // name of the topic, of a topic's code
	Query string // the page's cursor
}

// scanned is one scan.
type scanned struct {
	push.Scan
	Short string
}

const scansSize = 20

func (c *Console) codePage(r *request) (reply, error) {
	v, err := c.scans(r.Context(), r, r.URL.Query().Get("after"))
	if err != nil {
		return reply{}, err
	}
	v.Next = turned(r, v.Query)
	if r.URL.Query().Get("after") == "" {
		v.Live = scenePath(r.app.ID, v.Handle) + "/live"
	}
	return shown("code", wordsCode, v), nil
}

// scans reads the code and a page of who scanned it.
func (c *Console) scans(ctx context.Context, r *request, after string) (v scansView, err error) {
	handle := r.PathValue("code")
	code, err := c.o.Push.Code(ctx, r.app.ID, handle)
	if err != nil {
		return v, err
	}
	v.codeView, v.Count = c.codeView(code), code.Scans
	all, next, err := c.o.Push.Scans(ctx, r.app.ID, handle, after, scansSize)
	if err != nil {
		return v, err
	}
	v.Query = next
	for _, one := range all {
		v.Scans = append(v.Scans, scanned{one, shortUID(one.UID)})
	}
	if code.Topic != 0 {
		topic, err := c.o.Push.TopicName(ctx, r.app.ID, code.Topic)
		if err != nil {
			return v, err
		}
		v.Of = topic
	}
	return v, nil
}

// codeLive shows scans as they come.
func (c *Console) codeLive(r *request) (reply, error) {
	if _, err := c.o.Push.Code(r.Context(), r.app.ID, r.PathValue("code")); err != nil {
		return reply{}, err
	}
	return live(func(ctx context.Context, s *stream) error {
		return every(ctx, time.Second, func() error {
			v, err := c.scans(ctx, r, "")
			if err != nil {
				return err
			}
			return s.part("scans", "code", "scan-list", v)
		})
	}), nil
}

// drawCode has WeChat make the picture of a code that has none.
func (c *Console) drawCode(r *request) (reply, error) {
	code, err := c.o.Push.Code(r.Context(), r.app.ID, r.PathValue("code"))
	if err != nil {
		return reply{}, err
	}
	valid := time.Duration(0)
	if !code.Expires.IsZero() {
		if valid = code.Expires.Sub(c.o.Now()); valid < time.Second {
			return reply{}, push.ErrNoScene
		}
	}
	if code.Link == "" {
		if err := c.draw(r.Context(), code.Handle, valid); err != nil {
			return reply{}, err
		}
	}
	return sentTo(scenePath(r.app.ID, code.Handle)).saying("二维码已生成"), nil
}
