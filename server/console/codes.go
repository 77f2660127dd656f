package console

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hongyan/push"
)

const codesSize = 20

// codesView is the app's own code, the form for others and their list.
type codesView struct {
	Own    codeView
	Link   string // by which people follow the app
	Form   form
	Units  []option
	Filter form
	States []option
	Rows   []push.Code
	Next   string
	Narrow bool
}

// codeView is a code and its picture.
type codeView struct {
	push.Code
	Picture string // its address; empty when there is none
	Address string // the same, with our host
	Topic   push.TopicID
	Full    int64 // where scans stop being counted
}

func (c *Console) codeView(code push.Code) codeView {
	v := codeView{Code: code, Topic: code.Topic, Full: push.ScansTo}
	if code.Link != "" && !code.Expired {
		v.Picture = codePath(code.Handle)
		v.Address = c.o.BaseURL + v.Picture
	}
	return v
}

// permanentView is the code without end of the app or a topic, as far as there
// is one.
func (c *Console) permanentView(r *request, topic push.TopicID) (codeView, error) {
	code, err := c.o.Push.PermanentCode(r.Context(), r.app.ID, topic)
	if errors.Is(err, push.ErrNoScene) {
		return codeView{Topic: topic}, nil
	}
	return c.codeView(code), err
}

// followLink is the address that makes people follow an app (1) or a topic (2).
func followLink(base string, kind int, id int64) string {
	return fmt.Sprintf("%s/wxuser/?type=%d&id=%d#/follow", base, kind, id)
}

// The units a code's time is given in, in seconds.
var units = []option{{"60", "分钟"}, {"3600", "小时"}, {"86400", "天"}, {"1", "秒"}}

func (c *Console) codesPage(r *request) (reply, error) {
	return c.codes(r, filled("valid", "30", "unit", "60"))
}

func (c *Console) codes(r *request, f form) (reply, error) {
	v := codesView{
		Form: f, Units: said(r, units...), Link: followLink(c.o.BaseURL, 1, int64(r.app.ID)),
		Filter: form{Values: r.URL.Query(), Wrong: map[string]string{}},
		States: said(r, option{"", "全部"}, option{"valid", "有效"}, option{"expired", "已过期"}),
	}
	ask := push.CodeFilter{Extra: strings.TrimSpace(v.Filter.Value("search")), After: v.Filter.Value("after"), Limit: codesSize}
	if state := v.Filter.Value("state"); state == "valid" || state == "expired" {
		expired := state == "expired"
		ask.Expired = &expired
	}
	v.Narrow = ask.Extra != "" || ask.Expired != nil
	rows, next, err := c.o.Push.Codes(r.Context(), r.app.ID, ask)
	if err != nil {
		return reply{}, err
	}
	v.Rows, v.Next = rows, turned(r, next)
	if r.htmx() && !r.post() {
		return part("codes", "code-list", v), nil
	}
	if v.Own, err = c.permanentView(r, 0); err != nil {
		return reply{}, err
	}
	return shown("codes", wordsCodes, v), nil
}

// newCode makes a code that carries something.
func (c *Console) newCode(r *request) (reply, error) {
	f := typed(r)
	valid, err := validOf(r)
	var made push.Scene
	if err == nil {
		made, err = c.o.Push.NewSceneOf(r.Context(), r.app.ID, push.NewScene{Extra: r.value("extra"), Valid: valid})
	}
	if f.refuse(err) {
		if text, ok := f.Wrong["validTime"]; ok {
			f.Wrong["valid"] = text
		}
		a, err := c.codes(r, f)
		return a.wrong(), err
	}
	if err != nil {
		return reply{}, err
	}
	if err := c.draw(r.Context(), made.Handle, valid); err != nil { // its page offers that again
		c.o.Log.Warn("no picture of a new code", "app", r.app.ID, "err", err)
	}
	return sentTo(scenePath(r.app.ID, made.Handle)).saying("二维码已生成"), nil
}

// validOf is the time that the form says, in its unit.
func validOf(r *request) (time.Duration, error) {
	n, err := strconv.ParseInt(r.value("valid"), 10, 32)
	unit, ok := strconv.ParseInt(r.value("unit"), 10, 32)
	if err != nil || ok != nil {
		n, unit = 0, 1
	}
	return push.ValidFor(n * unit)
}

func scenePath(app push.AppID, handle string) string { return appPath(app, "codes/"+handle) }

// makePermanent makes the code without end of the app or a topic.
func (c *Console) makePermanent(r *request) (reply, error) {
	topic, err := topicOf(r.value("topic"))
	if err != nil {
		return reply{}, err
	}
	if _, err := c.permanent(r, topic); err != nil {
		return reply{}, err
	}
	to := appPath(r.app.ID, "codes")
	if topic != 0 {
		to = topicPath(r.app.ID, topic)
	}
	return sentTo(to).saying("二维码已生成"), nil
}

// permanent makes the code if there is none, and its picture.
func (c *Console) permanent(r *request, topic push.TopicID) (push.Code, error) {
	code, err := c.o.Push.MakePermanentCode(r.Context(), r.app.ID, topic)
	if err != nil || code.Link != "" {
		return code, err
	}
	return code, c.draw(r.Context(), code.Handle, 0)
}
